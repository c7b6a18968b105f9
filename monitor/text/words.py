"""Cuts text into words and sentences, in many languages, without any model.

    "Kim Jong-un's U.S. talks"   →   kim jong un us. talk
    "米朝実務協議"                →   米朝 朝実 実務 務協 協議

Words of scripts with spaces are casefolded, freed of possessive and elided article, and their plural -s is taken off.
Scripts without spaces, and Korean with its glued-on particles, become pairs of neighbouring characters. The cost grows
evenly with the text, of which no more than `MOST_CHARACTERS` are read.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

MOST_CHARACTERS = 40_000  # of a text that are read: some 6,000 English words
HYPHENS = "-\u2010\u2011"  # between the parts of one word
LONGEST_WORD = 40  # characters by which words are compared
_LONGEST_KEPT = 40  # characters of what stands between two spaces, up to which its words are remembered

_PAIRED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"  # Korean
    "\u3005-\u3007\u3040-\u30ff\uff66-\uff9f"  # kana and the marks that belong to them
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff"  # vowel signs and accents that no class counts as letters
)
_LETTER = rf"(?:[^\W\d_{_PAIRED}]|[{_MARKS}])"
_TOKEN = re.compile(
    rf"(?P<paired>[{_PAIRED}]+)"
    r"|(?P<number>\d+(?:[.,]\d+)*)"
    r"|(?P<dotted>(?<![^\W_])(?:[A-Z]\.){2,})"
    rf"|(?P<word>{_LETTER}+(?:['’]{_LETTER}+)*)"
)
_AS_IT_STANDS = re.compile(rf"[{_PAIRED}]|[^\W_{_PAIRED}]+")
_ELIDED = re.compile(r"(?:[cdjlmnst]|qu|all|dell|nell|un)'(?=\w{2})")
_PLAIN_S = ("ss", "us", "is")  # endings whose s is no plural: loss, campus, crisis
_AMERICA = "us."  # no other word ends in a dot, so that "US" never meets the pronoun


def words(text: str, most: int = MOST_CHARACTERS) -> list[str]:
    """Return the words of `text` in order, in the form in which they are compared; at most `most` of them."""
    found: list[str] = []
    rest = text[:MOST_CHARACTERS]
    while rest and len(found) < most:
        pieces = rest.split(maxsplit=most)
        rest = pieces.pop() if len(pieces) > most else ""
        for piece in pieces:
            found += _known(piece) if len(piece) <= _LONGEST_KEPT else _cut(piece)
    return found[:most]


def _cut(piece: str) -> tuple[str, ...]:
    """Return the words of what stands between two spaces: no word goes beyond."""
    return tuple(word for word, _, _ in spans(piece))


_known = lru_cache(maxsize=1 << 16)(_cut)  # few pieces make up most of all news


def words_as_they_stand(text: str, characters: int) -> list[str]:
    """Return the words in so many characters of `text`, of scripts without spaces each character; only casefolded.

    It takes a third of the time of `words`, for texts that are compared letter by letter.
    """
    return _AS_IT_STANDS.findall(text[:characters].casefold())


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each word of `text` as `words` has it, with the place where it starts and the place after its end."""
    for match in _TOKEN.finditer(text, 0, MOST_CHARACTERS):
        start = match.start()
        if match.lastgroup == "paired":
            for at, pair in enumerate(_pairs(match.group()), start):
                yield pair, at, at + len(pair)
        else:
            yield _plain(match.group()[:LONGEST_WORD]), start, match.end()


def is_paired(word: str) -> bool:
    """Tell whether a word is of a script that is cut into pairs of characters."""
    match = _TOKEN.match(word)
    return match is not None and match.lastgroup == "paired"


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


@lru_cache(maxsize=1 << 14)
def _plain(word: str) -> str:
    """Return a word casefolded, without possessive, elided article, plural -s, and the points of an acronym."""
    if word[0].isdigit():
        return word.replace(",", "")
    if "." in word:
        word = word.replace(".", "")
    if word == "US":
        return _AMERICA
    word = word.casefold()
    if "'" in word or "’" in word:
        word = _without_apostrophe(word)
    if len(word) > 3 and word[-1] == "s" and not word.endswith(_PLAIN_S):
        return word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word[:-1]
    return word


def _without_apostrophe(word: str) -> str:
    word = word.replace("’", "'")
    elided = _ELIDED.match(word)
    return word[elided.end() if elided else 0 :].removesuffix("'s")


_END = re.compile(
    r"(?<![.!?…])[.!?…]{1,9}[\"'”’»)\]]{0,3}(?=\s{1,9}[\"'“‘«(\[¿¡]{0,3}[^\W_a-zа-яß-ÿ])"  # no small letter follows
    r"|[。！？｡।]{1,9}[」』”’）)]{0,3}"
    r"|\n"
)
_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "gen",
        "col",
        "maj",
        "capt",
        "lt",
        "sgt",
        "sen",
        "rep",
        "gov",
        "rev",
        "hon",
        "st",
        "jr",
        "sr",
        "inc",
        "ltd",
        "co",
        "corp",
        "vs",
        "no",
        "nos",
        "art",
        "approx",
        "ca",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "hr",
        "fr",
        "mme",
        "mlle",
        "sra",
        "bzw",
        "etc",
        "nr",
        "bl",
        "г",
        "ул",
        "им",
    ]
)
_LONGEST_ABBREVIATION = 8


def sentences(text: str) -> list[str]:
    """Return the sentences of `text` in order, whole and trimmed; a line break ends one as well."""
    text = text[:MOST_CHARACTERS]
    found, start = [], 0
    for stop in _END.finditer(text):
        if stop.group() == "." and _abbreviates(text[max(start, stop.start() - _LONGEST_ABBREVIATION) : stop.start()]):
            continue
        found.append(text[start : stop.end()].strip())
        start = stop.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]


def _abbreviates(before: str) -> bool:
    """Tell whether the stop after `before` only ends "Mr.", "U.S." or an initial."""
    last = before.split()[-1:] or [""]
    word = last[0].lstrip("(\"'“‘«[").casefold()
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()) or word[-2:-1] == "."
