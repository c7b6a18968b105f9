"""Tells what each element of a feed is to feedparser 6, by its own tables, for a reading without it."""

import re

from feedparser import FeedParserDict
from feedparser.api import StrictFeedParser

_BINDING = re.compile(r"xmlns(?::([^\s=:<>\"']++))?\s*+=\s*+(?:\"([^\"<]*+)\"|'([^'<]*+)')")
_NAMESPACES = {uri.lower(): prefix.lower() for uri, prefix in StrictFeedParser.namespaces.items()}
_STANDARD = frozenset(filter(None, _NAMESPACES.values()))
_TELLING = {  # namespaces by which feedparser tells the version, wherever they are declared first
    "http://my.netscape.com/rdf/simple/0.9/": "rss090",  # left to feedparser
    "http://purl.org/rss/1.0/": "rss10",
    "http://www.w3.org/2005/atom": "atom10",
}

_ROLES = {  # what is read, by feedparser's names: several are one to it
    **dict.fromkeys(("title", "dc_title"), "title"),
    **dict.fromkeys(("description", "summary", "dc_description", "media_description", "itunes_summary"), "text"),
    **dict.fromkeys(("content", "content_encoded"), "content"),
    **dict.fromkeys(("published", "pubdate", "issued", "dcterms_issued"), "published"),
    **dict.fromkeys(("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"), "updated"),
    **dict.fromkeys(("created", "dcterms_created"), "created"),
    **dict.fromkeys(("guid", "id"), "id"),
    **dict.fromkeys(("language", "dc_language"), "language"),
    **dict.fromkeys(("item", "entry"), "item"),
    **{name: name for name in ("channel", "link", "source", "image", "textinput", "media_title")},
    **{name: name for name in ("ttl", "sy_updateperiod", "sy_updatefrequency", "feedburner_origlink")},
}
_UNREAD = frozenset(  # what feedparser treats in a way that changes nothing of what is read, if it is text
    (
        *("category", "keywords", "managingeditor", "webmaster", "name", "email", "uri", "url", "homepage"),
        *("enclosure", "rights", "copyright", "subtitle", "tagline", "generator", "width", "height", "cloud", "info"),
        *("feedburner_browserfriendly", "cc_license"),
        *(f"dc_{name}" for name in ("creator", "author", "contributor", "publisher", "subject", "rights")),
        *(f"itunes_{name}" for name in ("author", "name", "email", "keywords", "image", "link", "block", "explicit")),
        *("itunes_subtitle", "media_thumbnail", "media_credit", "media_category", "media_keywords"),
        *(f"media_{name}" for name in ("rating", "restriction", "license", "player")),
        *(f"georss_{name}" for name in ("point", "line", "polygon", "box")),
    )
)
_CONTAINERS = frozenset(("author", "contributor", "itunes_owner", "itunes_category", "media_content", "media_group"))
_KEPT = frozenset(  # where feedparser keeps something: an element of that name, unknown to it, would replace it
    (
        *("links", "href", "authors", "contributors", "publisher", "publishers", "tags", "where", "license"),
        *("svg", "math", *(FeedParserDict.keymap.keys() - {"items"})),
    )
)


class UnusualError(Exception):
    """Tells that a document is left to feedparser."""


class Names:
    """The names of a document's elements; `version` is what its namespaces tell of the format."""

    def __init__(self, text: str) -> None:
        self.prefixes, self.version = _bindings(text)
        self._roles: dict[str, str] = {}  # by the name that an element has in its namespace

    def role(self, tag: str) -> str:
        """Return what an element is for: something that is read, "unread", "container", "unknown" or "channel".

        :raises UnusualError: where it may change what is read in a way that is not known here
        """
        role = self._roles.get(tag)
        if role is None:
            role = self._roles[tag] = _role(self.name(tag))
        return role

    def name(self, tag: str) -> str:
        """Return feedparser's name of an element: dc_creator."""
        uri, _, name = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
        prefix = self.prefixes[uri] if uri else ""
        return f"{prefix}_{name.lower()}" if prefix else name.lower()


def expect(usual: bool) -> None:
    """Leave a document to feedparser if it is not as usual."""
    if not usual:
        raise UnusualError


def _bindings(text: str) -> tuple[dict[str, str], str]:
    """Return feedparser's prefix of each namespace that the document names, and the version that these tell."""
    prefixes: dict[str, str] = {}
    bound: dict[str, str] = {}
    versions = set()
    for name, *quoted in dict.fromkeys(_BINDING.findall(text)):
        prefix, uri = name.lower(), quoted[0] or quoted[1]
        known = _NAMESPACES.get(uri.lower())
        expect("&" not in uri and " " not in uri and "backend.userland.com/rss" not in uri.lower())
        expect(not prefix or bound.setdefault(prefix, uri) == uri)
        expect(prefix not in _STANDARD or known in (None, prefix))
        standard = prefix if known is None else known
        expect(prefixes.setdefault(uri, standard) == standard)
        versions.add(_TELLING.get(uri.lower(), ""))
    versions.discard("")
    expect(len(versions) < 2)
    return prefixes, "".join(versions)


def _role(name: str) -> str:
    """Return what an element is for, by feedparser's name of it."""
    if name in _ROLES:
        return _ROLES[name]
    if name in _UNREAD:
        return "unread"
    if name in _CONTAINERS:
        return "container"
    expect(not hasattr(StrictFeedParser, f"_start_{name}") and not hasattr(StrictFeedParser, f"_end_{name}"))
    expect(name not in _KEPT and not name.endswith(("_detail", "_parsed")))
    return "unknown"
