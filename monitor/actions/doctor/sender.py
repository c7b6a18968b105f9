"""Looks at what the domain of `[smtp] from` says of its mail: SPF, DKIM and DMARC, as far as DNS answers.

Mail from a domain that says nothing is often taken for spam, and Gmail and Yahoo ask senders of bulk for all three.
"""

import asyncio
import re
from collections.abc import Awaitable, Sequence
from email.utils import parseaddr
from ipaddress import ip_network

from monitor import urls
from monitor.actions.doctor.check import Check, fault, fine
from monitor.errors import FetchError
from monitor.model import Smtp
from monitor.net.dns import Records
from monitor.net.guard import IPAddress, literal
from monitor.net.names import Names

SELECTORS = (  # names under which mail services and servers usually keep their key; they can't be listed
    *("default", "mail", "dkim", "google", "selector1", "selector2", "s1", "s2", "k1", "k2", "k3", "mta", "smtp"),
    *("mxvault", "fm1", "fm2", "fm3", "protonmail", "zoho", "mandrill", "mailjet", "pm", "sig1", "x", "key1"),
)
CLOSED = 'end its SPF record with "-all" or "~all"'
SILENT = "see that this machine can ask DNS (/etc/resolv.conf), then run monitor doctor again"


async def domain(smtp: Smtp, records: Records, names: Names) -> list[Check]:
    """Return what the sender's domain publishes of SPF, DKIM and DMARC."""
    name = parseaddr(smtp.sender)[1].rpartition("@")[2].lower()
    if "." not in name or name.startswith("["):
        return [fine("SPF, DKIM, DMARC", f"{name or smtp.sender} is no public domain: nothing to look up")]
    looks = {"SPF": spf(name, smtp, records, names), "DKIM": dkim(name, records), "DMARC": dmarc(name, records)}
    return list(await asyncio.gather(*(_answered(what, look) for what, look in looks.items())))


async def _answered(what: str, look: Awaitable[Check]) -> Check:
    try:
        return await look
    except FetchError as error:
        return fault(what, str(error), SILENT)


# ---------------------------------------------------------------- SPF (RFC 7208)


async def spf(name: str, smtp: Smtp, records: Records, names: Names) -> Check:
    """Return whether `name` says who may send its mail, and whether it names the mail server itself."""
    found = [text for text in await records.texts(name) if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]
    wanted = f'a TXT record at {name}, such as "v=spf1 {_term(smtp.host)} -all", or as your mail service tells'
    if not found:
        return fault("SPF", f"{name} has no SPF record", f"publish {wanted}")
    if len(found) > 1:
        return fault("SPF", f"{name} has {len(found)} SPF records, so that none counts", f"keep one: {wanted}")
    terms = found[0].lower().split()[1:]
    ending = next((term for term in terms if re.fullmatch(r"[-+~?]?all", term)), "")
    if ending in ("all", "+all"):
        return fault(
            "SPF", f"{name} lets anyone send in its name ({ending})", 'end its SPF record with "-all" or "~all"'
        )
    told = f"{name} has one SPF record"
    if ending in ("-all", "~all"):
        return fine("SPF", f"{told}, ending in {ending}; {await _names_server(name, terms, smtp.host, records, names)}")
    if redirect := next((term for term in terms if term.startswith("redirect=")), ""):
        return fine("SPF", f"{told}, {redirect}, which was not followed")
    return fault("SPF", f"{told} that says nothing of other senders", CLOSED)


def _term(host: str) -> str:
    """Return the term of a record that lets `host` send."""
    address = literal(host)
    return f"ip{address.version}:{address}" if address else f"a:{host}"


async def _names_server(name: str, terms: Sequence[str], host: str, records: Records, names: Names) -> str:
    """Say whether `a`, `mx`, `ip4` or `ip6` of the record name the mail server; no other term is looked into."""
    ours = await _addresses(host, names)
    if not ours:
        return f"whether it names {host} can't be told: {host} has no address"
    for term in terms:
        if set(ours) & set(await _meant(term, name, ours, records, names)):
            return f"it names {host} ({term})"
    other = [term for term in terms if term.startswith(("include:", "exists:", "ptr")) or "%" in term or "/" in term]
    if other:
        return f"it does not name {host} itself; not followed: {', '.join(other)}"
    return f"it does not name {host}: right only if that server hands its mail to another that it names"


async def _meant(
    term: str, name: str, ours: Sequence[IPAddress], records: Records, names: Names
) -> Sequence[IPAddress]:
    """Return addresses that one plain term lets send: of `ip4` and `ip6` those of `ours` within it."""
    kind, _, value = term.removeprefix("+").partition(":")
    if "%" in term or (kind in ("a", "mx") and "/" in value):
        return ()
    if kind in ("ip4", "ip6"):
        return [address for address in ours if _within(address, value)]
    if kind == "a":
        return await _addresses(value or name, names)
    if kind == "mx":
        hosts = await records.exchangers(value or name)
        return [address for host in hosts[:10] for address in await _addresses(host, names)]  # RFC 7208, 4.6.4
    return ()


def _within(address: IPAddress, network: str) -> bool:
    try:
        return address in ip_network(network, strict=False)
    except ValueError:
        return False


async def _addresses(host: str, names: Names) -> Sequence[IPAddress]:
    try:
        async with asyncio.timeout(5):
            return await names.addresses(host)
    except (TimeoutError, FetchError):
        return ()


# ---------------------------------------------------------------- DKIM (RFC 6376), DMARC (RFC 7489)


async def dkim(name: str, records: Records) -> Check:
    """Return under which of the usual names `name` keeps a key; its absence there proves nothing."""
    texts = await asyncio.gather(*(records.texts(f"{selector}._domainkey.{name}") for selector in SELECTORS))
    found = {selector: _tags(text) for selector, all_ in zip(SELECTORS, texts, strict=True) for text in all_}
    keys = [selector for selector, tags in found.items() if tags.get("p")]
    if keys:
        return fine("DKIM", f"{name} has a key under {', '.join(keys)}; whether the mail server signs was not tried")
    ask = "ask your mail service for its DKIM record and publish it"
    return fine("DKIM", f"{name} has no key under the {len(SELECTORS)} usual names; it may have one under another", ask)


async def dmarc(name: str, records: Records) -> Check:
    """Return what `name`, or else its registrable domain, wants done with mail that only claims to be its own."""
    above = urls.domain(f"https://{name}/")
    for place in dict.fromkeys((name, above)):
        found = [tags for tags in map(_tags, await records.texts(f"_dmarc.{place}")) if tags.get("v") == "DMARC1"]
        if len(found) > 1:
            return fault("DMARC", f"_dmarc.{place} has {len(found)} records, so that none counts", "keep one of them")
        if found:
            return _policy(found[0], place, name)
    mend = f'publish a TXT record at _dmarc.{above}, such as "v=DMARC1; p=none; rua=mailto:postmaster@{above}"'
    return fault("DMARC", f"{name} has no DMARC record", mend)


def _policy(tags: dict[str, str], place: str, name: str) -> Check:
    policy = (tags.get("sp") if place != name else "") or tags.get("p", "")
    if policy not in ("none", "quarantine", "reject"):
        return fault("DMARC", f"_dmarc.{place} has no policy", "give its record p=none, p=quarantine or p=reject")
    return fine("DMARC", f"_dmarc.{place} says {policy}" + (f" for {name}" if place != name else ""))


def _tags(text: str) -> dict[str, str]:
    """Return the tags of a record like `v=DMARC1; p=none`."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {tag.strip().lower(): value.strip() for tag, _, value in pairs}
