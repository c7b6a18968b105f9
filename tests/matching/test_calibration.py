from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.matching.calibration import LIKE, NONE, Chance, Sum, fullness, length_of, score_of, shipped, steps
from monitor.matching.combine import signals
from monitor.matching.signals import IN_COMPANY

ALL = [shipped(encoder, across) for encoder in (LIKE, NONE) for across in (False, True)]
SUMS = st.floats(-1e3, 1e3)
VALUES = st.floats(0, 1)


def test_the_lines_are_50_and_75():
    assert score_of(-1e-9, 9.0) == pytest.approx(50)
    assert score_of(0.0, 9.0) == 50
    assert score_of(9.0, 0.0) == pytest.approx(75)


@given(SUMS, SUMS, SUMS)
def test_the_score_only_rises_with_either_sum(one: float, other: float, event: float):
    low, high = sorted((one, other))
    assert 0 <= score_of(low, event) <= score_of(high, event) + 1e-9 <= 100 + 1e-9
    assert score_of(event, low) <= score_of(event, high)


@pytest.mark.parametrize("calibration", ALL)
@given(VALUES, SUMS, st.integers(0, 9))
def test_the_chance_is_one_whatever_is_measured(calibration, value: float, story: float, confirmed: int):
    values = dict.fromkeys(calibration.story.weights, value)
    assert 0 <= calibration.chance_of(values, story, confirmed) <= 1


def test_the_chance_is_another_where_articles_were_confirmed():
    calibration = shipped(LIKE, across=False)
    values = dict.fromkeys(calibration.story.weights, 0.5)
    chances = [calibration.chance_of(values, 0.5, confirmed) for confirmed in (0, 1, 5)]
    assert chances[0] == calibration.chance.of(values, 0.5)
    assert chances[0] != chances[1] == chances[2] == calibration.answered.of(values, 0.5)


def test_the_chance_bends_where_it_says():
    assert steps(-2.0) == (-2.0, 0.0, 0.0)
    assert steps(4.0) == (4.0, 4.0, 1.0)
    chance = Chance((1.0, -0.5, -0.5), Sum({"length": 2.0}, -1.0))
    assert chance.of({"length": 0.5}, 0.0) == 0.5
    assert chance.of({"length": 1.0}, 0.0) > 0.5  # what was read counts beside the sum
    assert chance.of({"length": 0.5}, 4.0) == pytest.approx(1 / (1 + exp(-1.5)))


@pytest.mark.parametrize("encoder", [LIKE, NONE])
@pytest.mark.parametrize("across", [False, True])
def test_every_signal_that_counts_is_weighed(encoder: str, across: bool):
    counted = {signal.name for signal in signals(encoder, across)}
    calibration = shipped(encoder, across)
    assert set(calibration.story.weights) == set(calibration.event.weights) == counted
    assert set(calibration.chance.signals.weights) == set(calibration.answered.signals.weights) == counted
    assert set(calibration.alone.weights) == counted - set(IN_COMPANY)


def test_an_encoder_that_was_not_fitted_for_is_served_like_the_packaged_one():
    assert shipped("some/model", across=False) == shipped(LIKE, across=False)


def test_the_line_lies_no_lower_with_more_confirmed_articles():
    for calibration in ALL:
        lines = [calibration.line(count, 1.0) for count in range(9)]
        assert lines[0] == 0
        assert lines == sorted(lines)
        assert lines[-1] == lines[5]


def test_the_line_rises_by_as_much_as_confirmed_articles_are_close_to_the_seeds():
    calibration = shipped(LIKE, across=False)
    apart, half, close, same = (calibration.line(3, closeness) for closeness in (0.0, 0.15, 0.3, 1.0))
    assert apart == 0
    assert half == pytest.approx(close / 2)
    assert 0 < close == same


def test_a_sum_is_the_weighted_sum():
    assert Sum({"core": 2.0, "opening": 3.0}, -1.0).of({"core": 0.5, "opening": 0.1, "other": 9.0}) == pytest.approx(
        0.3
    )


def test_a_report_may_be_weighed_otherwise_than_a_headline():
    weighed = Sum({"core": 2.0, "length": 0.0}, -1.0, {"core": 1.0}, fuller_bias=-0.5)
    headline, half, report = ({"core": 0.5, "length": length_of(words)} for words in (0, 20, 40))
    assert weighed.of(headline) == pytest.approx(0.0)
    assert weighed.of(half) == pytest.approx(0.0)
    assert weighed.weighing(half) == pytest.approx({"core": 2.5, "length": 0.0})
    assert weighed.weighing(report)["core"] == pytest.approx(3.0)
    weighed = Sum({"core": 2.0, "length": 0.0}, -1.0, {"core": 4.0}, fuller_bias=-0.5)
    assert weighed.of(report) == pytest.approx(1.5)


def test_what_is_longer_than_a_report_is_one():
    assert fullness(length_of(0)) == 0
    assert fullness(length_of(10)) == pytest.approx(0.25)
    assert fullness(length_of(40)) == pytest.approx(1.0)
    assert fullness(length_of(10_000)) == 1.0
