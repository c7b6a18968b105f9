"""Puts what the signals measured together: one number, and the evidence for it."""

from dataclasses import dataclass

from monitor.matching.calibration import shipped
from monitor.matching.pair import Pair
from monitor.matching.signals import SIGNALS
from monitor.model import Evidence


@dataclass(frozen=True, slots=True)
class Combined:
    """The signals' say, and what it comes to."""

    total: float
    evidence: tuple[Evidence, ...]  # in the order of `SIGNALS`


def combine(pair: Pair) -> Combined:
    """Return the weighted sum of all signals for one article, and what each of them measured."""
    measured = {signal.name: signal.measure(pair) for signal in SIGNALS}
    return Combined(
        total=shipped().total({name: found.value for name, found in measured.items()}),
        evidence=tuple(
            Evidence(signal.name, round(found.value, 4), round(signal.weight, 4), found.why)
            for signal, found in zip(SIGNALS, measured.values(), strict=True)
        ),
    )
