"""Learns a profile from a topic's seeds, and from what the person said about the topic and of its articles."""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice, pairwise

from monitor.errors import SeedError
from monitor.matching import article, background, geography, noise, people, places, spellings, vectors
from monitor.matching.calibration import NONE
from monitor.matching.names import CALENDAR, NO_NAME, ORGANISATION, PERSON, PLACE, Phrase, alone, phrases
from monitor.matching.profile import Answer, Kind, Origin, Profile, ProfileTerm
from monitor.matching.quantities import Quantities, quantities
from monitor.matching.vectors import Vector
from monitor.model import Document, Seed, Topic
from monitor.text.words import MOST_CHARACTERS, spans, words

SEED_WORDS = 600  # of a seed that are read
QUANTIFIED, QUANTITY_WORDS = 3_000, 350  # characters and words of it that are read for quantities
CORE_TERMS = 30  # strongest terms that make the core
INCLUDED = 2.0  # factor of a term that the person includes
SEED = 2.0  # what a seed counts where a confirmed article counts 1
LONG = 2 * SEED_WORDS  # of a seed, from which less than half of it is read
SHORT = 25  # different telling words, under which a seed says little
APART = 0.15  # cosine of two seeds, under which they tell two stories
_LONGEST_SEED = 100_000  # characters
_KINDS: Mapping[str, Kind] = {PERSON: "person", ORGANISATION: "organisation", NO_NAME: "term"}  # others are names
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d", re.ASCII)  # "1,900" is a number
_MOVED = 0.02  # of the strongest term, by which answers have moved a weight


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What one seed tells, or one article that a person confirmed or refused."""

    language: str
    text: str  # without noise
    length: int  # words, read or not
    weights: Mapping[str, float]  # a vector of length 1
    spelling: Mapping[str, str]
    phrases: tuple[Phrase, ...]
    people: tuple[str, ...]  # persons of Korea and China in their own scripts, which `phrases` lacks
    neighbours: frozenset[tuple[str, str]]
    places: Mapping[str, float]
    organisations: Mapping[str, tuple[str, ...]]
    quantities: Quantities
    vector: Vector | None
    dropped: tuple[str, ...]


def learn(topic: Topic, encoder: str = NONE) -> Profile:
    """Return the profile of a topic: the mean of its seeds and confirmed articles, then weighed as the person says.

    A confirmed article in a language of no seed teaches meaning and places: its words would only thin out the seed's.
    `encoder` names what made the vectors of its seeds and of the documents to come; "none" if there are none.
    :raises SeedError: if there is no seed, or one without a word that tells something
    """
    if not topic.seeds:
        raise SeedError(f"topic {topic.id} has no seed; give it the text of an article about its story")
    seeds = [_of_seed(seed) for seed in topic.seeds]
    tongues = frozenset(each.language for each in seeds)
    examples = [(example, _of_document(example.document)) for example in topic.examples]
    confirmed = [learnt for example, learnt in examples if example.wanted and learnt.weights]
    told = [each for each in confirmed if each.language in tongues]
    both = [*seeds, *told]
    before = _relative(_mean([each.weights for each in seeds]))
    vector = vectors.mean([each.vector for each in (*seeds, *confirmed) if each.vector is not None])
    named = [*_left(topic, (phrase for each in both for phrase in each.phrases)), *_own(topic)]
    unseen = _left(topic, (Phrase(name, PERSON, 1, 0) for each in both for name in each.people))
    seen = Profile(
        topic=topic,
        terms=(),
        dropped=tuple(line for each in seeds for line in each.dropped),
        warnings=(*_unread(topic, seeds), *_doubts(before, seeds)),
        fingerprint="",
        encoder=NONE if vector is None else encoder,
        confirmed=len(told),
        answers=tuple(
            Answer(example.document.title, example.wanted, learnt.weights, learnt.vector)
            for example, learnt in examples
        ),
        language=seeds[0].language,
        tongues=tongues,
        weights=_relative(_mean([each.weights for each in both], len(seeds))),
        length=0.0,
        spelling=_spelling(each.spelling for each in reversed(both)),
        core={},
        neighbours=frozenset().union(*(each.neighbours for each in both)),
        places=_mean([each.places for each in (*seeds, *confirmed)], len(seeds)),
        quantities=_together([each.quantities for each in both]),
        people=people.index(phrase.text for phrase in [*named, *unseen] if phrase.kind == PERSON),
        names=spellings.names(
            [*(each.text for each in both), *(own.text for own in _own(topic))],
            [each.organisations for each in both],
        ),
        vector=vector,
    )
    return _finished(_weighed(seen, named), before, named)


def _of_seed(seed: Seed) -> _Learnt:
    """Return what one seed tells, without its noise.

    :raises SeedError: if no word of it tells anything
    """
    clean = noise.cleaned(seed.text[:_LONGEST_SEED])
    found = [unpacked for packed in seed.vectors if (unpacked := vectors.unpacked(packed)) is not None]
    learnt = _learnt(clean.text, "", vectors.mean(found), clean.dropped)
    if not learnt.weights:
        raise SeedError(f"{seed.name} has no word that tells its story; a seed is the text of an article")
    return learnt


def _of_document(document: Document) -> _Learnt:
    text = f"{document.title}\n{document.text[:_LONGEST_SEED]}"
    return _learnt(text, document.language, vectors.unpacked(document.vector), ())


def _learnt(text: str, language: str, vector: Vector | None, dropped: tuple[str, ...]) -> _Learnt:
    found = list(islice(spans(text), SEED_WORDS))
    in_order = [word for word, _, _ in found]
    table = background.table_for(language, in_order)
    rarity = article.telling(in_order, table)
    strength = article.strengths(in_order, rarity)
    norm = article.length(strength)
    named = geography.named("", text, SEED_WORDS, 0)
    return _Learnt(
        language=background.tongue(language, in_order) or table,
        text=text[:MOST_CHARACTERS],
        length=_length(text) if len(found) == SEED_WORDS else len(found),
        weights={word: value / norm for word, value in strength.items()},
        spelling={word: text[start:end] for word, start, end in reversed(found)},
        phrases=phrases(text, table),
        people=people.named(text),
        neighbours=frozenset(pairwise(in_order)),
        places=named.weights,
        organisations=named.organisations,
        quantities=quantities(text[:QUANTIFIED], QUANTITY_WORDS),
        vector=vector,
        dropped=dropped,
    )


def _length(text: str) -> int:
    """Return how many words a text has, however long it is."""
    return sum(len(words(text[at : at + MOST_CHARACTERS])) for at in range(0, len(text), MOST_CHARACTERS))


def _mean(found: Sequence[Mapping[str, float]], seeds: int = 0) -> dict[str, float]:
    """Return the mean of weights, the first `seeds` of them those of seeds, which count more."""
    counts = [SEED if at < seeds else 1.0 for at in range(len(found))]
    total: defaultdict[str, float] = defaultdict(float)
    for each, count in zip(found, counts, strict=True):
        for word, value in each.items():
            total[word] += value * count / sum(counts)
    return dict(total)


def _together(found: Iterable[Quantities]) -> Quantities:
    total: dict[str, frozenset[str]] = {}
    for each in found:
        for unit, numbers in each.items():
            total[unit] = total.get(unit, frozenset()) | numbers
    return total


def _relative(weights: Mapping[str, float]) -> dict[str, float]:
    """Return `weights` in parts of the strongest one, which becomes 1."""
    strongest = max(weights.values())
    return {word: value / strongest for word, value in weights.items()}


def _spelling(spellings: Iterable[Mapping[str, str]]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for spelling in spellings:
        merged.update(spelling)
    return merged


# ---------------------------------------------------------------- what the person said


def _weighed(profile: Profile, named: Sequence[Phrase]) -> Profile:
    """Return the profile with the terms that the person includes or weighs; a term new to it counts as in the seed."""
    weights, spelling, where = dict(profile.weights), dict(profile.spelling), dict(profile.places)
    for term, factor in _factors(profile.topic).items():
        moved = _moved(term, factor, named)
        share = _shares(moved, profile)
        for word in moved:
            had = weights.get(word, 0.0)
            gain = factor * (had or _usual(word, profile)) - had
            weights[word] = had + (gain * share[word] if gain > 0 else gain)
        for word, start, end in spans(term):
            spelling.setdefault(word, term[start:end])
        for place in places.found(term):
            where[place.id] = factor * where.get(place.id, geography.rarity(place.id))
    weights = {word: value for word, value in weights.items() if value > 0}
    gone = profile.weights.keys() - weights.keys()
    side_by_side = profile.neighbours.union(*(pairwise(words(own.text)) for own in _own(profile.topic)))
    return replace(
        profile,
        weights=weights,
        spelling=spelling,
        neighbours=frozenset(pair for pair in side_by_side if gone.isdisjoint(pair)),
        places={id: value for id, value in where.items() if value > 0},
    )


def _moved(term: str, factor: float, named: Iterable[Phrase]) -> list[str]:
    """Return the words of a term that the person's factor moves: what lowers it spares those of another name."""
    found = dict.fromkeys(words(term))
    names = [set(words(phrase.text)) for phrase in named] if factor < 1 else []
    others = [name for name in names if not (name <= found.keys() or found.keys() <= name)]
    return [word for word in found if not any(word in name for name in others)]


