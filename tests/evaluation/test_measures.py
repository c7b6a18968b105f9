import pytest

from monitor.evaluation.judging import Run
from monitor.evaluation.measures import NAMES, best_threshold, best_thresholds, measured, saved
from monitor.evaluation.metrics import Judged


def _run(stream: str, *judged: tuple[float, int]) -> Run:
    found = tuple(
        Judged(str(at), score, 0.5, grade, grade >= 2, grade >= 2, hard_negative=False)
        for at, (score, grade) in enumerate(judged)
    )
    return Run("t", stream, found)


def test_streams_count_alike_however_many_topics_they_have():
    found = measured([_run("a", (90, 2)), _run("a", (90, 2)), _run("a", (90, 2)), _run("b", (10, 2), (90, 0))])
    assert found.streams["a"]["F1"] == 1
    assert found.streams["b"]["F1"] == 0
    assert found.mean["F1"] == 0.5
    assert found.mean["topics"] == 4


def test_every_figure_has_its_name():
    found = measured([_run("a", (90, 2), (60, 0))])
    assert set(found.mean) == {"topics", *NAMES}
    assert found.document()["threshold"] == 50
    assert found.mean["hard_negatives_accepted"] is None


def test_the_story_is_cut_at_50_and_the_event_at_75():
    found = measured([_run("a", (75, 2), (74.9, 0), (50, 2), (49.9, 0))]).mean
    assert found["precision"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["F1_event"] == pytest.approx(2 / 3, abs=1e-4)


def test_topics_without_a_relevant_document_are_left_out():
    assert measured([_run("a", (90, 0)), _run("a", (90, 2))]).mean["topics"] == 1
    assert measured([]).mean["F1"] is None


def test_the_best_single_threshold_weighs_streams_alike():
    runs = [_run("a", (0.9, 2), (0.5, 0), (0.3, 0)), _run("b", (0.4, 2), (0.2, 0)), _run("b", (0.4, 2), (0.1, 0))]
    assert best_threshold(runs) == 0.4
    assert best_thresholds(runs, 1.0) == (0.1, 0.9)
    assert best_threshold([]) == 0


def test_the_detection_cost_asks_for_another_line_than_f1_where_little_is_relevant():
    run = _run("a", (0.9, 2), *[(0.5, 0)] * 3, (0.4, 2), *[(0.1, 0)] * 95)
    assert best_threshold([run]) == 0.9  # precision 1, recall .5
    assert best_thresholds([run], 0.0, saved) == (0.4, 0.4)  # 3 false alarms of 98 are worth the other one
