"""Fits the shipped calibration on labelled sets.

    python -m monitor.evaluation.fit [--encoder NAME] DIR…

weighs the signals by logistic regression: for the story, for the seed's very event, and for the article by itself; once
for texts of one language and once across two; with the encoder and without one. What serves across languages says the
same within one, so all documents teach it. The line of the story stands where one threshold gives the best mean F1 of
all streams, at the lowest one of that flat top: who follows a story would rather miss nothing. Across languages it
stands where the detection cost is least. The line is found anew for each number of confirmed articles, and the chance
is fitted from score 10 on.

Every document is taken whole and as a feed would tell it, every stream counts the same. It writes the calibration, and
prints what that is worth on each stream, fitted on all streams and on all others.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor import matching
from monitor.encoders import NOTHING, Encoder, open_encoder
from monitor.encoders.documents import taught
from monitor.evaluation.judging import Run, company, confirmed, presented, run_of
from monitor.evaluation.labelled import RELEVANT, LabelledSet, LabelledTopic, read_set
from monitor.evaluation.measures import LEAST_SCORE, best_thresholds, measured, saved
from monitor.evaluation.views import View
from monitor.matching import calibration
from monitor.matching.article import read
from monitor.matching.calibration import Calibration, Chance, Sum
from monitor.matching.combine import signals
from monitor.matching.pair import pair
from monitor.matching.signals import COMPANY, SIGNALS
from monitor.matching.signals import company as company_signal

Floats = NDArray[np.float64]
VIEWS: tuple[View, ...] = ("full", "feed")
_CONFIRMED = (0, 1, 3, 5)  # numbers of confirmed articles for which the line is found
_RIDGE = 1e-7  # shares the weight between signals that say much the same
_STEPS = 40  # of Newton's method: far more than it needs
_TOUCHING = (0.3, 0.3)  # of core or meaning, under which a document teaches nothing more
_FLAT = 0.004  # of F1 that a line may lie under the best
_FLAT_COST = 0.01  # of the detection cost that it may lie over the least
_DIGITS = 4  # of a constant, so that the last bits of another machine's arithmetic don't show
NAMES = tuple(signal.name for signal in SIGNALS)


@dataclass(frozen=True, slots=True)
class Viewed:
    """A labelled topic in one view, with the signals' values for each of its candidates."""

    topic: LabelledTopic
    ids: tuple[str, ...]  # of the documents, in the order in which they came
    values: Floats  # shape (documents, signals), in the order of their table; the company still to come
    across: NDArray[np.bool_]  # whether a document is of another language than the seed
    relevant: NDArray[np.bool_]
    of_event: NDArray[np.bool_]
    near: tuple[tuple[tuple[int, float], ...], ...]  # place and similarity of the earlier documents like each


class _Remembering:
    """An encoder that makes the vector of a text but once."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.size, self.languages = encoder.name, encoder.size, encoder.languages
        self._encoder = encoder
        self._made: dict[str, bytes] = {}

    def encode(self, texts: Sequence[str]) -> list[bytes]:
        """Return the vectors of `texts`, in their order."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._made]
        self._made.update(zip(missing, self._encoder.encode(missing), strict=True))
        return [self._made[text] for text in texts]


