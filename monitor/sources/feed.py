"""Reads RSS, Atom and RDF through feedparser, and takes nothing that it hands over for granted."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from monitor.model import Entry, ParsedFeed
from monitor.sources import contents, cutting, dates, document, language
from monitor.sources.charset import decoded
from monitor.sources.entries import entry, longer
from monitor.text.clean import TEXT_LIMIT, TITLE_LIMIT, clean, plain
from monitor.urls import domain, web_link

_ROOTS = frozenset(("rss", "rdf", "feed", "channel"))
_NAME_LIMIT = 200  # characters of a publisher's name
_PERIOD_MINUTES = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def recognises(body: bytes, headers: Mapping[str, str]) -> bool:
    """Tell whether a document is a feed in XML, by the elements it opens first; its media type is often wrong."""
    for name in contents.elements(body[: contents.HEAD]):
        if name in _ROOTS:
            return True
        if name in ("html", "head", "body"):  # a feed in a page's example is none
            return False
    return False


def read(body: bytes, url: str, headers: Mapping[str, str], hashes: bytes = b"") -> ParsedFeed:
    """Return the feed that `body` holds, links resolved against `url`, without items that are among `hashes`.

    Of a document that broke off, the whole items are returned and `whole` is False. Raises NoFeedError with what was
    found instead where there is no feed, and ParseError where feedparser itself stumbles.
    """
    text, whole = document.whole_items(document.mended(decoded(body, headers)))
    if not recognises(body, headers):
        raise contents.no_feed(body, url, headers)
    reading = cutting.read(text, hashes)
    parsed = reading.parsed
    if not (parsed.version or parsed.entries):
        raise contents.no_feed(body, url, headers)
    spoken = language.tag(_text(parsed.feed, "language")) or language.tag(headers.get("content-language"))
    return ParsedFeed(
        title=plain(_text(parsed.feed, "title"), TITLE_LIMIT),
        format=parsed.version or "rss",
        language=spoken,
        entries=tuple(filter(None, (_entry(item, spoken, url) for item in parsed.entries))),
        interval_minutes=_interval_minutes(parsed.feed),
        skip_hours=_skip_hours(text),
        skip_days=_skip_days(text),
        whole=whole,
        hashes=reading.hashes,
        cut=reading.cut,
        compared=reading.compared,
        cut_wrong=reading.wrong,
    )


# ---------------------------------------------------------------- what feedparser hands over


def _entry(item: Any, spoken: str, base: str) -> Entry | None:
    published, written = _published(item)
    title = _title(item)
    publisher, site = _publisher(item, title, base)
    return entry(
        guid=_text(item, "id"),
        url=_link(item, base),
        title=title.removesuffix(f" - {publisher}") if publisher else title,
        text=_longest_text(item),
        published=published,
        written=written,
        spoken=_text(item, "language") or _text(item.get("title_detail"), "language") or spoken,
        publisher=publisher,
        publisher_url=site,
    )


def _publisher(item: Any, title: str, base: str) -> tuple[str, str]:
    """Return who published an item that a search found, and where they are; ("", "") of an item of the feed's own.

    Google News says it twice: `<source url="https://paper.example">Paper</source>`, and " - Paper" behind the headline.
    Publishers who credit an agency say it in one way, and it stays their article.
    """
    source = dict.get(item, "source")
    if not source:
        return "", ""
    name, site = plain(_text(source, "title"), _NAME_LIMIT), web_link(_text(source, "href"), base)
    named = bool(name and site) and title.endswith(f" - {name}") and len(title) > len(name) + 3
    return (name, site) if named and domain(site) != domain(base) else ("", "")


def _text(holder: Any, key: str) -> str:
    """Return a value of feedparser's dictionary if it is text, else ""; without its mapping of old names to new."""
    value = dict.get(holder, key) if isinstance(holder, dict) else None
    return value if isinstance(value, str) else ""


def _title(item: Any) -> str:
    literal = _text(item.get("title_detail"), "type") == "text/plain" and "<" not in _text(item, "title")
    return (clean if literal else plain)(_text(item, "title"), TITLE_LIMIT)


def _longest_text(item: Any) -> str:
    text = ""
    for markup in sorted((_text(item, "summary"), *_contents(item)), key=len, reverse=True):
        if len(markup) > len(text):  # no text is longer than its markup: many summaries need not be read
            text = longer(text, plain(markup, TEXT_LIMIT, paragraphs=True))
    return text


def _contents(item: Any) -> Iterator[str]:
    for content in dict.get(item, "content") or ():
        if _text(content, "type").startswith("text/") or _text(content, "type").endswith("xml"):
            yield _text(content, "value")


def _link(item: Any, base: str) -> str:
    """Return the item's page: the publisher's own address behind a relay, its link, else an alternate of any type."""
    links = [link for link in dict.get(item, "links") or () if _text(link, "rel") == "alternate"]
    addresses = (_text(item, "feedburner_origlink"), _text(item, "link"), *(_text(link, "href") for link in links))
    return next(filter(None, (web_link(address, base) for address in addresses if address)), "")


def _published(item: Any) -> tuple[datetime | None, str]:
    """Return when the item says it appeared, else when it was changed or made, and that date as it was written."""
    written = [(key, _text(item, key)) for key in ("published", "updated", "created") if _text(item, key)]
    for key, date in written:
        moment = dates.from_parts(dict.get(item, f"{key}_parsed"), date)
        if moment:
            return moment, date
    return None, written[0][1] if written else ""


# ---------------------------------------------------------------- how often it may be polled


def _interval_minutes(feed: Any) -> float | None:
    asked = [_positive(_text(feed, "ttl")), _update_minutes(feed)]
    return max((minutes for minutes in asked if minutes), default=None)


def _update_minutes(feed: Any) -> float | None:
    """Return the minutes between two updates (RSS 1.0, module syndication: a period and how often in it)."""
    period = _PERIOD_MINUTES.get(_text(feed, "sy_updateperiod").strip().lower())
    frequency = _positive(_text(feed, "sy_updatefrequency").strip() or "1")
    return period / frequency if period and frequency else None


def _positive(written: str) -> float | None:
    """Return a number between a second and a year in minutes, None for anything else: nonsense is not heeded."""
    digits = re.fullmatch(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*", written, re.ASCII)
    number = float(digits[1]) if digits else 0.0
    return number if 1 / 60 <= number <= 525_600 else None


def _skip_hours(text: str) -> tuple[int, ...]:
    hours = (int(hour) % 24 for hour in _skipped(text, "hour") if re.fullmatch(r"[0-9]{1,2}", hour))
    return tuple(sorted(set(hours)))


def _skip_days(text: str) -> tuple[int, ...]:
    return tuple(sorted({_DAYS.index(day) for day in _skipped(text, "day") if day in _DAYS}))


def _skipped(text: str, unit: str) -> list[str]:
    """Return what the channel lists under skipHours or skipDays; feedparser keeps the last of a list only."""
    listed = re.search(rf"<skip{unit}s>([^!]{{0,2000}}?)</skip{unit}s>", document.channel(text), re.IGNORECASE)
    return re.findall(rf"<{unit}>\s*(\w+)\s*</{unit}>", listed[1].lower()) if listed else []
