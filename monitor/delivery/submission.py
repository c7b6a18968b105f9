"""Open a connection to the mail server that takes our messages: looked up, encrypted, logged in (RFC 6409).

Whatever goes wrong here concerns every message alike and may be mended by a person, so nothing is lost by it:
it is a passing fault of the channel.
"""

import asyncio
import os
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.utils import parseaddr

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPException, SMTPResponseException

from monitor.errors import Blame, DeliveryError, FetchError
from monitor.model import Smtp
from monitor.net.guard import IPAddress, IPNetwork
from monitor.net.names import Names
from monitor.text.clean import clean

CONNECT_SECONDS = 20.0  # for the look-up, for the connection, and for the server's greeting
COMMAND_SECONDS = 30.0
WORDS = 200  # characters of a server's answer that are told
UNKNOWN_MECHANISM = 504  # of AUTH (RFC 4954, 4)

_ADDRESS = re.compile(r"[^\s@,;<>\"()\x00-\x1f]+@[^\s@,;<>\"()\x00-\x1f]+")


def place(smtp: Smtp) -> str:
    """Return where the server is, for messages."""
    return f"{smtp.host}:{smtp.port}"


def sender(smtp: Smtp) -> str:
    """Return the bare address that bounces go to.

    :raises DeliveryError: if `[smtp] from` holds none
    """
    address = parseaddr(smtp.sender)[1]
    if not is_address(address):
        given = clean(smtp.sender, WORDS)
        raise trouble(f'[smtp] from is {given!r}: an address is wanted, like "News monitor <monitor@example.org>"')
    return address


def is_address(text: str) -> bool:
    """Tell whether `text` is one bare e-mail address."""
    return _ADDRESS.fullmatch(text) is not None


def trouble(words: str) -> DeliveryError:
    """Return a fault of the channel that may pass."""
    return DeliveryError(words, blame=Blame.CHANNEL)


def answer(code: int, words: str) -> str:
    """Return a server's answer on one clean line; a code of -1 says that it was none."""
    return clean(words if code < 0 else f"{code} {words}", WORDS)


async def connect(smtp: Smtp, allowed: Sequence[IPNetwork] = ()) -> SMTP:
    """Return a connection that is ready for messages; neither a password nor a message leaves before TLS is verified.

    `allowed` are the networks in which a server without TLS may be, beside this machine.
    Raises DeliveryError, a passing one of the channel.
    """
    if smtp.lacks:
        raise trouble(f"{smtp.lacks} is not set: no log-in at {place(smtp)} without it")
    client = SMTP(
        hostname=smtp.host,
        sock=await _connected(smtp, allowed),
        use_tls=smtp.security == "tls",
        start_tls=False,  # done below, where a server without it is refused
        tls_context=await asyncio.to_thread(ssl.create_default_context),
        local_hostname="localhost",  # replaced below, for its own would cost a look-up
        timeout=COMMAND_SECONDS,
    )
    try:
        with told(smtp):
            await client.connect(timeout=CONNECT_SECONDS)
            await _greet(client, smtp)
            await _log_in(client, smtp)
    except BaseException:
        close(client)
        raise
    return client


def close(client: SMTP) -> None:
    """Let go of a connection at once: a server that does not answer TLS's goodbye would keep its socket open."""
    transport = client.transport
    client.close()
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


@contextmanager
def told(smtp: Smtp) -> Iterator[None]:
    """Tell what goes wrong with the connection as a passing fault of the channel."""
    where = place(smtp)
    try:
        yield
    except SMTPResponseException as error:
        raise trouble(f"{where} takes no mail now: {answer(error.code, error.message)}") from None
    except TimeoutError:
        raise trouble(f"{where} does not answer in time") from None
    except (SMTPException, OSError) as error:
        raise trouble(_broken(where, error)) from None


def _broken(where: str, error: Exception) -> str:
    cause = error if isinstance(error, ssl.SSLError) else error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = clean(cause.verify_message.rstrip("."), WORDS)
        return f"{where} shows a certificate that can't be trusted: {why}; neither password nor mail was sent"
    if isinstance(cause, ssl.SSLError):
        why = clean(cause.reason or str(cause), WORDS)
        return f'{where} speaks no TLS as it should: {why}; "tls" is for port 465, "starttls" for 587'
    return f"the connection to {where} was lost"


