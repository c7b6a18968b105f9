"""Stand-ins for what the real thing can't be brought to do."""

from dataclasses import dataclass

from monitor.model import Fetched, Page, ParsedFeed
from monitor.sources.processes import Parsers


@dataclass
class FailingParsers:
    """Parse processes that meet a fault nobody foresaw in one feed."""

    parsers: Parsers
    url: str
    fault: Exception

    async def feed(self, fetched: Fetched) -> ParsedFeed:
        """Read a feed, or raise the fault."""
        if fetched.url == self.url:
            raise self.fault
        return await self.parsers.feed(fetched)

    async def page(self, fetched: Fetched) -> Page:
        """Read a page."""
        return await self.parsers.page(fetched)
