"""Tell a dead-man's switch that all is well: it raises the alarm when it has heard nothing for a while."""

from monitor.errors import AddressRefused, FetchError
from monitor.model import Secret
from monitor.net import guard
from monitor.net.client import Client

DEADLINE = 10.0  # seconds
CAP = 100_000  # bytes of an answer that nobody reads


async def ping(client: Client, address: Secret) -> None:
    """Call `address`; return when it has answered with success.

    Raises FetchError otherwise. Its text does not hold the address, which is all that a stranger needs to keep the
    switch quiet.
    """
    url = address.reveal()
    try:
        guard.parse(url)
    except FetchError:
        raise FetchError("the dead-man ping has no http or https address: mend its variable") from None
    try:
        fetched = await client.get(url, cap=CAP, deadline=DEADLINE)
    except FetchError as error:
        raise FetchError(f"the dead-man ping did not arrive: {_told(error)}", status=error.status) from None
    if not 200 <= fetched.status < 300:
        raise FetchError(f"the dead-man ping was answered by HTTP {fetched.status}", status=fetched.status)


def _told(error: FetchError) -> str:
    """Return the words of an error, unless they tell where a redirect led: that may repeat the address."""
    words = str(error)
    astray = isinstance(error, AddressRefused) and "network.allow_private" not in words
    return "it was redirected astray" if astray or "redirect" in words else words
