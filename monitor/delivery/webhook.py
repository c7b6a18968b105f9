"""Deliver digests as signed JSON to an address of the reader's own, by the Standard Webhooks specification 1.0.0.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

What each answer means:

    2xx                     it has arrived
    404, 410, redirects     for good: the channel is shut, until somebody has mended the address and resumes it
    401, 403                may pass: a wrong secret is mended on either side, and no message is lost by it
    408, 425, 429, 5xx      may pass; 429 and 503 say when
    413 and other 4xx       for good, this message only: it would be refused again
"""

from base64 import b64decode, b64encode
from datetime import datetime
from hashlib import sha256
from hmac import digest as hmac

from monitor.errors import AnswerLost, Blame, DeliveryError, FetchError, TooLarge
from monitor.model import Delivery, Fetched, Recipient
from monitor.net import answers, guard
from monitor.net.client import Client

PREFIX = "whsec_"  # of a secret that is written in base64

_GONE = "there is no webhook any more: name the new address, then resume the recipient"
_LOCKED = "the receiver refuses us: compare the secret on both sides"
_BUSY = {408, 425, 429, 502, 503, 504}  # about the receiver, not about the message


class Webhook:
    """Post each message to the address it is for."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def check(self, recipient: Recipient) -> str:
        """See that the addresses of `recipient` take a connection, and that messages to them can be signed."""
        key = _key(recipient)
        for address in recipient.addresses:
            try:
                await self._client.reach(_parsed(address))
            except FetchError as error:
                raise DeliveryError(str(error), blame=Blame.CHANNEL) from error
        hosts = ", ".join(guard.parse(address).authority for address in recipient.addresses)
        return f"{hosts} may be posted to, {'signed' if key else 'unsigned: webhook_secret_env names no secret'}"

    async def deliver(self, delivery: Delivery, recipient: Recipient, now: datetime) -> None:
        """Post the message and judge the answer."""
        headers = {"Content-Type": "application/json", **_signed(delivery, _key(recipient), now)}
        try:
            fetched = await self._client.post(_parsed(delivery.address), delivery.payload, headers=headers)
        except (AnswerLost, TooLarge) as error:
            if error.status is None:
                raise DeliveryError(f"no answer: {error}", blame=Blame.CHANNEL, unsure=True) from error
            fetched = Fetched("", "", "", error.status, {}, b"")  # that it was taken or refused was said all the same
        except FetchError as error:
            raise DeliveryError(str(error), blame=Blame.CHANNEL) from error
        _judge(fetched, now)


def _signed(delivery: Delivery, key: bytes | None, now: datetime) -> dict[str, str]:
    """Return the headers of the specification; the id stays the same over all attempts.

    That the id holds full stops, which delimit what is signed, does no harm: no stranger has a say in it.
    """
    stamp = str(int(now.timestamp()))
    headers = {"webhook-id": delivery.message_id, "webhook-timestamp": stamp}
    if key is not None:
        content = f"{delivery.message_id}.{stamp}.".encode() + delivery.payload
        headers["webhook-signature"] = f"v1,{b64encode(hmac(key, content, sha256)).decode()}"
    return headers


def _key(recipient: Recipient) -> bytes | None:
    """Return the bytes to sign with, None if no secret is named. Raises DeliveryError if it is missing."""
    if not recipient.secret_name:
        return None
    if recipient.secret is None or not recipient.secret.reveal():
        raise DeliveryError(
            f"neither {recipient.secret_name} nor {recipient.secret_name}_FILE is set: it signs the messages",
            blame=Blame.CHANNEL,
        )
    secret = recipient.secret.reveal()
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        raise DeliveryError(
            f"what follows {PREFIX} in {recipient.secret_name} is not base64", blame=Blame.CHANNEL
        ) from None
    if not key:  # everybody could sign with it
        raise DeliveryError(f"nothing follows {PREFIX} in {recipient.secret_name}", blame=Blame.CHANNEL)
    return key


def _parsed(address: str) -> str:
    """Return an address that can be taken apart. Raises FetchError that does not show it: its query may be a secret."""
    try:
        guard.parse(address)
    except FetchError:
        raise FetchError("the webhook is not an http or https address") from None
    return address


def _judge(fetched: Fetched, now: datetime) -> None:
    """Raise DeliveryError unless the answer says that the message was taken."""
    status = fetched.status
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise _refusal(status, "it redirects: name the new address, then resume the recipient", Blame.CHANNEL)
    if status in (404, 410):
        raise _refusal(status, _GONE, Blame.CHANNEL)
    if status in (401, 403):
        raise DeliveryError(f"HTTP {status}: {_LOCKED}", blame=Blame.CHANNEL)
    if status in _BUSY or status >= 500:
        raise DeliveryError(
            f"HTTP {status}: the receiver cannot take it now",
            blame=Blame.CHANNEL if status in _BUSY else Blame.MESSAGE,
            retry_after=answers.retry_after(fetched.headers, now) if status in (429, 503) else None,
        )
    size = "it is too large for the receiver" if status == 413 else "the receiver does not take this message"
    raise _refusal(status, size, Blame.MESSAGE)


def _refusal(status: int, why: str, blame: Blame) -> DeliveryError:
    return DeliveryError(f"HTTP {status}: {why}", permanent=True, blame=blame)
