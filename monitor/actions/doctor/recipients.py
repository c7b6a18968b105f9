"""Looks at each recipient: whether its channel takes messages, what is switched off, when it is told next."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor import schedule
from monitor.actions.doctor.check import Check, fault, fine, told
from monitor.delivery import CHANNELS, Channel, Means, open_channel
from monitor.errors import Blame, DeliveryError
from monitor.model import Recipient, RecipientReport, Smtp
from monitor.queue import SHARED_LANES

SECONDS = 30.0  # for each recipient's channel


async def channel(name: str, recipients: Sequence[Recipient], means: Means, now: datetime) -> list[Check]:
    """Return whether the channel `name` would take messages to each of `recipients`.

    What the configuration is known to lack is told there: nothing is tried without it.
    """
    if name not in CHANNELS:
        known = ", ".join(CHANNELS)
        fix = f"take another channel: this version has {known}"
        return [fault(_name(each), f"the channel {name} is not built in this version", fix) for each in recipients]
    tried = [each for each in recipients if not _lacks(each, means.smtp)]
    if not tried:
        return []
    try:
        async with open_channel(name, means) as opened:
            return await _each(opened, tried, now)
    except DeliveryError as error:  # it can't be opened at all
        return [_fault(tried, error)]


def states(recipients: Sequence[Recipient], reports: Mapping[str, RecipientReport]) -> list[Check]:
    """Return a fault for each recipient that is paused and each address that is switched off."""
    found = []
    for each in recipients:
        report, fix = reports[each.id], f"when that is mended: monitor recipient resume {each.id}"
        if report.paused:
            found.append(
                fault(_name(each), "it is paused: nothing is made for it", f"monitor recipient resume {each.id}")
            )
        off = [address for address in report.addresses if address.off]
        found += [fault(_name(each), f"{address.address} is switched off: {address.off}", fix) for address in off]
    return found


async def _each(opened: Channel, recipients: Sequence[Recipient], now: datetime) -> list[Check]:
    """Try one recipient after the other; a server that they share and that refuses one is not asked again."""
    found: list[Check] = []
    for number, each in enumerate(recipients):
        try:
            async with asyncio.timeout(SECONDS):
                found.append(fine(_name(each), f"{await opened.check(each)}; {_next(each, now)}"))
        except TimeoutError:
            fix = f"see that its server is up, then try: monitor recipient test {each.id}"
            found.append(fault(_name(each), f"no answer within {SECONDS:g} s", fix))
        except DeliveryError as error:
            if error.blame is Blame.CHANNEL and each.channel in SHARED_LANES:
                return [*found, _fault(recipients[number:], error)]
            found.append(_fault([each], error))
    return found


def _fault(recipients: Sequence[Recipient], error: DeliveryError) -> Check:
    first = recipients[0].id
    otherwise = f"mend what it says, then try: monitor recipient test {first}"
    return told(_name(*recipients), str(error), otherwise)


def _name(*recipients: Recipient) -> str:
    return f"recipient{'s' if len(recipients) > 1 else ''} {', '.join(each.id for each in recipients)}"


def _lacks(recipient: Recipient, smtp: Smtp | None) -> bool:
    if recipient.channel == "email":
        return smtp is None or smtp.lacks != ""
    return bool(recipient.secret_name) and recipient.secret is None


def _next(recipient: Recipient, now: datetime) -> str:
    slot = schedule.next_slot(recipient.schedule, recipient.timezone, now)
    if slot is None:
        return f"no digest is ever due by {recipient.schedule}"
    return f"next digest {slot.at.astimezone(ZoneInfo(recipient.timezone)):%Y-%m-%d %H:%M} {recipient.timezone}"
