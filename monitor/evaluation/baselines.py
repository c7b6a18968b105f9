"""Judges the same topics by well-known methods, so that the matcher's figures have something to stand beside.

Each gets the one threshold that suits it best on the very labels it is measured by, and document frequencies of the
whole stream, later articles included: both flatter it. The matcher has neither.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import log, sqrt

from monitor.evaluation.judging import Run, run_of
from monitor.evaluation.labelled import LabelledSet, LabelledTopic
from monitor.evaluation.measures import Measured, best_threshold, measured
from monitor.evaluation.views import View, seen
from monitor.model import Document
from monitor.text.words import words

KEYWORDS = 5  # of a seed: what a person would type into an alert
_K1, _B = 1.2, 0.75  # the usual constants of BM25


@dataclass(frozen=True, slots=True)
class Stream:
    """All documents of one stream, counted."""

    postings: Mapping[str, Mapping[str, int]]  # word → document → times
    lengths: Mapping[str, int]  # words of each document
    norms: Mapping[str, float]  # length of each document's TF-IDF vector

    def rarity(self, word: str) -> float:
        """Return the logarithm of 1 / the share of documents with `word`."""
        return log((len(self.lengths) + 1) / (len(self.postings.get(word, ())) + 0.5))


Method = Callable[[Stream, Counter[str]], Mapping[str, float]]  # seed's words → score of each document it meets


def baselines(sets: Sequence[LabelledSet], view: View) -> dict[str, Measured]:
    """Return the figures of each method, at its own best single threshold."""
    counted = [(topics, counted_stream(topics, view)) for labelled in sets for topics in _by_stream(labelled)]
    found = {}
    for name, method in METHODS.items():
        runs = [_run(topic, method, stream) for topics, stream in counted for topic in topics]
        found[name] = measured(runs, best_threshold(runs), None)
    return found


def _by_stream(labelled: LabelledSet) -> Iterable[list[LabelledTopic]]:
    streams: defaultdict[str, list[LabelledTopic]] = defaultdict(list)
    for topic in labelled.topics:
        streams[topic.stream].append(topic)
    return streams.values()


def counted_stream(topics: Sequence[LabelledTopic], view: View) -> Stream:
    """Return the counts of all candidates of some topics."""
    documents = {line.document.id: seen(line.document, view) for topic in topics for line in topic.candidates}
    postings: defaultdict[str, dict[str, int]] = defaultdict(dict)
    lengths = {}
    for id, document in documents.items():
        counts = _counts(document)
        lengths[id] = counts.total()
        for word, times in counts.items():
            postings[word][id] = times
    bare = Stream(postings, lengths, {})
    squares: defaultdict[str, float] = defaultdict(float)
    for word, held in postings.items():
        rarity = bare.rarity(word)
        for id, times in held.items():
            squares[id] += (_dampened(times) * rarity) ** 2
    return Stream(postings, lengths, {id: sqrt(square) for id, square in squares.items()})


def _counts(document: Document) -> Counter[str]:
    return Counter(words(document.title) + words(document.text))


def _dampened(times: int) -> float:
    return 1 + log(times)


def _run(topic: LabelledTopic, method: Method, stream: Stream) -> Run:
    seed = Counter(words(" ".join(seed.text for seed in topic.topic.seeds)))
    return run_of(topic, partial(_said, method(stream, seed)))


def _said(scores: Mapping[str, float], id: str) -> tuple[float, None]:
    return scores.get(id, 0.0), None


# ---------------------------------------------------------------- the methods


def tfidf(stream: Stream, seed: Counter[str]) -> Mapping[str, float]:
    """Return the TF-IDF cosine of each document with the seed, in hundredths."""
    query = {word: _dampened(times) * stream.rarity(word) for word, times in seed.items()}
    length = sqrt(sum(weight * weight for weight in query.values())) or 1.0
    scores: defaultdict[str, float] = defaultdict(float)
    for word, weight in query.items():
        for id, times in stream.postings.get(word, {}).items():
            scores[id] += weight * _dampened(times) * stream.rarity(word)
    return {id: 100 * score / (length * (stream.norms[id] or 1.0)) for id, score in scores.items()}


def bm25(stream: Stream, seed: Counter[str]) -> Mapping[str, float]:
    """Return BM25 of each document, the seed's different words being the query."""
    usual = sum(stream.lengths.values()) / (len(stream.lengths) or 1) or 1.0
    scores: defaultdict[str, float] = defaultdict(float)
    for word in seed:
        rarity = stream.rarity(word)
        for id, times in stream.postings.get(word, {}).items():
            room = _K1 * (1 - _B + _B * stream.lengths[id] / usual)
            scores[id] += rarity * times * (_K1 + 1) / (times + room)
    return scores


def keywords(stream: Stream, seed: Counter[str]) -> Mapping[str, float]:
    """Return how many of the seed's strongest words each document has: the threshold is how many must be there."""
    strength = {word: _dampened(times) * stream.rarity(word) for word, times in seed.items()}
    strongest = sorted(strength, key=lambda word: (-strength[word], word))[:KEYWORDS]
    scores: Counter[str] = Counter()
    for word in strongest:
        scores.update(dict.fromkeys(stream.postings.get(word, ()), 1))
    return scores


METHODS: Mapping[str, Method] = {
    "TF-IDF": tfidf,
    "BM25": bm25,
    f"{KEYWORDS} keywords": keywords,
}
