"""The keys whose feature is not built yet. They are known and checked; where one is set, a note says so.

**Delete a row when its feature is built**, and its mark in docs/configuration.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.config.faults import dotted


@dataclass(frozen=True, slots=True)
class Unbuilt:
    """A key that is read and not yet used."""

    key: str  # dotted; * stands for any name
    says: str  # what that means; {name} is what * stood for
    idle: tuple[Any, ...] = ()  # values that ask for nothing, so that there is nothing to say


UNBUILT: tuple[Unbuilt, ...] = ()


def unbuilt_notes(raw: Mapping[str, Any]) -> list[str]:
    """Return one line for each key of the document that was set and does nothing yet."""
    return [note for row in UNBUILT for note in _notes(row, raw)]


def _notes(row: Unbuilt, raw: Mapping[str, Any]) -> Iterator[str]:
    for steps, value in _set(row.key.split("."), raw):
        if value not in row.idle:
            yield f"{dotted(steps)}: {row.says.format(name=steps[1] if len(steps) > 1 else '')}"


def _set(pattern: list[str], value: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each place of the document that the pattern names, with its value."""
    if not pattern:
        yield way, value
    elif isinstance(value, Mapping):
        for name in value if pattern[0] == "*" else {pattern[0]} & value.keys():
            yield from _set(pattern[1:], value[name], (*way, name))
