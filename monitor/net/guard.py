"""Decide which addresses may be contacted, contacting none.

The text of an address decides nothing about where it leads: `2130706433`, `0x7f000001` and `127.1` all name this
very machine. So `parse` only refuses what no honest address contains, and `check` judges the numbers
that a name resolved to, right before one of them is connected to.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote

from monitor.errors import AddressRefused

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network
Origin = tuple[str, str, int]  # scheme, host, port

REMEMBERED = 16_384  # hosts whose notation was looked at: each request asks several times

_PARTS = re.compile(r"(?i:(https?))://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([0-9]{0,5}))?")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_PORTS = {"http": 80, "https": 443}

# The blocks of the IANA IPv4 and IPv6 Special-Purpose Address Registries as of 2025-10-09
# (https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry), the multicast
# blocks, and all that IANA never gave out for unicast (RFC 4291: global unicast is 2000::/3). Written down here
# because `is_private` and `is_global` of Python's ipaddress differ by version and let several of them pass.
DENIED: dict[IPNetwork, str] = {
    ip_network(block): purpose
    for block, purpose in {
        "0.0.0.0/8": "this network",
        "10.0.0.0/8": "a private network",
        "100.64.0.0/10": "a carrier's inner network",
        "127.0.0.0/8": "this machine",
        "169.254.0.0/16": "the local link",
        "172.16.0.0/12": "a private network",
        "192.0.0.0/24": "kept for protocols",
        "192.0.2.0/24": "kept for documentation",
        "192.31.196.0/24": "kept for AS112",
        "192.52.193.0/24": "kept for multicast tunnels",
        "192.88.99.0/24": "a 6to4 relay",
        "192.168.0.0/16": "a private network",
        "192.175.48.0/24": "kept for AS112",
        "198.18.0.0/15": "kept for benchmarks",
        "198.51.100.0/24": "kept for documentation",
        "203.0.113.0/24": "kept for documentation",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved",
        "::1/128": "this machine",
        "::ffff:0:0/96": "an IPv4 address in disguise",
        "::/96": "an IPv4 address in disguise",
        "64:ff9b::/96": "an IPv4 address in disguise",
        "64:ff9b:1::/48": "an IPv4 address in disguise",
        "2001::/32": "an IPv4 address in disguise",
        "2002::/16": "an IPv4 address in disguise",
        "2001::/23": "kept for protocols",
        "2001:db8::/32": "kept for documentation",
        "2620:4f:8000::/48": "kept for AS112",
        "3fff::/20": "kept for documentation",
        "fc00::/7": "a private network",
        "fe80::/10": "the local link",
        "ff00::/8": "multicast",
        "::/3": "reserved",  # holds 100::/64 and 100:0:0:1::/64, which discard
        "4000::/2": "reserved",  # holds 5f00::/16, segment routing
        "8000::/1": "reserved",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Address:
    """An http or https address, taken apart once: the same parts are judged and connected to."""

    scheme: str  # "http" or "https"
    host: str  # lower-case ASCII, an IPv6 address without its brackets
    port: int
    target: str  # path and query, percent-encoded, beginning with "/"

    @property
    def origin(self) -> Origin:
        """Return what secrets are bound to (RFC 6454)."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Return the host as the Host header names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def parse(url: str) -> Address:
    """Take an address apart.

    Raises `AddressRefused` for other schemes than http and https, for user names, and for whatever in the
    authority two readers could understand differently.
    """
    parts = _PARTS.fullmatch(url)
    if parts is None or _CONTROL.search(url):
        raise AddressRefused(f"{_shown(url)} is not an http or https address")
    scheme, authority = parts[1].lower(), parts[2]
    if "@" in authority:
        raise AddressRefused("an address must not carry a user name: give username_env and password_env")
    host, port = _host_and_port(authority)
    return Address(scheme, host, _PORTS[scheme] if port is None else port, _target(parts[3], parts[4] or ""))


def check(host: str, addresses: Sequence[IPAddress], allowed: Sequence[IPNetwork] = ()) -> None:
    """Refuse a name if any single one of its addresses may not be contacted.

    `allowed` are networks that may be contacted whatever they are. Raises `AddressRefused`.
    """
    for address in addresses:
        if purpose := denied(address, allowed):
            leads = host if host == str(address) else f"{host} leads to {address}, which"
            raise AddressRefused(f"{leads} is {purpose}; if it is meant, name it in network.allow_private")


def denied(address: IPAddress, allowed: Iterable[IPNetwork] = ()) -> str:
    """Return what an address is reserved for, "" if it may be contacted."""
    if any(address in network for network in allowed):
        return ""
    return _reserved(address)


@lru_cache(maxsize=REMEMBERED)
def _reserved(address: IPAddress) -> str:
    return next((purpose for block, purpose in DENIED.items() if address in block), "")


@lru_cache(maxsize=REMEMBERED)
def literal(host: str) -> IPAddress | None:
    """Return the address that a host spells out in the usual notation, None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


@lru_cache(maxsize=REMEMBERED)
def _host_and_port(authority: str) -> tuple[str, int | None]:
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise AddressRefused(f"{_shown(authority)} is not a host and a port")
    host = str(_bracketed(parts[1])) if parts[1].startswith("[") else _name(parts[1])
    port = int(parts[2]) if parts[2] else None
    if port is not None and not 1 <= port <= 65535:
        raise AddressRefused(f"{port} is not a port: 1 to 65535 are")
    return host, port


def _bracketed(host: str) -> IPAddress:
    try:
        return IPv6Address(host[1:-1])
    except ValueError:
        raise AddressRefused(f"{_shown(host)} is not an IPv6 address") from None


def _name(host: str) -> str:
    """Return a host's name in lower-case ASCII, without its final dot."""
    name = ".".join(_label(label) for label in host.removesuffix(".").split("."))
    if len(name) > 253:
        raise AddressRefused(f"{_shown(name)} is longer than a host's name can be")
    return name


def _label(label: str) -> str:
    """Return one label of a name in ASCII.

    A label in another script becomes `xn--…`. One that folds into plain ASCII instead, as full-width
    digits and dots do, is a disguise and refused.
    """
    try:
        plain = label.lower() if label.isascii() else label.encode("idna").decode("ascii")
    except UnicodeError:
        plain = ""
    if not _LABEL.fullmatch(plain) or not (label.isascii() or plain.startswith("xn--")):
        raise AddressRefused(f"{_shown(label)} cannot be part of a host's name")
    return plain


def _target(path: str, query: str) -> str:
    """Return path and query with everything percent-encoded that may not stand there (RFC 3986); escapes stay."""
    try:
        return quote(path or "/", safe="/%:@!$&'()*+,;=~") + quote(query, safe="/%:@!$&'()*+,;=~?")
    except UnicodeError:  # a lone surrogate
        raise AddressRefused(f"{_shown(path + query)} is not text") from None


def _shown(text: str) -> str:
    """Return hostile text so that it can stand in a message."""
    return ascii(text if len(text) <= 120 else text[:119] + "…")
