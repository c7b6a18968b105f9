"""Ask the domain name system for records that `getaddrinfo` does not tell: texts, and who takes a domain's mail."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from monitor.errors import FetchError

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver
    from dns.resolver import Answer

SECONDS = 5.0  # for one question, all its retries included


class Records:
    """Ask the name servers of this machine, or those that are given as IP addresses."""

    def __init__(self, servers: Sequence[str] = (), port: int = 53, seconds: float = SECONDS) -> None:
        self._servers = list(servers)
        self._port = port
        self._seconds = seconds

    async def texts(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of `name`, each with its strings joined (RFC 7208, 3.3); none if it has none.

        :raises FetchError: if no name server answers
        """
        answer = await self._ask(name, "TXT")
        found = [b"".join(record.strings).decode("utf-8", "replace") for record in answer or ()]
        return tuple(sorted(found))

    async def exchangers(self, name: str) -> tuple[str, ...]:
        """Return the hosts that take the mail of `name`, the preferred ones first.

        :raises FetchError: if no name server answers
        """
        answer = await self._ask(name, "MX")
        ranked = sorted((record.preference, str(record.exchange).rstrip(".")) for record in answer or ())
        return tuple(host for _, host in ranked)

    async def _ask(self, name: str, kind: str) -> "Answer | None":
        """Return the answer, None if there is no such name or no such record of it."""
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN

        try:
            return await self._resolver().resolve(
                f"{name.rstrip('.')}.", kind, raise_on_no_answer=False, lifetime=self._seconds
            )
        except NXDOMAIN:
            return None
        except (DNSException, OSError, UnicodeError) as error:
            raise FetchError(f"DNS did not answer for {name} ({type(error).__name__})") from error

    def _resolver(self) -> "Resolver":
        from dns.asyncresolver import Resolver

        resolver = Resolver(configure=not self._servers)
        if self._servers:
            resolver.nameservers, resolver.port = list(self._servers), self._port
        return resolver
