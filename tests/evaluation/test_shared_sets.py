"""Holds the shipped matcher to the figures it was released with, on the labelled sets beside the checkout."""

from pathlib import Path

import pytest

from monitor.evaluation.judging import judged_sets
from monitor.evaluation.labelled import read_set
from monitor.evaluation.measures import Measured, measured

BENCH = Path(__file__).resolve().parents[3] / "shared" / "bench"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not BENCH.is_dir(), reason=f"no labelled sets at {BENCH}"),
]


def _measured(name: str, view: str) -> Measured:
    return measured(judged_sets([read_set(BENCH / name)], view, lambda lines, _: lines))


@pytest.mark.parametrize(("view", "f1", "cost"), [("full", 0.80, 0.15), ("feed", 0.76, 0.16)])
def test_events_do_not_fall_behind(view: str, f1: float, cost: float):
    found = _measured("events", view).mean
    assert found["F1"] >= f1
    assert found["F1_event"] >= f1 - 0.01
    assert found["C_det"] <= cost
    assert found["AP"] >= 0.88


@pytest.mark.parametrize(("view", "f1"), [("full", 0.68), ("feed", 0.68)])
def test_the_talks_do_not_fall_behind(view: str, f1: float):
    found = _measured("talks", view).mean
    assert found["F1"] >= f1
    assert found["AP"] >= 0.75
    assert found["precision"] >= 0.80
