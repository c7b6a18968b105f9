"""Tells what a document is, for the person whose feed turns out to be something else."""

from collections.abc import Iterator, Mapping

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
_SHOWN = 5  # feeds named in a message


class NoFeedError(ParseError):
    """Tells what was found instead of a feed; `feeds` are those that the page names."""

    def __init__(self, message: str, feeds: tuple[FoundFeed, ...] = ()) -> None:
        super().__init__(message)
        self.feeds = feeds


def no_feed(body: bytes, url: str, headers: Mapping[str, str]) -> NoFeedError:
    """Return the error that says what stands at `url` instead of a feed, and which feeds it names."""
    names_feeds = is_page(body[:HEAD]) or next(elements(body[:HEAD]), "") == "sitemapindex"
    found = discovery.find(body, url, headers) if names_feeds else ()
    names = ", ".join(feed.url for feed in found[:_SHOWN]) + (" …" if len(found) > _SHOWN else "")
    hint = f"; it names {'this feed' if len(found) == 1 else 'these feeds'}: {names}" if found else ""
    return NoFeedError(f"not a feed but {describe(body, headers)}{hint}", found)


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
