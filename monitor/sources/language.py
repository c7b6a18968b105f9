"""Reads the names of languages as feeds and pages write them."""

import re

_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,4}")


def tag(value: object) -> str:
    """Return a language as BCP 47 writes it ("ko", "en-US", "zh-Hant-TW"); "" for what names none."""
    written = str(value or "").strip().partition(",")[0].partition(".")[0]
    if not _TAG.fullmatch(written):
        return ""
    first, *rest = written.replace("_", "-").split("-")
    return "-".join([first.lower(), *map(_subtag, rest)])


def _subtag(part: str) -> str:
    if len(part) == 2:
        return part.upper()
    return part.title() if len(part) == 4 and part.isalpha() else part.lower()
