"""Reads an index of sitemaps (https://www.sitemaps.org/protocol.html#index) as one feed: what its newest list.

Sites that publish much begin a sitemap each day or each thousand articles, and only their index stays where it is.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from monitor.errors import FetchError, HostHeld, ParseError
from monitor.model import Fetched, ParsedFeed
from monitor.sources.contents import NoFeedError
from monitor.sources.processes import Parsers

FORMAT = "sitemap-index"
CAP = 5_000_000  # bytes of one sitemap: news of two days are far less, and two are less than a feed may have


async def read(
    fetched: Fetched, parsers: Parsers, sitemap: Callable[[str], Awaitable[ParsedFeed]], hashes: bytes = b""
) -> ParsedFeed:
    """Return the feed that was fetched; of an index, what its newest sitemaps list, which `sitemap` reads by address.

    A sitemap that can't be read costs nothing if another can. Items that are among `hashes` may be left out.

    :raises HostHeld: if the host of the sitemaps rests
    :raises ParseError: if it is no feed; of an index it says which sitemaps could not be read, and why
    """
    try:
        return await parsers.feed(fetched, hashes)
    except NoFeedError as error:
        if not error.sitemaps:
            raise
        return await _follow(error.sitemaps, sitemap)


async def _follow(sitemaps: Sequence[str], read: Callable[[str], Awaitable[ParsedFeed]]) -> ParsedFeed:
    feeds: dict[str, ParsedFeed] = {}
    troubles: dict[str, FetchError | ParseError] = {}
    for url in sitemaps:
        try:
            feeds[url] = await read(url)
        except (FetchError, ParseError) as error:
            troubles[url] = error
    if not feeds:
        raise _none_read(troubles)
    return _merged(feeds)


def _merged(feeds: Mapping[str, ParsedFeed]) -> ParsedFeed:
    first, *_ = read = tuple(feeds.values())
    return replace(
        first,
        title=next((feed.title for feed in read if feed.title), ""),
        format=FORMAT,
        entries=tuple(entry for feed in read for entry in feed.entries),
        interval_minutes=max(feed.interval_minutes or 0.0 for feed in read) or None,
        sitemaps=tuple(feeds),
    )


def _none_read(troubles: Mapping[str, FetchError | ParseError]) -> FetchError | ParseError:
    held = [error for error in troubles.values() if isinstance(error, HostHeld)]
    if held and len(held) == len(troubles):
        return held[0]
    told = "; ".join(f"{url}: {_words(error)}" for url, error in troubles.items())
    said = f"an index of sitemaps, none of which could be read: {told}"
    return NoFeedError(said, sitemaps=tuple(troubles))


def _words(error: FetchError | ParseError) -> str:
    if isinstance(error, NoFeedError) and error.sitemaps:
        return "it is an index too, which is not looked into from another: follow it by its own address"
    return str(error)
