"""Tells what a document is, for the person whose feed turns out to be something else."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from monitor.errors import ParseError
from monitor.model import FoundFeed
from monitor.sources import discovery
from monitor.sources.charset import decoded
from monitor.text.clean import clean, plain
from monitor.text.markup import tags

HEAD = 65_536  # bytes by which a document is recognised

_MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a WebP image or other media"),
    (b"\0\0\1\0", "an icon"),
    (b"%PDF", "a PDF document"),
    (b"PK\3\4", "a ZIP archive or office document"),
    (b"\x1f\x8b", "data compressed with gzip"),
    (b"ID3", "an MP3 recording"),
    (b"OggS", "an Ogg recording"),
)
_BROKEN = "a feed so broken that nothing in it can be read"
_ROOTS = dict.fromkeys(("rss", "rdf", "feed", "channel"), _BROKEN)
_ROOTS |= {
    "opml": "an OPML list of feeds",
    "urlset": "a sitemap that lists no news",
    "sitemapindex": "an index of sitemaps",
}
_PAGE = frozenset(("html", "head", "body", "title", "meta", "script", "frameset"))
# What such pages say of themselves, in marks of their makers before words: an article may have the words.
_WALLS = {
    "a check whether we are a robot": re.compile(
        r"/cdn-cgi/challenge-platform|cf[-_]chl|captcha-delivery\.com|_Incapsula_Resource|awswaf|px-captcha"
        r"|<title>\s*(?:Just a moment|Attention Required|Access Denied|Pardon Our Interruption|Robot Check"
        r"|Are you a robot|Human Verification|Security Check|DDoS.Guard)",
        re.IGNORECASE,
    ),
    "a question about cookies": re.compile(
        r"<title>\s*(?:Before you continue|Bevor Sie|Cookie|(?:We value )?your (?:privacy|consent))"
        r"|<form[^<>]{0,500}consent\.(?:google|yahoo|youtube)\.",
        re.IGNORECASE,
    ),
}
_SHOWN = 5  # feeds named in a message


class NoFeedError(ParseError):
    """Tells what was found instead of a feed; `feeds` are those that the page names.

    `page` says whether it was a page, "wall" for one that holds robots or readers up. `sitemaps` are those to read
    in the place of an index that names them.
    """

    def __init__(
        self,
        message: str,
        feeds: tuple[FoundFeed, ...] = (),
        page: Literal["", "page", "wall"] = "",
        sitemaps: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.feeds = feeds
        self.page = page
        self.sitemaps = sitemaps


def no_feed(body: bytes, url: str, headers: Mapping[str, str]) -> NoFeedError:
    """Return the error that says what stands at `url` instead of a feed, and which feeds it names."""
    index = next(elements(body[:HEAD]), "") == "sitemapindex"
    sitemaps = discovery.chosen(body, url, headers) if index else ()
    found = discovery.find(body, url, headers) if index or is_page(body[:HEAD]) else ()
    names = ", ".join(feed.url for feed in found[:_SHOWN]) + (" …" if len(found) > _SHOWN else "")
    hint = f"; it names {'this feed' if len(found) == 1 else 'these feeds'}: {names}" if found else ""
    wall = _wall(body[:HEAD]) if is_page(body[:HEAD]) else ""
    more = f", {wall}" if wall else " that names none of its own site" if index and not sitemaps else ""
    page: Literal["", "page", "wall"] = "wall" if wall else "page" if is_page(body[:HEAD]) else ""
    return NoFeedError(f"not a feed but {describe(body, headers)}{more}{hint}", found, page, sitemaps)


def _wall(head: bytes) -> str:
    """Return what a page is that stands before a site, "" for any other."""
    text = head.decode("utf-8", "replace")
    return next((name for name, signs in _WALLS.items() if signs.search(text)), "")


def describe(body: bytes, headers: Mapping[str, str]) -> str:
    """Return in plain words what a document is: "an empty document", "a PNG image", "an HTML page titled …"."""
    if not body.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        return "an empty document"
    media = next((name for magic, name in _MAGIC if body.startswith(magic)), "")
    return media or _described_text(body[:HEAD], headers)


def is_page(head: bytes) -> bool:
    """Tell whether a document begins as HTML pages do."""
    return next(elements(head), "") in _PAGE


def elements(head: bytes) -> Iterator[str]:
    """Yield the names of the elements that a document opens, in lower case, without a prefix."""
    text = head.replace(b"\0", b"").decode("utf-8", "replace")  # without NUL, UTF-16 reads well enough for names
    return (name.rpartition(":")[2] for _, name, _ in tags(text) if name and not name.startswith("/"))


def _described_text(head: bytes, headers: Mapping[str, str]) -> str:
    text = decoded(head, headers).strip("\0 \t\r\n")
    if text.startswith(("{", "[")):
        return "a JSON document that is no JSON Feed"
    if is_page(head):
        title = next((plain(before, 100) for before, name, _ in tags(text) if name == "/title"), "")
        return f"an HTML page titled “{title}”" if title else "an HTML page without a title"
    root = next(elements(head), "")
    if root and text.startswith("<"):
        return _ROOTS.get(root) or f"an XML document of another kind (<{clean(root, 40)}>)"
    words = clean(text, 60)
    readable = sum(char.isprintable() or char in "\r\n\t" for char in text) > 0.9 * len(text) and "\ufffd" not in words
    return f"plain text that begins “{words}”" if readable else "binary data"
