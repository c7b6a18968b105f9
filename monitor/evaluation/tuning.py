"""Tunes the weights of a sum to the figures that are asked of it, not to log-odds alone.

A logistic regression cares for every document alike; a reader sees what lies beyond the line. So F1, the detection cost
and the share of hard negatives let through are written with a soft line, a logistic function instead of a step, and
their weighted sum goes down by gradient (as Eban et al., 2017, do for such measures), with the log-loss beside them,
which keeps the order below the line. The steps are Adam's (Kingma and Ba, 2015), a fixed number of them from the
regression's own weights, so that it comes to the same numbers each time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.evaluation.metrics import FALSE_ALARM

Floats = NDArray[np.float64]

_SHARP = 2.0  # how steep the soft line is
_COST, _HARD, _LOSS = 7.0, 8.0, 2.0  # weight of the detection cost, of hard negatives and of the log-loss beside F1
_HELD = 0.01  # how much a weight is held to the regression's
_STEPS, _PACE, _MEAN, _SQUARE = 400, 0.02, 0.9, 0.999  # of Adam
_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Examples:
    """Documents of many topics as one table; what lies out of reach of a topic is only counted."""

    values: Floats  # shape (documents, weights), the last of ones
    topic: NDArray[np.int64]  # place of each document's topic
    relevant: NDArray[np.bool_]
    hard: NDArray[np.bool_]  # hard negatives
    share: Floats  # how much each topic counts, 1 together
    wanted: Floats  # relevant documents of each topic
    others: Floats  # other candidates of each topic
    hard_negatives: Floats  # hard negatives of each topic
    costs: Floats  # how much each topic counts for the detection cost, 1 together
    hard_share: Floats  # how much each topic counts for hard negatives, 1 together


def tuned(examples: Examples, start: Floats) -> Floats:
    """Return the weights that serve the figures best near those of `start`; the line lies at 0."""
    scale = 1.0 / np.maximum(examples.values.std(axis=0), _LEAST)
    scale[-1] = 1.0
    moved, mean, square = np.zeros_like(start), np.zeros_like(start), np.zeros_like(start)
    for step in range(1, _STEPS + 1):
        slope = _slope(examples, start + moved * scale) * scale + 2 * _HELD * np.append(moved[:-1], 0.0)
        mean = _MEAN * mean + (1 - _MEAN) * slope
        square = _SQUARE * square + (1 - _SQUARE) * slope**2
        pace = _PACE * (1 + np.cos(np.pi * step / _STEPS)) / 2
        moved = moved - pace * (mean / (1 - _MEAN**step)) / (np.sqrt(square / (1 - _SQUARE**step)) + _LEAST)
    weights: Floats = start + moved * scale
    return weights


def _slope(examples: Examples, weights: Floats) -> Floats:
    """Return the gradient of what is to be made small, by each weight."""
    total = examples.values @ weights
    taken = 1.0 / (1.0 + np.exp(-np.clip(_SHARP * total, -40, 40)))
    by_taken = _by_taken(examples, taken) * _SHARP * taken * (1 - taken)
    chance = 1.0 / (1.0 + np.exp(-np.clip(total, -40, 40)))
    by_chance = _LOSS * (examples.share / examples.wanted)[examples.topic] * (chance - examples.relevant)
    slope: Floats = examples.values.T @ (by_taken + by_chance)
    return slope


def _by_taken(examples: Examples, taken: Floats) -> Floats:
    """Return the derivative by how far each document is taken: of F1, the detection cost and the hard negatives."""
    topics = len(examples.share)
    hits = np.bincount(examples.topic, taken * examples.relevant, topics)
    both = np.bincount(examples.topic, taken, topics) + examples.wanted
    by_hit = -examples.share * 2 / both - _COST * examples.costs * (1 / examples.wanted)
    by_any = examples.share * 2 * hits / both**2
    by_other = _COST * examples.costs * FALSE_ALARM / examples.others
    by_hard = _HARD * examples.hard_share / np.maximum(1.0, examples.hard_negatives)
    at = examples.topic
    found: Floats = by_any[at] + np.where(examples.relevant, by_hit[at], by_other[at]) + examples.hard * by_hard[at]
    return found
