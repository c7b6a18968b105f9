"""Finds what a key belongs to, and the known key that is nearest to an unknown one."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from monitor.config.shape import Root, Table

Step = str | int
Place = tuple[type[Table], str]


def keys(table: type[Table]) -> dict[str, FieldInfo]:
    """Return the keys of a table as they are written in TOML."""
    return {info.alias or name: info for name, info in table.model_fields.items()}


def place(steps: Sequence[Step]) -> Place:
    """Return the innermost table on the way `steps`, and the key of it that the way goes through."""
    *_, last = _places(steps)
    return last


def takes(steps: Sequence[Step]) -> str:
    """Return what the key at the end of `steps` takes, in words; "" for an unknown key."""
    table, key = place(steps)
    info = keys(table).get(key)
    return (info.description or "") if info else ""


def all_keys(table: type[Table] = Root, above: str = "") -> Iterator[tuple[str, str]]:
    """Yield (heading, key) for every key there is; the heading of the top level is ""."""
    for key, info in keys(table).items():
        yield above, key
        inner, named = inner_table(info)
        if inner:
            yield from all_keys(inner, f"{key}.NAME" if named is dict else key)


def inner_table(info: FieldInfo) -> tuple[type[Table] | None, Any]:
    """Return the kind of table that a key holds (None if it holds none), and whether in a `dict` or a `list`."""
    return _table_in(info.annotation), get_origin(info.annotation)


def advice(steps: Sequence[Step]) -> str:
    """Return a question or a list that leads from an unknown key to the one that was meant."""
    table, key = place(steps)
    here = list(keys(table))
    if near := get_close_matches(key.lower(), here, n=1, cutoff=0.75):
        return f"did you mean {near[0]}?"
    if homes := [f"in [{heading}]" if heading else "above all tables" for heading, known in all_keys() if known == key]:
        return f"did you mean {key} {' or '.join(homes)}?"
    if near := get_close_matches(key.lower(), here, n=1, cutoff=0.5):
        return f"did you mean {near[0]}?"
    return f"known here: {', '.join(here)}"


def _places(steps: Sequence[Step]) -> Iterator[Place]:
    table: type[Table] = Root
    way = iter(steps)
    for step in way:
        yield table, str(step)
        info = keys(table).get(str(step))
        inner, kind = inner_table(info) if info else (None, None)
        if inner is None:
            return
        table = inner
        if kind in (dict, list):
            next(way, None)  # the name or number between a key and its tables


def _table_in(annotation: Any) -> type[Table] | None:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    return next(filter(None, map(_table_in, get_args(annotation))), None)
