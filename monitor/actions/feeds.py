"""Looks at an address, to see whether it is a feed or a page that names some."""

from dataclasses import dataclass
from datetime import datetime

from monitor.errors import FetchError, ParseError, UsageError
from monitor.model import Fetched, FoundFeed, ParsedFeed
from monitor.net import answers
from monitor.net.client import Client
from monitor.sources import discovery
from monitor.sources.processes import Parsers


@dataclass(frozen=True, slots=True)
class Looked:
    """What an address turned out to be."""

    fetched: Fetched
    feed: ParsedFeed | None  # None: it is no feed
    complaint: str = ""  # what was found instead of a feed


async def look(url: str, client: Client, parsers: Parsers, now: datetime) -> Looked:
    """Fetch `url` once and read it as a feed, if it is one.

    :raises FetchError: if nothing could be fetched
    """
    fetched = await client.get(url)
    answers.refuse(fetched, now)
    try:
        return Looked(fetched, await parsers.feed(fetched))
    except ParseError as error:
        return Looked(fetched, None, str(error))


async def discover(url: str, client: Client, parsers: Parsers, now: datetime) -> tuple[FoundFeed, ...]:
    """Return the feeds at `url`: itself, those that the page names, or those at the usual places of its site.

    :raises FetchError: if nothing could be fetched
    """
    looked = await look(url, client, parsers, now)
    if looked.feed is not None:
        return (FoundFeed(looked.fetched.final_url, looked.feed.title, looked.feed.format),)
    named = await parsers.found(looked.fetched)
    return named or await _guessed(looked.fetched.final_url, client, parsers, now)


async def _guessed(url: str, client: Client, parsers: Parsers, now: datetime) -> tuple[FoundFeed, ...]:
    """Return the first of the usual addresses that holds a feed."""
    for candidate in discovery.candidates(url):
        try:
            looked = await look(candidate, client, parsers, now)
        except FetchError:
            continue
        if looked.feed is not None:
            return (FoundFeed(looked.fetched.final_url, looked.feed.title, looked.feed.format),)
    return ()


async def one_feed(url: str, client: Client, parsers: Parsers, now: datetime) -> FoundFeed:
    """Return the one feed at `url`, a feed's address or a page's.

    :raises NoSingleFeed: if there is none, or several to choose from
    :raises FetchError: if nothing could be fetched
    """
    looked = await look(url, client, parsers, now)
    if looked.feed is not None:
        return FoundFeed(url, looked.feed.title, looked.feed.format)
    found = await parsers.found(looked.fetched) or await _guessed(looked.fetched.final_url, client, parsers, now)
    if len(found) == 1:
        return found[0]
    raise NoSingleFeed(url, looked.complaint, found)


class NoSingleFeed(UsageError):
    """Tell that an address holds no feed, or names several."""

    def __init__(self, url: str, complaint: str, found: tuple[FoundFeed, ...]) -> None:
        self.found = found
        if found:
            listed = "\n".join(f"  {feed.url}  {feed.title}".rstrip() for feed in found)
            super().__init__(f"{url} names {len(found)} feeds; add one of them by its address:\n{listed}")
        else:
            super().__init__(f"{url} is no feed and names none: {complaint}")
