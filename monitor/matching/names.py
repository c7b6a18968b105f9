"""Tells names from other words, as far as capital letters tell."""

from collections import Counter

from monitor.text.words import spans

_CAPITAL_NOUNS = frozenset({"de"})  # languages that write every noun with a capital
_TITLE_CASE = 0.5  # share of capitalised words from which capitals say nothing


def names(text: str, language: str) -> frozenset[str]:
    """Return the words of `text`, as compared, that have a capital in the middle of a sentence more often than not."""
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    before = 0
    for word, start, end in spans(text):
        if text[start].islower():
            small[word] += 1
        elif text[start].isupper() and _continues(text[before:start]):
            capital[word] += 1
        before = end
    if language in _CAPITAL_NOUNS or sum(capital.values()) > _TITLE_CASE * (
        sum(capital.values()) + sum(small.values())
    ):
        return frozenset()
    return frozenset(word for word in capital if capital[word] > small[word])


def _continues(between: str) -> bool:
    """Tell whether what stands between two words leaves them in one sentence."""
    return between != "" and not any(mark in between for mark in '.!?:\n"“”‘«»')
