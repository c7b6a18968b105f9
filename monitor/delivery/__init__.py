"""Hand messages over: one file per channel, one row each in `CHANNELS`."""

from collections.abc import Callable
from typing import Protocol

from monitor.errors import DeliveryError
from monitor.model import Delivery


class Channel(Protocol):
    """A way to reach someone.

    A channel decides nothing: it hands over `delivery.payload`, which `monitor.digest.message.freeze` made, and may
    be given the same delivery again after a failure or a crash.
    """

    async def deliver(self, delivery: Delivery) -> None:
        """Hand `delivery` to its address; raise DeliveryError, which says whether trying again is useless."""
        ...


def _folder() -> Channel:
    from monitor.delivery.folder import Folder

    return Folder()


CHANNELS: dict[str, Callable[[], Channel]] = {  # name in `Recipient.channel` → makes the channel; loads its library
    "folder": _folder,
}


def channel(name: str) -> Channel:
    """Return the channel of that name; raise DeliveryError for one that this version does not have."""
    if name not in CHANNELS:
        raise DeliveryError(f"there is no channel {name!r}, only {', '.join(CHANNELS)}", permanent=True)
    return CHANNELS[name]()
