"""Sums runs up as the figures that `monitor evaluate` prints."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain

from monitor.evaluation import metrics
from monitor.evaluation.judging import Run
from monitor.evaluation.metrics import Bin, Decided, Judged, decided, mean
from monitor.matching.calibration import EVENT, STORY

LEAST_SCORE = 10.0  # from which the chance is held against what happened

Figures = Mapping[str, float | int | None]  # by the names below; None where there is nothing to measure

OF_A_TOPIC = ("AP", "nDCG@10", "best_F1", "precision", "recall", "F1", "F1_event", "C_det", "hard_negatives_accepted")
NAMES = (*OF_A_TOPIC[:8], "ECE", OF_A_TOPIC[8])


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one method on some labelled sets."""

    threshold: float  # one for all topics
    mean: Figures
    streams: Mapping[str, Figures]
    reliability: Sequence[Bin] = ()  # of the chances in all streams together; none of a method that gives none

    def document(self) -> dict[str, object]:
        """Return the figures as JSON prints them; without a reliability curve where there is none."""
        return {name: value for name, value in asdict(self).items() if name != "reliability" or value}


def measured(runs: Sequence[Run], threshold: float = STORY, event: float | None = EVENT) -> Measured:
    """Return the figures of each stream, and the plain mean of the streams.

    `event` is the threshold for the very event, None of a method that has none. A topic without a relevant document
    can't be measured and is left out.
    """
    streams: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if any(judged.relevant for judged in run.judged):
            streams[run.stream].append(run)
    by_stream = {name: _of_stream(held, threshold, event) for name, held in streams.items()}
    return Measured(threshold, _mean(by_stream.values()), by_stream, _reliability(chain(*streams.values())))


def _reliability(runs: Iterable[Run]) -> list[Bin]:
    return metrics.reliability((judged for run in runs for judged in run.judged), LEAST_SCORE)


def _of_stream(runs: Sequence[Run], threshold: float, event: float | None) -> Figures:
    topics = [_of_topic(run.judged, threshold, event) for run in runs]
    figures: dict[str, float | int | None] = {name: mean(topic[name] for topic in topics) for name in OF_A_TOPIC}
    figures["ECE"] = metrics.calibration_error(_reliability(runs))
    return {"topics": len(topics), **{name: _rounded(figures[name]) for name in NAMES}}


def _of_topic(judged: Sequence[Judged], threshold: float, event: float | None) -> dict[str, float | None]:
    ranked = sorted(judged, key=lambda one: -one.score)
    story = decided(judged, threshold, lambda one: one.relevant)
    return {
        "AP": metrics.average_precision(ranked),
        "nDCG@10": metrics.ndcg(ranked),
        "best_F1": metrics.best_f1(ranked),
        "precision": story.precision,
        "recall": story.recall,
        "F1": story.f1,
        "F1_event": None if event is None else decided(judged, event, lambda one: one.of_event).f1,
        "C_det": story.cost,
        "hard_negatives_accepted": metrics.hard_negatives_accepted(judged, threshold),
    }


def _mean(streams: Iterable[Figures]) -> Figures:
    held = list(streams)
    total = sum(int(figures["topics"] or 0) for figures in held)
    return {"topics": total, **{name: _rounded(mean(figures[name] for figures in held)) for name in NAMES}}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


Worth = Callable[[Decided], float]  # what a threshold is worth to a topic; 0 where nothing is accepted


def f1(decided: Decided) -> float:
    """Return the harmonic mean of precision and recall."""
    return decided.f1


def saved(decided: Decided) -> float:
    """Return by how much the detection cost is lower than where nothing is accepted."""
    return 1.0 - decided.cost


def best_threshold(runs: Sequence[Run]) -> float:
    """Return the one threshold with the best mean of the streams' F1: chosen on the very labels it is measured by."""
    return best_thresholds(runs, 0.0)[1]


def best_thresholds(runs: Sequence[Run], within: float, worth: Worth = f1) -> tuple[float, float]:
    """Return the lowest and the highest threshold whose mean worth is at most `within` under the best one's."""
    curves: defaultdict[str, list[list[tuple[float, float]]]] = defaultdict(list)
    for run in runs:
        if any(judged.relevant for judged in run.judged):
            curves[run.stream].append(_curve(run.judged, worth))
    steps = list(_steps(curves))
    best = max((value for _, value in steps), default=0.0)
    good = [threshold for threshold, value in steps if value >= best - within]
    return (min(good), max(good)) if good else (0.0, 0.0)


def _curve(judged: Sequence[Judged], worth: Worth) -> list[tuple[float, float]]:
    """Return (threshold, worth) from the highest threshold down."""
    relevant = sum(one.relevant for one in judged)
    curve, hits = [], 0
    for taken, one in enumerate(sorted(judged, key=lambda one: -one.score), 1):
        hits += one.relevant
        curve.append((one.score, worth(Decided(taken, hits, relevant, len(judged) - relevant))))
    return curve


def _steps(curves: Mapping[str, Sequence[Sequence[tuple[float, float]]]]) -> Iterable[tuple[float, float]]:
    """Yield (threshold, mean worth over the streams), going down through all thresholds at which something changes."""
    steps = []
    for topics in curves.values():
        share = 1 / len(topics) / len(curves)
        for curve in topics:
            before = 0.0
            for threshold, value in curve:
                steps.append((threshold, (value - before) * share))
                before = value
    steps.sort(key=lambda step: -step[0])
    total = 0.0
    for place, (threshold, change) in enumerate(steps):
        total += change
        if place + 1 == len(steps) or steps[place + 1][0] != threshold:
            yield threshold, total
