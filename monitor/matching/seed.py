"""Learns a profile from a topic's seeds and from what the person said about the topic."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice, pairwise

from monitor.errors import SeedError
from monitor.matching import article, background, noise
from monitor.matching.names import names
from monitor.matching.profile import Kind, Origin, Profile, ProfileTerm
from monitor.model import Seed, Topic
from monitor.text.words import spans, words

SEED_WORDS = 600  # of a seed that are read
CORE_TERMS = 30  # strongest terms that make the core
INCLUDED = 2.0  # factor of a term that the person includes
SHORT = 25  # different telling words, under which a seed says little
_LONGEST_SEED = 100_000  # characters


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What one seed tells."""

    language: str
    weights: Mapping[str, float]  # a vector of length 1
    spelling: Mapping[str, str]
    names: frozenset[str]
    neighbours: frozenset[tuple[str, str]]
    dropped: tuple[str, ...]


def learn(topic: Topic, encoder: str = "none") -> Profile:
    """Return the profile of a topic: the mean of its seeds, then weighed as the person says.

    `encoder` names what made the vectors of its seeds and of the documents to come; "none" if there are none.
    :raises SeedError: if there is no seed, or one without a word that tells something
    """
    if not topic.seeds:
        raise SeedError(f"topic {topic.id} has no seed; give it the text of an article about its story")
    learnt = [_learnt(seed) for seed in topic.seeds]
    weights = _relative(_mean([each.weights for each in learnt]))
    spelling = _spelling(each.spelling for each in reversed(learnt))
    seen = Profile(
        topic=topic,
        terms=(),
        dropped=tuple(line for each in learnt for line in each.dropped),
        warning=_warning(weights),
        fingerprint="",
        language=learnt[0].language,
        weights=weights,
        spelling=spelling,
        core={},
        norm=1.0,
        neighbours=frozenset().union(*(each.neighbours for each in learnt)),
    )
    return _finished(_weighed(seen), frozenset().union(*(each.names for each in learnt)))


def _learnt(seed: Seed) -> _Learnt:
    """Return what one seed tells, without its noise."""
    clean = noise.cleaned(seed.text[:_LONGEST_SEED])
    found = list(islice(spans(clean.text), SEED_WORDS))
    in_order = [word for word, _, _ in found]
    language = background.table_for("", in_order)
    rarity = article.telling(in_order, language)
    if not rarity:
        raise SeedError(f"{seed.name} has no word that tells its story; a seed is the text of an article")
    strength = article.strengths(in_order, rarity)
    norm = article.length(strength)
    return _Learnt(
        language=language,
        weights={word: value / norm for word, value in strength.items()},
        spelling={word: clean.text[start:end] for word, start, end in reversed(found)},
        names=names(clean.text, language),
        neighbours=frozenset(pairwise(in_order)),
        dropped=clean.dropped,
    )


def _mean(vectors: Sequence[Mapping[str, float]]) -> dict[str, float]:
    total: defaultdict[str, float] = defaultdict(float)
    for vector in vectors:
        for word, value in vector.items():
            total[word] += value / len(vectors)
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


def _weighed(profile: Profile) -> Profile:
    """Return the profile with the terms that the person includes or weighs; a term new to it counts as in the seed."""
    weights, spelling = dict(profile.weights), dict(profile.spelling)
    for term, factor in _factors(profile.topic).items():
        for word, start, end in spans(term):
            weights[word] = factor * weights.get(word, _usual(word, profile))
            spelling.setdefault(word, term[start:end])
    return replace(profile, weights={word: value for word, value in weights.items() if value > 0}, spelling=spelling)


def _factors(topic: Topic) -> dict[str, float]:
    """Return the person's factor for each term that is included or weighed; below 0 is 0, which takes a term out."""
    factors = dict.fromkeys(topic.include, INCLUDED)
    factors.update({term: max(0.0, factor) for term, factor in topic.weights.items()})
    return factors


def _usual(word: str, profile: Profile) -> float:
    """Return the weight that a word would have if the seed named it once, as strong as its rarity makes it."""
    rarity = background.weight(word, profile.language)
    shared = [value / background.weight(known, profile.language) for known, value in profile.weights.items()]
    return rarity * sorted(shared)[len(shared) // 2]


# ---------------------------------------------------------------- the profile as it is shown


def _finished(profile: Profile, known_names: frozenset[str]) -> Profile:
    """Return the profile with all that follows from its weights.

    :raises SeedError: if the person's weights left no term
    """
    if not profile.weights:
        raise SeedError(f"topic {profile.topic.id}: its weights take out every term of its seed")
    ranked = sorted(profile.weights.items(), key=lambda term: (-term[1], term[0]))
    yours = {word for term in _factors(profile.topic) for word in words(term)}
    return replace(
        profile,
        terms=tuple(
            _shown(word, profile, word in known_names, "you" if word in yours else "seed") for word, _ in ranked
        ),
        core=dict(ranked[:CORE_TERMS]),
        norm=article.length(profile.weights),
        fingerprint=_fingerprint(profile),
    )


def _shown(word: str, profile: Profile, is_name: bool, origin: Origin) -> ProfileTerm:
    kind: Kind = "number" if word[0].isdigit() else "name" if is_name else "term"
    return ProfileTerm(kind, profile.spelling[word], round(profile.weights[word], 3), origin)


def _fingerprint(profile: Profile) -> str:
    """Return a short hash of what moves a judgement: the weights and the filters, not the thresholds."""
    topic = profile.topic
    filters = [sorted(each) for each in (topic.exclude, topic.require_any, topic.languages)]
    filters += [sorted(each) for each in (topic.sources, topic.mute_sources)]
    weights = sorted((word, round(value, 6)) for word, value in profile.weights.items())
    moving = json.dumps([weights, sorted(profile.neighbours), filters], ensure_ascii=True)
    return sha256(moving.encode()).hexdigest()[:12]


def _warning(weights: Mapping[str, float]) -> str:
    if len(weights) >= SHORT:
        return ""
    return (
        f"the seed has only {len(weights)} telling words: expect to miss articles that put the story otherwise, "
        "and to see some that share a name by chance; a whole article, or a second one, helps"
    )
