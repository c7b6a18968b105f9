"""Measures a ranking against labels.

Per topic, then the mean of a stream's topics, then the plain mean of the streams; only `ECE` is taken over all
judgements of a stream at once, because one topic has too few for it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log2

FALSE_ALARM = 4.9  # C_fa·(1 - P)/(C_miss·P), with C_fa = 0.1, C_miss = 1, P = 0.02: the detection cost of TDT
BINS = 10  # of the chance, for the calibration error


@dataclass(frozen=True, slots=True)
class Judged:
    """One document of a topic: what the matcher said, and what a reader said."""

    document: str
    score: float
    chance: float | None  # 0–1, None of a method that gives none
    grade: int  # 0–3
    relevant: bool
    of_event: bool  # about the seed's very event
    hard_negative: bool


def average_precision(ranked: Sequence[Judged]) -> float:
    """Return the mean, over the relevant documents, of the precision at the rank of each."""
    hits, total = 0, 0.0
    for rank, judged in enumerate(ranked, 1):
        if judged.relevant:
            hits += 1
            total += hits / rank
    return total / hits if hits else 0.0


def ndcg(ranked: Sequence[Judged], depth: int = 10) -> float:
    """Return the discounted gain of the first `depth`, in parts of the best possible; a grade gains 2^grade - 1."""
    best = sorted((judged.grade for judged in ranked), reverse=True)
    ideal = _gain(best[:depth])
    return _gain(judged.grade for judged in ranked[:depth]) / ideal if ideal else 0.0


def _gain(grades: Iterable[int]) -> float:
    return sum((2.0**grade - 1) / log2(rank + 1) for rank, grade in enumerate(grades, 1))


def best_f1(ranked: Sequence[Judged]) -> float:
    """Return the F1 at the threshold that suits the topic best: a ceiling. Equal scores are taken together."""
    relevant = sum(judged.relevant for judged in ranked)
    best, taken, hits = 0.0, 0, 0
    for _, equals in groupby(ranked, key=lambda judged: judged.score):
        group = list(equals)
        taken, hits = taken + len(group), hits + sum(judged.relevant for judged in group)
        best = max(best, 2 * hits / (taken + relevant))
    return best


@dataclass(frozen=True, slots=True)
class Decided:
    """What one threshold accepted of a topic."""

    accepted: int
    hits: int  # relevant ones among the accepted
    relevant: int
    others: int

    @property
    def precision(self) -> float:
        """Return the share of the accepted that is relevant, 0 if nothing was accepted."""
        return self.hits / self.accepted if self.accepted else 0.0

    @property
    def recall(self) -> float:
        """Return the share of the relevant that was accepted."""
        return self.hits / self.relevant if self.relevant else 0.0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        either = self.accepted + self.relevant
        return 2 * self.hits / either if either else 0.0

    @property
    def cost(self) -> float:
        """Return the normalised detection cost: share missed + 4.9 × share of the others accepted."""
        false_alarms = (self.accepted - self.hits) / self.others if self.others else 0.0
        return 1 - self.recall + FALSE_ALARM * false_alarms


def decided(judged: Sequence[Judged], threshold: float, relevant: Callable[[Judged], bool]) -> Decided:
    """Return what scores of at least `threshold` make of a topic's documents."""
    accepted = [one for one in judged if one.score >= threshold]
    wanted = sum(map(relevant, judged))
    return Decided(len(accepted), sum(map(relevant, accepted)), wanted, len(judged) - wanted)


def hard_negatives_accepted(judged: Sequence[Judged], threshold: float) -> float | None:
    """Return the share of hard negatives with a score of at least `threshold`, None if there are none."""
    hard = [one for one in judged if one.hard_negative]
    return sum(one.score >= threshold for one in hard) / len(hard) if hard else None


@dataclass(frozen=True, slots=True)
class Bin:
    """What became of the judgements whose chance lay in one tenth: a point of the reliability curve."""

    count: int
    chance: float  # mean of what was said, 0–1
    relevant: float  # share of them that were, 0–1


def reliability(judged: Iterable[Judged], least_score: float) -> list[Bin]:
    """Return the reliability curve, the lowest tenth of the chance first; tenths without a judgement are left out.

    Only scores of at least `least_score` count, and judgements that have a chance.
    """
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for one in judged:
        if one.score >= least_score and one.chance is not None:
            bins[min(BINS - 1, int(one.chance * BINS))].append((one.chance, one.relevant))
    return [
        Bin(len(held), sum(chance for chance, _ in held) / len(held), sum(true for _, true in held) / len(held))
        for held in bins
        if held
    ]


def calibration_error(curve: Sequence[Bin]) -> float | None:
    """Return how far the chance is from what happened, in the mean over the points of a curve, by their size.

    None where there is no point (expected calibration error: Naeini, Cooper and Hauskrecht, 2015).
    """
    total = sum(held.count for held in curve)
    return sum(held.count * abs(held.chance - held.relevant) for held in curve) / total if total else None


def mean(values: Iterable[float | None]) -> float | None:
    """Return the mean of the values that there are, None if there is none."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
