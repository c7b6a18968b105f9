"""Groups the reports on one event into a story, each as it comes.

    telling words → weighed against the stories of the window → nearest story, near-copies first → joined, or opened

A word tells by how rare it is in the news and, more and more, by how few of the window's stories have it: a story that
fills the papers counts once. An article is as near to a story as it is to that story's articles in the mean. An article
never leaves its story; where one is near to two stories that are near to each other, the younger story goes into the
older. What is older than the window is forgotten, so that the cost of an article does not grow with the archive.
"""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice, repeat
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from monitor.model import Document
from monitor.stories.copies import Wording, are_copies, wording

JOIN = 0.21  # similarity to a story from which an article belongs to it
MERGE = 0.35  # similarity of two stories from which they are one
MOST = 100_000  # articles that are remembered, however long the window

_KEPT = 100  # words of an article that count
_LOOKED_UP = 16  # of these, the strongest: what finds an article again
_LAST = 64  # articles that are looked at for one word
_LOOKED_AT = 16  # articles whose stories are compared
_NEAREST = 6  # of these, the first that may be copies
_SHIPPED = 1_000  # stories that the shipped background stands for
_LEAST = 0.1  # weight of a word that every story has

Keys = NDArray[np.uint32]
Weights = NDArray[np.float32]
Words = Mapping[str, tuple[float, float]]  # word → how much is made of it, its weight in the background


@dataclass(frozen=True, slots=True)
class Report:
    """An article that is to be grouped."""

    article: int
    seen: datetime  # when it came
    published: datetime
    words: Words
    wording: Wording


def report(article: int, document: Document, words: Words, *, seen: datetime, published: datetime) -> Report:
    """Return a document as it is to be grouped; `words` are its telling ones."""
    return Report(article, seen, published, words, wording(document.title, document.text))


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """An article of a story, as the window remembers it: what it weighed when it came."""

    article: int
    story: int  # article that opened its story
    copy_of: int | None  # article whose near-copy it is
    seen: datetime
    published: datetime
    keys: Keys  # its words, hashed, in order
    weights: Weights  # of unit length together
    wording: Wording


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an article belongs."""

    part: Part
    merged: int | None = None  # a story that went into the article's own


@dataclass(slots=True)
class _Story:
    """A story's articles within the window, added up."""

    id: int
    keys: Keys
    sums: Weights
    articles: int = 0
    length: float = 0.0  # of `sums`

    def nearness(self, keys: Keys, weights: Weights) -> float:
        """Return the similarity of an article to this story's, in the mean."""
        return _product(self.keys, self.sums, keys, weights) / self.articles

    def likeness(self, other: "_Story") -> float:
        """Return the cosine of two stories."""
        return _product(self.keys, self.sums, other.keys, other.sums) / (self.length * other.length or 1.0)

    def add(self, keys: Keys, weights: Weights, articles: int = 1) -> Keys:
        """Add an article, or another story; return the words that are new to it."""
        fresh = keys[~_met(self.keys, keys)[1]]
        both = np.sort(np.concatenate((self.keys, fresh)))
        sums = np.zeros(len(both), dtype=np.float32)
        sums[np.searchsorted(both, self.keys)] = self.sums
        sums[np.searchsorted(both, keys)] += weights
        self._become(both, sums, self.articles + articles)
        return fresh

    def remove(self, keys: Keys, weights: Weights) -> Keys:
        """Take an article away; return the words that only it had."""
        self.sums[np.searchsorted(self.keys, keys)] -= weights  # it has them all: they were added
        stays = self.sums > 1e-4 if self.articles > 1 else np.zeros(len(self.sums), dtype=bool)
        gone = self.keys[~stays]
        self._become(self.keys[stays], self.sums[stays], self.articles - 1)
        return gone

    def _become(self, keys: Keys, sums: Weights, articles: int) -> None:
        self.keys, self.sums, self.articles = keys, sums, articles
        self.length = float(np.linalg.norm(sums))


