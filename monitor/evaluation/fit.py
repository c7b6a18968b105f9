"""Fits the shipped calibration on labelled sets.

    python -m monitor.evaluation.fit [--encoder NAME] DIR…

weighs the signals by logistic regression: for the story, for the seed's very event, and for the article by itself; once
for texts of one language and once across two; with the encoder and without one. What serves across languages says the
same within one, so all documents teach it. Within one language the story's weights are then tuned to the figures
themselves (`tuning`), a report's beside a headline's. The line of the story stands where one threshold gives the best
mean F1 of all streams, in the middle of that flat top. Across languages it stands where the detection cost is least.
Within a language the line is found anew for each number of confirmed articles; the chance is fitted from score 10 on,
and once more where articles were confirmed.

Every document is taken whole and as a feed would tell it, every stream counts the same. It writes the calibration, and
prints what that is worth on each stream, fitted on all streams and on all others.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor import matching
from monitor.encoders import NOTHING, Encoder, open_encoder
from monitor.encoders.documents import taught
from monitor.evaluation.judging import Run, confirmed, presented, run_of
from monitor.evaluation.labelled import LabelledSet, LabelledTopic, read_set
from monitor.evaluation.measures import LEAST_SCORE, best_thresholds, measured, saved
from monitor.evaluation.tuning import Examples, tuned
from monitor.evaluation.views import View
from monitor.matching import calibration
from monitor.matching.article import read
from monitor.matching.calibration import Calibration, Chance, Sum
from monitor.matching.combine import signals
from monitor.matching.pair import Companion, pair
from monitor.matching.recent import NEAREST, WINDOW
from monitor.matching.signals import IN_COMPANY, SIGNALS
from monitor.matching.signals.circle import circled
from monitor.matching.signals.company import WITHIN_REACH, better
from monitor.matching.signals.crowd import crowded
from monitor.matching.signals.kinship import akin
from monitor.matching.signals.nearest import nearer

Floats = NDArray[np.float64]
VIEWS: tuple[View, ...] = ("full", "feed")
_CONFIRMED = (0, 1, 3, 5)  # numbers of confirmed articles for which the line is found
_RIDGE = 1e-7  # shares the weight between signals that say much the same
_STEPS = 40  # of Newton's method: far more than it needs
_TOUCHING = (0.3, 0.3)  # of core or meaning, under which a document teaches nothing more
_FLAT = 0.004  # of F1 that a line may lie under the best
_FLAT_COST = 0.01  # of the detection cost that it may lie over the least
_LEAST_LIFT = 0.01  # of the line's rise, where confirmed articles have hardly a word of the seed
_RUNNING = 2.0  # what a running story counts when F1 is tuned: a reader follows one, the other streams tell of events
_ONE_STORY = 0.5  # what a running story counts for the chance
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
    hard_negatives: NDArray[np.bool_]
    near: tuple[tuple[tuple[int, float, float], ...], ...]  # the earlier documents like each: place, cosines of
    # their vectors and of their words
    closeness: float  # of the confirmed articles to the seed, as the profile has it

    @property
    def runs_on(self) -> bool:
        """Tell whether the topic is a running story, of which the seed's own event is but a part."""
        return bool((self.relevant & ~self.of_event).any())


class Remembering:
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
    encoder = Remembering(encoder)
    viewed = viewed_sets(sets, encoder)
    later = [viewed_sets(sets, encoder, count) for count in _CONFIRMED[1:]]
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


def viewed_sets(sets: Sequence[LabelledSet], encoder: Encoder, count: int = 0) -> list[Viewed]:
    """Return the topics of the sets, in each of the views, measured by every signal that stands alone.

    The earliest `count` relevant articles of each are confirmed; topics without others are left out.
    """
    return [each for view in VIEWS for each in _viewed([confirmed(held, count, view) for held in sets], view, encoder)]


