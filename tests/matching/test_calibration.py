from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.matching.calibration import shipped
from monitor.matching.signals import SIGNALS


def test_the_marks_are_50_and_75():
    calibration = shipped()
    assert calibration.score_of(calibration.story) == pytest.approx(50)
    assert calibration.score_of(calibration.event) == pytest.approx(75)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_score_and_chance_only_rise(one: float, other: float):
    low, high = sorted((one, other))
    calibration = shipped()
    assert 0 <= calibration.score_of(low) <= calibration.score_of(high) <= 100
    assert 0 <= calibration.chance_of(low) <= calibration.chance_of(high) <= 1


def test_every_signal_is_weighed():
    assert {signal.name for signal in SIGNALS} == set(shipped().weights)
    assert shipped().made_by.startswith("python -m monitor.evaluation.fit")


def test_the_total_is_the_weighted_sum():
    calibration = replace(shipped(), weights={"terms": 2.0, "core": 3.0}, bias=-1.0)
    assert calibration.total({"terms": 0.5, "core": 0.1}) == pytest.approx(0.3)