@dataclass(slots=True)
class Window:
    """The articles of the last hours, and their stories."""

    hours: float
    newest: int = 0  # the last article that it knows
    _parts: deque[Part] = field(default_factory=deque)  # in the order of their coming
    _story_of: dict[int, int] = field(default_factory=dict)  # article → its story
    _stories: dict[int, _Story] = field(default_factory=dict)
    _having: dict[int, list[Part]] = field(default_factory=dict)  # word → articles that are found by it, oldest first
    _spread: Counter[int] = field(default_factory=Counter)  # word → stories that have it

    def place(self, report: Report) -> Placed:
        """Return where an article belongs, and remember it there."""
        self.forget(report.seen)
        keys, weights = self._weighed(report.words)
        near = self._near(report, keys, weights)
        copy = next((part for part in near[:_NEAREST] if are_copies(report.wording, part.wording)), None)
        ranked = self._ranked(near, keys, weights)
        story, merged = self._chosen(report, copy, ranked)
        part = Part(
            article=report.article,
            story=story,
            copy_of=None if copy is None else copy.copy_of or copy.article,
            seen=report.seen,
            published=report.published,
            keys=keys,
            weights=weights,
            wording=report.wording,
        )
        self.remember(part)
        return Placed(part, merged)

    def remember(self, part: Part) -> None:
        """Take in an article whose story is known; they come in the order of their ids."""
        story = self._stories.get(part.story)
        if story is None:
            empty = np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.float32)
            story = self._stories[part.story] = _Story(part.story, *empty)
        self._spread.update(story.add(part.keys, part.weights).tolist())
        for key in _strongest(part.keys, part.weights):
            self._having.setdefault(key, []).append(part)
        self._parts.append(part)
        self._story_of[part.article] = part.story
        self.newest = max(self.newest, part.article)
        if len(self._parts) > MOST:
            self._drop()

    def forget(self, now: datetime) -> None:
        """Let go of what came before the window that ends `now`."""
        start = now - timedelta(hours=self.hours)
        while self._parts and self._parts[0].seen < start:
            self._drop()

    def merge(self, gone: int, into: int) -> None:
        """Let one story go into another."""
        lost = self._stories.pop(gone, None)
        kept = self._stories.get(into)
        if lost is None:
            return
        if kept is None:
            self._stories[into] = _Story(into, lost.keys, lost.sums, lost.articles, lost.length)
        else:
            fresh = set(kept.add(lost.keys, lost.sums, lost.articles).tolist())
            self._spread.subtract(key for key in lost.keys.tolist() if key not in fresh)
        self._story_of.update({article: into for article, story in self._story_of.items() if story == gone})

    def _weighed(self, words: Words) -> tuple[Keys, Weights]:
        """Return the strongest words of an article, hashed, with what each weighs among these stories."""
        found = {crc32(word.encode("utf-8", "surrogatepass")): told for word, told in words.items()}
        keys = np.fromiter(found, np.uint32, len(found))
        use, rarity = np.fromiter(chain.from_iterable(found.values()), np.float32, 2 * len(found)).reshape(-1, 2).T
        spread = np.fromiter(map(self._spread.get, found, repeat(0)), np.float32, len(found))
        having = spread + _SHIPPED * np.exp(-rarity) + 1
        weights = use * np.maximum(_LEAST, np.log((len(self._stories) + _SHIPPED) / having))
        strongest = np.argsort(-weights, kind="stable")[:_KEPT]
        strongest = strongest[np.argsort(keys[strongest])]
        length = float(np.linalg.norm(weights[strongest])) or 1.0
        return keys[strongest], (weights[strongest] / length).astype(np.float32)

    def _near(self, report: Report, keys: Keys, weights: Weights) -> list[Part]:
        """Return the articles that share most with one, best first, as far as they are of its days."""
        shared: dict[Part, float] = {}
        hours = timedelta(hours=self.hours)
        weight_of = dict(zip(keys.tolist(), weights.tolist(), strict=True))
        for key in _strongest(keys, weights):
            weight = weight_of[key]
            for part in self._having.get(key, ())[-_LAST:]:
                shared[part] = shared.get(part, 0.0) + weight
        best = sorted(shared, key=lambda part: (-shared[part], part.article))
        of_its_days = (
            part
            for part in best
            if abs(part.published - report.published) <= hours
            and abs(part.seen - report.seen) <= hours  # a clock that ran ahead left some in the future
        )
        return list(islice(of_its_days, _LOOKED_AT))

    def _ranked(self, near: Sequence[Part], keys: Keys, weights: Weights) -> list[tuple[float, _Story]]:
        """Return the stories of some articles that one belongs to, the nearest first."""
        stories = {id: self._stories[id] for id in (self._story_of[part.article] for part in near)}
        nearness = ((story.nearness(keys, weights), story) for story in stories.values())
        return sorted(((value, s) for value, s in nearness if value >= JOIN), key=lambda each: (-each[0], each[1].id))

    def _chosen(
        self, report: Report, copy: Part | None, ranked: Sequence[tuple[float, _Story]]
    ) -> tuple[int, int | None]:
        """Return the story that an article joins, or opens, and one that went into it."""
        if copy is not None:
            return self._story_of[copy.article], None
        if not ranked:
            return report.article, None
        best = ranked[0][1]
        if len(ranked) == 1 or best.likeness(ranked[1][1]) < MERGE:
            return best.id, None
        into, gone = sorted((best.id, ranked[1][1].id))
        self.merge(gone, into)
        return into, gone

    def _drop(self) -> None:
        """Let go of the article that came first."""
        part = self._parts.popleft()
        id = self._story_of.pop(part.article)
        story = self._stories[id]
        self._spread.subtract(story.remove(part.keys, part.weights).tolist())
        if not story.articles:
            del self._stories[id]
        for key in _strongest(part.keys, part.weights):
            having = self._having[key]
            del having[0]
            if not having:
                del self._having[key]
        self._spread = +self._spread if len(self._spread) > 8 * _KEPT * (len(self._parts) + 100) else self._spread


def _strongest(keys: Keys, weights: Weights) -> list[int]:
    """Return the words by which an article is found."""
    order = np.argsort(-weights, kind="stable")[:_LOOKED_UP]
    return [int(key) for key in keys[order]]


def _product(keys: Keys, sums: Weights, its: Keys, weights: Weights) -> float:
    """Return the sum of products over the words that two have; the keys of both are in order."""
    if len(its) > len(keys):
        return _product(its, weights, keys, sums)
    at, met = _met(keys, its)
    return float(sums[at[met]] @ weights[met])


def _met(keys: Keys, its: Keys) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return where `its` words stand among `keys`, and which of them do; both are in order."""
    if not len(keys):
        return np.zeros(len(its), dtype=np.intp), np.zeros(len(its), dtype=bool)
    at = np.minimum(np.searchsorted(keys, its), len(keys) - 1)
    return at, keys[at] == its