async def _connected(smtp: Smtp, allowed: Sequence[IPNetwork]) -> socket.socket:
    """Return a socket that is connected to the server: to an address that was judged, not to a name."""
    where = place(smtp)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            addresses = await Names().addresses(smtp.host)
    except TimeoutError:
        raise trouble(f"the name {smtp.host} could not be looked up within {CONNECT_SECONDS:g} s") from None
    except FetchError as error:
        raise trouble(f"{error}; look at [smtp] host") from None
    if smtp.security == "none":
        _refuse_strangers(smtp, addresses, allowed)
    try:
        return await _first(addresses, smtp.port)
    except TimeoutError:
        raise trouble(f"{where} can't be reached within {CONNECT_SECONDS:g} s; look at [smtp] host and port") from None
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise trouble(f"{where} can't be reached: {why}; look at [smtp] host and port") from None


def _refuse_strangers(smtp: Smtp, addresses: Sequence[IPAddress], allowed: Sequence[IPNetwork]) -> None:
    for address in addresses:
        if not address.is_loopback and not any(address in network for network in allowed):
            raise trouble(
                f'{smtp.host} leads to {address}, and security = "none" is for this machine and the networks in '
                f'network.allow_private only; set security = "starttls" or "tls"'
            )


async def _first(addresses: Sequence[IPAddress], port: int) -> socket.socket:
    """Return a connection to the first of `addresses` that takes one; each gets its share of the time."""
    failed: OSError = OSError("it has no address")
    for address in addresses:
        try:
            async with asyncio.timeout(CONNECT_SECONDS / len(addresses)):
                return await _socket(address, port)
        except OSError as error:  # of which TimeoutError is one
            failed = error
    raise failed


async def _socket(address: IPAddress, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
    made.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(made, (str(address), port))
    except BaseException:
        made.close()
        raise
    return made


async def _greet(client: SMTP, smtp: Smtp) -> None:
    """Say EHLO, and once more after STARTTLS where that is asked for."""
    name = _own_name(client)
    await client.ehlo(hostname=name)
    if smtp.security != "starttls":
        return
    if not client.supports_extension("starttls"):
        raise trouble(
            f"{place(smtp)} offers no STARTTLS, so neither password nor mail was sent; "
            f'ask its operator for the port that does, or set security = "tls" (port 465)'
        )
    await client.starttls()
    await client.ehlo(hostname=name)


def _own_name(client: SMTP) -> str:
    """Return this end of the connection as an address literal (RFC 5321, 4.1.3): a machine need not have a name."""
    own = client.get_transport_info("sockname")[0]
    return f"[IPv6:{own}]" if ":" in own else f"[{own}]"


async def _log_in(client: SMTP, smtp: Smtp) -> None:
    """Log in, if there is a user name, by the first way that both ends know; a refused password is not tried twice."""
    if smtp.username is None:
        return
    user, password = smtp.username.reveal(), smtp.password.reveal() if smtp.password else ""
    ways = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}
    refusal = "no way that is known here (PLAIN, LOGIN, CRAM-MD5)"
    for way in (name for name in ways if name in client.server_auth_methods):
        try:
            await ways[way](user, password)
        except SMTPAuthenticationError as error:
            refusal = _without(answer(error.code, error.message), user, password)
            if error.code != UNKNOWN_MECHANISM:
                break
        else:
            return
    raise trouble(f"{place(smtp)} refuses the log-in: {refusal}; look at what username_env and password_env name")


def _without(words: str, user: str, password: str) -> str:
    """Return a server's words, or that they are kept back because they repeat what was said in confidence."""
    spoken = (password, user, f"\0{user}\0{password}")
    for secret in (each for each in spoken if each):
        if secret in words or b64encode(secret.encode()).decode() in words:
            return f"{words[:3]} (its words repeat the log-in and are kept back)"
    return words
