"""Reads sound, plain feeds at a fraction of feedparser's cost, and finds in them what it finds.

RSS, RDF and Atom 1.0, well-formed and without a DTD. It goes through the elements in their order and keeps of each what
feedparser 6 keeps, with the same consequences: whose title counts, what becomes the summary, against which address a
link is resolved. What an element is to feedparser tells `monitor.sources.vocabulary`; one that it treats in a way that
isn't told leaves the whole document to it. `monitor.sources.cutting` reads one document in a hundred both ways, and a
feed that reads otherwise goes to feedparser from then on.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

from feedparser import FeedParserDict
from feedparser.api import StrictFeedParser
from feedparser.datetimes import _parse_date
from feedparser.html import _cp1252
from feedparser.urls import _urljoin, make_safe_absolute_uri

from monitor.sources import xhtml
from monitor.sources.vocabulary import Names, UnusualError, expect

_DECLARES = re.compile(r"<!(?!--|\[CDATA\[)")
_ODD_PROLOGUE = re.compile(r"<\?xml[^>]*(?<!\?)>")  # which feedparser cuts in two
_REMAPPED = re.compile(r"[\x80-\x9f]")  # feedparser takes these for what Windows means by them

_XML = "{http://www.w3.org/XML/1998/namespace}"
_LANGUAGE, _BASE = f"{_XML}lang", f"{_XML}base"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_VERSIONS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}

_OF_CHANNELS = frozenset(("language", "ttl", "sy_updateperiod", "sy_updatefrequency"))
_APART = {  # elements of a channel with a title of their own, and what may stand in them
    "image": frozenset(("title", "link", "description", "url", "width", "height")),
    "textinput": frozenset(("title", "link", "description", "name")),
}
_OF_SOURCES = frozenset(("author", "contributor", "subtitle", "rights", "generator", "category"))
_OF_LINKS = frozenset(("rel", "type", "href", "title", "length", "hreflang"))
_OF_ADDRESSES = frozenset(("rel", "type", "href", "url", "uri"))
_MARKUP = "application/xhtml+xml"
_TYPES = {"text": "text/plain", "plain": "text/plain", "text/plain": "text/plain"}
_TYPES |= {"html": "text/html", "text/html": "text/html", "xhtml": _MARKUP, _MARKUP: _MARKUP}
_PAGES = frozenset(("text/html", "html", "xhtml", _MARKUP))
_DEEPEST = 20  # elements within an item's, of which nothing is read but titles and descriptions


def read(text: str) -> Any | None:
    """Return feedparser's reading of a document, as far as it is used; None if it is not sure what that is."""
    if _DECLARES.search(text) or _ODD_PROLOGUE.match(text):
        return None
    parser = XMLParser()  # noqa: S314 - without a DTD there are no entities, and it runs where it can be killed
    try:
        parser.feed(text)
        return _Walk(text).through(parser.close())
    except (ParseError, UnusualError, LookupError, ValueError, TypeError, AttributeError):  # as feedparser may raise
        return None


def agree(ours: Any, theirs: Any, places: Iterable[int]) -> bool:
    """Tell whether a reading is that of a whole document's items at `places`, in all that `feed` reads of them."""
    items = [_told(theirs.entries[at]) for at in places]
    return (_about(ours), [*map(_told, ours.entries)]) == (_about(theirs), items)


def _about(parsed: Any) -> tuple[Any, ...]:
    keys = ("title", "language", "ttl", "sy_updateperiod", "sy_updatefrequency")
    return (parsed.version, *(dict.get(parsed.feed, key) for key in keys))


def _told(item: Any) -> tuple[Any, ...]:
    dates = ("published", "updated", "created", "published_parsed", "updated_parsed", "created_parsed")
    keys = ("id", "link", "title", "summary", "language", "feedburner_origlink", *dates)
    title, source = dict.get(item, "title_detail", {}), dict.get(item, "source", {})
    return (
        *(dict.get(item, key) for key in keys),
        (dict.get(source, "title"), dict.get(source, "href")),
        (title.get("type"), title.get("language")),
        [(content.get("type", "")[:5], content.get("value")) for content in dict.get(item, "content", ())],
        [link.get("href") for link in dict.get(item, "links", ()) if link.get("rel") == "alternate"],
    )


