"""Take the demo's mail as a real server on loopback does, and keep it as it arrived."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as MAIL
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe")  # those that are shown


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as it arrived."""

    sender: str  # of MAIL FROM: bounces go there
    receivers: tuple[str, ...]  # of RCPT TO
    content: bytes  # every byte that DATA brought

    @property
    def headers(self) -> dict[str, str]:
        """Return those of `HEADERS` that it bears, each on one line."""
        read = self._read
        return {name: " ".join(str(read[name]).split()) for name in HEADERS if name in read}

    @property
    def parts(self) -> list[str]:
        """Return the media types of what can be read in it, in their order."""
        return [part.get_content_type() for part in self._read.walk() if not part.is_multipart()]

    @property
    def _read(self) -> EmailMessage:
        return message_from_bytes(self.content, EmailMessage, policy=MAIL)


@dataclass
class Mailbox:
    """A mail server that takes everything and delivers nothing."""

    door: socket.socket  # bound and open: who knocks before `serving` waits
    mails: list[Mail] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Return where it is, on 127.0.0.1."""
        port: int = self.door.getsockname()[1]
        return port

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Answer those who knock while the context lasts."""
        from aiosmtpd.smtp import SMTP

        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(self, hostname="localhost", ident="demo", enable_SMTPUTF8=True, loop=loop),
            sock=self.door.dup(),
        )
        try:
            yield
        finally:
            server.close()
            await server.wait_closed()

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, server: "SMTP", session: "Session", envelope: "Envelope"
    ) -> str:
        """Keep a message that has come in whole."""
        content = envelope.original_content or b""
        self.mails.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return "250 OK"


@contextmanager
def opened() -> Iterator[Mailbox]:
    """Give a mailbox on a free port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield Mailbox(door)
