"""Turns the sum of the signals into a score and a chance, by constants that were fitted on labelled sets.

`calibration.json` is written by `python -m monitor.evaluation.fit DIR…`, which also prints how well it holds on a
stream that was left out. It holds counts of nothing but numbers: no word of any set.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, log

FILE = "calibration.json"
STORY, EVENT = 50.0, 75.0  # scores that mean: the seed's running story, its very event


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the signals' values become one number, and this a score and a chance."""

    weights: Mapping[str, float]  # signal → how much its value counts
    bias: float
    story: float  # the sum at which the score is 50
    event: float  # the sum at which the score is 75
    chance: tuple[float, float]  # slope and intercept of the chance, in the sum
    made_by: str  # the command that fitted it, with its data

    def total(self, values: Mapping[str, float]) -> float:
        """Return the weighted sum of the signals' values."""
        return self.bias + sum(self.weights[name] * value for name, value in values.items())

    def score_of(self, total: float) -> float:
        """Return the score, 0–100, of a sum: a logistic curve through both marks, so that it only rises."""
        return 100.0 * _logistic(log(3.0) * (total - self.story) / (self.event - self.story))

    def chance_of(self, total: float) -> float:
        """Return the chance, 0–1, that a reader would want an article with this sum."""
        slope, intercept = self.chance
        return _logistic(slope * total + intercept)


@cache
def shipped() -> Calibration:
    """Return the calibration of this version."""
    held = json.loads(files(__package__).joinpath(FILE).read_text(encoding="utf-8"))
    return Calibration(**{**held, "chance": tuple(held["chance"])})


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + exp(-value)) if value > -700 else 0.0
