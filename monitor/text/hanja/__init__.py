"""Reads Han characters as Koreans do: 金正恩 → 김정은.

The table is made by `python -m monitor.evaluation.hanja`; its origin and licence stand in NOTICE.
"""

import zlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import islice, product

_MOST = 8  # readings of one name


def readings(name: str) -> tuple[str, ...]:
    """Return how a name in Han characters may be read in hangul; nothing if a character is unknown."""
    known = _known()
    syllables = [known.get(character, "") for character in name]
    return tuple("".join(reading) for reading in islice(product(*syllables), _MOST))


@cache
def _known() -> Mapping[str, str]:
    """Return each character's readings, read from lines of one reading and its characters."""
    table = zlib.decompress(files(__package__).joinpath("readings.z").read_bytes()).decode()
    known: dict[str, str] = {}
    for line in table.split("\n"):
        for character in line[1:]:
            known[character] = known.get(character, "") + line[0]
    return known
