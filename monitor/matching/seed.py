"""Learns a profile from a topic's seeds, and from what the person said about the topic and of its articles."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice, pairwise
from math import exp
from statistics import fmean

from monitor.errors import SeedError
from monitor.matching import article, background, geography, noise, people, spellings, terms, vectors, wishes
from monitor.matching.calibration import NONE
from monitor.matching.names import PERSON, Phrase, phrases
from monitor.matching.profile import Answer, Profile
from monitor.matching.quantities import Quantities, quantities
from monitor.matching.vectors import Vector
from monitor.model import Document, Seed, Topic
from monitor.text.words import MOST_CHARACTERS, spans, words

SEED_WORDS = 600  # of a seed that are read
QUANTIFIED, QUANTITY_WORDS = 3_000, 350  # characters and words of it that are read for quantities
CORE_TERMS = 30  # strongest terms that make the core
SEED = 2.0  # what a seed counts where a confirmed article counts 1
LONG = 2 * SEED_WORDS  # of a seed, from which less than half of it is read
SHORT = 25  # different telling words, under which a seed says little
APART = 0.15  # cosine of two seeds, under which they tell two stories
_LONGEST_SEED = 100_000  # characters
_OPENS, _OPENING = 0.5, 30.0  # how much more a seed's first words count, and after how many a third of that is left
_IN_PASSING = 0.7  # what a word counts that the seed writes small and but once


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
    named = [*wishes.left(topic, (phrase for each in both for phrase in each.phrases)), *wishes.own(topic)]
    unseen = wishes.left(topic, (Phrase(name, PERSON, 1, 0) for each in both for name in each.people))
    seen = Profile(
        topic=topic,
        terms=(),
        dropped=tuple(line for each in seeds for line in each.dropped),
        warnings=(*_unread(topic, seeds), *_doubts(before, seeds)),
        fingerprint="",
        encoder=NONE if vector is None else encoder,
        confirmed=len(told),
        closeness=_closeness(before, told),
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
            [*(each.text for each in both), *(phrase.text for phrase in wishes.own(topic))],
            [each.organisations for each in both],
        ),
        vector=vector,
    )
    return _finished(wishes.weighed(seen, named), before, named)


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
    strength = _emphasised(article.strengths(in_order, rarity), text, found)
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


def _emphasised(strength: Mapping[str, float], text: str, found: Sequence[tuple[str, int, int]]) -> dict[str, float]:
    """Return the weights of a seed's words, what it opens with counting more, and what it says in passing less.

    In passing is a word that it writes small and but once: "ominously" is as rare as a name, and tells no story.
    """
    uses = Counter(word for word, _, _ in found)
    weights: dict[str, float] = {}
    for at, (word, start, end) in enumerate(found):
        if word in strength and word not in weights:
            in_passing = uses[word] == 1 and text[start:end].islower()
            early = 1.0 + _OPENS * exp(-at / _OPENING)
            weights[word] = strength[word] * early * (_IN_PASSING if in_passing else 1.0)
    return weights


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


def _closeness(weights: Mapping[str, float], confirmed: Sequence[_Learnt]) -> float:
    """Return the mean cosine between confirmed articles and the `weights` of the seeds' words, 0 if there are none."""
    length = article.length(weights)
    return fmean([article.cosine(weights, each.weights) / length for each in confirmed] or [0.0])


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


# ---------------------------------------------------------------- what follows from it


def _finished(profile: Profile, before: Mapping[str, float], named: Sequence[Phrase]) -> Profile:
    """Return the profile with all that follows from its weights; `before` are those of the seeds alone.

    :raises SeedError: if the person's weights left no term
    """
    if not profile.weights:
        raise SeedError(f"topic {profile.topic.id}: its weights take out every term of its seed")
    ranked = sorted(profile.weights.items(), key=lambda term: (-term[1], term[0]))
    return replace(
        profile,
        terms=terms.shown(profile, before, named),
        length=article.length(profile.weights),
        core=dict(ranked[:CORE_TERMS]),
        fingerprint=_fingerprint(profile),
    )


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
