"""Make the shipped background statistics: how common words are in news of several languages.

    python -m monitor.evaluation.background [FOLDER]

reads the openly licensed word lists of `wordfreq` (a dependency of development only), cuts their words as
`monitor.text.words` cuts articles, and writes one file a language. The same version of `wordfreq` gives the same bytes.
"""

import sys
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice, product
from math import log10
from pathlib import Path

from monitor.matching import background
from monitor.text.words import is_paired, words

LANGUAGES = {  # language → words kept
    "en": 60_000,
    **dict.fromkeys(("de", "es", "fr", "ru", "zh", "ja", "sv"), 30_000),
    **dict.fromkeys(("ar", "it", "ko", "nb", "nl", "pl", "pt", "uk"), 20_000),
}  # fmt: skip
_SPELT = {"u.s": "U.S."}  # as articles spell what the lists give in small letters
_PAIRED = ("ja", "ko", "zh")
_SMALL_WORDS = 50  # a language is told by
_SEAM_EDGES = 400  # characters that begin or end a word, of which pairs across two words are counted


def main(folder: Path) -> None:
    """Write the tables of all languages into `folder`."""
    for language, size in LANGUAGES.items():
        path = folder / f"{language}.z"
        path.write_bytes(packed(frequencies(language), size))
        sys.stderr.write(f"{path.name}\t{path.stat().st_size} bytes\n")
    (folder / "small_words.txt").write_text(small_words(folder), encoding="utf-8")


def frequencies(language: str) -> dict[str, float]:
    """Return how often each of our tokens occurs per word of running text in `language`."""
    import wordfreq

    listed: Mapping[str, float] = wordfreq.get_frequency_dict(language, wordlist="best")
    counted: defaultdict[str, float] = defaultdict(float)
    for word, frequency in listed.items():
        for token in words(_SPELT.get(word, word)):
            if not token[0].isdigit():  # the lists know numbers by their length alone
                counted[token] += frequency
    if language in _PAIRED:
        for pair, frequency in _seams(listed):
            counted[pair] += frequency
    return counted


def _seams(listed: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Yield the pairs that arise where two words meet, as often as chance brings them together."""
    ends: defaultdict[str, float] = defaultdict(float)
    starts: defaultdict[str, float] = defaultdict(float)
    for word, frequency in listed.items():
        ends[word[-1]] += frequency
        starts[word[0]] += frequency
    for (last, often), (first, also) in product(_commonest(ends), _commonest(starts)):
        yield last + first, often * also


def _commonest(edges: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return the commonest edges that are characters of a script without spaces."""
    paired = [(edge, frequency) for edge, frequency in edges.items() if is_paired(edge)]
    return sorted(paired, key=lambda edge: (-edge[1], edge[0]))[:_SEAM_EDGES]


def packed(counted: Mapping[str, float], size: int) -> bytes:
    """Return the `size` commonest tokens as a table: line n holds the tokens of n tenths of a magnitude, compressed."""
    ranked = islice(sorted(counted.items(), key=lambda item: (-item[1], item[0])), size)
    lines: defaultdict[int, list[str]] = defaultdict(list)
    for token, frequency in ranked:
        lines[round(-log10(frequency) * background.STEPS)].append(token)
    text = "\n".join(" ".join(sorted(lines[step])) for step in range(max(lines) + 1))
    return zlib.compress(text.encode(), 9)


def small_words(folder: Path) -> str:
    """Return the commonest words of each language that is written in Latin or Cyrillic letters, a line each."""
    lines = []
    for language in LANGUAGES:
        commonest = zlib.decompress((folder / f"{language}.z").read_bytes()).decode().split()[:_SMALL_WORDS]
        if not any(is_paired(word) for word in commonest):
            lines.append(f"{language} {' '.join(sorted(commonest))}\n")
    return "".join(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path(background.__file__).parent)
