"""Deliver digests by e-mail, one connection for a batch (RFC 5321).

Who is to blame for a refusal follows from the command that was refused: MAIL and DATA are about the message, RCPT is
about the address, all else is about the channel. What was answered by 4xx may pass, 5xx is for good.
"""

import asyncio
import re
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from types import TracebackType

from aiosmtplib import SMTP, SMTPException, SMTPResponse, SMTPServerDisconnected

from monitor.delivery import Means, submission
from monitor.delivery.submission import answer, trouble
from monitor.errors import Blame, DeliveryError
from monitor.model import Delivery, Recipient, Smtp
from monitor.urls import ascii_name

DATA_SECONDS = 60.0  # from the message's last byte to the server's word on it
QUIT_SECONDS = 5.0
SHUTTING_DOWN = 421
LOG_IN_FIRST = (530, 534, 535, 538)  # RFC 4954, 6: a person mends it, so no message is lost by it

_DOT = re.compile(rb"^\.", re.MULTILINE)
_BARE_BREAK = re.compile(rb"(?<!\r)\n|\r(?!\n)")


class Email(AbstractAsyncContextManager["Email"]):
    """Hand messages to the mail server of `[smtp]`, as they are, byte for byte."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._client: SMTP | None = None  # opened for the first message

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye, if the server is still there."""
        await self._quit()

    async def check(self, recipient: Recipient) -> str:
        """Connect, log in and leave again; no message is sent."""
        smtp = self._smtp
        submission.sender(smtp)
        client = await self._connection()
        with submission.told(smtp):
            await client.noop(timeout=submission.COMMAND_SECONDS)
        await self._quit()
        way = {"starttls": "STARTTLS", "tls": "TLS", "none": "not encrypted"}[smtp.security]
        return f"{submission.place(smtp)} takes mail: {way}, {'logged in' if smtp.username else 'no log-in'}"

    async def deliver(self, delivery: Delivery, recipient: Recipient, now: datetime) -> None:
        """Hand the message to the mail server, which answers for it from then on."""
        try:
            await self._send(submission.sender(self._smtp), delivery.address, delivery.payload)
        except asyncio.CancelledError:
            self._hang_up()  # in the middle of a command: the next message needs another connection
            raise

    @property
    def _smtp(self) -> Smtp:
        if self._means.smtp is None:
            raise trouble("there is no [smtp] in monitor.toml, so no mail can be sent")
        return self._means.smtp

    async def _connection(self) -> SMTP:
        if self._client is None:
            self._client = await submission.connect(self._smtp, self._means.allow_private)
        return self._client

    async def _send(self, sender: str, address: str, payload: bytes) -> None:
        """Run one mail transaction; a server that has left since the message before is called once more."""
        if _BARE_BREAK.search(payload) or not payload.endswith(b"\r\n"):
            raise DeliveryError("these bytes are no message: a line of it ends without CR LF", permanent=True)
        used = self._client is not None
        try:
            receiver = await self._begin(sender, address, payload)
        except DeliveryError:
            if not used or self._client is not None:
                raise
            receiver = await self._begin(sender, address, payload)
        await self._say(Blame.ADDRESS, b"RCPT", b"TO:<" + receiver + b">", to=address)
        await self._say(Blame.MESSAGE, b"DATA", expected=3)
        await self._tell(payload)

    async def _begin(self, sender: str, address: str, payload: bytes) -> bytes:
        """Say MAIL FROM, if the server can take this message for this address; return the address as RCPT needs it."""
        client = await self._connection()
        limit = client.esmtp_extensions.get("size", "")
        if limit.isdecimal() and 0 < int(limit) < len(payload):
            words = f"the message has {len(payload):,} bytes; {submission.place(self._smtp)} takes {int(limit):,}"
            raise DeliveryError(words, permanent=True)
        origin, receiver = _on_the_wire(sender), _on_the_wire(address)
        utf8 = not (origin + receiver).isascii()
        if utf8 and not client.supports_extension("smtputf8"):
            words = f"{address}: {submission.place(self._smtp)} takes addresses in plain Latin letters only"
            raise DeliveryError(words, permanent=True, blame=Blame.ADDRESS)
        options = [b"SIZE=%d" % len(payload)] if client.supports_extension("size") else []
        options += [b"SMTPUTF8"] if utf8 else []
        await self._say(Blame.MESSAGE, b"MAIL", b"FROM:<" + origin + b">", *options, to=sender)
        return receiver

    async def _say(self, blame: Blame, *words: bytes, expected: int = 2, to: str = "") -> None:
        """Give a command; raise what its answer means unless that begins with the digit `expected`."""
        client = await self._connection()
        try:
            with submission.told(self._smtp):
                reply = await client.execute_command(*words, timeout=submission.COMMAND_SECONDS)
        except DeliveryError:
            self._hang_up()
            raise
        if reply.code // 100 != expected:
            raise await self._refusal(reply, blame, to)

    async def _tell(self, payload: bytes) -> None:
        """Send the message itself; once it is out, an answer that does not come leaves open what became of it."""
        client, where = await self._connection(), submission.place(self._smtp)
        protocol = client.protocol
        if protocol is None:
            raise trouble(f"the connection to {where} was lost")
        with submission.told(self._smtp):
            protocol.write(_DOT.sub(b"..", payload) + b".\r\n")
        try:
            reply = await protocol.read_response(timeout=DATA_SECONDS)
        except TimeoutError:
            self._hang_up()
            words = f"{where} had the whole message and did not say within {DATA_SECONDS:g} s whether it takes it"
            raise DeliveryError(words, blame=Blame.CHANNEL, unsure=True) from None
        except (SMTPException, OSError) as error:
            self._hang_up()
            lost = isinstance(error, SMTPServerDisconnected)
            words = f"{where} had the whole message and {'hung up' if lost else 'answered nonsense'}: it may have it"
            raise DeliveryError(words, unsure=True) from None
        if reply.code // 100 != 2:
            raise await self._refusal(reply, Blame.MESSAGE)

    async def _refusal(self, reply: SMTPResponse, blame: Blame, to: str = "") -> DeliveryError:
        """Return what a refusal means, the connection ready for the next message or gone."""
        code = reply.code
        if code == SHUTTING_DOWN or not 400 <= code <= 599:
            self._hang_up()
        else:
            await self._reset()
        words = f"{submission.place(self._smtp)} refuses {to or 'the message'}: {answer(code, reply.message)}"
        if code == SHUTTING_DOWN or code in LOG_IN_FIRST:
            return trouble(words)
        return DeliveryError(words, permanent=code // 100 == 5, blame=blame)

    async def _reset(self) -> None:
        """Forget the message that was refused, so that the next one begins anew."""
        client = await self._connection()
        try:
            await client.rset(timeout=submission.COMMAND_SECONDS)
        except (SMTPException, OSError):
            self._hang_up()

    def _hang_up(self) -> None:
        if self._client is not None:
            submission.close(self._client)
        self._client = None

    async def _quit(self) -> None:
        try:
            if self._client is not None:
                await self._client.execute_command(b"QUIT", timeout=QUIT_SECONDS)
        except (SMTPException, OSError):
            pass  # all messages have had their answer: nobody minds how it ends
        finally:
            self._hang_up()


def _on_the_wire(address: str) -> bytes:
    """Return an address as MAIL and RCPT name it; its domain in ASCII (RFC 5890), so that most need no SMTPUTF8.

    :raises DeliveryError: if it is none
    """
    local, _, domain = address.rpartition("@")
    try:
        if submission.is_address(address):
            return f"{local}@{ascii_name(domain)}".encode()
    except UnicodeError:
        pass
    raise DeliveryError(f"{address!a} is no e-mail address", permanent=True, blame=Blame.ADDRESS)
