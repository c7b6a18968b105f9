"""The table of signals: each measures, from 0 to 1, one way in which an article is like the seed.

A new signal is one file beside these, one row below and one test; then `python -m monitor.evaluation.fit` weighs it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from monitor.matching.calibration import shipped
from monitor.matching.pair import Measured, Pair
from monitor.matching.signals import core, length, opening, terms


@dataclass(frozen=True, slots=True)
class Signal:
    """One row: what is measured, and for which languages that says something."""

    name: str
    measure: Callable[[Pair], Measured]
    languages: str  # in words, for people

    @property
    def weight(self) -> float:
        """Return how much its value counts in the shipped calibration."""
        return shipped().weights[self.name]


SIGNALS = (
    Signal("terms", terms.measure, "all, between texts of one language"),
    Signal("core", core.measure, "all, between texts of one language"),
    Signal("opening", opening.measure, "all, between texts of one language"),
    Signal("length", length.measure, "all"),
)