class _Walk:
    """A way through one document, with what feedparser remembers from one element to the next."""

    def __init__(self, text: str) -> None:
        self.names = Names(text)
        self.version = self.names.version
        self.base = ""  # the address against which links are resolved; it outlives its element where none is around
        self.told = False  # whether the item had a content; the channel's counts for the first
        self.title_depth = -1  # where a title was found: none at this depth or below counts any more
        self.feed = FeedParserDict()
        self.items: list[Any] = []

    def through(self, root: Element) -> Any:
        """Return what feedparser makes of the document that begins at `root`."""
        name = self.names.name(root.tag)
        expect(not any(_local(given) == "version" != given for given in root.attrib))
        self._based(root)
        language = _spoken(root, None)
        if language and name != "rdf_rdf":
            self.feed["language"] = language
        if name == "feed":
            expect(self.version == "atom10" and root.tag.startswith("{http://www.w3.org/2005/Atom}"))
            self._channel(root, language)
        else:
            self._version(name, root.get("version", ""))
            self._channels(root, language)
        return FeedParserDict(feed=self.feed, entries=self.items, version=self.version, bozo=False)

    def _version(self, name: str, given: str) -> None:
        if name == "rss":
            expect(self.version in ("", "atom10"))
            self.version = _VERSIONS.get(given, "rss20" if given.startswith("2.") else "rss")
        expect(name == "rss" or (name == "rdf_rdf" and self.version == "rss10"))

    def _channels(self, root: Element, language: str | None) -> None:
        """Read the only channel of RSS or RDF, what is beside it, and behind it the items of RDF."""
        read, base = False, self.base
        for each in root:
            role = self.names.role(each.tag)
            self._based(each)
            if role == "channel":
                expect(not read and each.attrib.keys() <= {f"{{{_RDF}}}about"})
                self._channel(each, language)
                read = True
            elif role == "item":
                expect(read and self.version == "rss10")
                self._item(each, language, base)
            elif role in _APART:
                self._apart(each, role)
            else:
                expect(role == "unknown" and not len(each))
            self.base = base or self.base
        expect(read)

    def _channel(self, channel: Element, language: str | None) -> None:
        base = self.base
        for each in channel:
            role = self.names.role(each.tag)
            if each.attrib:
                self._based(each)
            if role == "item":
                self._item(each, language, base)
            elif role == "title":
                expect("title" not in self.feed)
                self.feed["title"], _ = self.typed(each)
            elif role in _OF_CHANNELS:
                expect(not each.attrib)
                self.feed[role] = _text(each)
            elif role == "text":
                self._describe(each)
            elif role in _APART:
                self._apart(each, role)
            elif role in ("link", "id", "published", "updated", "created"):
                expect(not len(each))
            else:
                self.unread(each, role)
            self.base = base or self.base

    def _describe(self, element: Element) -> None:
        """Note what a description of the channel does to feedparser's view of the next item's."""
        expect(not len(element))
        self.told = self.told or "summary" in self.feed
        if self.names.name(element.tag) in ("summary", "itunes_summary"):
            self.feed["summary"] = ""

    def _apart(self, element: Element, role: str) -> None:
        """Expect nothing in an image or a form that feedparser would take for the channel's own."""
        names = (self.names.name(each.tag) for each in element if not len(each) and not each.attrib)
        expect(len(element) == sum(name in _APART[role] for name in names))

    def _item(self, element: Element, language: str | None, outer: str) -> None:
        """Read an item whose own address was noted; `outer` is that of what it stands in."""
        if element.attrib:
            expect(not any(_local(name) in ("href", "lastmod") for name in element.attrib))
            language = _spoken(element, language)
        self.title_depth = -1
        item = _Item(self, element.get(f"{{{_RDF}}}about"), language)
        base = self.base
        for each in element:
            role = self.names.role(each.tag)
            if each.attrib:
                self._based(each)
                item.take(each, role)
                self.base = base or self.base
            else:
                item.take(each, role)
        self.items.append(FeedParserDict(item.found))
        self.told = False
        self.base = outer or self.base

    def unread(self, element: Element, role: str) -> None:
        """Expect an element of which nothing is read, nor of those within."""
        expect(role in ("unread", "container", "unknown"))
        if len(element) and role == "unread":
            self.typed(element)
        elif len(element):
            self._within(element, 1)

    def _within(self, element: Element, depth: int) -> None:
        expect(depth < _DEEPEST)
        for each in element:
            role = self.names.role(each.tag)
            expect(role in ("unread", "container", "unknown") and not _based(each))
            if len(each):
                expect(role != "unread")
                self._within(each, depth + 1)

    def typed(self, element: Element) -> tuple[str, str]:
        """Return the text of an element that may say it is HTML or XHTML, and its media type."""
        if not element.attrib:
            return _text(element), "text/plain"
        expect(not any(_local(name) in ("type", "mode", "src") and name != "type" for name in element.attrib))
        media = _TYPES[element.get("type", "text").lower()]
        if media != _MARKUP:
            return _text(element), media
        expect(self.version == "atom10" and "http://www.w3.org/1999/xlink" not in self.names.prefixes)
        return _repaired(xhtml.written(element)), media

    def _based(self, element: Element) -> None:
        """Note an element's own address for the links in it."""
        if given := _based(element):
            joined = make_safe_absolute_uri(self.base, given) if self.base else _urljoin("", given)
            self.base = joined or self.base


