"""Turns what the signals measured into a score and a chance, by constants that were fitted on labelled sets.

`calibration.json` is written by `python -m monitor.evaluation.fit DIR…` (`make matcher`), which also prints how well it
holds on a stream that was left out. It holds nothing but numbers: no word of any set.

An article's sum for the *story* and its sum for the very *event* are weighed apart, and 0 is the line of each. Below
the story's line the score is 100 times the logistic function of the story's sum, so 50 at the line; above it, the
event's sum says how far towards 100 it goes, and its line is 75. Between two languages words say nothing, so there
other weights count; and so they do without an encoder.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from math import exp, log
from operator import mul
from typing import Any

from monitor.matching.article import BODY_WORDS, TITLE_WORDS

FILE = "calibration.json"
NONE = "none"  # the encoder of those who have none
LIKE = "use-multilingual"  # whose constants serve an encoder that was not fitted for, centred as its vectors are
STORY, EVENT = 50.0, 75.0  # scores that mean: the seed's running story, its very event
_SURE = 2.0  # how fast the room above 50 opens with the story's sum
_LONGEST = log(1 + TITLE_WORDS + BODY_WORDS)
_REPORT = 40  # different telling words of a report
_CLOSE = 0.3  # cosine of weighed words to the seeds, from which confirmed articles lift the sums in full
_BENDS = (0.0, 3.0)  # story's sums at which the chance begins to rise otherwise


@dataclass(frozen=True, slots=True)
class Sum:
    """A weighted sum of signals; a report may be weighed otherwise than a headline."""

    weights: Mapping[str, float]  # signal → how much its value counts
    bias: float
    fuller: Mapping[str, float] = field(default_factory=dict)  # signal → how much more in a report than in a headline
    fuller_bias: float = 0.0

    def of(self, values: Mapping[str, float]) -> float:
        """Return the weighted sum of the values of the signals that it knows."""
        weighed = self.bias + sum([weight * values[name] for name, weight in self.weights.items()])
        if not self.fuller:
            return weighed
        more = self.fuller_bias + sum([weight * values[name] for name, weight in self.fuller.items()])
        return weighed + fullness(values["length"]) * more

    def standing(self, values: Mapping[str, float]) -> float:
        """Return what stands beside the weighed signals of an article with these values: the bias."""
        return self.bias + (fullness(values["length"]) * self.fuller_bias if self.fuller else 0.0)

    def weighing(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return how much each signal counts for an article with these values."""
        share = fullness(values["length"]) if self.fuller else 0.0
        return {name: weight + share * self.fuller.get(name, 0.0) for name, weight in self.weights.items()}


def fullness(length: float) -> float:
    """Return how far an article is from a headline to a report, 0–1, by the value of its signal `length`."""
    return min(1.0, (exp(length * _LONGEST) - 1.0) / _REPORT)


def length_of(different: int) -> float:
    """Return the logarithm of a number of different words, in parts of that of the most that are read of an article."""
    return min(1.0, log(1 + different) / _LONGEST)


@dataclass(frozen=True, slots=True)
class Chance:
    """How the story's sum and the signals become a probability: a sum of 2 says less of a headline than of a report."""

    slopes: tuple[float, ...]  # of the `steps` of the story's sum
    signals: Sum  # what the signals tell beside it

    def of(self, values: Mapping[str, float], story: float) -> float:
        """Return the chance, 0–1, that a reader would want an article with these values and this sum."""
        risen = sum(map(mul, self.slopes, steps(story)))
        return logistic(self.signals.of(values) + risen)


def steps(story: float) -> tuple[float, ...]:
    """Return the story's sum, and how far it lies beyond each point at which the chance bends."""
    return (story, *[max(0.0, story - bend) for bend in _BENDS])


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the signals' values become one number, and this a score and a chance."""

    alone: Sum  # of the article by itself: what it counts as company of others
    story: Sum  # log-odds that it belongs to the seed's story, 0 at score 50
    event: Sum  # log-odds that it is about the very event, 0 at score 75
    chance: Chance  # that a reader would want it
    answered: Chance  # the same where articles were confirmed
    marks: tuple[float, ...]  # by how much the story's line lies higher at most, for 0, 1, 2 … confirmed articles

    def line(self, confirmed: int, closeness: float) -> float:
        """Return by how much the story's line lies higher with so many confirmed articles, as close to the seeds."""
        return self.marks[min(confirmed, len(self.marks) - 1)] * lifted(closeness)

    def chance_of(self, values: Mapping[str, float], story: float, confirmed: int) -> float:
        """Return the chance, 0–1, with so many confirmed articles, of one with these values and this sum."""
        return (self.answered if confirmed else self.chance).of(values, story)


def lifted(closeness: float) -> float:
    """Return how much of the line's rise counts, 0–1.

    Confirmed articles in the seeds' own words lift the sums of all that shares these; in other words, as where a story
    runs on, they hardly do.
    """
    return min(1.0, closeness / _CLOSE)


def score_of(story: float, event: float) -> float:
    """Return the score, 0–100, of an article's two sums."""
    if story < 0:
        return 2 * STORY * logistic(story)
    return STORY + 2 * (EVENT - STORY) * min(1.0 - exp(-_SURE * story), logistic(event))


def logistic(value: float) -> float:
    """Return the logistic function of `value`."""
    return 1.0 / (1.0 + exp(-value)) if value > -700 else 0.0


@cache
def shipped(encoder: str, across: bool) -> Calibration:
    """Return the calibration of this version, for texts of one language or across two."""
    held = _shipped()
    if encoder not in held:
        encoder = LIKE
    return held[encoder]["across" if across else "within"]


@cache
def _shipped() -> Mapping[str, Mapping[str, Calibration]]:
    held = json.loads(files(__package__).joinpath(FILE).read_text(encoding="utf-8"))
    return {
        encoder: {relation: _read(constants) for relation, constants in relations.items()}
        for encoder, relations in held["encoders"].items()
    }


def _read(constants: Mapping[str, Any]) -> Calibration:
    alone, story, event = (Sum(**constants[name]) for name in ("alone", "story", "event"))
    chance, answered = (
        Chance(tuple(constants[name]["slopes"]), Sum(**constants[name]["signals"])) for name in ("chance", "answered")
    )
    return Calibration(alone, story, event, chance, answered, tuple(constants["marks"]))
