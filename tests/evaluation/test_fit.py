from math import exp
from pathlib import Path

import pytest

from monitor.evaluation.fit import Example, examples, fit, logistic, solved, viewed_set
from monitor.evaluation.labelled import read_set
from monitor.matching.signals import SIGNALS
from tests.evaluation.sets import write_set


def test_linear_equations_are_solved():
    assert solved([[0.0, 2.0], [3.0, 1.0]], [4.0, 5.0]) == pytest.approx([1.0, 2.0])


def test_a_logistic_regression_finds_the_odds():
    taught = [Example((value,), value > 0, 0.8) for value in (0.0, 1.0)]
    taught += [Example((value,), value == 0, 0.2) for value in (0.0, 1.0)]
    weight, bias = logistic(taught)
    assert 1 / (1 + exp(-bias)) == pytest.approx(0.2, abs=0.01)
    assert 1 / (1 + exp(-bias - weight)) == pytest.approx(0.8, abs=0.01)


def test_a_calibration_is_fitted_that_tells_the_story_from_the_rest(tmp_path: Path):
    viewed = viewed_set(read_set(write_set(tmp_path)))
    assert len(viewed) == 2
    assert sum(example.weight for example in examples(viewed) if example.relevant) == pytest.approx(1)
    fitted = fit(viewed, "by a test")
    assert set(fitted.weights) == {signal.name for signal in SIGNALS}
    assert fitted.story < fitted.event
    for each in viewed:
        totals = {
            id: fitted.total(dict(zip(fitted.weights, values, strict=True))) for id, values in each.values.items()
        }
        assert totals["sequel"] > totals["moon"]
