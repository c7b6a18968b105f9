"""Says what a topic's include and weights change: the terms that the person adds, weighs or strikes out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from monitor.matching import article, background, geography, people, places
from monitor.matching.names import PERSON, Phrase, alone
from monitor.matching.profile import Profile
from monitor.model import Topic
from monitor.text.words import spans, words

INCLUDED = 2.0  # factor of a term that the person includes


def weighed(profile: Profile, named: Sequence[Phrase]) -> Profile:
    """Return the profile with the terms that the person includes or weighs; a term new to it counts as in the seed."""
    weights, spelling, where = dict(profile.weights), dict(profile.spelling), dict(profile.places)
    for term, factor in factors(profile.topic).items():
        touched = moved(term, factor, named)
        share = _shares(touched, profile)
        for word in touched:
            had = weights.get(word, 0.0)
            gain = factor * (had or _usual(word, profile)) - had
            weights[word] = had + (gain * share[word] if gain > 0 else gain)
        for word, start, end in spans(term):
            spelling.setdefault(word, term[start:end])
        for place in places.found(term):
            where[place.id] = factor * where.get(place.id, geography.rarity(place.id))
    weights = {word: value for word, value in weights.items() if value > 0}
    gone = profile.weights.keys() - weights.keys()
    side_by_side = profile.neighbours.union(*(pairwise(words(phrase.text)) for phrase in own(profile.topic)))
    return replace(
        profile,
        weights=weights,
        spelling=spelling,
        neighbours=frozenset(pair for pair in side_by_side if gone.isdisjoint(pair)),
        places={id: value for id, value in where.items() if value > 0},
    )


def moved(term: str, factor: float, named: Iterable[Phrase]) -> list[str]:
    """Return the words of a term that the person's factor moves: what lowers it spares those of another name."""
    found = dict.fromkeys(words(term))
    names = [set(words(phrase.text)) for phrase in named] if factor < 1 else []
    others = [name for name in names if not (name <= found.keys() or found.keys() <= name)]
    return [word for word in found if not any(word in name for name in others)]


def _shares(touched: Sequence[str], profile: Profile) -> dict[str, float]:
    """Return which part of its gain each word of a term gets, by rarity: all together gain what one alone would.

    The common words of a phrase would let in by themselves what has nothing to do with it.
    """
    rarity = {word: background.weight(word, _table(profile)) for word in touched}
    told = {word: weight for word, weight in rarity.items() if weight > article.TELLING} or rarity
    return {word: told.get(word, 0.0) / article.length(told) for word in touched}


def own(topic: Topic) -> Iterator[Phrase]:
    """Yield the person's own terms of several words."""
    for term, factor in factors(topic).items():
        if factor > 0 and len(words(term)) > 1:
            phrase = alone(term)
            yield replace(phrase, kind=PERSON) if people.is_eastern(term) else phrase


def left(topic: Topic, named: Iterable[Phrase]) -> Iterator[Phrase]:
    """Yield the names that the person did not strike out, neither as a whole nor by their surname."""
    struck = [set(words(term)) for term, factor in factors(topic).items() if not factor]
    for phrase in named:
        parts = words(phrase.text)
        surname = {*parts[-1:]} if phrase.kind == PERSON else None
        if not any(out.issuperset(parts) or out == surname for out in struck):
            yield phrase


def factors(topic: Topic) -> dict[str, float]:
    """Return the person's factor for each term that is included or weighed; below 0 is 0, which takes a term out."""
    yours = {term: max(0.0, factor) for term, factor in topic.weights.items()}
    return dict.fromkeys(topic.include, INCLUDED) | yours


def _usual(word: str, profile: Profile) -> float:
    """Return the weight that a word would have if the seed named it once, as strong as its rarity makes it."""
    rarity = background.weight(word, _table(profile))
    shared = [value / background.weight(known, _table(profile)) for known, value in profile.weights.items()]
    return rarity * sorted(shared)[len(shared) // 2]


def _table(profile: Profile) -> str:
    return background.table_for(profile.language, ())