def _shares(moved: Sequence[str], profile: Profile) -> dict[str, float]:
    """Return which part of its gain each word of a term gets, by rarity: all together gain what one alone would.

    The common words of a phrase would let in by themselves what has nothing to do with it.
    """
    rarity = {word: background.weight(word, _table(profile)) for word in moved}
    told = {word: weight for word, weight in rarity.items() if weight > article.TELLING} or rarity
    return {word: told.get(word, 0.0) / article.length(told) for word in moved}


def _own(topic: Topic) -> Iterator[Phrase]:
    """Yield the person's own terms of several words."""
    for term, factor in _factors(topic).items():
        if factor > 0 and len(words(term)) > 1:
            own = alone(term)
            yield replace(own, kind=PERSON) if people.is_eastern(term) else own


def _left(topic: Topic, named: Iterable[Phrase]) -> Iterator[Phrase]:
    """Yield the names that the person did not strike out, neither as a whole nor by their surname."""
    struck = [set(words(term)) for term, factor in _factors(topic).items() if not factor]
    for phrase in named:
        parts = words(phrase.text)
        surname = {*parts[-1:]} if phrase.kind == PERSON else None
        if not any(out.issuperset(parts) or out == surname for out in struck):
            yield phrase


def _factors(topic: Topic) -> dict[str, float]:
    """Return the person's factor for each term that is included or weighed; below 0 is 0, which takes a term out."""
    factors = dict.fromkeys(topic.include, INCLUDED)
    factors.update({term: max(0.0, factor) for term, factor in topic.weights.items()})
    return factors


