"""What commands print: one JSON document for scripts, plain tables for people, progress to a terminal only."""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from monitor.model import Original


def plain(value: object) -> str:
    """Return `value` as one line without control bytes or escape sequences, whatever a feed put into it."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    from monitor.text.clean import clean

    return clean(text, 10_000)


def document(value: object) -> None:
    """Print one JSON document on standard output, in ASCII where that takes no UTF-8."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    typer.echo(json.dumps(value, ensure_ascii="utf" not in encoding.lower(), indent=2))


class Rows(StrEnum):
    """In what form a list is handed to other programs."""

    CSV = "csv"
    JSONL = "jsonl"


def rows(form: Rows, columns: Sequence[str], documents: Sequence[Mapping[str, Any]]) -> None:
    """Print what `--json` would list as JSON Lines, or as CSV with these columns of it."""
    if form is Rows.JSONL:
        for each in documents:
            print(json.dumps(each))  # noqa: T201 - in ASCII: some readers take U+2028 for the end of a line
        return
    writer = csv.writer(sys.stdout, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(each[name]) for name in columns] for each in documents)


def _cell(value: object) -> str | int | float:
    """Return a value as a cell that no spreadsheet takes for a formula, whatever a feed put into it.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    if isinstance(value, int | float):
        return value
    text = plain(" · ".join(map(str, value)) if isinstance(value, list | tuple) else value)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def moment(value: datetime | None) -> str | None:
    """Return a moment as ISO 8601 in UTC with Z, to the second; None stays None."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value else None


def original(found: "Original | None") -> dict[str, Any] | None:
    """Return the article that another one copies as JSON has it; None stays None."""
    if found is None:
        return None
    return {"title": found.title, "url": found.url, "source": found.source, "first_seen": moment(found.at)}


def copied(found: "Original") -> str:
    """Return in words what is copied: "a copy of “Talks fail”, Nordic Wire, 2019-10-05T18:10:00Z"."""
    return f"a copy of “{plain(found.title)}”, {plain(found.source)}, {moment(found.at)}"


def ago(value: datetime | None, now: datetime) -> str:
    """Return how long `value` lies from `now` in a word: "3 h ago", "in 12 min", "never"."""
    if value is None:
        return "never"
    seconds = (now - value).total_seconds()
    size = abs(seconds)
    words = f"{size:.0f} s" if size < 90 else f"{size / 60:.0f} min" if size < 5400 else f"{size / 3600:.0f} h"
    if size >= 48 * 3600:
        words = f"{size / 86400:.0f} days"
    return f"{words} ago" if seconds >= 0 else f"in {words}"


def coming(value: datetime | None, now: datetime) -> str:
    """Return how far off what comes next is: "in 12 min", "now" where it is due, "none" where nothing comes."""
    if value is None:
        return "none"
    return "now" if value <= now else ago(value, now)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Print rows under their columns, each on one line, or what `empty` says where there are none.

    On a terminal what is too long ends with "…"; elsewhere nothing is cut.
    """
    if not rows:
        typer.echo(empty)
        return
    from rich.cells import cell_len

    cells = [[plain(value) for value in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(columns, *cells, strict=True)]
    cut = sys.stdout.isatty()
    widths = _fitted(columns, widths) if cut else [min(width, PADDED) for width in widths]
    right = [all(map(_is_number, column)) for column in zip(*cells, strict=True)]
    typer.secho(_line(columns, widths, right, cut=cut), bold=True)
    typer.echo(GAP.join("─" * width for width in widths))
    for row in cells:
        typer.echo(_line(row, widths, right, cut=cut))


def wrapped(words: str, indent: str = "") -> str:
    """Return `words` in lines that fit the terminal, each after `indent`; on one line where there is none."""
    from textwrap import fill

    width = terminal_width() if sys.stdout.isatty() else sys.maxsize
    return fill(plain(words), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def terminal_width() -> int:
    """Return how many cells fit a line of the terminal."""
    return get_terminal_size().columns


FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # what a formula begins with, the wide ones in East Asia
GAP = "  "
PADDED = 60  # cells to which a column is aligned where nothing is cut
LEAST = 9  # cells that every column keeps, so that "in 12 min" stays whole
LONG = frozenset(("title", "subject", "address", "schedule"))  # columns that take three times the room of another


def _fitted(columns: Sequence[str], widths: Sequence[int]) -> list[int]:
    """Return the widths with which a row fits the terminal: short columns stay whole, long ones share the rest."""
    room = terminal_width() - len(GAP) * (len(widths) - 1)
    fitted = list(widths)
    for share in range(max(widths), 0, -1):
        limits = [max(LEAST, 3 * share if name in LONG else share) for name in columns]
        fitted = [min(limit, width) for limit, width in zip(limits, widths, strict=True)]
        if sum(fitted) <= room:
            break
    return fitted


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool], *, cut: bool) -> str:
    """Return one row, each cell in its column's width; one that is wider is cut, or goes beyond it."""
    from rich.cells import cell_len, set_cell_size

    line = []
    for cell, width, number in zip(cells, widths, right, strict=True):
        text = set_cell_size(cell, width - 1).rstrip() + "…" if cut and cell_len(cell) > width else cell
        space = " " * (width - cell_len(text))
        line.append(space + text if number else text + space)
    return GAP.join(line).rstrip()


def _is_number(cell: str) -> bool:
    return cell == "" or cell.replace(".", "", 1).isdecimal()


@contextmanager
def progress(words: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that shows how many of how many are done, as a bar on standard error if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns: Any = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