def _viewed(sets: Sequence[LabelledSet], view: View, encoder: Encoder) -> list[Viewed]:
    topics = [topic for each in sets for topic in each.topics]
    profiles = [matching.learn(taught(topic.topic, encoder), encoder=encoder.name) for topic in topics]
    rows: list[list[tuple[float, ...]]] = [[] for _ in topics]
    places: list[dict[str, int]] = [{} for _ in topics]
    across: list[list[bool]] = [[] for _ in topics]
    near: list[list[tuple[tuple[int, float, float], ...]]] = [[] for _ in topics]
    for document, where, past in presented(topics, sets, view, encoder):
        for at in where:
            together = pair(profiles[at], read(document))
            rows[at].append(tuple(0.0 if row.name in IN_COMPANY else row.measure(together).value for row in SIGNALS))
            across[at].append(together.across)
            known = places[at]
            near[at].append(
                tuple((known[n.earlier.id], n.similarity, n.wording) for n in past.near if n.earlier.id in known)
            )
            known[document.id] = len(known)
    close = [profile.closeness for profile in profiles]
    return [_of_topic(*each) for each in zip(topics, places, rows, across, near, close, strict=True)]


def _of_topic(
    topic: LabelledTopic,
    places: dict[str, int],
    rows: list[tuple[float, ...]],
    across: list[bool],
    near: list[tuple[tuple[int, float, float], ...]],
    closeness: float,
) -> Viewed:
    judged = {one.document: one for one in run_of(topic, lambda _: (0.0, None)).judged}
    return Viewed(
        topic=topic,
        ids=tuple(places),
        values=np.array(rows, dtype=np.float64),
        across=np.array(across),
        relevant=np.array([judged[id].relevant for id in places]),
        of_event=np.array([judged[id].of_event for id in places]),
        hard_negatives=np.array([judged[id].hard_negative for id in places]),
        near=tuple(near),
        closeness=closeness,
    )


# ---------------------------------------------------------------- the fit


def fit(viewed: Sequence[Viewed], encoder: str, later: Sequence[Sequence[Viewed]]) -> dict[str, Calibration]:
    """Return the calibration within one language and across two that suits some topics best.

    `later` are the same topics with ever more articles confirmed, for each number of `_CONFIRMED` but the first.
    """
    alone = {across: _weighed(viewed, _columns(encoder, across, *IN_COMPANY), across) for across in (False, True)}
    whole = [_with_company(each, alone) for each in viewed]
    answered = [[_with_company(each, alone) for each in these] for these in later]
    found: dict[str, Calibration] = {}
    for name, across in (("within", False), ("across", True)):
        columns = _columns(encoder, across)
        story, event = _weighed(whole, columns, across), _weighed(whole, columns, across, of_event=True)
        if not across:
            story = _tuned(whole, replace(story, bias=story.bias - _line(whole, story, across)))
        line, event_line = _line(whole, story, across), _event_line(whole, event, across)
        story, event = replace(story, bias=story.bias - line), replace(event, bias=event.bias - event_line)
        marks = (0.0,) if across else _marks(answered, story)
        chance = _chance([(each, _total(each, story)) for each in whole], across, columns)
        fitted = Calibration(alone[across], story, event, chance, chance, marks)
        if later:
            risen = [
                (each, _total(each, story) - fitted.line(count, each.closeness))
                for count, these in zip(_CONFIRMED[1:], answered, strict=True)
                for each in these
            ]
            fitted = replace(fitted, answered=_chance(risen, across, columns))
        found[name] = fitted
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
    """Tell which documents teach: within one language those that touch the seed, across two all."""
    if across:
        return np.ones_like(each.across)
    core, meaning = (each.values[:, NAMES.index(name)] for name in ("core", "meaning"))
    return ((core > _TOUCHING[0]) | (meaning > _TOUCHING[1])) & ~each.across


