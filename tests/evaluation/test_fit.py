from math import exp
from pathlib import Path

import numpy as np
import pytest

from monitor.encoders import NOTHING
from monitor.evaluation.fit import NAMES, VIEWS, fit, logistic, viewed_sets
from monitor.evaluation.labelled import read_set
from monitor.matching.combine import signals
from tests.evaluation.sets import write_set


def test_a_logistic_regression_finds_the_odds():
    values = np.array([[0.0], [1.0], [0.0], [1.0]])
    labels = np.array([False, True, True, False])
    weight, bias = logistic(values, labels, np.array([0.8, 0.8, 0.2, 0.2]))
    assert 1 / (1 + exp(-bias)) == pytest.approx(0.2, abs=0.01)
    assert 1 / (1 + exp(-bias - weight)) == pytest.approx(0.8, abs=0.01)


def test_a_calibration_is_fitted_that_tells_the_story_from_the_rest(tmp_path: Path):
    viewed = viewed_sets([read_set(write_set(tmp_path))], NOTHING)
    assert len(viewed) == len(VIEWS)
    fitted = fit(viewed, NOTHING.name, [])["within"]
    assert set(fitted.story.weights) == {signal.name for signal in signals(NOTHING.name, across=False)}
    for each in viewed:
        sums = {
            id: fitted.story.of(dict(zip(NAMES, row, strict=True)))
            for id, row in zip(each.ids, each.values, strict=True)
        }
        assert sums["sequel"] > sums["moon"]