class _Item:
    """An item as feedparser keeps it, filled element by element."""

    def __init__(self, walk: _Walk, about: str | None, language: str | None) -> None:
        self.walk = walk
        self.language = language
        self.found: dict[str, Any] = {"id": about} if about else {}
        self.depths: dict[str, int] = {}  # of what was found: what stands deeper doesn't replace it

    def take(self, element: Element, role: str, depth: int = 1) -> None:
        """Take what is to be read of an element."""
        if role == "unread":
            self.walk.unread(element, role)
        elif role == "text":
            self._describe(*self.walk.typed(element), depth)
        elif role in ("title", "media_title"):
            self._title(element, role, depth)
        elif role in ("container", "unknown"):
            if len(element):
                self._within(element, depth)
        elif role == "image":
            expect(not len(element))
            self.walk.title_depth = -1
        else:
            expect(depth == 1)
            self._take_once(element, role)

    def _within(self, element: Element, depth: int) -> None:
        expect(depth < _DEEPEST)
        language = self.language
        self.language = _spoken(element, language)
        for each in element:
            expect(not _based(each))
            self.take(each, self.walk.names.role(each.tag), depth + 1)
        self.language = language

    def _take_once(self, element: Element, role: str) -> None:
        """Take what counts as a child of the item only."""
        item = self.found
        if role == "link":
            self._link(element)
        elif role == "id":
            permanent = next((given for name, given in element.items() if _local(name) == "ispermalink"), "true")
            item["id"] = _text(element, self.walk.base if permanent == "true" else None)
            if permanent == "true":
                item.setdefault("link", item["id"])
        elif role in ("published", "updated", "created"):
            item[role] = _text(element)
            item[f"{role}_parsed"] = _parse_date(item[role])
        elif role == "content":
            self._content(*self.walk.typed(element))
        elif role in ("language", "feedburner_origlink"):
            expect(not element.attrib)
            item[role] = _text(element)
        else:
            expect(role == "source")
            self._source(element)

    def _title(self, element: Element, role: str, depth: int) -> None:
        walk = self.walk
        value, media = walk.typed(element)
        if not -1 < walk.title_depth <= depth:
            if depth <= self.depths.get("title", depth):
                self.depths["title"] = depth
                self.found["title"] = value
            if not walk.version.startswith("atom") and _is_markup(element.text or ""):
                media = "text/html"
            self.found["title_detail"] = {"type": media, "language": _spoken(element, self.language)}
        if value and role == "title":
            walk.title_depth = depth

    def _describe(self, value: str, media: str, depth: int) -> None:
        """Take a summary; the second of an item without a content is its content."""
        if "summary" in self.found and not self.walk.told:
            self._content(value, media)
        elif depth <= self.depths.get("summary", depth):
            self.depths["summary"] = depth
            self.found["summary"] = value

    def _content(self, value: str, media: str) -> None:
        self.walk.told = True
        self.found.setdefault("content", []).append({"type": media, "value": value})
        self.found.setdefault("summary", value)

    def _link(self, element: Element) -> None:
        attributes, item = element.attrib, self.found
        if not attributes.keys() <= _OF_LINKS:
            expect(all(name in _OF_LINKS or name == _BASE or _local(name) not in _OF_ADDRESSES for name in attributes))
        link = {"rel": attributes.get("rel", "alternate").lower()}
        item.setdefault("links", []).append(link)
        if "href" in attributes:
            link["href"] = _joined(self.walk.base, attributes["href"])
            if link["rel"] == "alternate" and attributes.get("type", "text/html").lower() in _PAGES:
                item["link"] = link["href"]
            return
        written = _text(element, self.walk.base).replace("&amp;", "&")
        item["link"] = re.sub("&([A-Za-z0-9_]+);", r"&\1", written) if "&" in written else written
        if item["link"]:
            link["href"] = item["link"]

    def _source(self, element: Element) -> None:
        expect(element.attrib.keys() <= {"url"})
        self.walk.title_depth = -1
        name = self._origin(element) if len(element) else _text(element) or None
        source = {"href": element.attrib["url"]} if element.attrib else {}
        self.found["source"] = FeedParserDict(source | ({} if name is None else {"title": name}))

    def _origin(self, source: Element) -> str | None:
        """Return the title of the feed where an item appeared first, as Atom tells it in a feed that gathers others."""
        expect(not any(text.strip() for text in (source.text or "", *(each.tail or "" for each in source))))
        title = None
        for each in source:
            role = self.walk.names.role(each.tag)
            expect(not _based(each) and not _spoken(each, None))
            if role == "title":
                expect(title is None)
                title, _ = self.walk.typed(each)
                self.walk.title_depth = 2 if title else self.walk.title_depth
            elif role in ("link", "id", "updated", "published"):
                expect(not len(each) and not (each.attrib and each.text))
            else:  # the text of one that feedparser doesn't keep would be the source's
                named = self.walk.names.name(each.tag) in _OF_SOURCES
                expect(named or (role == "unknown" and not each.attrib))
                self.walk.unread(each, role)
        return title


