from math import log2

import pytest

from monitor.evaluation.metrics import (
    Judged,
    average_precision,
    best_f1,
    calibration_error,
    decided,
    hard_negatives_accepted,
    mean,
    ndcg,
    reliability,
)


def _judged(score: float, grade: int, chance: float | None = None, hard: bool = False) -> Judged:
    return Judged("d", score, chance, grade, grade >= 2, grade == 3, hard)


RANKED = [_judged(90, 3), _judged(80, 0), _judged(60, 2), _judged(40, 1), _judged(20, 2)]


def test_average_precision_by_hand():
    assert average_precision(RANKED) == pytest.approx((1 / 1 + 2 / 3 + 3 / 5) / 3)
    assert average_precision([_judged(1, 0)]) == 0


def test_ndcg_by_hand():
    gained = 7 / log2(2) + 3 / log2(4) + 1 / log2(5) + 3 / log2(6)
    ideal = 7 / log2(2) + 3 / log2(3) + 3 / log2(4) + 1 / log2(5)
    assert ndcg(RANKED) == pytest.approx(gained / ideal)
    assert ndcg(RANKED, depth=1) == 1
    assert ndcg([_judged(1, 0)]) == 0


def test_best_f1_by_hand():
    assert best_f1(RANKED) == pytest.approx(2 * 3 / (5 + 3))


def test_equal_scores_are_accepted_together():
    assert best_f1([_judged(50, 2), _judged(50, 0)]) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("threshold", "precision", "recall", "f1", "cost"),
    [
        (50, 2 / 3, 2 / 3, 2 / 3, 1 / 3 + 4.9 / 2),
        (90, 1, 1 / 3, 1 / 2, 2 / 3),
        (91, 0, 0, 0, 1),
        (0, 3 / 5, 1, 3 / 4, 4.9),
    ],
)
def test_decisions_by_hand(threshold: float, precision: float, recall: float, f1: float, cost: float):
    found = decided(RANKED, threshold, lambda one: one.relevant)
    assert (found.precision, found.recall, found.f1) == pytest.approx((precision, recall, f1))
    assert found.cost == pytest.approx(cost)


def test_the_very_event_is_its_own_relevance():
    assert decided(RANKED, 75, lambda one: one.of_event).f1 == pytest.approx(2 / 3)


def test_hard_negatives_by_hand():
    judged = [_judged(60, 0, hard=True), _judged(40, 0, hard=True), _judged(80, 0)]
    assert hard_negatives_accepted(judged, 50) == 0.5
    assert hard_negatives_accepted(RANKED, 50) is None


def test_the_reliability_curve_and_its_error_by_hand():
    judged = [_judged(90, 2, 0.9), _judged(80, 0, 0.9), _judged(20, 0, 0.1), _judged(5, 2, 0.5)]
    curve = reliability(judged, 10)
    assert [(at.count, at.chance, at.relevant) for at in curve] == [(1, 0.1, 0.0), (2, 0.9, 0.5)]
    assert calibration_error(curve) == pytest.approx(2 / 3 * abs(0.9 - 0.5) + 1 / 3 * 0.1)


def test_without_chances_there_is_no_curve_and_no_error():
    assert reliability([_judged(50, 2)], 10) == []
    assert reliability([_judged(90, 2, 0.9)], 99) == []
    assert calibration_error([]) is None


def test_the_mean_leaves_out_what_is_not_there():
    assert mean([1.0, None, 0.0]) == 0.5
    assert mean([None]) is None
