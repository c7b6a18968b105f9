"""Weighs the places that a text names: how rare they are in the news, times how much the text makes of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log

from monitor.matching import background, places
from monitor.text.words import words

_LONGEST_OPENING = 800  # characters; languages without spaces have no words to count
_COMMON = ("UN", "EU")  # whose words too many stories share: they count as places alone
_UNKNOWN = 5.0  # weight of a place whose name has no word


@dataclass(frozen=True, slots=True)
class Named:
    """The places of a text; a city counts for its country too."""

    weights: Mapping[str, float]  # id of a place → its rarity × (1 + the logarithm of how often it is named)
    opening: frozenset[str]  # ids of the places that title and opening name
    organisations: Mapping[str, tuple[str, ...]]  # id of an organisation among them, if not common → its names


def named(title: str, text: str, most_words: int, opening_words: int) -> Named:
    """Return the places of a title and of the first `most_words` of a text."""
    read = text.split(maxsplit=most_words)[:most_words]
    plain = " ".join(read)
    body = places.found(plain)
    opens = min(_LONGEST_OPENING, len(" ".join(read[:opening_words])))
    heading = places.found(title)
    found = [*heading, *body]
    counted = Counter(id for place in found for id in _counting(place))
    first = (*heading, *(place for place in body if place.start < opens))
    names: dict[str, dict[str, None]] = {}
    for told, met in ((title, heading), (plain, body)):
        for place in met:
            if places.is_organisation(place.id) and place.id not in _COMMON:
                names.setdefault(place.id, {})[told[place.start : place.end]] = None
    return Named(
        weights={id: rarity(id) * (1.0 + log(times)) for id, times in counted.items()},
        opening=frozenset(id for place in first for id in _counting(place)),
        organisations={id: tuple(spellings) for id, spellings in names.items()},
    )


def _counting(place: places.Place) -> tuple[str, ...]:
    return (place.id,) if place.id == place.country else (place.id, place.country)


@cache
def rarity(id: str) -> float:
    """Return how much it tells that a text names a place: the weight of the rarest word of its English name."""
    return max((background.weight(word, background.FALLBACK) for word in words(places.names(id))), default=_UNKNOWN)