def _spoken(element: Element, inherited: str | None) -> str | None:
    """Return the language of an element: its own, or that of what it stands in."""
    if not element.attrib:
        return inherited
    expect(all(name in (_LANGUAGE, "lang") or _local(name) != "lang" for name in element.attrib))
    given = element.get(_LANGUAGE, element.get("lang"))
    return inherited if given is None else given.replace("_", "-") or None


def _based(element: Element) -> str:
    """Return the address that an element gives for the links in it."""
    if not element.attrib:
        return ""
    named = [name for name in element.attrib if name[-4:].lower() == "base"]
    expect(all(name == _BASE or _local(name) != "base" for name in named))
    return element.get(_BASE, "") if named else ""


def _is_markup(title: str) -> bool:
    """Tell whether feedparser takes a title for HTML although it doesn't say so."""
    return ("<" in title or "&" in title) and StrictFeedParser.looks_like_html(title.strip())


def _joined(base: str, address: str) -> str:
    """Return an address as feedparser resolves it: without a base it drops but a third slash."""
    return _urljoin(base, address) if base or ":///" in address else address


def _local(name: str) -> str:
    return name.rpartition("}")[2].lower()


def _text(element: Element, base: str | None = None) -> str:
    """Return what stands in an element; with a `base` it is an address."""
    expect(not len(element))
    text = (element.text or "").strip()
    return _repaired(_joined(base, text) if base is not None and text else text)


def _repaired(text: str) -> str:
    """Return a text, that of UTF-8 which was taken for Latin-1 read anew."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode()
    shown = text.replace("\n", "").replace("\xa0", "").isprintable()  # a glance that spares most texts the search
    return text if shown or not _REMAPPED.search(text) else text.translate(_cp1252)
