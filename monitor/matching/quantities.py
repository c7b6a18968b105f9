"""Finds how many of what a text tells: "6.1 magnitude", "the seventh round", "21 dead"."""

import re
from collections import defaultdict
from collections.abc import Mapping

_TOKEN = re.compile(r"[^\W\d_]+|\d+(?:[.,] ?\d+)*(?:st|nd|rd|th)?\b")
_COUNTING = "zero one two three four five six seven eight nine ten eleven twelve"
_RANKING = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_NUMBERS = {word: str(at) for at, word in enumerate(_COUNTING.split())} | {
    word: f"{at}th" for at, word in enumerate(_RANKING.split())
}
_ORDINAL = re.compile(r"(?:st|nd|rd)$")
_UNIT = 6  # letters by which a unit is compared: round and rounds, magnitude and magnitudes are one
_SHORTEST_AFTER, _SHORTEST_BEFORE = 4, 5  # letters of a word that may be a unit: behind the number, or before it

Quantities = Mapping[str, frozenset[str]]


def quantities(text: str, tokens: int) -> Quantities:
    """Return the numbers that stand at each unit, in the first so many words and numbers of a text.

    A unit is the next longer word behind a number, or the one right before it ("magnitude 6.1").
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    read = _TOKEN.findall(text.lower())[:tokens]
    for at, token in enumerate(read[:-1]):
        number = _number(token)
        if not number:
            continue
        behind = next((word for word in read[at + 1 : at + 3] if _names(word, _SHORTEST_AFTER)), "")
        if behind:
            found[behind[:_UNIT]].add(number)
        if at and _names(read[at - 1], _SHORTEST_BEFORE):
            found["<" + read[at - 1][:_UNIT]].add(number)
    return {unit: frozenset(numbers) for unit, numbers in found.items()}


def _number(token: str) -> str:
    if token[0].isdigit():
        return _ORDINAL.sub("th", token.replace(" ", "").replace(",", ""))
    return _NUMBERS.get(token, "")


def _names(token: str, shortest: int) -> bool:
    return token[0].isalpha() and len(token) >= shortest and token not in _NUMBERS
