"""Freeze a rendered digest into the exact bytes of its message, and read them back.

The bytes are what the outbox keeps: every attempt sends the same ones, and the same input always gives the same bytes.
"""

from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address, Group
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import parseaddr
from hashlib import sha256
from urllib.parse import quote

from monitor.digest.words import cut, plain
from monitor.model import Envelope, Rendered
from monitor.urls import ascii_name, web_link

SUBJECT_LENGTH = 200
LINE_LENGTH = 998  # RFC 5322, 2.1.1
REFERENCES = 20  # earlier messages that one names
URL_CHARACTERS = "!#$%&'*+-./:;=?@_~"  # beside letters and digits; brackets and commas have a meaning in the header


def freeze(rendered: Rendered, envelope: Envelope) -> bytes:
    """Return the message as bytes, lines ended by CRLF: plain text first, HTML last (RFC 2046, 5.1.4).

    What is no address in `envelope.to` (the folder of a recipient without mail) stands as a name alone.
    Whatever the texts hold, a message comes out: the subject is one line of at most 200 characters, and bodies are
    quoted-printable, so that no line passes 998 bytes and no server need know 8-bit text.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _mailbox(envelope.sender)
    message["To"] = _mailbox(envelope.to)
    message["Date"] = envelope.date
    message["Message-ID"] = plain(envelope.message_id)
    message["List-Id"] = f"<{plain(envelope.list_id)}>"
    message["Precedence"] = "bulk"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_body(rendered.text), subtype="plain", cte="quoted-printable")
    message.add_alternative(_body(rendered.html), subtype="html", cte="quoted-printable")
    message.set_boundary(_boundary(envelope.message_id))
    head, end, body = message.as_bytes().partition(b"\r\n\r\n")
    return b"".join((head, _subject_line(rendered.subject), *_threading(envelope), *_ways_out(envelope), end, body))


def thaw(message: bytes) -> Rendered:
    """Return subject, text and HTML of a message that `freeze` made; raise ValueError for anything else."""
    read = message_from_bytes(message, policy=SMTP)
    text, html = read.get_body(["plain"]), read.get_body(["html"])
    if text is None or html is None:
        raise ValueError("these bytes are no digest: a text and an HTML part are missing")
    subject = plain(str(read["Subject"]))  # folding may have doubled a space
    return Rendered(subject=subject, text=_content(text), html=_content(html))


def _threading(envelope: Envelope) -> list[bytes]:
    """Return the header lines that name the messages which told its stories first (RFC 5322, 3.6.4), an id a line.

    They are no part of the `EmailMessage`, which would write a long id in encoded words.
    """
    ids = dict.fromkeys(plain(thread.message_id) for thread in envelope.threads.values())
    told = "\r\n ".join(list(ids)[:REFERENCES])
    return [f"\r\n{name}: {told}".encode() for name in ("In-Reply-To", "References") if told]


def _ways_out(envelope: Envelope) -> list[bytes]:
    """Return the header lines that let a mail program offer to unsubscribe, each after a line break.

    They are no part of the `EmailMessage`, which would fold them: each must be one physical line (RFC 8058, 4).
    """
    to, sender = _mailbox(envelope.to), _mailbox(envelope.sender)
    if not (isinstance(to, Address) and isinstance(sender, Address)):
        return []
    subject = quote(f"unsubscribe {plain(envelope.list_id)}", safe="")
    letter = f"<mailto:{quote(sender.addr_spec, safe='@')}?subject={subject}>"
    page = quote(web_link(envelope.unsubscribe_url), safe=URL_CHARACTERS)
    if not page or len(page) + len(letter) > LINE_LENGTH - len("List-Unsubscribe: <>, "):
        return [f"\r\nList-Unsubscribe: {letter}".encode()]
    lines = [f"\r\nList-Unsubscribe: <{page}>, {letter}".encode()]
    if page.lower().startswith("https:"):  # no program posts to another (RFC 8058, 3.1)
        lines.append(b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click")
    return lines


def _subject_line(subject: str) -> bytes:
    """Return the header line of the subject.

    It is no part of the `EmailMessage`, which loses spaces where it folds letters of several scripts.
    """
    line = _subject(subject)
    told = Header(line, "us-ascii" if line.isascii() else "utf-8", header_name="Subject")
    return b"\r\nSubject: " + told.encode(linesep="\r\n").encode("ascii")


def _subject(subject: str) -> str:
    """Return one line that means itself: "=?" would begin an encoded word (RFC 2047)."""
    return cut(subject.replace("=?", "= ?"), SUBJECT_LENGTH) or "Untitled"


def _mailbox(text: str) -> Address | Group:
    """Return an address, or a group of nobody that bears the name (RFC 5322, 3.4)."""
    name, address = parseaddr(plain(text))
    local, at, domain = address.rpartition("@")
    try:
        return Address(display_name=name, addr_spec=f"{local}{at}{ascii_name(domain)}")
    except (HeaderParseError, ValueError, IndexError):
        return Group(display_name=cut(text.replace("=?", "= ?"), 100))


def _body(text: str) -> str:
    """Return what UTF-8 can carry, with plain line ends and one at the close."""
    lines = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")
    return lines if lines.endswith("\n") else lines + "\n"


def _boundary(message_id: str) -> str:
    """Return a boundary fixed by the message; "=_" stands in no quoted-printable text (RFC 2045, 6.7)."""
    return f"=_{sha256(message_id.encode('utf-8', 'replace')).hexdigest()[:40]}"


def _content(part: MIMEPart) -> str:
    content: str = part.get_content()
    return content.replace("\r\n", "\n")
