"""Edits the configuration's files: feeds are added and removed, every comment stays.

tomlkit writes the new tables. Where they go is decided by lines, not by tomlkit's tree: that gives the comment
above a table to the table before it, so that removing a feed would take its neighbour's comment along. Each edit is
proved before the old file is replaced: the new text must hold exactly the feeds that were meant, and must load.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit

from monitor import urls
from monitor.config import document
from monitor.config.checks import feed_tables
from monitor.config.outline import without
from monitor.config.reading import settle
from monitor.config.settings import Settings
from monitor.config.writing import alone, replace
from monitor.errors import UsageError
from monitor.model import Feed

_FEED_HEADING = re.compile(r"\s*\[\[\s*feeds\s*\]\]\s*(#.*)?")
_HEADING = re.compile(r"\s*\[")
_IDLE = re.compile(r"\s*(#.*)?")  # blank, or nothing but a comment


def add_feed(file: Path, url: str, title: str = "", language: str = "", topics: Sequence[str] = ()) -> None:
    """Add one `[[feeds]]` to the configuration in `file`.

    :raises UsageError: if it is there already, if the file can't be written, or if the result would not load
    """
    if not add_feeds(file, [Feed(url=url, title=title, language=language, topics=tuple(topics))]):
        raise UsageError(f"{url} is among the feeds already")


def add_feeds(file: Path, feeds: Sequence[Feed]) -> tuple[Feed, ...]:
    """Add those of `feeds` that are not there yet, in one write, and return them.

    Address, title, language, topics and what differs from the defaults are written; credentials never are.
    :raises UsageError: if the file can't be written, or if the result would not load
    """
    with alone(file):
        data = document.read_bytes(file)
        known = {_key(feed.url) for feed in settle(data, file, {}).feeds}
        new: dict[str, Feed] = {}
        for feed in feeds:
            if _key(feed.url) not in known:
                new.setdefault(_key(feed.url), feed)
        added = tuple(new.values())
        if added:
            tables = [*feed_tables(document.parse(data, file)), *_tables(added)]
            _rewrite(file, data, _with(lines_of(data), added), tables)
    return added


def remove_feed(settings: Settings, url: str) -> tuple[Path, ...]:
    """Remove a feed from where it stands, `[[feeds]]` or OPML files, and return the files that were changed.

    :raises UsageError: if it stands nowhere, or if a file can't be edited
    """
    changed = [file for file in settings.opml if _remove_outline(file, url)]
    if _remove_table(settings.file, url):
        changed.insert(0, settings.file)
    if not changed:
        raise UsageError(f"{url} is not among the feeds; `monitor feed list` shows them")
    return tuple(changed)


# ---------------------------------------------------------------- monitor.toml


def _remove_table(file: Path, url: str) -> bool:
    with alone(file):
        data = document.read_bytes(file)
        tables = feed_tables(document.parse(data, file))
        places = [index for index, table in enumerate(tables) if _key(str(table.get("url", ""))) == _key(url)]
        if places:
            kept = [table for index, table in enumerate(tables) if index not in places]
            _rewrite(file, data, _less(lines_of(data), places), kept)
    return bool(places)


def _tables(feeds: Sequence[Feed]) -> list[dict[str, Any]]:
    """Return what is written of each feed: the address, and what differs from a feed of which nothing is said."""
    plain = Feed(url="")
    names = ("url", "title", "language", "topics", "full_text", "verify")
    return [
        {
            name: list(value) if isinstance(value, tuple) else value
            for name in names
            if (value := getattr(feed, name)) != getattr(plain, name)
        }
        for feed in feeds
    ]


def _with(lines: list[str], feeds: Sequence[Feed]) -> list[str]:
    """Return the lines with new feeds after the last one, or at the end where there is none."""
    blocks = _blocks(lines)
    place = blocks[-1].stop if blocks else len(lines)
    written = [line for line in tomlkit.dumps({"feeds": _tables(feeds)}).split("\n") if line]
    spaced = [part for line in written for part in (["", line] if _FEED_HEADING.fullmatch(line) else [line])]
    return lines[:place] + spaced + lines[place:]


def _less(lines: list[str], places: Sequence[int]) -> list[str]:
    """Return the lines without the `[[feeds]]` at the places; comments above and below them stay."""
    blocks = _blocks(lines)
    for place in reversed(places):
        if place < len(blocks):
            block = blocks[place]
            after = block.stop + (block.stop < len(lines) and not lines[block.stop].strip())
            del lines[block.start : after]
    return lines


def _blocks(lines: list[str]) -> list[range]:
    """Return the lines of each `[[feeds]]`, from its heading to its last key."""
    starts = [number for number, line in enumerate(lines) if _FEED_HEADING.fullmatch(line)]
    return [range(start, table_end(lines, start)) for start in starts]


def table_end(lines: list[str], start: int) -> int:
    """Return the line behind the last key of the table whose heading is at `start`; comments below it stay outside."""
    end = next((n for n in range(start + 1, len(lines)) if _HEADING.match(lines[n])), len(lines))
    while end > start + 1 and _IDLE.fullmatch(lines[end - 1]):
        end -= 1
    return end


def lines_of(data: bytes) -> list[str]:
    """Return the lines of a file, without the ends of lines and without a byte order mark."""
    return data.decode("utf-8-sig").replace("\r\n", "\n").rstrip("\n").split("\n")


def _rewrite(file: Path, old: bytes, lines: list[str], feeds: list[Mapping[str, Any]]) -> None:
    """Replace the file by `lines` if they say what the old ones said, but for `feeds`, and load."""
    newline = "\r\n" if b"\r\n" in old else "\n"
    data = newline.join([*lines, ""]).encode()
    meant = {**document.parse(old, file), "feeds": feeds}
    try:
        written = {"feeds": [], **document.parse(data, file)}
    except UsageError:
        written = {}
    if written != meant:
        raise UsageError(f"{file} lists its feeds in a way that can't be edited safely; edit it by hand")
    settle(data, file, {})
    replace(file, data)


# ---------------------------------------------------------------- OPML


def _remove_outline(file: Path, url: str) -> bool:
    with alone(file):
        data = document.read_bytes(file)
        try:
            rest = without(data, url)
        except UsageError as error:
            if not _lists(data, url):
                return False
            raise UsageError(f"{url} stands in {file}; remove it there by hand: {error}") from error
        if rest == data:
            return False
        if _others(rest, "") != _others(data, url):
            raise UsageError(f"{url} stands in {file}; remove it there by hand: it can't be edited safely")
        replace(file, rest)
    return True


def _lists(data: bytes, url: str) -> bool:
    from monitor.sources import opml

    return any(_key(feed.url) == _key(url) for feed in opml.read(data)[0])


def _others(data: bytes, url: str) -> list[Feed]:
    from monitor.sources import opml

    return [feed for feed in opml.read(data)[0] if _key(feed.url) != _key(url)]


def _key(url: str) -> str:
    return urls.web_link(url) or url