def _with_company(each: Viewed, alone: dict[bool, Sum]) -> Viewed:
    """Return the topic with the company of each document measured."""
    sums = np.where(each.across, _total(each, alone[True]), _total(each, alone[False]))
    words, meaning = (each.values[:, NAMES.index(name)] for name in ("wording", "meaning"))
    of_company = [NAMES.index(name) for name in IN_COMPANY]
    values = each.values.copy()
    for at, near in enumerate(each.near):
        around: Floats = np.zeros(0)
        if sums[at] < WITHIN_REACH:
            near = ()
        else:
            before = slice(max(0, at - WINDOW), at)
            around = (meaning + words)[before][np.argsort(-meaning[before], kind="stable")[:NEAREST]]
        others = tuple(Companion(alike, sums[place], words[place], to) for place, alike, to in near)
        own, worded = float(sums[at]), float(words[at])
        near_seed = float(meaning[at]) + worded
        values[at, of_company] = (
            better(own, others),
            circled(worded, others),
            akin(others),
            nearer(near_seed, others),
            crowded(around.tolist(), others),
        )
    return replace(each, values=values)


def _total(each: Viewed, weighed: Sum) -> Floats:
    total = _product(each, weighed.weights) + weighed.bias
    if weighed.fuller:
        total += _fullness(each) * (_product(each, weighed.fuller) + weighed.fuller_bias)
    return total


def _product(each: Viewed, weights: Mapping[str, float]) -> Floats:
    at = [NAMES.index(name) for name in weights]
    product: Floats = each.values[:, at] @ np.array(list(weights.values()))
    return product


def _fullness(each: Viewed) -> Floats:
    return np.array([calibration.fullness(length) for length in each.values[:, NAMES.index("length")].tolist()])


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


def _tuned(viewed: Sequence[Viewed], story: Sum) -> Sum:
    """Return the sum tuned to the figures, with what each signal counts more in a report than in a headline."""
    names = list(story.weights)
    start = np.array([*story.weights.values(), *([0.0] * (len(names) + 1)), story.bias])
    weights = tuned(_examples(viewed, story), start).tolist()
    more = weights[len(names) : -1]
    return Sum(
        weights=dict(zip(names, weights, strict=False)),
        bias=weights[-1],
        fuller=dict(zip(names, more, strict=False)),
        fuller_bias=more[-1],
    )


def _examples(viewed: Sequence[Viewed], story: Sum) -> Examples:
    """Return the documents in reach of each topic; those of another language are judged by other weights."""
    at = [NAMES.index(name) for name in story.weights]
    rows = [~each.across & ((_total(each, story) >= WITHIN_REACH) | each.relevant) for each in viewed]
    values = np.vstack([each.values[row][:, at] for each, row in zip(viewed, rows, strict=True)])
    full = np.concatenate([_fullness(each)[row] for each, row in zip(viewed, rows, strict=True)])[:, None]
    hard = [each.hard_negatives for each in viewed]
    return Examples(
        values=np.hstack([values, values * full, full, np.ones_like(full)]),
        topic=np.concatenate([np.full(row.sum(), place) for place, row in enumerate(rows)]),
        relevant=np.concatenate([each.relevant[row] for each, row in zip(viewed, rows, strict=True)]),
        hard=np.concatenate([each[row] for each, row in zip(hard, rows, strict=True)]),
        share=_shares([_RUNNING if each.runs_on else 1.0 for each in viewed], viewed),
        wanted=np.array([max(1.0, float((each.relevant & ~each.across).sum())) for each in viewed]),
        others=np.array([max(1.0, float((~each.relevant).sum())) for each in viewed]),
        hard_negatives=np.array([float(each.sum()) for each in hard]),
        costs=_shares([float(not each.runs_on) for each in viewed], viewed),
        hard_share=_shares([float(each.any()) for each in hard], viewed),
    )


def _shares(counts: Sequence[float], viewed: Sequence[Viewed]) -> Floats:
    """Return what each topic counts, each stream the same and all together 1; `counts` is what it counts in its own."""
    topics: defaultdict[str, float] = defaultdict(float)
    for count, each in zip(counts, viewed, strict=True):
        topics[each.topic.stream] += count > 0
    shares = np.array([count / max(1.0, topics[each.topic.stream]) for count, each in zip(counts, viewed, strict=True)])
    return shares / (shares.sum() or 1.0)


