"""Reads a document as the matcher sees it: which words it has, how much each tells, which open it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import log, sqrt
from typing import Any

from monitor.matching import background, geography
from monitor.matching.quantities import Quantities, quantities
from monitor.matching.vectors import Vector, unpacked
from monitor.model import Document
from monitor.text.words import words

TELLING = 2.0  # words of less weight ("said", "year", "people") say nothing about a story
TITLE_WORDS = 60
BODY_WORDS = 300  # of the text that are read: what a story is about stands at its start
READ = 3_000  # characters of the text in which names are looked for
QUANTIFIED, QUANTITY_WORDS = 1_500, 180  # characters of the text, and words of it and the title, read for quantities
OPENING_WORDS = 50  # of the text that open it: about as long as a feed's description


@dataclass(frozen=True, slots=True)
class Article:
    """What the matcher compares of one document, the same for every topic."""

    language: str  # whose table weighed its words
    tongue: str  # its language as far as it is known, "" if it is not; also one that has no table
    title: str
    told: str  # its title and the text that was read, as written
    rarity: Mapping[str, float]  # telling word → its weight in the background
    weights: Mapping[str, float]  # the same words as a vector of length 1, by rarity and use
    numbers: tuple[str, ...]  # telling words that are numbers
    opening: tuple[str, ...]  # telling words of title and opening, each once
    opening_rarity: float  # sum of their weights
    places: Mapping[str, float]  # place that it names → weight × how much it makes of it
    opening_places: frozenset[str]  # places of title and opening
    organisations: Mapping[str, tuple[str, ...]]  # organisation that it names → how it spells it
    quantities: Quantities  # the numbers that it tells of each thing
    vector: Vector | None  # of its gist
    of_strangers: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)  # filled by `combine`


@lru_cache(maxsize=64)
def read(document: Document) -> Article:
    """Return what counts of a document; the last few are kept, since several topics ask for the same one."""
    title, body = _words(document)
    told = f"{document.title}\n{document.text[:READ]}"
    tongue = background.tongue(document.language, title + body)
    language = tongue if tongue in background.LANGUAGES else background.FALLBACK
    rarity = telling(title + body, language)
    strength = strengths(title + body, rarity)
    norm = length(strength)
    opening = tuple(word for word in dict.fromkeys(title + body[:OPENING_WORDS]) if word in rarity)
    named = geography.named(document.title, document.text, BODY_WORDS, OPENING_WORDS)
    return Article(
        language=language,
        tongue=tongue,
        title=document.title,
        told=told,
        rarity=rarity,
        weights={word: value / norm for word, value in strength.items()},
        numbers=tuple(word for word in rarity if word[0].isdigit()),
        opening=opening,
        opening_rarity=sum(rarity[word] for word in opening),
        places=named.weights,
        opening_places=named.opening,
        organisations=named.organisations,
        quantities=quantities(f"{document.title} {document.text[:QUANTIFIED]}", QUANTITY_WORDS),
        vector=unpacked(document.vector),
    )


@lru_cache(maxsize=4)
def _words(document: Document) -> tuple[list[str], list[str]]:
    """Return the words that are read of a document's title and text."""
    return words(document.title, TITLE_WORDS), words(document.text, BODY_WORDS)


def telling(found: Sequence[str], language: str) -> dict[str, float]:
    """Return the words that tell something, with their weight in the background of `language`."""
    known = background.weights(language)
    weighed = [(word, known.get(word) or background.weight(word, language)) for word in dict.fromkeys(found)]
    return {word: weight for word, weight in weighed if weight > TELLING}


def strengths(found: Sequence[str], rarity: Mapping[str, float]) -> dict[str, float]:
    """Return, for each telling word, its weight × (1 + the logarithm of how often it was used).

    A word counts as used again only behind another word than before, so that repeating a sentence adds nothing.
    """
    uses = Counter([word for _, word in set(zip(("", *found), found, strict=False))])
    return {word: (1.0 + log(uses[word])) * weight for word, weight in rarity.items()}


def length(vector: Mapping[str, float]) -> float:
    """Return the Euclidean length of a vector, 1 for an empty one."""
    return sqrt(sum(value * value for value in vector.values())) or 1.0


def cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the product of two vectors of length 1."""
    return sum([one[word] * other[word] for word in one.keys() & other.keys()])


TellingWords = Mapping[str, tuple[float, float]]


def telling_words(document: Document) -> TellingWords:
    """Return each telling word of a document: 1 + the logarithm of its uses, its weight in the background."""
    rarity = read(document).rarity
    title, body = _words(document)
    found = title + body
    return {word: (strength / rarity[word], rarity[word]) for word, strength in strengths(found, rarity).items()}
