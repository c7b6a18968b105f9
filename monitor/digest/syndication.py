"""Tell a topic's matches to feed readers: as Atom (RFC 4287) and as JSON Feed 1.1 (jsonfeed.org/version/1.1).

Values in, bytes out: equal matches give equal bytes, so that an `ETag` can stand for them.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from monitor.digest import words
from monitor.digest.view import link
from monitor.model import Match, Topic

ATOM = "http://www.w3.org/2005/Atom"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)  # when a feed without entries changed last
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


def atom(topic: Topic, matches: Sequence[Match], address: str) -> bytes:
    """Return an Atom document that tells `matches` of a topic; it is to be had at `address`."""
    feed = Element("feed", xmlns=ATOM)
    _text(feed, "id", _urn("topic", topic.id))
    _text(feed, "title", topic.title)
    _text(feed, "updated", _moment(max((match.first_seen for match in matches), default=NOTHING_YET)))
    SubElement(feed, "link", rel="self", type="application/atom+xml", href=_xml(address))
    _text(SubElement(feed, "author"), "name", "monitor")
    for match in matches:
        _entry(SubElement(feed, "entry"), match)
    written: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def json_feed(topic: Topic, matches: Sequence[Match], address: str) -> bytes:
    """Return a JSON Feed that tells `matches` of a topic; it is to be had at `address`."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": topic.title,
        "feed_url": address,
        "items": [_item(match) for match in matches],
    }
    return json.dumps(feed, indent=1).encode("ascii") + b"\n"


def _entry(entry: Element, match: Match) -> None:
    if tag := words.language_tag(match.language):
        entry.set(LANG, tag)
    _text(entry, "id", _id(match))
    _text(entry, "title", _title(match))
    if url := link(match.url):
        SubElement(entry, "link", rel="alternate", href=_xml(url))
    _text(entry, "published", _moment(match.published))
    _text(entry, "updated", _moment(match.first_seen))
    _text(SubElement(entry, "author"), "name", match.source or "unknown")
    for term in match.judgement.why:
        SubElement(entry, "category", term=_xml(term))
    _text(entry, "content", _content(match)).set("type", "text")


def _item(match: Match) -> dict[str, Any]:
    told = {
        "id": _id(match),
        "url": link(match.url),
        "title": _title(match),
        "content_text": _content(match),
        "date_published": _moment(match.published),
        "authors": [{"name": match.source or "unknown"}],
        "tags": list(match.judgement.why),
        "language": words.language_tag(match.language),
        "_monitor": {
            "id": match.id,
            "score": round(match.judgement.score, 1),
            "first_seen": _moment(match.first_seen),
            "story": match.story,
        },
    }
    return {name: value for name, value in told.items() if value}


def _title(match: Match) -> str:
    return words.plain(match.title) or "Untitled"


def _content(match: Match) -> str:
    """Return what the article says and why it matched, in words."""
    said = match.judgement
    why = f": {' · '.join(said.why)}" if said.why else ""
    return "\n\n".join(filter(None, (said.quote, f"{words.nearness(said.score).capitalize()} · {said.score:.0f}{why}")))


def _id(match: Match) -> str:
    """Return a name that a match keeps, whatever becomes of its article; another installation has others."""
    return _urn("match", match.topic, match.id, _moment(match.first_seen))


def _urn(*parts: str) -> str:
    return uuid5(NAMESPACE_URL, "\n".join(("monitor", *parts))).urn


def _text(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = _xml(text)
    return element


def _xml(text: str) -> str:
    """Return `text` without the characters that no XML document can hold."""
    return _NO_XML.sub("", text)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
