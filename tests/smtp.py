"""Take mail over real SMTP on loopback, well-behaved or not.

    with MailServer() as server:                            # or MailServer(tls=certificate(folder), login=("u", "p"))
        server.answer("RCPT", "451 4.7.1 come back later", to="a@b.example", times=1)     # greylisting
        server.answer("BODY", HANG_UP, times=1)             # accepts the message, and its answer is lost
        ...                                                 # send to ("127.0.0.1", server.port)
        assert [mail.to for mail in server.mails] == [("a@b.example",)]
        assert server.connections == 1

Steps, in their order: CONNECT (the greeting), EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA (the command), TEXT (after the
354), BODY (after the final dot: a message that is answered by HANG or HANG_UP is kept all the same), RSET, NOOP, QUIT.
An answer is a line of SMTP, HANG_UP (closes without a word) or HANG (says nothing more). Without one, mail is accepted.
A line of code 421 also closes. Answers may be set at any time; the first that fits is played, `times` it is asked.
Before each step, and as ANSWERED after the answer to a message was sent, `server.at(3, call)` may call something: here
at the third from now.
The server runs in a thread of its own, and needs nothing but aiosmtpd; `certificate` needs openssl.
"""

import asyncio
import ssl
import subprocess
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult

from tests.steps import Steps

HANG = "hang"
HANG_UP = "hang up"
NAMES = "DNS:localhost,IP:127.0.0.1"


@dataclass(frozen=True)
class Mail:
    """A message as the server took it."""

    sender: str
    to: tuple[str, ...]
    content: bytes  # exactly as it was sent, the dots of RFC 5321 (4.5.2) taken out
    at: datetime  # in UTC
    connection: int  # counted from 1
    encrypted: bool
    user: str  # who was logged in, "" if nobody

    @property
    def message(self) -> EmailMessage:
        """Return the message, read."""
        read = message_from_bytes(self.content, policy=POLICY)
        assert isinstance(read, EmailMessage)
        return read

    @property
    def message_id(self) -> str:
        """Return its Message-ID, in angle brackets."""
        return str(self.message["Message-ID"])


@dataclass
class Answer:
    """What is said at a step, how often, and about whom."""

    step: str
    says: str
    times: int | None  # how often still, None for ever
    to: str  # part of the command's argument, "" for any

    def fits(self, step: str, argument: str) -> bool:
        """Tell whether it is this one's turn."""
        return self.step == step and self.to in argument and self.times != 0


