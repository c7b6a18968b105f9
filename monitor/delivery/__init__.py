"""Hand messages over: one file per channel, one row each in `CHANNELS`.

    async with open_channel("email", means) as channel:  # one connection for the batch
        await channel.deliver(delivery, recipient, now)  # raises DeliveryError, or it has arrived

A channel that keeps no connection between two messages has nothing to open or close, and is a plain object.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol

from monitor.errors import Blame, DeliveryError
from monitor.model import Delivery, Recipient, Smtp
from monitor.net.client import Client

Keep = Callable[[Delivery, tuple[str, ...]], Awaitable[None]]


class Channel(Protocol):
    """A way to reach someone, open for a batch of messages.

    A channel decides nothing: it hands over `delivery.payload`, which a form of `monitor.digest.forms` made, and may
    be given the same delivery again after a failure or a crash.
    """

    async def deliver(self, delivery: Delivery, recipient: Recipient, now: datetime) -> None:
        """Hand `delivery` to its address; return when it has arrived.

        Raises DeliveryError: whether trying again is useless, what refused it, and whether it may have arrived.
        """
        ...

    async def check(self, recipient: Recipient) -> str:
        """Return in words that messages to `recipient` would be taken, as far as can be told without sending one.

        Raises DeliveryError with what is wrong and what to do.
        """
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What channels work with."""

    client: Client  # the one way out over HTTP
    smtp: Smtp | None  # None: no [smtp] in the configuration
    keep: Keep  # writes down the progress of a message in several posts
    allow_private: Sequence[IPv4Network | IPv6Network] = ()


Opens = Callable[[Means], AbstractAsyncContextManager[Channel]]


def _folder(means: Means) -> AbstractAsyncContextManager[Channel]:
    from monitor.delivery.folder import Folder

    return nullcontext(Folder())


def _email(means: Means) -> AbstractAsyncContextManager[Channel]:
    from monitor.delivery.email import Email

    return Email(means)


def _slack(means: Means) -> AbstractAsyncContextManager[Channel]:
    from monitor.delivery.slack import Slack

    return nullcontext(Slack(means))


def _webhook(means: Means) -> AbstractAsyncContextManager[Channel]:
    from monitor.delivery.webhook import Webhook

    return nullcontext(Webhook(means.client))


def _apprise(means: Means) -> AbstractAsyncContextManager[Channel]:
    from monitor.delivery.apprise import Apprise

    return nullcontext(Apprise())


CHANNELS: dict[str, Opens] = {  # name in `Recipient.channel` → opens the channel; loads its library
    "folder": _folder,
    "email": _email,
    "slack": _slack,
    "slack_webhook": _slack,
    "webhook": _webhook,
    "apprise": _apprise,
}


def open_channel(name: str, means: Means) -> AbstractAsyncContextManager[Channel]:
    """Return the channel of that name, to be opened with `async with`.

    :raises DeliveryError: if this version does not have it
    """
    if name not in CHANNELS:
        known = ", ".join(CHANNELS)
        raise DeliveryError(f"there is no channel {name!r}, only {known}", permanent=True, blame=Blame.CHANNEL)
    return CHANNELS[name](means)
