"""Looks up the names of all that is spoken to."""

import asyncio
from collections.abc import Iterable

from monitor import urls
from monitor.actions.doctor.check import Check, fault, fine
from monitor.config import Settings
from monitor.errors import FetchError
from monitor.net.guard import literal
from monitor.net.names import Names

SECONDS = 10.0  # for each name
SHOWN = 5  # names without an address that are told


async def resolve(settings: Settings, names: Names) -> Check:
    """Return how many of the hosts that are named have an address, naming those that have none."""
    hosts = sorted(set(filter(None, _hosts(settings))))
    if not hosts:
        return fine("DNS", "there is no name to look up")
    faults = [why for why in await asyncio.gather(*(_trouble(host, names) for host in hosts)) if why]
    told = f"{len(hosts) - len(faults)} of {len(hosts)} names have an address"
    if not faults:
        return fine("DNS", told)
    listed = ", ".join(faults[:SHOWN]) + (f" and {len(faults) - SHOWN} more" if len(faults) > SHOWN else "")
    return fault("DNS", f"{told}; not: {listed}", "check how they are spelt, and this machine's /etc/resolv.conf")


def _hosts(settings: Settings) -> Iterable[str]:
    """Yield the names that are spoken to; a host that is an IP address needs no look-up."""
    found = [urls.host(feed.url) for feed in settings.feeds]
    found += [urls.host(each.addresses[0]) for each in settings.recipients if each.channel == "webhook"]
    found += [urls.host(each.endpoint) for each in settings.recipients if each.endpoint]
    found += [urls.host(settings.language_model.url)] if settings.language_model else []
    found += [settings.smtp.host] if settings.smtp else []
    return (host for host in found if host and literal(host) is None)


async def _trouble(host: str, names: Names) -> str:
    """Return why `host` has no address, "" if it has one."""
    try:
        async with asyncio.timeout(SECONDS):
            await names.addresses(host)
    except TimeoutError:
        return f"{host} (no answer within {SECONDS:g} s)"
    except FetchError as error:
        return f"{host} ({error})"
    return ""