@dataclass(frozen=True)
class Certificate:
    """A certificate that signed itself, and its key."""

    path: Path  # whoever takes this file for an authority trusts the certificate
    key: Path

    @property
    def context(self) -> ssl.SSLContext:
        """Return what a server shows it with."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.path, self.key)
        return made


def certificate(folder: Path, names: str = NAMES) -> Certificate:
    """Make a certificate for `names` (as openssl writes them) in `folder`."""
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
        f" -addext subjectAltName={names} -keyout {made.key} -out {made.path}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    return made


class MailServer(Steps):
    """A mail server that runs between `with` and its end."""

    def __init__(
        self,
        *,
        tls: Certificate | None = None,  # offered by STARTTLS, and insisted on from the first byte with `implicit`
        implicit: bool = False,
        login: tuple[str, str] | None = None,  # user name and password without which no mail is taken
        size: int | None = None,  # bytes that a message may have, announced by EHLO
        utf8: bool = False,  # whether SMTPUTF8 is offered
        host: str = "127.0.0.1",
        port: int = 0,  # 0 takes a free one
    ) -> None:
        super().__init__()
        self.host = host
        self.port = port
        self.mails: list[Mail] = []  # in order of arrival
        self.connections = 0
        self.commands: list[str] = []  # as they came; of AUTH without what was confided
        self.logins: list[tuple[str, str]] = []  # (user name, password) of every attempt
        self.login = login
        self.size = size
        self.utf8 = utf8
        self.starttls = tls.context if tls and not implicit else None
        self._implicit = tls.context if tls and implicit else None
        self.open: set[Any] = set()  # the transports of connections
        self._answers: list[Answer] = []
        self._thread: threading.Thread | None = None
        self._stop: Any = None

    def answer(self, step: str, says: str, *, times: int | None = None, to: str = "") -> None:
        """Say this at `step`, at the next `times` or from now on; `to` picks commands by their argument."""
        self._answers.append(Answer(step, says, times, to))

    def behave(self) -> None:
        """Forget all answers: mail is accepted."""
        self._answers.clear()

    def play(self, step: str, argument: str = "") -> str:
        """Return what is to be said at a step, "" for what a good server says."""
        self.reached(step)
        found = next((answer for answer in self._answers if answer.fits(step, argument)), None)
        if found is None:
            return ""
        if found.times is not None:
            found.times -= 1
        return found.says

    def to(self, address: str) -> list[Mail]:
        """Return what was taken for an address."""
        return [mail for mail in self.mails if address in mail.to]

    @property
    def encrypts(self) -> bool:
        """Tell whether connections are encrypted from their first byte."""
        return self._implicit is not None

    def __enter__(self) -> Self:
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True)
        self._thread.start()
        assert started.wait(10), "the mail server did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._thread is not None
        self._stop()
        self._thread.join(10)

    async def _serve(self, started: threading.Event) -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        loop.set_exception_handler(lambda loop, context: None)  # clients that leave are their tests' business
        self._stop = lambda: loop.call_soon_threadsafe(done.set)
        server = await loop.create_server(lambda: _Session(self, loop), self.host, self.port, ssl=self._implicit)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await done.wait()
        server.close()
        for transport in list(self.open):
            transport.abort()


class _Handler:
    """Keep what was sent."""

    def __init__(self, site: MailServer) -> None:
        self.site = site

    async def handle_DATA(self, session: "_Session", info: Any, envelope: Any) -> str:  # noqa: N802
        says = self.site.play("BODY")
        if says in ("", HANG, HANG_UP) or says.startswith("2"):
            self.site.mails.append(session.kept(envelope))
        if says in (HANG, HANG_UP):
            await session.say(says)
        return says or "250 2.0.0 OK"

    async def handle_exception(self, error: Exception) -> str:
        return f"451 {type(error).__name__}"


class _Session(SMTP):
    """One connection."""

    def __init__(self, site: MailServer, loop: asyncio.AbstractEventLoop) -> None:
        self.site = site
        self.greeted = False
        self.number = 0
        super().__init__(
            _Handler(site),
            data_size_limit=site.size,
            enable_SMTPUTF8=site.utf8,
            hostname="mail.test",
            ident="ESMTP",
            tls_context=site.starttls,
            auth_require_tls=site.starttls is not None,
            authenticator=self.judge,
            loop=loop,
        )

    def connection_made(self, transport: Any) -> None:
        if not self.number:
            self.site.connections += 1
            self.number = self.site.connections
        self.site.open.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.site.open.discard(self.transport)
        if self.transport is not None:
            super().connection_lost(error)

    def judge(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        self.site.logins.append(given)
        return AuthResult(success=given == self.site.login, handled=False, auth_data=data)

    def kept(self, envelope: Any) -> Mail:
        known = self.session.auth_data if self.session and self.session.authenticated else None
        encrypted = self.site.encrypts or self._tls_protocol is not None
        return Mail(
            sender=envelope.mail_from,
            to=tuple(envelope.rcpt_tos),
            content=bytes(envelope.original_content),
            at=datetime.now(UTC),
            connection=self.number,
            encrypted=encrypted,
            user=known.login.decode() if known else "",
        )

    async def push(self, status: Any) -> None:
        """Send a line; the very first is the greeting."""
        if not self.greeted:
            self.greeted = True
            if says := self.site.play("CONNECT"):
                await self.say(says)
                return
        await super().push(status)

    async def say(self, says: str) -> None:
        """Play an answer."""
        if says == HANG:
            await asyncio.Event().wait()
        if says != HANG_UP:
            await super().push(says)
        if says == HANG_UP or says.startswith("421"):
            assert self.transport is not None
            self.transport.close()
            raise asyncio.CancelledError  # nothing more is read on this connection

    async def played(self, step: str, argument: str | None) -> bool:
        """Note a command; tell whether it has had its answer."""
        self.site.commands.append(f"{step} {argument or ''}".rstrip() if step != "AUTH" else step)
        if says := self.site.play(step, argument or ""):
            await self.say(says)
        return bool(says)

    async def smtp_EHLO(self, arg: str) -> None:  # noqa: N802
        if not await self.played("EHLO", arg):
            await super().smtp_EHLO(arg)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        if not await self.played("STARTTLS", arg):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        if not await self.played("AUTH", arg):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        if await self.played("MAIL", arg):
            return
        if self.site.login and not (self.session and self.session.authenticated):
            await self.push("530 5.7.0 Authentication required")
            return
        await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        if not await self.played("RCPT", arg):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if await self.played("DATA", arg):
            return
        if says := self.site.play("TEXT"):
            await self.push("354 go ahead")
            await self.say(says)
            return
        await super().smtp_DATA(arg)
        self.site.reached("ANSWERED")

    async def smtp_RSET(self, arg: str) -> None:  # noqa: N802
        if not await self.played("RSET", arg):
            await super().smtp_RSET(arg)

    async def smtp_NOOP(self, arg: str) -> None:  # noqa: N802
        if not await self.played("NOOP", arg):
            await super().smtp_NOOP(arg)

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802
        if not await self.played("QUIT", arg):
            await super().smtp_QUIT(arg)
