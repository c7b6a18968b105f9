"""What is asked about a recipient by hand: when it is told next, and a real test message past the outbox."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor import schedule
from monitor.app import App
from monitor.delivery import Channel, open_channel
from monitor.digest.forms import FORMS
from monitor.digest.words import at
from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryState, Notice, Recipient
from monitor.pipeline.telling import SEND_SECONDS, Teller
from monitor.store import recipients


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a test message to one address."""

    address: str
    error: str  # what went wrong and what to do, "" if it was taken


def next_digest(teller: Teller, recipient: Recipient, now: datetime) -> datetime | None:
    """Return when `recipient` is told next: the slot that is due, else the one to come; None if there is none."""
    slot = teller.due(recipient, now) or schedule.next_slot(recipient.schedule, recipient.timezone, now)
    return slot.at if slot else None


async def send_test(app: App, recipient: Recipient, now: datetime) -> tuple[Tried, ...]:
    """Send a test message to every open address of `recipient`; return what became of each, none if none is open."""
    report = await asyncio.to_thread(lambda: recipients.reports(app.db, [recipient])[recipient.id])
    messages = [_message(app.teller(), recipient, address, now) for address in report.open]
    if not messages:
        return ()
    try:
        async with app.means() as means, open_channel(recipient.channel, replace(means, keep=_forget)) as channel:
            return tuple([await _send(channel, message, recipient, now) for message in messages])
    except DeliveryError as error:  # the channel itself can't be opened
        return tuple(Tried(message.address, str(error)) for message in messages)


async def _send(channel: Channel, message: Delivery, recipient: Recipient, now: datetime) -> Tried:
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await channel.deliver(message, recipient, now)
    except TimeoutError:
        return Tried(message.address, f"not done within {SEND_SECONDS:g} s; see with monitor doctor what is slow")
    except DeliveryError as error:
        return Tried(message.address, str(error))
    return Tried(message.address, "")


async def _forget(delivery: Delivery, posts: tuple[str, ...]) -> None:
    """Keep no progress: a test is no row of the outbox, and is not tried again."""


def _message(teller: Teller, recipient: Recipient, address: str, now: datetime) -> Delivery:
    name = f"test-{now:%Y%m%dT%H%M%S%f}"
    envelope = teller.envelope(recipient, address, name, now)
    return Delivery(
        id=name,
        digest=name,
        recipient=recipient.id,
        channel=recipient.channel,
        address=address,
        state=DeliveryState.SENDING,
        attempts=1,
        next_attempt=None,
        last_error="",
        message_id=envelope.message_id,
        payload=FORMS[recipient.channel].notice(_words(teller, recipient, address, now), envelope),
    )


def _words(teller: Teller, recipient: Recipient, address: str, now: datetime) -> Notice:
    topics = ", ".join(teller.topics[topic].title for topic in recipient.topics)
    following = next_digest(teller, recipient, now)
    coming = at(following, ZoneInfo(recipient.timezone)) if following else "not due by its schedule"
    return Notice(
        subject="Test message from monitor",
        lines=(
            f"A person asked for this message with “monitor recipient test {recipient.id}”, to see that it arrives. "
            "It says nothing new of any story.",
            f"It went to {address}, which is told of {topics} as the recipient “{recipient.id}”.",
            f"The next digest: {coming}.",
            f"Whoever runs monitor stops these messages with “monitor recipient pause {recipient.id}”, "
            "or by taking the recipient out of its configuration.",
        ),
    )
