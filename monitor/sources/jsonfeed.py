"""Reads JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), in which any value may be of any type."""

import json
import re
from collections.abc import Mapping
from typing import Any

from monitor.errors import ParseError
from monitor.model import Entry, ParsedFeed
from monitor.sources import contents, dates, language
from monitor.sources.charset import decoded
from monitor.sources.entries import entry, longer
from monitor.text.clean import TEXT_LIMIT, TITLE_LIMIT, clean, plain
from monitor.urls import web_link

_DECODER = json.JSONDecoder(parse_int=str, parse_constant=str)  # a number of a million digits stays text
_VERSION = re.compile(rb"jsonfeed\.org\\?/version\\?/")


def recognises(body: bytes, headers: Mapping[str, str]) -> bool:
    """Tell whether a document is a JSON Feed, by its media type or by the version it names, be it last."""
    head = body[: contents.HEAD].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    named = "feed+json" in headers.get("content-type", "").lower()
    return head.startswith(b"{") and (named or bool(_VERSION.search(body)))


def read(body: bytes, url: str, headers: Mapping[str, str]) -> ParsedFeed:
    """Return the feed that `body` holds, links resolved against `url`; raises NoFeedError if it holds none.

    A document that broke off raises ParseError: JSON has no part that stands for itself.
    """
    document = _document(decoded(body, headers))
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise contents.no_feed(body, url, headers)
    spoken = language.tag(_text(document, "language")) or language.tag(headers.get("content-language"))
    return ParsedFeed(
        title=clean(_text(document, "title"), TITLE_LIMIT),
        format=_format(_text(document, "version")),
        language=spoken,
        entries=tuple(filter(None, (_entry(item, spoken, url) for item in document["items"]))),
    )


def _document(text: str) -> Any:
    try:
        document, _ = _DECODER.raw_decode(text.lstrip())  # what follows it is not read: some append a comment
        return document
    except ValueError as error:
        raise ParseError(f"a JSON Feed that can't be read ({clean(str(error), 200)})") from error
    except RecursionError as error:
        raise ParseError("a JSON Feed nested too deeply to be read") from error


def _format(version: str) -> str:
    number = re.search(r"version/(\d)(?:\.(\d))?/?$", version)
    return "jsonfeed" + (number[1] + (number[2] or "0") if number else "")


def _entry(item: object, spoken: str, base: str) -> Entry | None:
    if not isinstance(item, dict):
        return None
    written = _text(item, "date_published") or _text(item, "date_modified")
    return entry(
        guid=_text(item, "id"),
        url=web_link(_text(item, "url"), base) or web_link(_text(item, "external_url"), base),
        title=clean(_text(item, "title"), TITLE_LIMIT),
        text=_longest_text(item),
        published=dates.from_text(_text(item, "date_published")) or dates.from_text(_text(item, "date_modified")),
        written=written,
        spoken=_text(item, "language") or spoken,
    )


def _longest_text(item: Mapping[str, Any]) -> str:
    content = clean(_text(item, "content_text"), TEXT_LIMIT, paragraphs=True)
    content = longer(content, plain(_text(item, "content_html"), TEXT_LIMIT, paragraphs=True))
    return longer(content, clean(_text(item, "summary"), TEXT_LIMIT, paragraphs=True))


def _text(holder: Mapping[str, Any], key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else str(value) if isinstance(value, float) else ""
