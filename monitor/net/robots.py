"""Ask a site whether robots may read a page of it (RFC 9309)."""

import asyncio
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.errors import FetchError, HostHeld
from monitor.model import Fetched
from monitor.net.client import Client
from monitor.net.guard import Address, Origin, parse

if TYPE_CHECKING:
    from protego import Protego

ROBOT = "monitor"  # our name in a robots.txt
CAP = 500_000  # bytes of one robots.txt; a longer one counts as no answer
KEPT_SECONDS = 24 * 3600.0  # RFC 9309, 2.4: not longer than a day
RETRY_SECONDS = 600.0  # until a site that gave no answer is asked again
MAX_SITES = 1_000
MAX_BYTES = 4_000_000  # of all texts whose rules are kept; rules take up to forty times the room

_USER_AGENT = re.compile(r"\s*user[- ]?agent[\s:]+([^\s:#/]+)", re.IGNORECASE)


@dataclass(slots=True)
class _Site:
    """What one origin said."""

    until: float = 0.0  # monotonic time to which the answer holds
    rules: "Protego | None" = None  # None: nothing may be read
    size: int = 0  # bytes of its text
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)  # so that it is asked once, by whoever came first


class Robots:
    """Remember the rules of sites, a bounded number of them, for a day."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._sites: dict[Origin, _Site] = {}  # the one asked longest ago first

    async def allowed(self, url: str) -> bool:
        """Tell whether a page may be read.

        A site without robots.txt (4xx) allows all; one that cannot say (5xx, 429, no answer, too long) nothing,
        until it is asked again. Raises `AddressRefused` for what is no web address, `HostHeld` if the site rests.
        """
        address = parse(url)
        rules = await self._rules(address)
        # Thousands of rules with wildcards take a tenth of a second: not on the loop.
        return rules is not None and await asyncio.to_thread(rules.can_fetch, str(address), ROBOT)

    async def sitemaps(self, url: str) -> tuple[str, ...]:
        """Return the sitemaps that the robots.txt of a page's site names, as written; raises as `allowed` does."""
        rules = await self._rules(parse(url))
        return () if rules is None else tuple(rules.sitemaps)

    async def _rules(self, address: Address) -> "Protego | None":
        """Return what the site of an address said last, None where nothing may be read."""
        site = self._sites.setdefault(address.origin, _Site())
        async with site.asking:
            if site.until <= time.monotonic():
                await self._ask(address, site)
        return site.rules

    async def _ask(self, address: Address, site: _Site) -> None:
        text = await self._text(address)
        site.rules = None if text is None else await asyncio.to_thread(_rules, text)
        site.size = len(text or "")
        site.until = time.monotonic() + (RETRY_SECONDS if text is None else KEPT_SECONDS)
        self._sites[address.origin] = self._sites.pop(address.origin, site)
        self._forget_oldest()

    async def _text(self, address: Address) -> str | None:
        """Return a site's robots.txt, "" if it has none, None if it cannot say."""
        try:
            fetched = await self._client.get(f"{address.scheme}://{address.authority}/robots.txt", cap=CAP)
        except HostHeld:
            raise
        except FetchError:
            return None
        return _said(fetched)

    def _forget_oldest(self) -> None:
        while len(self._sites) > MAX_SITES or sum(site.size for site in self._sites.values()) > MAX_BYTES:
            del self._sites[next(iter(self._sites))]


def _said(fetched: Fetched) -> str | None:
    if 200 <= fetched.status < 300:
        return fetched.body.decode("utf-8-sig", errors="replace")
    return "" if 400 <= fetched.status < 500 and fetched.status != 429 else None


def _rules(text: str) -> "Protego":
    from protego import Protego

    return Protego.parse("\n".join(map(_for_us, text.splitlines())))


def _for_us(line: str) -> str:
    """Write one name for all other robots.

    protego keeps a copy of each rule for each robot that it is for: 68 kB of names and rules took it 9 s, and 500 kB
    would fill any memory. We only ever ask for ourselves.
    """
    named = _USER_AGENT.match(line)
    if named is None:
        return line
    name = named[1].lower()
    return "User-agent: " + (name if name in ("*", ROBOT) else ROBOT if name == f"{ROBOT}*" else "another")
