"""Fits the shipped calibration on labelled sets.

    python -m monitor.evaluation.fit DIR…

weighs the signals by logistic regression and sets two marks where one threshold gives the best mean F1 of all streams.
That curve is flat around its top: score 50 is its lowest threshold, since who follows a story would rather miss
nothing, and 75 is the highest one of the same curve for the seeds' very events. The chance is fitted from score 10 on.
Every document is taken whole and as a feed would tell it, every stream counts the same. It writes the calibration, and
prints what weights and marks are worth on each stream when they were fitted on all others.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import exp
from pathlib import Path

from monitor import matching
from monitor.evaluation.judging import Run, run_of
from monitor.evaluation.labelled import RELEVANT, LabelledSet, LabelledTopic, read_set
from monitor.evaluation.measures import LEAST_SCORE, best_thresholds, measured
from monitor.evaluation.views import View, seen
from monitor.matching import calibration
from monitor.matching.article import read
from monitor.matching.calibration import Calibration
from monitor.matching.pair import pair
from monitor.matching.signals import SIGNALS

_VIEWS: tuple[View, ...] = ("full", "feed")
_RIDGE = 1e-4  # shares the weight between signals that say much the same
_STEPS = 25  # of Newton's method: far more than it needs
_TOUCHING = 0.2  # value of the first signal under which a document teaches nothing more
_FLAT = 0.005  # of F1 that a mark may lie under the best
_APART = 0.5  # of the sum, at least, between the marks

Values = tuple[float, ...]  # of the signals, in the order of their table


@dataclass(frozen=True, slots=True)
class Example:
    """What the signals say of one document, what a reader said, and how much that counts."""

    values: Values
    relevant: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Viewed:
    """A labelled topic in one view, with the signals' values for each of its candidates."""

    topic: LabelledTopic
    stream: str
    values: Mapping[str, Values]  # by document


def main(folders: Sequence[str]) -> None:
    """Fit, tell how well that holds, and write the calibration."""
    viewed = [each for folder in folders for each in viewed_set(read_set(Path(folder)))]
    names = " ".join(Path(folder).name for folder in folders)
    fitted = fit(viewed, f"python -m monitor.evaluation.fit {names}")
    path = Path(calibration.__file__).with_name(calibration.FILE)
    path.write_text(json.dumps(asdict(fitted), indent=1) + "\n", encoding="utf-8")
    _tell("all, in the fit", fitted, viewed)
    for stream in sorted({each.stream for each in viewed}):
        others = fit([each for each in viewed if each.stream != stream], "")
        _tell(f"{stream}, left out", others, [each for each in viewed if each.stream == stream])


def viewed_set(labelled: LabelledSet) -> list[Viewed]:
    """Return all topics of a set, whole and as feeds tell them, measured by every signal."""
    return [_viewed(topic, view) for view in _VIEWS for topic in labelled.topics if _is_measured(topic)]


def _is_measured(topic: LabelledTopic) -> bool:
    return any(topic.grades.get(line.document.id, 0) >= RELEVANT for line in topic.candidates)


def _viewed(topic: LabelledTopic, view: View) -> Viewed:
    profile = matching.learn(topic.topic)
    values = {}
    for line in topic.candidates:
        together = pair(profile, read(seen(line.document, view)))
        values[line.document.id] = tuple(signal.measure(together).value for signal in SIGNALS)
    return Viewed(topic, topic.stream, values)


def fit(viewed: Sequence[Viewed], made_by: str) -> Calibration:
    """Return the calibration that suits some topics best, each of their streams counting the same."""
    weights = logistic(examples(viewed))
    drawn = Calibration(
        weights={signal.name: weight for signal, weight in zip(SIGNALS, weights, strict=False)},
        bias=weights[-1],
        story=0.0,
        event=1.0,
        chance=(1.0, 0.0),
        made_by=made_by,
    )
    runs = _runs(viewed, drawn)
    story, _ = best_thresholds(runs, _FLAT)
    _, event = best_thresholds(_of_events(runs), _FLAT)
    return _with_chance(viewed, replace(drawn, story=story, event=max(event, story + _APART)))


