from pathlib import Path

import pytest

from monitor.errors import UsageError
from monitor.evaluation.labelled import Told, read_set
from tests.evaluation.sets import write_set


def test_candidates_are_the_stream_without_seed_and_ignored_dated_ones_first(tmp_path: Path):
    labelled = read_set(write_set(tmp_path))
    (topic,) = labelled.topics
    assert [line.document.id for line in topic.candidates] == ["bus", "sequel", "moon"]
    assert topic.grades == {"sequel": 2, "moon": 0}
    assert topic.hard_negatives == {"bus"}
    assert topic.topic.seeds[0].text.startswith("Dockers walk out in Orrevik\n\n")


def test_a_seed_may_be_a_file_beside_the_set(tmp_path: Path):
    write_set(tmp_path)
    (tmp_path / "seed.txt").write_text("Dockers in Orrevik strike", encoding="utf-8")
    (tmp_path / "topics.jsonl").write_text('{"topic_id": "t", "stream": "harbour", "seed_text_file": "seed.txt"}')
    (topic,) = read_set(tmp_path).topics
    assert topic.topic.seeds[0].text == "Dockers in Orrevik strike"
    assert len(topic.candidates) == 5


def test_stories_are_read_where_they_are(tmp_path: Path):
    assert read_set(write_set(tmp_path)).stories == {}
    assert read_set(write_set(tmp_path, stories=True)).stories["seed"] == Told("walkout", "x")


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("docs.jsonl", None, "can't be read"),
        ("topics.jsonl", None, "can't be read"),
        ("qrels.tsv", None, "can't be read"),
        ("docs.jsonl", '{"id": "a"}', "docs.jsonl:1: neither title nor text"),
        ("docs.jsonl", '{"id": "a", "title": ""}\n{"id": "a", "title": ""}', "docs.jsonl:2: the id a stands twice"),
        ("topics.jsonl", "", "names no topic"),
        ("topics.jsonl", "x", "topics.jsonl:1: no JSON"),
        ("topics.jsonl", "[]", "topics.jsonl:1: no JSON object"),
        ("topics.jsonl", '{"stream": "harbour"}', "topic_id is missing"),
        ("topics.jsonl", '{"topic_id": "t", "stream": "sea"}', "no document is of the stream sea"),
        ("topics.jsonl", '{"topic_id": "t", "stream": "harbour", "seed_id": "x"}', "the seed x is no document"),
        ("topics.jsonl", '{"topic_id": "t", "stream": "harbour", "seed_text_file": "x"}', "can't be read"),
        (
            "topics.jsonl",
            '{"topic_id": "t", "stream": "harbour", "seed_id": "seed", "ignore_ids": "x"}',
            "no list of ids",
        ),
        ("qrels.tsv", "dock\tsequel", "qrels.tsv:1: not a topic"),
        ("qrels.tsv", "dock\tsequel\t7", "qrels.tsv:1: not a topic"),
        ("qrels.tsv", b"\xff\t\xff\t1", "qrels.tsv:1: no UTF-8"),
        ("stories.tsv", "a\tb\n", "stories.tsv:1: the columns"),
    ],
)
def test_a_malformed_folder_is_told_in_one_line(tmp_path: Path, file: str, content: str | bytes | None, says: str):
    write_set(tmp_path)
    if content is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError, match=says) as caught:
        read_set(tmp_path)
    assert "\n" not in str(caught.value)


def test_what_is_no_folder_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="is no folder"):
        read_set(tmp_path / "nowhere")
