"""Edits the topics of `monitor.toml`: a key is set, a topic is added; every comment stays.

A key that stands there is changed by tomlkit, which keeps the comment behind its value. Where a new one goes is decided
by lines, as in `edit`: below the switched-off key of the same name, else below the last key of its table.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit

from monitor.config import document
from monitor.config.edit import lines_of, table_end
from monitor.config.reading import settle
from monitor.config.writing import alone, replace
from monitor.errors import UsageError


def set_keys(file: Path, topic: str, values: Mapping[str, Any]) -> None:
    """Set keys of `[topics.TOPIC]`; a list or table that is empty takes its key out.

    :raises UsageError: if there is no such topic, if the file can't be written, or if the result would not load
    """
    with alone(file):
        data = document.read_bytes(file)
        meant = document.parse(data, file)
        table = meant.get("topics", {}).get(topic)
        if table is None:
            raise UsageError(f"there is no topic {topic} in {file}")
        text = "\n".join([*lines_of(data), ""])
        for key, value in values.items():
            text = _without(text, topic, key) if value in ([], {}) else _with(text, topic, key, value)
        kept = {key: value for key, value in {**table, **values}.items() if value not in ([], {}) or key not in values}
        _prove_and_replace(file, data, text, {**meant, "topics": {**meant["topics"], topic: kept}})


def add_topic(file: Path, topic: str, values: Mapping[str, Any]) -> None:
    """Add `[topics.TOPIC]` behind the last topic.

    :raises UsageError: if it is there already, if the file can't be written, or if the result would not load
    """
    with alone(file):
        data = document.read_bytes(file)
        meant = document.parse(data, file)
        if topic in meant.get("topics", {}):
            raise UsageError(f"there is a topic {topic} already; monitor topic show {topic} shows it")
        lines = lines_of(data)
        place = max((_below(lines, at) for at in _headings(lines, r"[^\]]+")), default=len(lines))
        lines[place:place] = ["", f"[topics.{topic}]", *tomlkit.dumps(values).rstrip("\n").split("\n")]
        topics = {**meant.get("topics", {}), topic: dict(values)}
        _prove_and_replace(file, data, "\n".join([*lines, ""]), {**meant, "topics": topics})


def _with(text: str, topic: str, key: str, value: Any) -> str:
    parsed: Any = tomlkit.parse(text)
    if key in parsed["topics"][topic]:
        parsed["topics"][topic][key] = value
        return tomlkit.dumps(parsed)
    lines = text.split("\n")
    place = _place(lines, topic, key)
    if place is None:  # written in one line with others: tomlkit knows how
        parsed["topics"][topic][key] = value
        return tomlkit.dumps(parsed)
    lines.insert(place, tomlkit.dumps({key: _inline(value)}).rstrip("\n"))
    return "\n".join(lines)


def _inline(value: Any) -> Any:
    """Return a value as it stands on one line."""
    if not isinstance(value, Mapping):
        return value
    table = tomlkit.inline_table()
    table.update(value)
    return table


def _without(text: str, topic: str, key: str) -> str:
    parsed: Any = tomlkit.parse(text)
    parsed["topics"][topic].pop(key, None)
    return tomlkit.dumps(parsed)


def _place(lines: list[str], topic: str, key: str) -> int | None:
    """Return the line where a new key of a topic goes, None if the topic has no heading of its own."""
    heading = next(iter(_headings(lines, re.escape(topic))), None)
    if heading is None:
        return None
    switched_off = re.compile(rf"\s*#{re.escape(key)}\s*=")
    after = next((at for at in range(heading + 1, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))
    off = next((at for at in range(heading + 1, after) if switched_off.match(lines[at])), None)
    return off + 1 if off is not None else table_end(lines, heading)


def _below(lines: list[str], heading: int) -> int:
    """Return the line behind a table and the comments right below it: keys of its own that are switched off."""
    end = table_end(lines, heading)
    while end < len(lines) and lines[end].lstrip().startswith("#"):
        end += 1
    return end


def _headings(lines: list[str], topic: str) -> list[int]:
    wanted = re.compile(rf"\s*\[\s*topics\s*\.\s*[\"']?{topic}[\"']?\s*\]\s*(#.*)?")
    return [at for at, line in enumerate(lines) if wanted.fullmatch(line)]


def _prove_and_replace(file: Path, old: bytes, text: str, meant: Mapping[str, Any]) -> None:
    """Replace the file by `text` if it says what is meant, no more and no less, and loads."""
    data = (text.replace("\n", "\r\n") if b"\r\n" in old else text).encode()
    try:
        written = document.parse(data, file)
    except UsageError:
        written = {}
    if written != meant:
        raise UsageError(f"{file} writes its topics in a way that can't be edited safely; edit it by hand")
    settle(data, file, {})
    replace(file, data)
