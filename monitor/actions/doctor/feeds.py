"""Fetches each feed once and reads it, as a poll would; nothing is stored."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from monitor.actions.doctor import clock
from monitor.actions.doctor.check import Check, fault, fine, told
from monitor.errors import FetchError, HostHeld, HttpError, ParseError
from monitor.model import Feed
from monitor.net import answers
from monitor.net.client import Client
from monitor.pipeline.clock import Clock
from monitor.sources.processes import Parsers

SECONDS = 60.0  # for all feeds together


@dataclass
class Feeds:
    """A round of fetches: what it works with, and what the servers said of the time."""

    client: Client
    parsers: Parsers
    clock: Clock
    until: float  # in the event loop's time
    paused: frozenset[str] = frozenset()  # addresses of feeds that a person paused
    skews: list[timedelta] = field(default_factory=list)  # how far each server's time is ahead of ours

    async def check(self, feed: Feed) -> Check:
        """Return whether the feed could be fetched and read."""
        name = f"feed {feed.url}"
        if feed.url in self.paused:
            return fine(name, "paused: not fetched", f"monitor feed resume {feed.url}")
        try:
            async with asyncio.timeout_at(self.until):
                return fine(name, await self._read(feed))
        except TimeoutError:
            return fine(name, "not checked: all feeds together took too long", f"monitor feed test {feed.url}")
        except HostHeld as error:
            return fine(name, f"not checked: {error}")
        except (FetchError, ParseError) as error:
            return _trouble(name, feed, error)

    async def _read(self, feed: Feed) -> str:
        fetched = await self.client.get(feed.url, username=feed.username, password=feed.password, verify=feed.verify)
        now = self.clock()
        ahead = clock.skew(fetched.headers, now)
        self.skews += [] if ahead is None else [ahead]
        answers.refuse(fetched, now)
        read = await self.parsers.feed(fetched)
        words = [f"HTTP {fetched.status}, {read.format}, {len(read.entries)} entries"]
        words += [f"moved for good to {fetched.moved_to}"] if fetched.moved_to else []
        words += ["its certificate is not checked (verify = false)"] if not feed.verify else []
        words += ["the document breaks off"] if not read.whole else []
        return "; ".join(words)


_MENDS = {
    401: "set username_env and password_env of this feed",
    403: "ask its publisher, or stop it with: monitor feed pause {url}",
    404: "look for its new address with: monitor feed discover {site}",
    410: "take it out with: monitor feed remove {url}",
    429: "wait: polls keep to the rest it asks for",
    503: "wait: polls keep to the rest it asks for",
}


def _trouble(name: str, feed: Feed, error: FetchError | ParseError) -> Check:
    places = {"url": feed.url, "site": "/".join(feed.url.split("/", 3)[:3]) + "/"}
    if isinstance(error, ParseError):
        return fault(name, str(error), f"look for the feed with: monitor feed discover {feed.url}")
    if isinstance(error, HttpError) and error.status in _MENDS:
        return fault(name, str(error), _MENDS[error.status].format(**places))
    again = "see if it lasts with: monitor feed test {url}, and stop it with: monitor feed pause {url}"
    return told(name, str(error), again.format(**places))
