"""Keeps the articles that came last, and finds among them those most like a new one."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitor.matching.article import Article, cosine, read
from monitor.model import Document

WINDOW = 2_000  # articles that are kept
NEAREST = 8
_SAME = 0.9995  # similarity from which an article is the same once more, and says nothing new


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An article that came before and is like a new one."""

    similarity: float  # cosine of their vectors
    id: str  # of its document
    wording: float  # cosine of their weighed words
    article: Article
    sums: dict[str, tuple[float, float]]  # what it comes to by itself and its words' cosine to the seed, by a profile's
    # fingerprint: filled as it is asked for


_Kept = tuple[str, Article, dict[str, tuple[float, float]]]


@dataclass(slots=True)
class Recent:
    """The last articles that had a vector, oldest first; the cost of a look does not grow beyond the window."""

    window: int = WINDOW
    _articles: list[_Kept] = field(default_factory=list)
    _vectors: NDArray[np.float32] | None = None
    _next: int = 0  # where the next one is put, the oldest being overwritten

    def near(self, document: Document) -> tuple[Neighbour, ...]:
        """Return the articles most like a document, at most `NEAREST`, none of them its equal."""
        article = read(document)
        vector = article.vector
        if vector is None or self._vectors is None or vector.shape != self._vectors.shape[1:]:
            return ()
        similar = self._vectors[: len(self._articles)] @ vector
        similar[similar > _SAME] = -1.0
        best = np.argpartition(-similar, NEAREST)[:NEAREST] if len(similar) > NEAREST else np.arange(len(similar))
        return tuple(
            self._neighbour(at, float(similar[at]), article)
            for at in sorted(map(int, best), key=lambda at: (-similar[at], at))
            if similar[at] > 0
        )

    def _neighbour(self, at: int, similarity: float, article: Article) -> Neighbour:
        id, kept, sums = self._articles[at]
        return Neighbour(similarity, id, cosine(article.weights, kept.weights), kept, sums)

    def add(self, document: Document) -> None:
        """Keep a document, and forget the oldest one if there are too many; one without a vector is passed over."""
        article = read(document)
        if article.vector is None:
            return
        if self._vectors is None or self._vectors.shape[1:] != article.vector.shape:
            self._vectors = np.zeros((self.window, *article.vector.shape), dtype=np.float32)
            self._articles, self._next = [], 0
        kept: _Kept = (document.id, article, {})
        if len(self._articles) < self.window:
            self._articles.append(kept)
        else:
            self._articles[self._next] = kept
        self._vectors[self._next] = article.vector
        self._next = (self._next + 1) % self.window
