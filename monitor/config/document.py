"""Reads TOML and says in plain words where a file is none."""

import codecs
import os
import re
import tomllib
from pathlib import Path
from typing import Any

from monitor.errors import ConfigError

NAME = "monitor.toml"

_PLACE = re.compile(r"^(?P<said>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$", re.DOTALL)
_TWICE = re.compile(r"Cannot declare \((?P<steps>.*)\) twice")

# What tomllib says (its start) → what a person can act on.
_WORDS = {
    "Expected '=' after a key": "a key is a single word, followed by = and its value",
    "Expected ']' at the end of a table": "a table's heading ends with ]",
    "Expected ']]' at the end of an array": "this heading ends with ]]",
    "Expected newline or end of document": "the value ends before here, but the line goes on; text needs quotes",
    "Invalid value": 'this is no value: text stands in straight quotes ("…"), truth is true or false',
    "Invalid statement": "a line is [heading], key = value, or a # comment",
    "Invalid initial character for a key": "a key is a single word of letters, digits, - and _",
    "Illegal character '\\n'": "the closing quote is missing",
    "Illegal character": "a control character stands here that no eye sees; delete it",
    "Unterminated string": "a text is not closed: its last quotes are missing",
    "Unclosed array": "a list is not closed, or a comma is missing in it",
    "Unclosed inline table": "a } or a comma is missing",
    "Unescaped '\\'": "in double quotes a backslash is written twice; or use 'single quotes'",
    "Invalid hex value": "in double quotes a backslash is written twice; or use 'single quotes'",
    "Cannot mutate immutable namespace": "this table was already written as a value above",
}


def find(path: Path) -> Path:
    """Return the configuration's file: `path` itself, or `monitor.toml` in the folder `path`.

    :raises ConfigError: if there is none
    """
    file = path / NAME if os.path.isdir(path) else path
    if not os.path.isfile(file):  # unlike pathlib's, false for what may not be looked at
        raise ConfigError(
            f"{file}: there is no such file. Copy the config/ folder that comes with monitor and edit its {NAME}, "
            "name another place with --config, or try `monitor demo`, which needs none."
        )
    return file


def read_bytes(file: Path) -> bytes:
    """Return what stands in `file`.

    :raises ConfigError: if it can't be read
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: can't be read: {error.strerror}") from error


def parse(data: bytes, file: Path) -> dict[str, Any]:
    """Return the TOML document `data` as plain values.

    :raises ConfigError: with line, column and a remedy, if it is no TOML
    """
    text = _text(data, file)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {_explained(str(error), text)}") from error
    except RecursionError as error:
        raise ConfigError(f"{file}: its lists are nested too deeply") from error


def _text(data: bytes, file: Path) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ConfigError(f"{file}: is written in UTF-16; save it as UTF-8")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line, column = _position(data[: error.start].decode())
        raise ConfigError(f"{file}: line {line}, column {column}: this is not UTF-8; save the file as UTF-8") from error


def _explained(said: str, text: str) -> str:
    place = _PLACE.match(said)
    if not place:
        return said
    line, column = (int(place["line"]), int(place["column"])) if place["line"] else _position(text)
    words = f"line {line}, column {column}: {_in_words(place['said'], text.splitlines()[line - 1 : line])}"
    return words + _tab_hint(text, line, column)


def _in_words(said: str, lines: list[str]) -> str:
    if twice := _TWICE.match(said):
        heading = ".".join(re.findall(r"'([^']*)'", twice["steps"]))
        return f"[{heading}] stands twice; give one of them another name, or make them one"
    if said.startswith("Cannot overwrite a value"):
        return f"{lines[0].partition('=')[0].strip() if lines else 'a key'} has a value already; keep one of the two"
    return next((words for start, words in _WORDS.items() if said.startswith(start)), said)


def _tab_hint(text: str, line: int, column: int) -> str:
    """Name the tab that stands at the place or just before it, which no eye sees."""
    around = "".join(text.splitlines()[line - 1 : line])[max(0, column - 2) : column]
    return " (a tab stands here, where TOML wants none)" if "\t" in around else ""


def _position(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