def main(arguments: Sequence[str]) -> None:
    """Fit, tell how well that holds, and write the calibration."""
    asked = argparse.ArgumentParser(prog="python -m monitor.evaluation.fit")
    asked.add_argument("--encoder", default=calibration.LIKE)
    asked.add_argument("folders", nargs="+", type=Path)
    wishes = asked.parse_args(arguments)
    sets = [read_set(folder) for folder in wishes.folders]
    path = Path(calibration.__file__).with_name(calibration.FILE)
    held = json.loads(path.read_text(encoding="utf-8")).get("encoders", {}) if path.exists() else {}
    for encoder in (open_encoder(wishes.encoder), NOTHING):
        held[encoder.name] = _fitted(sets, encoder)
    names = " ".join(folder.name for folder in wishes.folders)
    document = {"made_by": f"python -m monitor.evaluation.fit --encoder {wishes.encoder} {names}", "encoders": held}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _fitted(sets: Sequence[LabelledSet], encoder: Encoder) -> dict[str, object]:
    """Return the constants of one encoder as the file holds them, and print what they are worth."""
    encoder = _Remembering(encoder)
    viewed = viewed_sets(sets, encoder)
    later = [
        viewed_sets([confirmed(each, count, VIEWS[-1]) for each in sets], encoder, VIEWS[-1:])
        for count in _CONFIRMED[1:]
    ]
    both = fit(viewed, encoder.name, later)
    _tell(f"{encoder.name}: all, in the fit", both, viewed)
    for stream in sorted({each.topic.stream for each in viewed}):
        others = fit([each for each in viewed if each.topic.stream != stream], encoder.name, [])
        _tell(f"{stream}, left out", others, [each for each in viewed if each.topic.stream == stream])
    return {relation: _rounded(asdict(constants)) for relation, constants in both.items()}


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list | tuple) else value


# ---------------------------------------------------------------- what the signals say


def viewed_sets(sets: Sequence[LabelledSet], encoder: Encoder, views: Sequence[View] = VIEWS) -> list[Viewed]:
    """Return all topics of the sets, in each of the views, measured by every signal that stands alone."""
    return [each for view in views for each in _viewed(sets, view, encoder)]


def _viewed(sets: Sequence[LabelledSet], view: View, encoder: Encoder) -> list[Viewed]:
    topics = [topic for each in sets for topic in each.topics if _is_measured(topic)]
    profiles = [matching.learn(taught(topic.topic, encoder), encoder=encoder.name) for topic in topics]
    rows: list[list[tuple[float, ...]]] = [[] for _ in topics]
    places: list[dict[str, int]] = [{} for _ in topics]
    across: list[list[bool]] = [[] for _ in topics]
    near: list[list[tuple[tuple[int, float], ...]]] = [[] for _ in topics]
    for document, where, neighbours in presented(topics, sets, view, encoder):
        for at in where:
            together = pair(profiles[at], read(document))
            rows[at].append(tuple(0.0 if row.name == COMPANY else row.measure(together).value for row in SIGNALS))
            across[at].append(together.across)
            known = places[at]
            near[at].append(
                tuple((known[n.id], n.similarity) for n in company(topics[at], neighbours) if n.id in known)
            )
            known[document.id] = len(known)
    return [_of_topic(*each) for each in zip(topics, places, rows, across, near, strict=True)]


def _is_measured(topic: LabelledTopic) -> bool:
    return any(topic.grades.get(line.document.id, 0) >= RELEVANT for line in topic.candidates)


def _of_topic(
    topic: LabelledTopic,
    places: dict[str, int],
    rows: list[tuple[float, ...]],
    across: list[bool],
    near: list[tuple[tuple[int, float], ...]],
) -> Viewed:
    judged = {one.document: one for one in run_of(topic, lambda _: (0.0, None)).judged}
    return Viewed(
        topic=topic,
        ids=tuple(places),
        values=np.array(rows, dtype=np.float64),
        across=np.array(across),
        relevant=np.array([judged[id].relevant for id in places]),
        of_event=np.array([judged[id].of_event for id in places]),
        near=tuple(near),
    )


# ---------------------------------------------------------------- the fit


def fit(viewed: Sequence[Viewed], encoder: str, later: Sequence[Sequence[Viewed]]) -> dict[str, Calibration]:
    """Return the calibration within one language and across two that suits some topics best.

    `later` are the same topics with ever more articles confirmed, for each number of `_CONFIRMED` but the first.
    """
    alone = {across: _weighed(viewed, _columns(encoder, across, COMPANY), across) for across in (False, True)}
    whole = [_with_company(each, alone) for each in viewed]
    found: dict[str, Calibration] = {}
    for name, across in (("within", False), ("across", True)):
        columns = _columns(encoder, across)
        story, event = _weighed(whole, columns, across), _weighed(whole, columns, across, of_event=True)
        line, event_line = _line(whole, story, across), _event_line(whole, event, across)
        story, event = replace(story, bias=story.bias - line), replace(event, bias=event.bias - event_line)
        marks = _marks([[_with_company(each, alone) for each in these] for these in later], story, across)
        found[name] = Calibration(alone[across], story, event, _chance(whole, story, across, columns), marks)
    return found


