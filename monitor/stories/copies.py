"""Finds near-copies: one agency's report in several papers, under its own headline or under another.

A text is known by its signature (MinHash): how many signs two signatures share tells how many runs of words their texts
share, whatever their length. A headline is a copy where the words of the shorter stand in the other, in their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from monitor.text.words import words, words_as_they_stand

Signature = NDArray[np.uint32]

SIGNS = 64
_RUN = 5  # words that follow each other
_TEXT_WORDS = 300  # that are compared: copies are cut at their end
_TEXT_CHARACTERS = 2_000  # that may hold them
_FEWEST_RUNS = 25  # a shorter text says too little
_FEWEST_HEADLINE = 8  # words from which a headline is no turn of phrase that two desks may find
_HEADLINE_WORDS = 40
_SAME_TEXT = 0.6  # share of signs: two reports that open with one paragraph of fifty words may share half
_SAME_HEADLINE = 0.8  # share of the shorter one's words

_draw = np.random.default_rng(2026)  # the same in every run
_PLACES = 2 * _draw.integers(1 << 63, size=_RUN, dtype=np.uint64) + 1
_FACTORS, _TERMS = (2 * _draw.integers(1 << 31, size=(SIGNS, 1), dtype=np.uint32) + 1 for _ in range(2))


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """How an article is worded: what tells a copy of it."""

    headline: tuple[str, ...]
    signature: Signature | None  # None for a text of few words


def wording(title: str, text: str) -> Wording:
    """Return how an article is worded."""
    return Wording(headline(title), signature(text))


def headline(title: str) -> tuple[str, ...]:
    """Return the words of a headline that are compared."""
    return tuple(words(title, _HEADLINE_WORDS))


def signature(text: str) -> Signature | None:
    """Return the signs of a text, the smallest hash of its runs of words under each of `SIGNS` hashes."""
    found = words_as_they_stand(text, _TEXT_CHARACTERS)[:_TEXT_WORDS]
    if len(found) < _RUN:
        return None
    hashes = np.array([crc32(word.encode()) for word in found], dtype=np.uint64)
    sums = np.convolve(hashes, _PLACES, "valid")  # of each run, modulo 2^64
    runs = ((sums ^ (sums >> np.uint64(31))) >> np.uint64(16)).astype(np.uint32)
    if len(set(runs.tolist())) < _FEWEST_RUNS:
        return None
    signs: Signature = (_FACTORS * runs + _TERMS).min(axis=1)  # modulo 2^32
    return signs


def are_copies(one: Wording, other: Wording) -> bool:
    """Tell whether two articles are one text, or stand under one headline."""
    return _same_text(one.signature, other.signature) or _same_headline(one.headline, other.headline)


def _same_text(one: Signature | None, other: Signature | None) -> bool:
    return one is not None and other is not None and int(np.count_nonzero(one == other)) >= _SAME_TEXT * SIGNS


def _same_headline(one: Sequence[str], other: Sequence[str]) -> bool:
    shorter = min(len(one), len(other))
    if shorter < _FEWEST_HEADLINE or len(set(one) & set(other)) < 0.6 * shorter:
        return False
    return _in_order(one, other) >= _SAME_HEADLINE * shorter


def _in_order(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many words both have in the same order, others between them (longest common subsequence)."""
    before = [0] * (len(other) + 1)
    for word in one:
        row = [0]
        for at, its in enumerate(other):
            row.append(before[at] + 1 if word == its else max(row[at], before[at + 1]))
        before = row
    return before[-1]
