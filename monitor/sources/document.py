"""Hands XML feeds to feedparser: mended before, rescued item by item where it stumbles.

feedparser gets a stream: a text or bytes it might take for an address or a file. Its cleaning of markup is off, because
it lets scripted links through and costs half the time; `monitor.sources.feed` makes every text plain. It is told no
address: it would spend a sixth of its time on resolving what is resolved later, and guids would no longer be what the
feed wrote. It opens no DTD and no external entity. It is quadratic on hostile input: call it where it can be killed
(`monitor.sources.processes`).
"""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import feedparser

from monitor.errors import ParseError

_DECLARATION = re.compile(r"[ \t\r\n]+(?=<\?xml\s)")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # XML 1.0, production 2
_NOT_XML_OCTETS = bytes(code for code in range(32) if _NOT_XML.match(chr(code)))
_REFERENCE = re.compile(  # but for the most frequent, which are allowed
    r"&#(?![1-9][0-9]{2,3};|0?3[2-9];)(?:[xX]([0-9A-Fa-f]{1,12})|([0-9]{1,12}))[0-9A-Fa-f]*;?"
)
_ITEM_OPENS = re.compile(r"<(?:\w++:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ITEM_CLOSES = re.compile(r"</(?:\w++:)?(?:item|entry)\s*>", re.IGNORECASE)
ITEM_TAGS = re.compile(r"<(/)?+(?:\w++:)?(?:item|entry)(?(1)\s*>|[\s>])", re.IGNORECASE)  # both in one pass
_ROOT_CLOSES = re.compile(r"</(?:\w+:)?(?:rss|rdf|feed|channel)\s*>", re.IGNORECASE)
_ROOT = re.compile(r"<(?:\w+:)?(?:rss|rdf|feed)(?:\s[^<>]*)?>(?:\s*<(?:\w+:)?channel(?:\s[^<>]*)?>)?", re.IGNORECASE)


def mended(text: str) -> str:
    """Return the document without what XML forbids: one such character costs feedparser's better parser.

    White space before the declaration is forbidden too, and frequent.
    """
    text = _DECLARATION.sub("", text, 1) if text[:1].isspace() and _DECLARATION.match(text) else text
    if not _is_allowed(text):
        text = _NOT_XML.sub("", text)
    return _REFERENCE.sub(_allowed_reference, text) if "&#" in text else text


def _is_allowed(text: str) -> bool:
    """Tell whether XML forbids none of these characters, ten times as fast as a search."""
    try:
        octets = text.encode()
    except UnicodeEncodeError:  # lone surrogates
        return False
    controls = len(octets) - len(octets.translate(None, _NOT_XML_OCTETS))
    return not controls and "\ufffe" not in text and "\uffff" not in text


def _allowed_reference(reference: re.Match[str]) -> str:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    allowed = code < 0x110000 and not 0xD800 <= code < 0xE000 and not _NOT_XML.match(chr(code))
    return reference[0] if allowed else ""


def whole_items(text: str) -> tuple[str, bool]:
    """Return the document without an item that was cut off, and whether the document came whole.

    What stands behind its last end is left out: servers write notes there, such as how long it took them to make it,
    and feedparser's better parser refuses the whole document for them.
    """
    last = _last_close(text)
    closed = last.start() if last else 0
    opened = max((item.start() for item in _ITEM_OPENS.finditer(text, closed)), default=-1)
    if opened >= 0 and not text[opened:].split(">", 1)[0].endswith("/"):
        return text[:opened], False
    after = max(closed, opened)
    ends = [end.end() for end in _ROOT_CLOSES.finditer(text, after)]
    return text[: ends[-1]] if ends and _is_markup(text, after, ends[-1]) else text, bool(ends)


def _is_markup(text: str, start: int, end: int) -> bool:
    """Tell whether no comment, instruction or CDATA section that begins behind `start` is open at `end`."""
    sections = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"))
    return all(text.rfind(opening, start, end) <= text.rfind(closing, start, end) for opening, closing in sections)


def channel(text: str) -> str:
    """Return what stands before the first item and behind the last one."""
    first, last = _ITEM_OPENS.search(text), _last_close(text)
    return text[: first.start() if first else len(text)] + (text[last.end() :] if last else "")


def _last_close(text: str) -> re.Match[str] | None:
    """Return the last end tag of an item, looked for from the end of the document, where it is near."""
    at = text.rfind("</")
    while at >= 0:
        if found := _ITEM_CLOSES.match(text, at):
            return found
        at = text.rfind("</", 0, at + 1)
    return None


def parsed(text: str) -> Any:
    """Return feedparser's reading of the document; raises ParseError where it can't even read its parts."""
    try:
        return _read(text)
    except Exception as error:
        if isinstance(error, MemoryError):  # concerns the process, which is replaced
            raise
        return _rescued(text, error)


def _read(text: str) -> Any:
    return feedparser.parse(
        BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _rescued(text: str, fault: Exception) -> Any:
    """Read channel and items one by one, so that what feedparser can't bear costs itself alone."""
    root = _ROOT.search(text)
    feed = root and (_bearable(channel(text)) or _bearable(root[0]))
    if root is None or feed is None:
        raise ParseError(f"a feed that can't be read ({type(fault).__name__})") from fault
    readings = (_bearable(root[0] + item) for item in _items(text))
    feed["entries"] = [entry for reading in readings if reading for entry in reading.entries]
    return feed


def _bearable(text: str) -> Any:
    try:
        return _read(text)
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError):  # seen, or likely
        return None


def _items(text: str) -> Iterator[str]:
    starts = [item.start() for item in _ITEM_OPENS.finditer(text)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=False):  # without an item there is one end too many
        yield text[start:end]
