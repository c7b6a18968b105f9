"""Knows the words that some models want before each text."""

import re


def asked(model: str, text: str) -> str:
    """Return a text as `model` wants it; articles are compared with each other, so for E5 models all are "queries"."""
    return f"query: {text}" if "e5" in re.split(r"[-_/.]", model.lower()) else text
