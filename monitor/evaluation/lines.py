"""Reads articles from JSON Lines, one object a line, and says of a bad line what is wrong with it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, BinaryIO, NoReturn

from monitor.errors import UsageError
from monitor.model import Document
from monitor.text.clean import PAGE_LIMIT, TITLE_LIMIT, clean

LONGEST_LINE = 10_000_000  # bytes; a longer line is no article
_TEXTS = ("title", "text", "url", "published", "lang", "source")  # the keys that hold a string, or null for none


class BadLine(UsageError):
    """Say why a line is no article; `id` is the id that it gives, None if it gives none."""

    def __init__(self, message: str, id: str | int | float | None = None) -> None:
        super().__init__(message)
        self.id = id


@dataclass(frozen=True, slots=True)
class Line:
    """An article as its line tells it."""

    id: str | int | float  # as it was written
    document: Document
    published: str  # as it was written, "" if it was not


def raw_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a stream; of one that is too long only so much that `parse` can tell."""
    first = True
    while line := stream.readline(LONGEST_LINE + 2):
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(LONGEST_LINE + 2)
        yield line.removeprefix(b"\xef\xbb\xbf") if first else line
        first = False


def parse(line: bytes) -> Line:
    """Return the article of one line, its texts cleaned.

    An article is an object with an `id`, string or number, and a `title` or a `text`; these may be empty.
    :raises BadLine: if the line holds none
    """
    found = _object(line)
    id = found.get("id")
    if isinstance(id, bool) or not isinstance(id, str | int | float) or id in (inf, -inf):
        raise BadLine("no id" if id is None else "the id is neither a string nor a number")
    texts = {key: _text(found, key, id) for key in _TEXTS}
    if texts["title"] is None and texts["text"] is None:
        raise BadLine("neither title nor text", id)
    document = Document(
        id=str(id),
        title=clean(texts["title"] or "", TITLE_LIMIT),
        text=clean(texts["text"] or "", PAGE_LIMIT, paragraphs=True),
        language=clean(texts["lang"] or "", 40),
        url=texts["url"] or "",
        source=clean(texts["source"] or "", TITLE_LIMIT),
    )
    return Line(id, document, texts["published"] or "")


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise BadLine(f"longer than {LONGEST_LINE // 1_000_000} MB")
    try:
        found = json.loads(line.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise BadLine(f"no UTF-8 at byte {error.start + 1}") from error
    except RecursionError as error:
        raise BadLine("nested too deeply") from error
    except ValueError as error:
        raise BadLine(f"no JSON: {error}" if line.strip() else "empty line") from error
    if not isinstance(found, dict):
        raise BadLine("no JSON object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _text(found: dict[str, Any], key: str, id: str | float) -> str | None:
    """Return the string at `key`, None if there is none."""
    value = found.get(key)
    if value is None or isinstance(value, str):
        return value
    raise BadLine(f"{key} is no string", id)