# ---------------------------------------------------------------- lines and chance


def _runs(
    viewed: Iterable[Viewed], weighed: Sum, across: bool, *, of_event: bool = False, answered: bool = False
) -> list[Run]:
    """Return runs whose scores are the sums; those of another language come last of all where they don't count.

    Where articles were confirmed, they are in parts of what the line's rise counts there: one rise is sought for all.
    """
    found = []
    for each in viewed:
        totals = _total(each, weighed)
        if answered:
            totals /= max(_LEAST_LIFT, calibration.lifted(each.closeness))
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
    """Return the middle of the flat top of F1; across languages the lowest sum of that of the detection cost saved.

    A story in another language is rare, and missed for good: nobody else will tell it.
    """
    runs = _runs(viewed, story, across)
    if across:
        return best_thresholds(runs, _FLAT_COST, saved)[0]
    return _middle(runs)


def _middle(runs: Sequence[Run]) -> float:
    """Return the middle of the flat top of F1."""
    return sum(best_thresholds(runs, _FLAT)) / 2


def _event_line(viewed: Iterable[Viewed], event: Sum, across: bool) -> float:
    """Return the sum from which an article is about the very event: the surest that suits all streams best."""
    runs = _runs(viewed, event, across, of_event=True)
    return best_thresholds(runs, _FLAT_COST, saved)[0] if across else best_thresholds(runs, 0.0)[1]


def _marks(later: Sequence[Sequence[Viewed]], story: Sum) -> tuple[float, ...]:
    """Return by how much the line lies higher for 0, 1, 2 … confirmed articles, drawn between those measured.

    Each topic's line rises by as much of it as its confirmed articles are close to the seed. Across two languages only
    one story tells: there it stays.
    """
    known = [0.0, *(max(0.0, _middle(_runs(these, story, across=False, answered=True))) for these in later)]
    return tuple(float(mark) for mark in np.interp(range(_CONFIRMED[-1] + 1), _CONFIRMED[: len(known)], known))


def _chance(told: Sequence[tuple[Viewed, Floats]], across: bool, columns: Sequence[str]) -> Chance:
    """Return how often documents with such sums and signals were relevant, streams alike.

    `told` are the topics, each with its documents' sums. One running story says less of how often than a stream of many
    topics, and counts half.
    """
    held: defaultdict[str, list[tuple[Floats, NDArray[np.bool_]]]] = defaultdict(list)
    least = -float(np.log(100.0 / LEAST_SCORE - 1.0))
    at = [NAMES.index(name) for name in columns]
    for each, totals in told:
        rows = totals >= least if across else (totals >= least) & ~each.across
        steps = np.array([calibration.steps(one) for one in totals[rows].tolist()]).reshape(
            -1, len(calibration.steps(0.0))
        )
        say = each.values[rows][:, at]
        full = _fullness(each)[rows][:, None]
        found = [steps, say] if across else [steps, say, say * full, full]
        held[each.topic.stream].append((np.hstack(found), each.relevant[rows]))
    values = [np.vstack([value for value, _ in these]) for these in held.values()]
    labels = [np.concatenate([label for _, label in these]) for these in held.values()]
    running = {each.topic.stream for each, _ in told if each.runs_on}
    counts = [_ONE_STORY if stream in running else 1.0 for stream in held]
    shares = [np.full(len(these), count / max(1, len(these))) for these, count in zip(labels, counts, strict=True)]
    weights = logistic(np.vstack(values), np.concatenate(labels), np.concatenate(shares)).tolist()
    bends, many = len(calibration.steps(0.0)), len(columns)
    slopes, signals, more = weights[:bends], weights[bends : bends + many], weights[bends + many : -1]
    fuller = dict(zip(columns, more, strict=False))
    said = Sum(dict(zip(columns, signals, strict=True)), weights[-1], fuller, more[-1] if more else 0.0)
    return Chance(tuple(slopes), said)


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
