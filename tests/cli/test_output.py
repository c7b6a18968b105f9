import io
import json
from datetime import UTC, datetime, timedelta

import pytest
import typer

from monitor.cli import output

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


class Terminal(io.StringIO):
    """A terminal that keeps what is written."""

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Give a function that prints on a terminal of so many columns and returns the lines."""

    def printed(width, act, *args, **options):
        screen = Terminal()
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setattr("sys.stdout", screen)
        act(*args, **options)
        return screen.getvalue().splitlines()

    return printed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("[red]markup[/red]", "[red]markup[/red]"),
        ("two\nlines\r\n", "two lines"),
        ("\u202eright to left\u2066", "right to left"),
        ("\x9b2Jclear\x00", "2Jclear"),
        ("\ud800half", "half"),
        (7, "7"),
    ],
)
def test_what_feeds_say_cannot_move_the_cursor(text, shown):
    assert output.plain(text) == shown


def test_a_pipe_gets_each_row_on_one_line_and_all_of_it(capsys):
    output.table(("id", "title"), [("1", "x" * 500), ("22", "short\nand broken")], empty="nothing")
    head, rule, *rows = capsys.readouterr().out.splitlines()
    assert (head, set(rule)) == ("id  title", {"─", " "})
    assert rows == [" 1  " + "x" * 500, "22  short and broken"]


@pytest.mark.parametrize("width", [60, 80, 132])
def test_a_terminal_gets_what_fits_its_width(terminal, width):
    rows = [
        ("1", "in 12 min", "Daily Paper of the Northern Coast", f"{word} " * 40, "why " * 20) for word in ("so", "협상")
    ]
    lines = terminal(width, output.table, ("id", "seen", "source", "title", "why"), rows, empty="nothing")
    from rich.cells import cell_len

    assert len(lines) == 4
    assert all(cell_len(line) <= width for line in lines[1:])
    assert all("in 12 min" in line and line.count("…") == 3 for line in lines[2:])


def test_short_tables_are_not_stretched(terminal):
    assert terminal(80, output.table, ("id", "title"), [("1", "a")], empty="nothing")[2] == " 1  a"


def test_wide_letters_keep_columns_straight(capsys):
    output.table(("title", "score"), [("세 해안", "1"), ("three", "22")], empty="nothing")
    assert capsys.readouterr().out.splitlines()[2:] == ["세 해안      1", "three       22"]


def test_an_empty_table_says_what_is_missing(capsys):
    output.table(("id",), [], empty="no matches")
    assert capsys.readouterr().out == "no matches\n"


def test_paragraphs_fit_a_terminal(terminal):
    words = "one two three " * 20
    lines = terminal(40, lambda: typer.echo(output.wrapped(words, "  ")))
    assert all(len(line) <= 40 and line.startswith("  ") for line in lines)
    assert " ".join(line.strip() for line in lines) == words.strip()


def test_paragraphs_are_one_line_where_there_is_no_terminal(capsys):
    typer.echo(output.wrapped("one two three " * 20, "  "))
    assert capsys.readouterr().out.count("\n") == 1


def test_a_document_holds_letters_as_they_are(capsys):
    output.document({"title": "세 해안"})
    assert "세 해안" in capsys.readouterr().out


def test_a_document_stays_json_where_letters_are_lacking(monkeypatch):
    held = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="backslashreplace")
    monkeypatch.setattr("sys.stdout", held)
    output.document({"title": "Rückkehr 세 해안 \ud800"})
    held.flush()
    assert json.loads(held.buffer.getvalue()) == {"title": "Rückkehr 세 해안 \ud800"}


def test_moments_are_utc_with_z():
    assert output.moment(NOW.replace(microsecond=999_999)) == "2026-11-22T08:30:00Z"
    assert output.moment(None) is None


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ({"seconds": 5}, "5 s ago"),
        ({"minutes": 12}, "12 min ago"),
        ({"hours": 3}, "3 h ago"),
        ({"days": 9}, "9 days ago"),
        ({"minutes": -12}, "in 12 min"),
    ],
)
def test_spans_are_told_in_a_word(span, words):
    assert output.ago(NOW - timedelta(**span), NOW) == words
    assert output.ago(None, NOW) == "never"


def test_progress_is_for_terminals_only(capsys):
    with output.progress("polling") as show:
        show(1, 2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("seconds", "words"), [(-5, "now"), (0, "now"), (720, "in 12 min"), (None, "none")])
def test_what_is_due_comes_now(seconds, words):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert output.coming(now + timedelta(seconds=seconds) if seconds is not None else None, now) == words
