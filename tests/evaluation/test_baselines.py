from collections import Counter
from math import log
from pathlib import Path

import pytest

from monitor.evaluation.baselines import METHODS, Stream, baselines, bm25, keywords, tfidf
from monitor.evaluation.labelled import read_set
from tests.evaluation.sets import write_set

STREAM = Stream({"dock": {"a": 1, "b": 2}, "moon": {"c": 1}}, {"a": 1, "b": 2, "c": 1}, {"a": 1.0, "b": 1.0, "c": 1.0})


def test_every_method_is_measured(tmp_path: Path):
    found = baselines([read_set(write_set(tmp_path))], "full")
    assert set(found) == set(METHODS)
    assert found["TF-IDF"].mean["AP"] == found["BM25"].mean["AP"] == 1
    assert all(method.mean["F1_event"] is None for method in found.values())


def test_bm25_by_hand():
    rarity, usual = log(4 / 2.5), 4 / 3
    assert bm25(STREAM, Counter(["dock", "dock"])) == {
        "a": pytest.approx(rarity * 2.2 / (1 + 1.2 * (0.25 + 0.75 / usual))),
        "b": pytest.approx(rarity * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 2 / usual))),
    }


def test_tfidf_is_a_cosine_in_hundredths():
    assert tfidf(STREAM, Counter(["moon"])) == {"c": pytest.approx(100 * log(4 / 1.5))}


def test_keywords_are_counted():
    assert keywords(STREAM, Counter(["dock", "moon", "unknown"])) == {"a": 1, "b": 1, "c": 1}
