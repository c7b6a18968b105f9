"""Lists the kinds of source that are read; to add one, write its file and its row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from monitor.model import ParsedFeed


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source: how it is recognised and how it is read."""

    name: str
    recognises: Callable[[bytes, Mapping[str, str]], bool]  # takes the body and the headers
    read: Callable[[bytes, str, Mapping[str, str], bytes], ParsedFeed]  # takes body, address, headers, known items


def _is_json_feed(body: bytes, headers: Mapping[str, str]) -> bool:
    from monitor.sources import jsonfeed

    return jsonfeed.recognises(body, headers)


def _read_json_feed(body: bytes, url: str, headers: Mapping[str, str], hashes: bytes) -> ParsedFeed:
    from monitor.sources import jsonfeed

    return jsonfeed.read(body, url, headers)


def _is_feed(body: bytes, headers: Mapping[str, str]) -> bool:
    from monitor.sources import feed

    return feed.recognises(body, headers)


def _read_feed(body: bytes, url: str, headers: Mapping[str, str], hashes: bytes) -> ParsedFeed:
    from monitor.sources import feed

    return feed.read(body, url, headers, hashes)


def _is_sitemap(body: bytes, headers: Mapping[str, str]) -> bool:
    from monitor.sources import sitemap

    return sitemap.recognises(body, headers)


def _read_sitemap(body: bytes, url: str, headers: Mapping[str, str], hashes: bytes) -> ParsedFeed:
    from monitor.sources import sitemap

    return sitemap.read(body, url, headers)


# Asked in this order; the readers are imported when first asked, since feedparser is slow to load.
SOURCES = (
    Kind("jsonfeed", _is_json_feed, _read_json_feed),
    Kind("feed", _is_feed, _read_feed),
    Kind("sitemap", _is_sitemap, _read_sitemap),
)


def read(body: bytes, url: str, headers: Mapping[str, str], hashes: bytes = b"") -> ParsedFeed:
    """Return the feed that `body` holds, by the first kind that recognises it; raises NoFeedError if none does.

    Items that are among the `hashes` of the last poll may be left out.
    """
    from monitor.sources import contents, packing

    body = packing.unpacked(body)
    for kind in SOURCES:
        if kind.recognises(body, headers):
            return kind.read(body, url, headers, hashes)
    raise contents.no_feed(body, url, headers)