def examples(viewed: Sequence[Viewed]) -> list[Example]:
    """Return what there is to learn from: each stream counts the same, and in it each topic's relevant documents."""
    topics: defaultdict[str, int] = defaultdict(int)
    for each in viewed:
        topics[each.stream] += 1
    found = []
    for each in viewed:
        graded = [(values, each.topic.grades.get(id, 0) >= RELEVANT) for id, values in each.values.items()]
        weight = 1 / sum(relevant for _, relevant in graded) / topics[each.stream]
        found += [Example(values, relevant, weight) for values, relevant in graded if values[0] > _TOUCHING]
    return found


# ---------------------------------------------------------------- logistic regression


def logistic(taught: Sequence[Example]) -> list[float]:
    """Return the weights of a logistic regression, the bias last, by Newton's method."""
    size = len(taught[0].values) + 1
    total = sum(example.weight for example in taught)
    weights = [0.0] * size
    for _ in range(_STEPS):
        slope = [_RIDGE * weight for weight in weights]
        curve = [[_RIDGE if row == column else 0.0 for column in range(size)] for row in range(size)]
        for example in taught:
            _add(example, weights, total, slope, curve)
        step = solved(curve, slope)
        weights = [weight - change for weight, change in zip(weights, step, strict=True)]
        if max(map(abs, step)) < 1e-4:
            break
    return weights


def _add(example: Example, weights: list[float], total: float, slope: list[float], curve: list[list[float]]) -> None:
    """Add one example's part to the first and second derivatives of the loss."""
    values = (*example.values, 1.0)
    chance = 1 / (1 + exp(-sum(weight * value for weight, value in zip(weights, values, strict=True))))
    share = example.weight / total
    missed = share * (chance - example.relevant)
    bend = share * chance * (1 - chance)
    for row, value in enumerate(values):
        slope[row] += missed * value
        line, factor = curve[row], bend * value
        for column, other in enumerate(values):
            line[column] += factor * other


def solved(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """Return the solution of a small system of linear equations, by elimination with pivots."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for at in range(len(rows)):
        pivot = max(range(at, len(rows)), key=lambda row: abs(rows[row][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [value / rows[at][at] for value in rows[at]]
        for other in range(len(rows)):
            if other != at:
                factor = rows[other][at]
                rows[other] = [value - factor * base for value, base in zip(rows[other], rows[at], strict=True)]
    return [row[-1] for row in rows]


# ---------------------------------------------------------------- score and chance


def _runs(
    viewed: Iterable[Viewed], fitted: Calibration, scored: Callable[[float], float] = lambda total: total
) -> list[Run]:
    """Return runs whose scores are the signals' sums, or what `scored` makes of them."""
    found = []
    for each in viewed:
        said: dict[str, tuple[float, float | None]] = {}
        for id, values in each.values.items():
            said[id] = (scored(_total(fitted, values)), None)
        found.append(run_of(each.topic, said.__getitem__))
    return found


def _total(fitted: Calibration, values: Values) -> float:
    return fitted.total({signal.name: value for signal, value in zip(SIGNALS, values, strict=True)})


def _of_events(runs: Iterable[Run]) -> list[Run]:
    """Return the runs with only those documents relevant that are about the seed's very event."""
    return [replace(run, judged=tuple(replace(one, relevant=one.of_event) for one in run.judged)) for run in runs]


def _with_chance(viewed: Sequence[Viewed], fitted: Calibration) -> Calibration:
    """Return the calibration with its chance: how often a document with such a sum was relevant, streams alike."""
    totals: defaultdict[str, list[tuple[Values, bool]]] = defaultdict(list)
    for each in viewed:
        for id, values in each.values.items():
            total = _total(fitted, values)
            if fitted.score_of(total) >= LEAST_SCORE:
                totals[each.stream].append(((total,), each.topic.grades.get(id, 0) >= RELEVANT))
    taught = [Example(values, relevant, 1 / len(held)) for held in totals.values() for values, relevant in held]
    slope, intercept = logistic(taught)
    return replace(fitted, chance=(slope, intercept))


def _tell(title: str, fitted: Calibration, viewed: Sequence[Viewed]) -> None:
    """Print what a calibration is worth on some topics."""
    figures = measured(_runs(viewed, fitted, fitted.score_of)).mean
    told = ", ".join(f"{name} {figures[name]:.3f}" for name in ("AP", "F1", "F1_event", "C_det"))
    sys.stdout.write(f"{title:22} {told}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
