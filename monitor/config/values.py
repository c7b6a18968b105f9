"""Checks single values: addresses, networks, names of variables, language tags.

Each check returns the value if it is good and raises ValueError with the reason if not.
"""

import re
from collections.abc import Callable
from ipaddress import ip_network
from urllib.parse import urlsplit

from monitor import urls
from monitor.encoders import names

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MAILBOX = re.compile(r"[^\s@,;<>\"()\x00-\x1f]+@[^\s@,;<>\"()\x00-\x1f]+")
_LISTEN = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):(?P<port>\d{1,5})")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SQLITE = "sqlite:///"
_POSTGRES = "postgresql+psycopg://"


def web_address(url: str) -> str:
    """Check that `url` is an http(s) address with a host and without credentials."""
    if urls.web_link(url):
        return url
    raise ValueError(_why_no_link(url))


def encoder(name: str) -> str:
    """Check that `name` can be one of an encoder, installed or not."""
    return names.check(name)


def network(cidr: str) -> str:
    """Check that `cidr` names an IP network."""
    try:
        ip_network(cidr)
    except ValueError:
        raise ValueError(_why_no_network(cidr)) from None
    return cidr


def variable(name: str) -> str:
    """Check that `name` can be the name of an environment variable."""
    if not _VARIABLE.fullmatch(name):
        raise ValueError("this is no name of a variable; the secret itself never stands in this file")
    return name


def optional(check: Callable[[str], str]) -> Callable[[str], str]:
    """Return `check` with the empty text let through."""
    return lambda text: text and check(text)


def language(tag: str) -> str:
    """Check that `tag` has the form of a language tag (BCP 47)."""
    if not _LANGUAGE.fullmatch(tag):
        raise ValueError("this is no language tag")
    return tag


def mailbox(address: str) -> str:
    """Check that `address` has the form of one bare e-mail address."""
    if not _MAILBOX.fullmatch(address):
        raise ValueError("this is no e-mail address")
    return address


def listener(place: str) -> str:
    """Check that `place` is HOST:PORT."""
    found = _LISTEN.fullmatch(place)
    if not found or int(found["port"]) > 65535:
        raise ValueError("this is no HOST:PORT")
    return place


def plain(text: str) -> str:
    """Check that `text` says something and has no control characters."""
    if not is_plain(text):
        raise ValueError("it holds a control character" if text.strip() else "it is empty")
    return text


def is_plain(text: str) -> bool:
    """Tell whether `text` says something and has no control characters."""
    return bool(text.strip()) and not any(ord(char) < 32 or ord(char) == 127 for char in text)


def header_text(text: str) -> str:
    """Check that `text` may stand in an HTTP header."""
    if not (text.isascii() and text.isprintable()):
        raise ValueError("a header holds printable ASCII only")
    return text


def database(url: str) -> str:
    """Check that `url` is the address of a database, and holds no password."""
    if urlsplit(database_with_password(url)).password:
        raise ValueError("a password does not belong in this file; put the whole address into MONITOR_DATABASE_URL")
    return url


def database_with_password(url: str) -> str:
    """Check that `url` is the address of a database."""
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE):
        if ":memory:" in url:
            raise ValueError("a database in memory would forget everything between two runs")
        return url
    if url.startswith(_POSTGRES) and len(url) > len(_POSTGRES):
        return url
    raise ValueError("this is no address of a database that is supported")


def is_id(name: str) -> bool:
    """Tell whether `name` can be the id of a topic or a recipient: it becomes part of file names and links."""
    return bool(_ID.fullmatch(name))


def _why_no_link(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return "this is no address"
    if parts.scheme not in ("http", "https"):
        return "only http and https are fetched"
    if "@" in parts.netloc:
        return "credentials do not belong in an address; name them with username_env and password_env"
    return "its host is malformed" if parts.netloc else "it names no host"


def _why_no_network(cidr: str) -> str:
    try:
        return f"bits are set behind the mask; did you mean {ip_network(cidr, strict=False)}?"
    except ValueError:
        return "this is no network"
