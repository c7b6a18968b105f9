"""Keeps the articles that came last, and finds among them those most like a new one, or nearest to a seed."""

from collections.abc import Set
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from monitor.matching.article import Article, cosine, read
from monitor.matching.vectors import Vector
from monitor.model import Document

WINDOW = 2_000  # articles that are kept
NEAREST = 8
_SAME = 0.9995  # similarity from which an article is the same once more, and says nothing new


@dataclass(frozen=True, slots=True)
class Earlier:
    """An article that came before."""

    id: str  # of its document
    article: Article
    sums: dict[str, tuple[float, float]] = field(default_factory=dict)  # what it comes to by itself and its words'
    # cosine to the seed, by a profile's fingerprint: filled as it is asked for


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An article that came before and is like a new one."""

    similarity: float  # cosine of their vectors
    wording: float  # cosine of their weighed words
    earlier: Earlier


@dataclass(slots=True)
class Recent:
    """The last articles that had a vector, oldest first; the cost of a look does not grow beyond the window."""

    window: int = WINDOW
    _articles: list[Earlier] = field(default_factory=list)
    _vectors: NDArray[np.float32] | None = None
    _next: int = 0  # where the next one is put, the oldest being overwritten

    def before(self, document: Document) -> "Past":
        """Return what came before a document; it holds until another article is added."""
        return Past(self.near(document), self)

    def near(self, document: Document) -> tuple[Neighbour, ...]:
        """Return the articles most like a document, at most `NEAREST`, none of them its equal."""
        article = read(document)
        similar = self._similar(article.vector)
        similar[similar > _SAME] = -1.0
        return tuple(
            Neighbour(similarity, cosine(article.weights, earlier.article.weights), earlier)
            for similarity, earlier in self._best(similar, NEAREST)
        )

    def around(self, vector: Vector | None, left_out: Set[str] = frozenset()) -> list[tuple[float, Earlier]]:
        """Return the articles nearest to a seed's vector, with the cosine of each, at most `NEAREST`.

        Documents whose ids are in `left_out` are passed over.
        """
        similar, count = self._similar(vector), NEAREST
        while True:
            counting = [each for each in self._best(similar, count) if each[1].id not in left_out]
            if len(counting) >= NEAREST or count >= len(similar):
                return counting[:NEAREST]
            count *= 2

    def _similar(self, vector: Vector | None) -> NDArray[np.float32]:
        """Return the cosine of each article that is kept to `vector`; of none if it is of another encoder."""
        if vector is None or self._vectors is None or vector.shape != self._vectors.shape[1:]:
            return np.zeros(0, dtype=np.float32)
        similar: NDArray[np.float32] = self._vectors[: len(self._articles)] @ vector
        return similar

    def _best(self, similar: NDArray[np.float32], count: int) -> list[tuple[float, Earlier]]:
        best = np.argpartition(-similar, count)[:count] if len(similar) > count else np.arange(len(similar))
        return [
            (float(similar[at]), self._articles[at])
            for at in sorted(map(int, best), key=lambda at: (-similar[at], at))
            if similar[at] > 0
        ]

    def add(self, document: Document) -> None:
        """Keep a document, and forget the oldest one if there are too many; one without a vector is passed over."""
        article = read(document)
        if article.vector is None:
            return
        if self._vectors is None or self._vectors.shape[1:] != article.vector.shape:
            self._vectors = np.zeros((self.window, *article.vector.shape), dtype=np.float32)
            self._articles, self._next = [], 0
        kept = Earlier(document.id, article)
        if len(self._articles) < self.window:
            self._articles.append(kept)
        else:
            self._articles[self._next] = kept
        self._vectors[self._next] = article.vector
        self._next = (self._next + 1) % self.window


@dataclass(frozen=True, slots=True)
class Past:
    """What came before an article, as far as judging it asks."""

    near: tuple[Neighbour, ...] = ()  # the earlier articles most like it
    recent: Recent | None = None
    left_out: frozenset[str] = frozenset()  # ids of documents that don't count

    def around(self, vector: Vector | None) -> list[tuple[float, Earlier]]:
        """Return the earlier articles nearest to a seed's vector, with the cosine of each."""
        return self.recent.around(vector, self.left_out) if self.recent else []

    def without(self, ids: frozenset[str]) -> "Past":
        """Return the past without the documents of these ids."""
        return replace(self, near=tuple(each for each in self.near if each.earlier.id not in ids), left_out=ids)


NOTHING_BEFORE = Past()