def _usual(word: str, profile: Profile) -> float:
    """Return the weight that a word would have if the seed named it once, as strong as its rarity makes it."""
    rarity = background.weight(word, _table(profile))
    shared = [value / background.weight(known, _table(profile)) for known, value in profile.weights.items()]
    return rarity * sorted(shared)[len(shared) // 2]


def _table(profile: Profile) -> str:
    return background.table_for(profile.language, ())


# ---------------------------------------------------------------- the profile as it is shown


def _finished(profile: Profile, before: Mapping[str, float], named: Sequence[Phrase]) -> Profile:
    """Return the profile with all that follows from its weights; `before` are those of the seeds alone.

    :raises SeedError: if the person's weights left no term
    """
    if not profile.weights:
        raise SeedError(f"topic {profile.topic.id}: its weights take out every term of its seed")
    yours = {word for term, factor in _factors(profile.topic).items() for word in _moved(term, factor, named)}
    ranked = sorted(profile.weights.items(), key=lambda term: (-term[1], term[0]))
    shown = [*_names(profile, named, before, yours), *_places(profile)]
    said = {word for term in shown for word in words(term.term)}
    shown += [_single(word, profile, _origin(word, profile, before, yours)) for word, _ in ranked if word not in said]
    return replace(
        profile,
        terms=tuple(sorted(shown, key=lambda term: (-term.weight, term.term))),
        length=article.length(profile.weights),
        core=dict(ranked[:CORE_TERMS]),
        fingerprint=_fingerprint(profile),
    )


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
    yours = {place.id for term in _factors(profile.topic) for place in places.found(term)}
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


def _fingerprint(profile: Profile) -> str:
    """Return a short hash of what moves a judgement: weights, vector, answers and filters, not the thresholds."""
    topic = profile.topic
    filters = [sorted(each) for each in (topic.exclude, topic.require_any, topic.languages)]
    filters += [sorted(each) for each in (topic.sources, topic.mute_sources)]
    weights = sorted((word, round(value, 6)) for word, value in profile.weights.items())
    where = sorted((id, round(value, 6)) for id, value in profile.places.items())
    vector = [] if profile.vector is None else [round(float(number), 3) for number in profile.vector]
    told = sorted((unit, sorted(numbers)) for unit, numbers in profile.quantities.items())
    moving = [weights, where, told, sorted(profile.neighbours), sorted(profile.tongues), vector]
    answers = [sorted((word, round(value, 6)) for word, value in each.weights.items()) for each in profile.answers]
    moving += [[each.wanted for each in profile.answers], answers, profile.confirmed, filters]
    return sha256(json.dumps(moving, ensure_ascii=True).encode()).hexdigest()[:12]


# ---------------------------------------------------------------- what to expect


def _unread(topic: Topic, seeds: Sequence[_Learnt]) -> Iterator[str]:
    """Yield which seeds are so long that most of them is not read."""
    for seed, learnt in zip(topic.seeds, seeds, strict=True):
        if learnt.length > LONG:
            yield (
                f"only the first {SEED_WORDS} of {learnt.length:,} words of {seed.name} were read: "
                "a seed is one article, which tells its story at its start"
            )


def _doubts(weights: Mapping[str, float], seeds: Sequence[_Learnt]) -> Iterator[str]:
    """Yield what the seeds let one fear."""
    if len(weights) < SHORT:
        yield (
            f"the seed has only {len(weights)} telling words: expect to miss articles that put the story otherwise, "
            "and to see some that share a name by chance; a whole article, or a second one, helps"
        )
    if _contradict(seeds):
        yield (
            "two of the seeds have next to nothing in common: their mean may follow neither story; "
            "a topic of its own for each serves better"
        )


def _contradict(seeds: Sequence[_Learnt]) -> bool:
    """Tell whether two seeds of one language tell of different things; of two languages their vectors say."""
    for at, one in enumerate(seeds):
        for other in seeds[at + 1 :]:
            if one.vector is not None and other.vector is not None:
                alike = vectors.cosine(one.vector, other.vector)
            elif one.language == other.language:
                alike = sum(value * other.weights.get(word, 0.0) for word, value in one.weights.items())
            else:
                continue
            if alike < APART:
                return True
    return False