def _columns(encoder: str, across: bool, *without: str) -> list[str]:
    return [signal.name for signal in signals(encoder, across) if signal.name not in without]


def _weighed(viewed: Sequence[Viewed], columns: Sequence[str], across: bool, *, of_event: bool = False) -> Sum:
    """Return the sum that tells best what is relevant: each stream counts the same, and in it each topic."""
    topics: defaultdict[str, int] = defaultdict(int)
    for each in viewed:
        topics[each.topic.stream] += 1
    at = [NAMES.index(name) for name in columns]
    values, labels, shares = [], [], []
    for each in viewed:
        wanted = each.of_event if of_event else each.relevant
        rows = _teaches(each, across)
        values.append(each.values[rows][:, at])
        labels.append(wanted[rows])
        shares.append(np.full(rows.sum(), 1.0 / max(1, wanted.sum()) / topics[each.topic.stream]))
    weights = logistic(np.vstack(values), np.concatenate(labels), np.concatenate(shares))
    return Sum(dict(zip(columns, map(float, weights), strict=False)), float(weights[-1]))


def _teaches(each: Viewed, across: bool) -> NDArray[np.bool_]:
    """Tell which documents teach: those that touch the seed; for one language only its own."""
    core, meaning = (each.values[:, NAMES.index(name)] for name in ("core", "meaning"))
    touching = (core > _TOUCHING[0]) | (meaning > _TOUCHING[1])
    return touching if across else touching & ~each.across


def _with_company(each: Viewed, alone: dict[bool, Sum]) -> Viewed:
    """Return the topic with the company of each document measured."""
    sums = np.where(each.across, _total(each, alone[True]), _total(each, alone[False]))
    values = each.values.copy()
    for at, near in enumerate(each.near):
        others = tuple((similarity, float(sums[place])) for place, similarity in near)
        values[at, NAMES.index(COMPANY)] = company_signal.better(float(sums[at]), others)
    return replace(each, values=values)


def _total(each: Viewed, weighed: Sum) -> Floats:
    at = [NAMES.index(name) for name in weighed.weights]
    total: Floats = each.values[:, at] @ np.array(list(weighed.weights.values())) + weighed.bias
    return total


def logistic(values: Floats, labels: NDArray[np.bool_], shares: Floats) -> Floats:
    """Return the weights of a logistic regression, the bias last, by Newton's method.

    `values` has the shape (examples, signals); `shares` say how much each example counts.
    """
    rows = np.hstack([values, np.ones((len(values), 1))])
    shares = shares / shares.sum()
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (shares * (chance - labels)) + _RIDGE * weights
        curve = (rows * (shares * chance * (1 - chance))[:, None]).T @ rows + _RIDGE * np.eye(rows.shape[1])
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-6:
            break
    return weights


# ---------------------------------------------------------------- lines and chance


def _runs(viewed: Iterable[Viewed], weighed: Sum, across: bool, *, of_event: bool = False) -> list[Run]:
    """Return runs whose scores are the sums; those of another language come last of all where they don't count."""
    found = []
    for each in viewed:
        totals = _total(each, weighed)
        if not across:
            totals = np.where(each.across, -99.0, totals)
        run = _run(each, totals)
        judged = tuple(replace(one, relevant=one.of_event) for one in run.judged) if of_event else run.judged
        found.append(replace(run, judged=judged))
    return found


def _run(each: Viewed, scores: Floats, chances: Floats | None = None) -> Run:
    told = dict(zip(each.ids, map(float, scores), strict=True))
    chance = dict(zip(each.ids, map(float, chances), strict=True)) if chances is not None else {}
    return run_of(each.topic, lambda id: (told[id], chance.get(id)))


