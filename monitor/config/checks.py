"""Checks a document: each key by its shape, then what keys say about each other.

What keys say about each other is looked for even where a shape is wrong, so that one reading tells everything.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from monitor import urls
from monitor.config import unknown
from monitor.config.faults import Fault, dotted, shown
from monitor.config.shape import PollingTable, Root
from monitor.config.values import is_id

Raw = Mapping[str, Any]

# What makes a recipient's channel, and the keys that belong to it.
CHANNELS = {
    "folder": (),
    "email": (),
    "slack_webhook_env": (),
    "slack_token_env": ("slack_channel", "slack_api"),
    "webhook": ("webhook_secret_env",),
    "apprise_env": (),
}


def check(raw: Raw) -> tuple[Root | None, list[Fault]]:
    """Return the document in its shape, None if it has not the right one, and all that is wrong with it."""
    shape, faults = _shaped(raw)
    faults += [fault for rule in RULES for fault in rule(raw)]
    return shape, faults


def tables(raw: Raw, kind: str) -> dict[str, Raw]:
    """Return the tables `[kind.NAME]` of a document that may be wrong in any way."""
    found = raw.get(kind)
    named = found if isinstance(found, Mapping) else {}
    return {name: table for name, table in named.items() if isinstance(table, Mapping)}


def feed_tables(raw: Raw) -> list[Raw]:
    """Return the `[[feeds]]` of a document that may be wrong in any way; one that is no table is empty."""
    found = raw.get("feeds")
    return [table if isinstance(table, Mapping) else {} for table in found] if isinstance(found, list) else []


def strings(value: Any) -> list[str]:
    """Return the texts in a list that may be wrong in any way, with "" for what is no text."""
    return [item if isinstance(item, str) else "" for item in value] if isinstance(value, list) else []


def named(raw: Raw, steps: Sequence[str | int]) -> str:
    """Return the way to a key for people; a feed is named by its number and, where it has one, its address."""
    way = dotted(steps)
    if len(steps) < 3 or steps[0] != "feeds" or not isinstance(steps[1], int) or steps[2] == "url":
        return way
    url = feed_tables(raw)[steps[1]].get("url")
    return f"{way} ({shown('url', url)[1:-1]})" if isinstance(url, str) else way


# ---------------------------------------------------------------- shape


def _shaped(raw: Raw) -> tuple[Root | None, list[Fault]]:
    try:
        return Root.model_validate(raw), []
    except ValidationError as error:
        return None, [_fault(detail, raw) for detail in error.errors(include_url=False)]


def _fault(detail: ErrorDetails, raw: Raw) -> Fault:
    steps = detail["loc"]
    key = named(raw, steps)
    if detail["type"] == "extra_forbidden":
        return Fault(key, f"this key is unknown; {unknown.advice(steps)}")
    if detail["type"] == "missing":
        return Fault(key, f"is missing; it takes {unknown.takes(steps)}")
    reason = f"{detail['ctx']['error']}; " if detail["type"] == "value_error" else ""
    return _wrong(key, unknown.place(steps)[1], detail["input"], f"{reason}it takes {unknown.takes(steps)}")


def _wrong(way: str, key: str, value: Any, text: str) -> Fault:
    return Fault(f"{way} = {shown(key, value)}", text)


# ---------------------------------------------------------------- what keys say about each other


def _names(raw: Raw) -> Iterator[Fault]:
    for kind in ("topics", "recipients"):
        for name in tables(raw, kind):
            if not is_id(name):
                text = "a name takes up to 64 letters (a–z, A–Z), digits, - and _, and starts with a letter or digit"
                yield Fault(dotted([kind, name]), text)


def _known_topics(raw: Raw) -> Iterator[Fault]:
    known = tables(raw, "topics")
    for way, table in _with_topics(raw):
        for topic in strings(table.get("topics")):
            if topic and topic not in known:
                yield _wrong(named(raw, [*way, "topics"]), "topics", topic, _no_such("topic", topic, known))


def _with_topics(raw: Raw) -> Iterator[tuple[list[str | int], Raw]]:
    for index, feed in enumerate(feed_tables(raw)):
        yield ["feeds", index], feed
    for name, recipient in tables(raw, "recipients").items():
        yield ["recipients", name], recipient


def _known_operator(raw: Raw) -> Iterator[Fault]:
    operator = raw.get("operator")
    recipient = operator.get("recipient") if isinstance(operator, Mapping) else None
    known = tables(raw, "recipients")
    if isinstance(recipient, str) and recipient and recipient not in known:
        yield _wrong("operator.recipient", "recipient", recipient, _no_such("recipient", recipient, known))


def _no_such(kind: str, name: str, known: Mapping[str, Any]) -> str:
    if near := get_close_matches(name, known, n=1, cutoff=0.5):
        return f"there is no such {kind}; did you mean {dotted(near)}?"
    there = f"are {', '.join(dotted([other]) for other in known)}" if known else f"is no [{kind}s.NAME] at all"
    return f"there is no such {kind}; there {there}"


def _one_channel(raw: Raw) -> Iterator[Fault]:
    for name, table in tables(raw, "recipients").items():
        chosen = [key for key in CHANNELS if key in table]
        way = dotted(["recipients", name])
        if not chosen:
            yield Fault(
                way, f'has no channel; it takes one of {", ".join(CHANNELS)}, such as folder = "../var/digests"'
            )
        if len(chosen) > 1:
            yield Fault(way, f"has {len(chosen)} channels ({', '.join(chosen)}); it takes one, so make two recipients")
        yield from _stray_channel_keys(way, table)


def _stray_channel_keys(way: str, table: Raw) -> Iterator[Fault]:
    for channel, belonging in CHANNELS.items():
        for key in belonging:
            if key in table and channel not in table:
                yield Fault(f"{way}.{key}", f"belongs to {channel}, which is not set")
    if "slack_token_env" in table and "slack_channel" not in table:
        yield Fault(f"{way}.slack_channel", 'is missing; with slack_token_env it takes a channel, such as "#news"')


def _feeds_once(raw: Raw) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, table in enumerate(feed_tables(raw)):
        link = urls.web_link(table["url"]) if isinstance(table.get("url"), str) else ""
        if link and first.setdefault(link, index) != index:
            text = f"feeds[{first[link] + 1}] has it already; keep one of the two"
            yield _wrong(dotted(["feeds", index, "url"]), "url", table["url"], text)


def _credentials_in_pairs(raw: Raw) -> Iterator[Fault]:
    smtp = raw.get("smtp")
    pairs: list[tuple[list[str | int], Raw]] = [(["smtp"], smtp if isinstance(smtp, Mapping) else {})]
    pairs += [(["feeds", index], feed) for index, feed in enumerate(feed_tables(raw))]
    for way, table in pairs:
        for absent, given in (("username_env", "password_env"), ("password_env", "username_env")):
            if given in table and absent not in table:
                yield Fault(named(raw, [*way, absent]), f"is missing; it goes together with {given}")


def _floor_under_ceiling(raw: Raw) -> Iterator[Fault]:
    polling = raw.get("polling")
    table = polling if isinstance(polling, Mapping) else {}
    floor = table.get("min_interval_minutes", PollingTable().min_interval_minutes)
    ceiling = table.get("max_interval_minutes", PollingTable().max_interval_minutes)
    if not (isinstance(floor, int | float) and isinstance(ceiling, int | float) and floor > ceiling):
        return
    if "min_interval_minutes" in table:
        text = f"it takes no more than max_interval_minutes, which is {ceiling:g}"
        yield _wrong("polling.min_interval_minutes", "min_interval_minutes", floor, text)
    else:
        text = f"it takes no less than min_interval_minutes, which is {floor:g}"
        yield _wrong("polling.max_interval_minutes", "max_interval_minutes", ceiling, text)


RULES: tuple[Callable[[Raw], Iterator[Fault]], ...] = (
    _names,
    _known_topics,
    _known_operator,
    _one_channel,
    _feeds_once,
    _credentials_in_pairs,
    _floor_under_ceiling,
)
