"""What commands print: one JSON document for scripts, plain tables for people, progress to a terminal only."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import typer


def plain(value: object) -> str:
    """Return `value` as one line without control bytes or escape sequences, whatever a feed put into it."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    from monitor.text.clean import clean

    return clean(text, 10_000)


def document(value: object) -> None:
    """Print one JSON document on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def moment(value: datetime | None) -> str | None:
    """Return a moment as ISO 8601 in UTC with Z, to the second; None stays None."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value else None


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


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Print rows under their columns, or what `empty` says where there are none."""
    if not rows:
        typer.echo(empty)
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(*columns, box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for row in rows:
        grid.add_row(*(Text(plain(value)) for value in row))
    console = Console(soft_wrap=False, highlight=False)
    if not console.is_terminal:
        console.width = 200
    console.print(grid)


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