def _line(viewed: Iterable[Viewed], story: Sum, across: bool) -> float:
    """Return the lowest sum of the flat top: of F1, or across languages of what the detection cost saves.

    A story in another language is rare, and missed for good: nobody else will tell it.
    """
    runs = _runs(viewed, story, across)
    return (best_thresholds(runs, _FLAT_COST, saved) if across else best_thresholds(runs, _FLAT))[0]


def _event_line(viewed: Iterable[Viewed], event: Sum, across: bool) -> float:
    """Return the sum from which an article is about the very event: the surest that suits all streams best."""
    runs = _runs(viewed, event, across, of_event=True)
    return best_thresholds(runs, _FLAT_COST, saved)[0] if across else best_thresholds(runs, 0.0)[1]


def _marks(later: Sequence[Sequence[Viewed]], story: Sum, across: bool) -> tuple[float, ...]:
    """Return by how much the line lies higher for 0, 1, 2 … confirmed articles, drawn between those measured."""
    known = [0.0, *(max(0.0, _line(these, story, across)) for these in later)]
    return tuple(float(mark) for mark in np.interp(range(_CONFIRMED[-1] + 1), _CONFIRMED[: len(known)], known))


def _chance(viewed: Sequence[Viewed], story: Sum, across: bool, columns: Sequence[str]) -> Chance:
    """Return how often documents with such sums and signals were relevant, streams alike."""
    held: defaultdict[str, list[tuple[Floats, NDArray[np.bool_]]]] = defaultdict(list)
    least = -float(np.log(100.0 / LEAST_SCORE - 1.0))
    at = [NAMES.index(name) for name in columns]
    for each in viewed:
        total = _total(each, story)
        rows = total >= least if across else (total >= least) & ~each.across
        told = np.array([calibration.steps(one) for one in total[rows].tolist()]).reshape(
            -1, len(calibration.steps(0.0))
        )
        held[each.topic.stream].append((np.hstack([told, each.values[rows][:, at]]), each.relevant[rows]))
    values = [np.vstack([value for value, _ in these]) for these in held.values()]
    labels = [np.concatenate([label for _, label in these]) for these in held.values()]
    shares = [np.full(len(these), 1.0 / max(1, len(these))) for these in labels]
    weights = logistic(np.vstack(values), np.concatenate(labels), np.concatenate(shares)).tolist()
    slopes, signals = weights[: -len(columns) - 1], weights[-len(columns) - 1 : -1]
    return Chance(tuple(slopes), Sum(dict(zip(columns, signals, strict=True)), weights[-1]))


def _tell(title: str, fitted: dict[str, Calibration], viewed: Sequence[Viewed]) -> None:
    """Print what a calibration is worth on some topics."""
    within, across = fitted["within"], fitted["across"]
    runs = []
    for each in viewed:
        full = _with_company(each, {False: within.alone, True: across.alone})
        story = np.where(full.across, _total(full, across.story), _total(full, within.story))
        event = np.where(full.across, _total(full, across.event), _total(full, within.event))
        scores = np.array([calibration.score_of(*both) for both in zip(story.tolist(), event.tolist(), strict=True)])
        chances = np.where(full.across, _chances(full, story, across), _chances(full, story, within))
        runs.append(_run(full, scores, chances))
    figures = measured(runs).mean
    names = ("AP", "nDCG@10", "F1", "F1_event", "C_det", "ECE", "hard_negatives_accepted")
    told = ", ".join(f"{name} {figures[name]:.3f}" for name in names if figures[name] is not None)
    sys.stdout.write(f"{title:34} {told}\n")
    sys.stdout.flush()


def _chances(each: Viewed, story: Floats, fitted: Calibration) -> Floats:
    rows = (dict(zip(NAMES, row, strict=True)) for row in each.values.tolist())
    return np.array([fitted.chance.of(row, total) for row, total in zip(rows, story.tolist(), strict=True)])


if __name__ == "__main__":
    main(sys.argv[1:])
