"""Reads the items of sound, plain feeds at a fraction of feedparser's cost, and finds in them what it finds.

RSS 2.0 and Atom 1.0, well-formed and without a DTD, whose items consist of the elements below, each at most once where
it is read. Whatever is unusual leaves the whole document to feedparser, which reads the channel in any case.
`monitor.sources.cutting` reads one document in fifty both ways, and a feed that reads otherwise goes to feedparser from
then on.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

from feedparser import FeedParserDict
from feedparser.datetimes import _parse_date

_DECLARES = re.compile(r"<!(?!--|\[CDATA\[)")
_MARKED = re.compile(r"<|&#?\w+;")  # a title that may be meant as markup
_REMAPPED = re.compile(r"[\x80-\x9f]")  # feedparser takes these for what Windows means by them

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_ATOM = "{http://www.w3.org/2005/Atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
_RSS = frozenset(("title", "link", "guid", "description", "pubDate", _ENCODED))
_ENTRY = frozenset(f"{_ATOM}{name}" for name in ("title", "id", "summary", "content", "published", "updated"))
_UNREAD = frozenset(  # elements that change nothing of what is read
    (
        *("category", "author", "comments", "enclosure", f"{_DC}creator", f"{_DC}subject"),
        *(f"{_MEDIA}{name}" for name in ("thumbnail", "content", "credit", "keywords")),
        *(f"{_ATOM}category", f"{_ATOM}rights", "{http://purl.org/syndication/thread/1.0}total"),
        *("{http://purl.org/rss/1.0/modules/slash/}comments", "{http://wellformedweb.org/CommentAPI/}commentRss"),
        "{com-wordpress:feed-additions:1}post-id",
    )
)
_PEOPLE = frozenset((f"{_ATOM}author", f"{_ATOM}contributor"))
_OF_PEOPLE = frozenset((f"{_ATOM}name", f"{_ATOM}uri", f"{_ATOM}email"))
_OF_LINKS = frozenset(("rel", "type", "href", "title", "length", "hreflang"))
_TYPES = {"text": "text/plain", "text/plain": "text/plain", "html": "text/html", "text/html": "text/html"}


class _UnusualError(Exception):
    """Tells that a document is left to feedparser."""


def items(text: str) -> list[Any] | None:
    """Return the items of a document as feedparser would, as far as they are read; None if that is not sure."""
    if _DECLARES.search(text) or "xml:base" in text:
        return None
    parser = XMLParser()  # noqa: S314 - without a DTD there are no entities, and it runs where it can be killed
    try:
        parser.feed(text)
        return [FeedParserDict(item) for item in _items(parser.close())]
    except (ParseError, _UnusualError):
        return None


def agree(ours: Iterable[Any], theirs: Iterable[Any]) -> bool:
    """Tell whether two readings of the same items are one in all that `monitor.sources.feed` reads of them."""
    return [*map(_told, ours)] == [*map(_told, theirs)]


def _told(item: Any) -> tuple[Any, ...]:
    keys = ("id", "link", "title", "summary", "published", "updated", "created", "published_parsed", "updated_parsed")
    title = dict.get(item, "title_detail", {})
    return (
        *(dict.get(item, key) for key in (*keys, "language", "source", "feedburner_origlink")),
        (title.get("type"), title.get("language")),
        [(content.get("type"), content.get("value")) for content in dict.get(item, "content", ())],
        [link.get("href") for link in dict.get(item, "links", ()) if link.get("rel") == "alternate"],
    )


def _items(root: Element) -> Iterator[dict[str, Any]]:
    _expect(root.attrib.keys() <= {"version", _LANGUAGE})
    language = root.get(_LANGUAGE, "").replace("_", "-") or None
    if root.tag == f"{_ATOM}feed":
        yield from (_of_atom(entry, language) for entry in root.iter(f"{_ATOM}entry"))
        return
    _expect(root.tag == "rss" and root.get("version", "").startswith("2."))
    _expect([(each.tag, each.attrib) for each in root] == [("channel", {})])
    yield from (_of_rss(item, language) for item in root.iter("item"))


def _of_rss(element: Element, language: str | None) -> dict[str, Any]:
    found = _elements(element, _RSS)
    _expect(not any(each.attrib for name, each in found.items() if name != "guid"))
    item: dict[str, Any] = {}
    if "title" in found:
        item |= _title(found["title"], "text/plain", language)
        _expect(not _MARKED.search(item["title"]))
    if "guid" in found:
        attributes = found["guid"].attrib
        _expect(attributes.keys() <= {"isPermaLink"})
        item["id"] = _text(found["guid"])
        if attributes.get("isPermaLink", "true") == "true":
            item["link"] = item["id"] = _address(item["id"])
    if "link" in found:
        written = _address(_text(found["link"])).replace("&amp;", "&")
        item["link"] = re.sub("&([A-Za-z0-9_]+);", r"&\1", written)
        item["links"] = [{"rel": "alternate", "href": item["link"] or None}]
    if "pubDate" in found:
        item |= _date("published", found["pubDate"])
    if _ENCODED in found:
        item |= _content(found[_ENCODED], "text/html")
    if "description" in found:
        item["summary"] = _text(found["description"])
    return item


def _of_atom(element: Element, language: str | None) -> dict[str, Any]:
    found = {name.removeprefix(_ATOM): each for name, each in _elements(element, _ENTRY, links=True).items()}
    item: dict[str, Any] = {}
    if "title" in found:
        item |= _title(found["title"], _type(found["title"]), language)
    if "id" in found:
        _expect(not found["id"].attrib)
        item["link"] = item["id"] = _address(_text(found["id"]))
    links = [_link(each) for each in element.iter(f"{_ATOM}link")]
    item["links"] = [{"rel": rel, "href": href} for rel, _, href in links]
    pages = [href for rel, media, href in links if (rel, media) == ("alternate", "text/html")]
    item |= {"link": pages[-1]} if pages else {}
    for name in ("published", "updated"):
        if name in found:
            _expect(not found[name].attrib)
            item |= _date(name, found[name])
    if "content" in found:
        item |= _content(found["content"], _type(found["content"]))
    if "summary" in found:
        _type(found["summary"])
        item["summary"] = _text(found["summary"])
    return item


def _elements(item: Element, read: Collection[str], links: bool = False) -> dict[str, Element]:
    """Return what is read of an item by its names; each must be plain text, and all others must say nothing."""
    _expect(not item.attrib)
    found: dict[str, Element] = {}
    for each in item:
        if each.tag in _PEOPLE:
            _expect(all(part.tag in _OF_PEOPLE and not len(part) for part in each))
            continue
        _expect(not len(each) and each.tag not in found)
        if each.tag in read:
            found[each.tag] = each
        elif not (links and each.tag == f"{_ATOM}link"):
            _expect(each.tag in _UNREAD)
    return found


def _title(element: Element, media: str, language: str | None) -> dict[str, Any]:
    return {"title": _text(element), "title_detail": {"type": media, "language": language}}


def _content(element: Element, media: str) -> dict[str, Any]:
    value = _text(element)
    return {"content": [{"type": media, "value": value}], "summary": value}


def _date(name: str, element: Element) -> dict[str, Any]:
    written = _text(element)
    return {name: written, f"{name}_parsed": _parse_date(written)}


def _link(element: Element) -> tuple[str, str, str]:
    """Return relation, media type and address of a link."""
    attributes = element.attrib
    _expect("href" in attributes and attributes.keys() <= _OF_LINKS)
    media = attributes.get("type", "text/html").lower()
    _expect(media not in ("html", "xhtml", "application/xhtml+xml"))
    return attributes.get("rel", "alternate").lower(), media, _address(attributes["href"])


def _type(element: Element) -> str:
    _expect(element.attrib.keys() <= {"type"} and element.get("type", "text") in _TYPES)
    return _TYPES[element.get("type", "text")]


def _address(written: str) -> str:
    _expect(":///" not in written)  # feedparser drops such slashes
    return written


def _text(element: Element) -> str:
    """Return what stands in an element; what was UTF-8, taken for Latin-1, is read anew."""
    text = (element.text or "").strip()
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode()
    _expect(not _REMAPPED.search(text))
    return text


def _expect(usual: bool) -> None:
    if not usual:
        raise _UnusualError
