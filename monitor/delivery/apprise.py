"""Deliver digests to the services that Apprise knows, such as Teams, Discord, Telegram, ntfy and Matrix.

Apprise makes its own connections, by its own libraries, to where its user's address leads: the guard of `monitor.net`
has no say in them. It tells no reasons, and what it logs may hold the address, which is the secret: so nothing of it is
logged.
"""

import asyncio
import logging
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from monitor.digest.message import thaw
from monitor.errors import Blame, DeliveryError
from monitor.model import Delivery, Recipient, Rendered

if TYPE_CHECKING:
    from apprise import Apprise as Service

SECONDS = 60.0  # for a message; each request of Apprise has a limit of its own, of some seconds
MOST_POSTS = 6  # that a long message is split into, Apprise leaving 5 s between two; what is longer is cut
_LOUD = ("apprise", "urllib3", "requests")  # loggers that may show addresses
_NEVER = logging.CRITICAL + 1

# What chats read as a call to everybody in them, wherever it came from: Apprise hands texts to Discord as they are.
_CALL = re.compile(r"(?<![\w/])@(?=(?:everyone|here|channel|all|room)\b)|<(?=[@!#])", re.IGNORECASE)
_NOTHING = "\u200b"  # a space without width: it breaks the call and is not seen

Answer = TypeVar("Answer")


class Apprise:
    """Send each message's subject and text through Apprise, in a thread of its own."""

    async def check(self, recipient: Recipient) -> str:
        """Let Apprise read the address of `recipient`; nothing is sent."""
        await _aside(lambda: _service(recipient))
        return f"Apprise knows the address in {recipient.secret_name}"

    async def deliver(self, delivery: Delivery, recipient: Recipient, now: datetime) -> None:
        """Send the message; what failed may pass, since Apprise does not say why."""
        try:
            told = thaw(delivery.payload)
        except ValueError as error:
            raise DeliveryError(f"digest {delivery.digest}: {error}", permanent=True) from error
        try:
            async with asyncio.timeout(SECONDS):
                taken = await _aside(lambda: _send(recipient, told))
        except TimeoutError:
            raise DeliveryError(f"not done within {SECONDS:g} s", blame=Blame.CHANNEL, unsure=True) from None
        if not taken:
            raise DeliveryError(
                f"the service behind {recipient.secret_name} did not take it, or could not be reached",
                blame=Blame.CHANNEL,
            )


def _send(recipient: Recipient, told: Rendered) -> bool:
    subject, text = _calling_nobody(told.subject), _calling_nobody(told.text)
    return bool(_service(recipient, len(text)).notify(body=text, title=subject, body_format="text"))


def _calling_nobody(text: str) -> str:
    """Return `text`, which feeds have a say in, with nothing in it that would call all members of a chat."""
    return _CALL.sub(lambda call: call[0] + _NOTHING, text)


def _service(recipient: Recipient, length: int = 0) -> "Service":
    """Return Apprise, set up for the address of `recipient` and a text of so many characters. Raises DeliveryError."""
    for name in _LOUD:
        logging.getLogger(name).setLevel(_NEVER)  # for good: its threads may outlive our patience
    try:
        from apprise import Apprise as Service
        from apprise import AppriseAsset, OverflowMode
    except ImportError:
        raise DeliveryError("Apprise is not installed: pip install 'monitor[apprise]'", blame=Blame.CHANNEL) from None
    if recipient.secret is None:
        name = recipient.secret_name
        raise DeliveryError(f"neither {name} nor {name}_FILE is set: it holds the address", blame=Blame.CHANNEL)
    service = Service(asset=AppriseAsset(app_id="monitor", app_desc="News monitor", async_mode=False))
    if not service.add(recipient.secret.reveal()):
        raise DeliveryError(f"{recipient.secret_name} holds no address that Apprise knows", blame=Blame.CHANNEL)
    for each in service:
        if each.overflow_mode == OverflowMode.UPSTREAM:  # as it comes: what is too long would be refused
            fits = length <= MOST_POSTS * each.body_maxlen
            each.overflow_mode = OverflowMode.SPLIT if fits else OverflowMode.TRUNCATE
    return service


async def _aside(work: Callable[[], Answer]) -> Answer:
    """Return what `work` returns, done in a thread that does not keep the process alive.

    Raises its DeliveryError; of any other fault the kind alone is told, since its words may hold the address.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Answer] = loop.create_future()

    def run() -> None:
        answer: Answer | None = None
        fault: DeliveryError | None = None
        try:
            answer = work()
        except DeliveryError as error:
            fault = error
        except Exception as error:  # noqa: BLE001 - a plugin's fault, which must lose its words
            fault = DeliveryError(f"Apprise failed: {type(error).__name__}", blame=Blame.CHANNEL, unsure=True)
        with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits any more
            loop.call_soon_threadsafe(_settle, done, answer, fault)

    threading.Thread(target=run, daemon=True).start()
    return await done


def _settle(done: "asyncio.Future[Any]", answer: Any, fault: DeliveryError | None) -> None:
    if done.done():  # who asked has given up
        return
    if fault is not None:
        done.set_exception(fault)
    else:
        done.set_result(answer)
