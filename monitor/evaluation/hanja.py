"""Make the shipped table of Korean readings of Han characters.

    python -m monitor.evaluation.hanja [FOLDER]

reads the character table of libhangul that `pyhanja` ships (a dependency of development only) and keeps what the
national standards of Korea and mainland China hold. The same version gives the same bytes.
"""

import sys
import zlib
from collections import defaultdict
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from monitor.text import hanja

_STANDARDS = ("euc_kr", "gb2312")


def main(folder: Path) -> None:
    """Write the table into `folder`."""
    path = folder / "readings.z"
    source = files("pyhanja").joinpath("data/hanja.txt").read_text(encoding="utf-8")
    path.write_bytes(packed(source.splitlines()))
    sys.stderr.write(f"{path.name}\t{path.stat().st_size} bytes\n")


def packed(lines: Iterable[str]) -> bytes:
    """Return the table compressed, a line a reading, from the lines "reading:character:meaning" of the source."""
    characters: defaultdict[str, set[str]] = defaultdict(set)
    for line in lines:
        reading, _, rest = line.partition(":")
        character = rest.partition(":")[0]
        if len(reading) == len(character) == 1 and "가" <= reading <= "힣" and _is_usual(character):
            characters[reading].add(character)
    text = "\n".join(reading + "".join(sorted(characters[reading])) for reading in sorted(characters))
    return zlib.compress(text.encode(), 9)


def _is_usual(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff" and any(_is_in(character, standard) for standard in _STANDARDS)


def _is_in(character: str, standard: str) -> bool:
    try:
        character.encode(standard)
    except UnicodeEncodeError:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path(hanja.__file__).parent)
