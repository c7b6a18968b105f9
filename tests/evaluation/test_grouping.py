from pathlib import Path

import pytest

from monitor.evaluation.grouping import b_cubed, grouped, grouped_sets, pairwise, same_article
from monitor.evaluation.labelled import read_set
from monitor.evaluation.lines import parse
from tests.evaluation.sets import write_set


def test_b_cubed_by_hand():
    found = {"a": "1", "b": "1", "c": "2", "d": "2"}
    told = {"a": "x", "b": "x", "c": "x", "d": "y"}
    precision, recall = b_cubed(found, told)
    assert precision == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)
    assert recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert b_cubed({}, {}) == (0, 0)


def test_pairs_by_hand():
    assert pairwise({"a": "1", "b": "1", "c": "1"}, {"a": "x", "b": "x", "c": ""}) == (pytest.approx(1 / 3), 1)
    assert pairwise({"a": "1"}, {"a": ""}) == (0, 0)


def test_the_same_link_is_the_same_article():
    lines = [
        parse(b'{"id": "1", "title": "A", "url": "https://a.example/x?utm_source=f"}'),
        parse(b'{"id": "2", "title": "B", "url": "https://a.example/x"}'),
        parse(b'{"id": "3", "title": "C", "url": "https://a.example/y"}'),
    ]
    assert same_article(lines) == {"1": "1", "2": "1", "3": "3"}


def test_a_set_is_measured_by_its_stories(tmp_path: Path):
    found = grouped_sets([read_set(write_set(tmp_path / "harbour", stories=True))])["harbour"]
    assert (found.documents, found.f1) == (3, 1.0)
    assert found.copies == {"precision": 0.0, "recall": 0.0, "F1": 0.0}


def test_without_labelled_stories_the_topics_are_the_stories(tmp_path: Path):
    found = grouped_sets([read_set(write_set(tmp_path / "harbour"))])["harbour"]
    assert found.documents == 2
    assert found.document()["streams"] == {"harbour": {"precision": 1.0, "recall": 1.0, "F1": 1.0}}
    assert "near_duplicates" not in found.document()


def test_the_same_article_twice_is_a_copy_in_one_story():
    lines = [
        parse(b'{"id": "1", "title": "Ferry aground", "url": "https://a.example/x", "published": "2031-04-08"}'),
        parse(b'{"id": "2", "title": "Else", "url": "https://a.example/x", "published": "no date"}'),
    ]
    assert grouped(lines, "full", 72.0) == ({"1": "1", "2": "1"}, {"1": "1", "2": "1"})
