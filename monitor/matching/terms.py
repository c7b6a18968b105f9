"""Lists what a profile holds as a person reads it: people, places, organisations, names, times, numbers and terms."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from monitor.matching import places, wishes
from monitor.matching.names import CALENDAR, NO_NAME, ORGANISATION, PERSON, PLACE, Phrase
from monitor.matching.profile import Kind, Origin, Profile, ProfileTerm
from monitor.text.words import words

_KINDS: Mapping[str, Kind] = {PERSON: "person", ORGANISATION: "organisation", NO_NAME: "term"}  # others are names
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d", re.ASCII)  # "1,900" is a number
_MOVED = 0.02  # of the strongest term, by which answers have moved a weight


def shown(profile: Profile, before: Mapping[str, float], named: Sequence[Phrase]) -> tuple[ProfileTerm, ...]:
    """Return the terms of a profile, strongest first; `before` are the weights of the seeds alone."""
    factors = wishes.factors(profile.topic).items()
    yours = {word for term, factor in factors for word in wishes.moved(term, factor, named)}
    found = [*_names(profile, named, before, yours), *_places(profile)]
    said = {word for term in found for word in words(term.term)}
    singles = sorted(word for word in profile.weights if word not in said)
    found += [_single(word, profile, _origin(word, profile, before, yours)) for word in singles]
    return tuple(sorted(found, key=lambda term: (-term.weight, term.term)))


def _names(
    profile: Profile, named: Sequence[Phrase], before: Mapping[str, float], yours: Collection[str]
) -> Iterator[ProfileTerm]:
    """Yield persons, organisations and other names, those aside that stand in a longer one.

    A name weighs as much as the strongest of its words.
    """
    taken: set[tuple[str, ...]] = set()
    wholes = {frozenset(words(phrase.text)) for phrase in named}
    for phrase in named:
        parts = tuple(words(phrase.text))
        known = [word for word in parts if word in profile.weights]
        within = any(whole > frozenset(parts) for whole in wholes)
        if not known or parts in taken or within or phrase.kind == PLACE or _is_place(phrase.text, profile):
            continue
        taken.add(parts)
        strongest = max(known, key=lambda word: profile.weights[word])
        yield ProfileTerm(
            _KINDS.get(phrase.kind, "name"),
            phrase.text,
            round(profile.weights[strongest], 3),
            _origin(strongest, profile, before, yours),
        )


def _is_place(name: str, profile: Profile) -> bool:
    """Tell whether a name as a whole is one of the places, as organisations may be."""
    return any(place.end - place.start == len(name) and place.id in profile.places for place in places.found(name))


def _places(profile: Profile) -> Iterator[ProfileTerm]:
    """Yield places and organisations known by many names, in parts of the one that counts most."""
    strongest = max(profile.places.values(), default=1.0)
    yours = {place.id for term in wishes.factors(profile.topic) for place in places.found(term)}
    for id, weight in profile.places.items():
        kind: Kind = "organisation" if places.is_organisation(id) else "place"
        yield ProfileTerm(kind, places.names(id), round(weight / strongest, 3), "you" if id in yours else "seed")


def _origin(word: str, profile: Profile, before: Mapping[str, float], yours: Collection[str]) -> Origin:
    if word in yours:
        return "you"
    answered = bool(profile.topic.examples)
    moved = abs(profile.weights.get(word, 0.0) - before.get(word, 0.0)) > _MOVED
    return "feedback" if answered and moved else "seed"


def _single(word: str, profile: Profile, origin: Origin) -> ProfileTerm:
    written = profile.spelling[word]
    return ProfileTerm(_kind(word, written), written, round(profile.weights[word], 3), origin)


def _kind(word: str, written: str) -> Kind:
    """Return what a word by itself is: a day, a month or a year is a time; "may" and "march" are none when small."""
    if _YEAR.fullmatch(written) or (word in CALENDAR and not written.islower()):
        return "time"
    return "number" if word[0].isdigit() else "term"
