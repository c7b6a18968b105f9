"""Looks at an address, to see whether it is a feed or a page that names some."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import FetchError, ParseError, UsageError
from monitor.model import Fetched, FoundFeed, ParsedFeed
from monitor.net import answers
from monitor.net.client import FEED_CAP, Client
from monitor.net.robots import Robots
from monitor.sources import discovery, indexes
from monitor.sources.contents import NoFeedError
from monitor.sources.processes import Parsers
from monitor.urls import domain, web_link

_SITEMAP_CAP = 2_000_000  # bytes: news of two days, or an index; a sitemap of pages is often longer
_ASKED = 4  # sitemaps fetched of one site


@dataclass(frozen=True, slots=True)
class Looked:
    """What an address turned out to be."""

    fetched: Fetched
    feed: ParsedFeed | None  # None: it is no feed
    complaint: str = ""  # what was found instead of a feed
    sitemaps: tuple[str, ...] = ()  # of an index that is none because of them


async def look(url: str, client: Client, parsers: Parsers, now: datetime) -> Looked:
    """Fetch `url` once and read it as a feed, if it is one; of an index of sitemaps, what its newest list.

    :raises FetchError: if nothing could be fetched
    """

    async def sitemap(named: str) -> ParsedFeed:
        return await parsers.feed(await _fetch(named, client, now, indexes.CAP))

    fetched = await _fetch(url, client, now)
    return await _looked(fetched, indexes.read(fetched, parsers, sitemap))


async def _fetch(url: str, client: Client, now: datetime, cap: int = FEED_CAP) -> Fetched:
    fetched = await client.get(url, cap=cap)
    answers.refuse(fetched, now)
    return fetched


async def _looked(fetched: Fetched, reading: Awaitable[ParsedFeed]) -> Looked:
    try:
        return Looked(fetched, await reading)
    except NoFeedError as error:
        return Looked(fetched, None, str(error), error.sitemaps)
    except ParseError as error:
        return Looked(fetched, None, str(error))


async def discover(url: str, client: Client, parsers: Parsers, now: datetime) -> tuple[FoundFeed, ...]:
    """Return the feeds at `url`: itself, else those that its page names or calls so, or at usual places of its site.

    The site's news sitemaps come after them.

    :raises FetchError: if nothing could be fetched
    """
    looked = await look(url, client, parsers, now)
    if looked.feed is not None:
        return (_itself(looked, looked.feed),)
    site = _Site(client, parsers, Robots(client), now)
    found = await parsers.found(looked.fetched) or await site.feeds(looked.fetched)
    known = {feed.url for feed in found}
    return (*found, *(each for each in await site.sitemaps(looked.fetched.final_url) if each.url not in known))


async def one_feed(url: str, client: Client, parsers: Parsers, now: datetime) -> FoundFeed:
    """Return the one feed at `url`, a feed's address or a page's; its site's news sitemap where there is no feed.

    :raises NoSingleFeed: if there is none, or several to choose from
    :raises FetchError: if nothing could be fetched
    """
    looked = await look(url, client, parsers, now)
    if looked.feed is not None:
        return FoundFeed(url, looked.feed.title, looked.feed.format)
    if looked.sitemaps:
        raise NoSingleFeed(url, looked.complaint, ())
    site = _Site(client, parsers, Robots(client), now)
    found = await parsers.found(looked.fetched) or await site.feeds(looked.fetched)
    found = found or await site.sitemaps(looked.fetched.final_url)
    if len(found) == 1:
        return found[0]
    raise NoSingleFeed(url, looked.complaint, found)


@dataclass(frozen=True, slots=True)
class _Site:
    """Looks around a site, where its robots.txt allows that."""

    client: Client
    parsers: Parsers
    robots: Robots
    now: datetime

    async def feeds(self, page: Fetched) -> tuple[FoundFeed, ...]:
        """Return the feeds that stand behind the words of `page`, else what is at the first usual address with any."""
        return await self._called(page) or await self._usual(page.final_url)

    async def _called(self, page: Fetched) -> tuple[FoundFeed, ...]:
        """Return the feeds that the page calls so; a page of its own domain behind such words may name some."""
        found: dict[str, FoundFeed] = {}
        for url in await self.parsers.hints(page):
            looked = await self._look(url, FEED_CAP)
            if looked and (looked.feed or domain(looked.fetched.final_url) == domain(page.final_url)):
                found |= {feed.url: feed for feed in await self._found(looked)}
        return tuple(found.values())

    async def _usual(self, url: str) -> tuple[FoundFeed, ...]:
        """Return the feed at the first of the usual addresses that holds one, or those that the page there names."""
        for candidate in discovery.candidates(url):
            looked = await self._look(candidate, FEED_CAP)
            found = await self._found(looked) if looked else ()
            if found:
                return found
        return ()

    async def sitemaps(self, url: str) -> tuple[FoundFeed, ...]:
        """Return the news sitemaps that robots.txt names, by themselves or in an index, else one at a usual address.

        An index stands for its sitemaps where they are many, or it is for news itself: they come and go, it stays.
        Those for news by their address are asked first, and no more than a few: some sites have hundreds.
        """
        waiting = await self._named(url) or list(discovery.sitemaps(url))
        asked: set[str] = set()
        found: list[FoundFeed] = []
        while waiting and len(asked) < _ASKED:
            candidate = waiting.pop(0)
            if candidate in asked:
                continue
            asked.add(candidate)
            looked = await self._look(candidate, _SITEMAP_CAP)
            if looked and _is_kept_for_news(looked):
                asked.update(looked.sitemaps)
                looked = await _looked(looked.fetched, indexes.read(looked.fetched, self.parsers, self._sitemap))
            if looked and looked.feed and looked.feed.format.startswith("sitemap-"):
                found.append(_itself(looked, looked.feed))
            elif looked:
                waiting[:0] = [feed.url for feed in await self._found(looked)]
        return tuple(found)

    async def _named(self, url: str) -> list[str]:
        """Return the sitemaps that robots.txt names, those for news first."""
        try:
            named = [web_link(sitemap, url) for sitemap in await self.robots.sitemaps(url)]
        except FetchError:
            return []
        return sorted(filter(None, named), key=lambda each: not discovery.is_for_news(each))

    async def _look(self, url: str, cap: int) -> Looked | None:
        """Read what stands at a guessed address; an index is none, its sitemaps are looked at one by one."""
        try:
            if not await self.robots.allowed(url):
                return None
            fetched = await _fetch(url, self.client, self.now, cap)
        except FetchError:
            return None
        return await _looked(fetched, self.parsers.feed(fetched))

    async def _sitemap(self, url: str) -> ParsedFeed:
        if not await self.robots.allowed(url):
            raise FetchError("robots.txt forbids it")
        return await self.parsers.feed(await _fetch(url, self.client, self.now, _SITEMAP_CAP))

    async def _found(self, looked: Looked) -> tuple[FoundFeed, ...]:
        return (_itself(looked, looked.feed),) if looked.feed else await self.parsers.found(looked.fetched)


def _is_kept_for_news(looked: Looked) -> bool:
    """Tell whether an address is that of an index for news, by its own address or by those of several sitemaps."""
    listed = [url for url in looked.sitemaps if discovery.is_for_news(url)]
    return len(listed) > 1 or (bool(looked.sitemaps) and discovery.is_for_news(looked.fetched.final_url))


def _itself(looked: Looked, feed: ParsedFeed) -> FoundFeed:
    return FoundFeed(looked.fetched.final_url, feed.title, feed.format)


class NoSingleFeed(UsageError):
    """Tell that an address holds no feed, or names several."""

    def __init__(self, url: str, complaint: str, found: tuple[FoundFeed, ...]) -> None:
        self.found = found
        if found:
            listed = "\n".join(f"  {feed.url}  {feed.title}".rstrip() for feed in found)
            super().__init__(f"{url} names {len(found)} feeds; add one of them by its address:\n{listed}")
        else:
            super().__init__(f"{url} is no feed and names none: {complaint}")
