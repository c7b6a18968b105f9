import json
from datetime import date
from pathlib import Path

from monitor.evaluation.judging import confirmed, judged_sets, run_of, unanswered
from monitor.evaluation.labelled import read_set
from tests.evaluation.sets import write_set


def _all(lines, _):
    return lines


def test_every_candidate_is_judged_once_in_order(tmp_path: Path):
    (run,) = judged_sets([read_set(write_set(tmp_path))], "full", _all)
    assert [one.document for one in run.judged] == ["bus", "sequel", "moon"]
    scores = {one.document: one.score for one in run.judged}
    assert scores["sequel"] > scores["bus"] > scores["moon"]
    assert [one.document for one in run.judged if one.hard_negative] == ["bus"]


def test_without_top_grades_every_relevant_document_is_of_the_event(tmp_path: Path):
    (topic,) = read_set(write_set(tmp_path)).topics
    assert [one.of_event for one in run_of(topic, lambda _: (0.0, None)).judged] == [False, True, False]


def test_with_top_grades_only_they_are_of_the_event(tmp_path: Path):
    write_set(tmp_path)
    (tmp_path / "qrels.tsv").write_text("dock\tsequel\t2\ndock\tbus\t3\n")
    (topic,) = read_set(tmp_path).topics
    assert [one.of_event for one in run_of(topic, lambda _: (0.0, None)).judged] == [True, False, False]


def test_the_earliest_relevant_articles_are_confirmed_and_left_out_of_the_measure(tmp_path: Path):
    write_set(tmp_path)
    (tmp_path / "qrels.tsv").write_text("dock\tsequel\t2\ndock\tbus\t3\ndock\tmoon\t1\n")
    labelled = read_set(tmp_path)
    (run,) = judged_sets([confirmed(labelled, 1, "full")], "full", _all)
    assert [one.document for one in run.judged] == ["sequel", "moon"]
    (example,) = confirmed(labelled, 1, "title").topics[0].topic.examples
    assert (example.document.id, example.document.text, example.wanted) == ("bus", "", True)


def test_topics_with_no_more_relevant_articles_than_that_are_left_out(tmp_path: Path):
    assert confirmed(read_set(write_set(tmp_path)), 1, "full").topics == ()


def test_without_the_answers_the_same_articles_are_judged_otherwise(tmp_path: Path):
    write_set(tmp_path)
    (tmp_path / "qrels.tsv").write_text("dock\tsequel\t2\ndock\tbus\t3\ndock\tmoon\t1\n")
    answered = confirmed(read_set(tmp_path), 1, "full")
    (before,), (after,) = (judged_sets([each], "full", _all) for each in (unanswered(answered), answered))
    assert [one.document for one in before.judged] == [one.document for one in after.judged]
    assert before.judged[0].score != after.judged[0].score


def test_no_score_depends_on_the_year(tmp_path: Path):
    (before,) = judged_sets([read_set(write_set(tmp_path / "now"))], "full", _all)
    write_set(tmp_path / "later")
    lines = [json.loads(line) for line in (tmp_path / "later" / "docs.jsonl").read_text().splitlines()]
    for line in lines:
        if line["published"]:
            day = date.fromisoformat(line["published"])
            line["published"] = str(day.replace(year=day.year + 7))
    (tmp_path / "later" / "docs.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    (after,) = judged_sets([read_set(tmp_path / "later")], "full", _all)
    assert before == after
