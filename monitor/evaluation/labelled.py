"""Reads labelled sets: folders that hold docs.jsonl, topics.jsonl and qrels.tsv, some also stories.tsv."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.errors import SeedError, UsageError
from monitor.evaluation.lines import BadLine, Line, parse, raw_lines
from monitor.model import Seed, Topic

RELEVANT = 2  # grade from which a document belongs to the story
VERY_EVENT = 3  # grade of a document about the seed's very event, where a topic gives that grade at all


@dataclass(frozen=True, slots=True)
class LabelledTopic:
    """A topic, the documents it is held against, and what a reader said about them."""

    topic: Topic
    stream: str
    candidates: tuple[Line, ...]  # oldest first
    grades: Mapping[str, int]  # document → 0–3; what is not listed is 0
    hard_negatives: frozenset[str]
    left_out: frozenset[str] = (
        frozenset()
    )  # documents of its stream that are no candidates: its seed, and what is ignored


@dataclass(frozen=True, slots=True)
class Told:
    """Which story a document tells, and whose near-copy it is."""

    story: str  # "" if it was not labelled
    copies: str  # name of the group of near-copies, "" if it is in none


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """One folder, read."""

    folder: Path
    topics: tuple[LabelledTopic, ...]
    documents: tuple[Line, ...]
    stories: Mapping[str, Told]  # document → story; empty if the folder has no stories.tsv
    streams: Mapping[str, tuple[Line, ...]] = field(default_factory=dict)  # documents of each, oldest first


def read_set(folder: Path) -> LabelledSet:
    """Return the labelled set in `folder`.

    :raises UsageError: if a file is missing or malformed, or names a document that is not there
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; a labelled set is one with docs.jsonl, topics.jsonl and qrels.tsv")
    streams, documents = _documents(folder / "docs.jsonl")
    grades = _grades(folder / "qrels.tsv")
    topics = tuple(
        _topic(folder, row, f"{folder / 'topics.jsonl'}:{number}", streams, documents, grades)
        for number, row in _rows(folder / "topics.jsonl")
    )
    if not topics:
        raise UsageError(f"{folder / 'topics.jsonl'} names no topic")
    return LabelledSet(
        folder,
        topics,
        tuple(documents.values()),
        _stories(folder / "stories.tsv"),
        {name: tuple(lines) for name, lines in streams.items()},
    )


# ---------------------------------------------------------------- documents


def _documents(path: Path) -> tuple[dict[str, list[Line]], dict[str, Line]]:
    """Return the documents of each stream, oldest first, and all of them by id."""
    streams: defaultdict[str, list[Line]] = defaultdict(list)
    documents: dict[str, Line] = {}
    for number, raw in _raw(path):
        try:
            line = parse(raw)
        except BadLine as error:
            raise UsageError(f"{path}:{number}: {error}") from error
        if line.document.id in documents:
            raise UsageError(f"{path}:{number}: the id {line.document.id} stands twice")
        documents[line.document.id] = line
        streams[_string(json.loads(raw), "stream", f"{path}:{number}", default=path.parent.name)].append(line)
    return {name: _oldest_first(lines) for name, lines in streams.items()}, documents


def _oldest_first(lines: list[Line]) -> list[Line]:
    """Return lines by their date, those without one last; equals stay as they came."""
    return sorted(lines, key=lambda line: (line.published == "", line.published))


# ---------------------------------------------------------------- topics


def _topic(
    folder: Path,
    row: Mapping[str, Any],
    where: str,
    streams: Mapping[str, list[Line]],
    documents: Mapping[str, Line],
    grades: Mapping[str, Mapping[str, int]],
) -> LabelledTopic:
    id = _string(row, "topic_id", where)
    stream = _string(row, "stream", where, default=folder.name)
    if stream not in streams:
        raise UsageError(f"{where}: no document is of the stream {stream}")
    left_out = {*_strings(row, "ignore_ids", where), row.get("seed_id")}
    return LabelledTopic(
        topic=Topic(id=id, title=id, seeds=(_seed(folder, row, where, documents),)),
        stream=stream,
        candidates=tuple(line for line in streams[stream] if line.document.id not in left_out),
        grades=grades.get(id, {}),
        hard_negatives=frozenset(_strings(row, "hard_negative_ids", where)),
        left_out=frozenset(id for id in left_out if isinstance(id, str)),
    )


def _seed(folder: Path, row: Mapping[str, Any], where: str, documents: Mapping[str, Line]) -> Seed:
    """Return a topic's seed: a document of the set, or a file beside it."""
    if row.get("seed_id"):
        id = _string(row, "seed_id", where)
        if id not in documents:
            raise UsageError(f"{where}: the seed {id} is no document of the set")
        document = documents[id].document
        return Seed(name=id, text=f"{document.title}\n\n{document.text}")
    path = folder / _string(row, "seed_text_file", where)
    try:
        return Seed(name=str(path), text=path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SeedError(f"{where}: the seed {path} can't be read: {error}") from error


def _strings(row: Mapping[str, Any], key: str, where: str) -> list[str]:
    found = row.get(key) or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise UsageError(f"{where}: {key} is no list of ids")
    return found


def _string(row: Mapping[str, Any], key: str, where: str, default: str = "") -> str:
    found = row.get(key, default)
    if not isinstance(found, str) or not found:
        raise UsageError(f"{where}: {key} is missing or no string")
    return found


# ---------------------------------------------------------------- labels


def _grades(path: Path) -> dict[str, dict[str, int]]:
    """Return the grade of each document that is listed for a topic."""
    grades: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for number, raw in _raw(path):
        cells = _cells(raw, path, number)
        if len(cells) != 3 or cells[2] not in {"0", "1", "2", "3"}:
            raise UsageError(f"{path}:{number}: not a topic, a document and a grade from 0 to 3, separated by tabs")
        grades[cells[0]][cells[1]] = int(cells[2])
    return grades


def _stories(path: Path) -> dict[str, Told]:
    """Return what stories.tsv says, {} if there is none; its first line names the columns."""
    if not path.exists():
        return {}
    rows = [_cells(raw, path, number) for number, raw in _raw(path)]
    wanted = ["doc_id", "story", "dup_group"]
    if not rows or not set(wanted) <= set(rows[0]):
        raise UsageError(f"{path}:1: the columns {', '.join(wanted)} are not all there")
    columns = [rows[0].index(name) for name in wanted]
    padded = ([*row, *[""] * len(rows[0])] for row in rows[1:])
    return {row[columns[0]]: Told(row[columns[1]], row[columns[2]]) for row in padded}


# ---------------------------------------------------------------- files


def _rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Return the objects of a JSON Lines file, each with the number of its line."""
    found = []
    for number, raw in _raw(path):
        try:
            row = json.loads(raw)
        except ValueError as error:
            raise UsageError(f"{path}:{number}: no JSON: {error}") from error
        if not isinstance(row, dict):
            raise UsageError(f"{path}:{number}: no JSON object")
        found.append((number, row))
    return found


def _cells(raw: bytes, path: Path, number: int) -> list[str]:
    try:
        return raw.decode("utf-8").rstrip("\r\n").split("\t")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}:{number}: no UTF-8") from error


def _raw(path: Path) -> list[tuple[int, bytes]]:
    """Return the lines of a file that hold something, each with its number."""
    try:
        with path.open("rb") as stream:
            return [(number, line) for number, line in enumerate(raw_lines(stream), 1) if line.strip()]
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
