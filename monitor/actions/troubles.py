"""Finds what needs a person, and tells the operator: once when it begins, once when it is over.

What stands here is what `status` lists, what the operator is written, and what the dashboard shows.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

import structlog

from monitor.actions import upkeep
from monitor.app import App
from monitor.digest import health
from monitor.encoders import choose
from monitor.model import FeedHealth, FeedReport, Notice, Recipient, Trouble
from monitor.pipeline.telling import Teller
from monitor.store import feeds, keeping, recipients
from monitor.store import troubles as store

log = structlog.get_logger()

SILENCE = timedelta(hours=24)  # of all feeds together
LATE_ATTEMPTS = 5  # about an hour after the first: a greylisting server has let it through by then
SHOWN_FOR = timedelta(days=14)  # a message that failed is nobody's trouble for ever
PEACE = timedelta(minutes=10)  # between two messages to the operator
WRITTEN = "operator written to"  # the name under which the moment of the last one is kept
LEAST_FREE = 200_000_000  # bytes on the database's disk


def current(app: App, now: datetime) -> list[Trouble]:
    """Return what needs a person now."""
    reports = feeds.reports(app.db, app.settings.feeds, counted=False)
    return [
        *_left_out(app),
        *_unlearnt(app),
        *_unreachable(app),
        *_stuck(app, now),
        *_silence(reports, feeds.oldest(app.db), now),
        *_dead(reports),
        *_disk(app),
        *_night(app),
        *_encoder(app),
    ]


def unsubscribed(app: App) -> list[str]:
    """Return who stopped the messages by their link, one line each: their choice, and no trouble."""
    return [
        f"{report.id} ({address.address}) {address.off}: take the address out of [recipients.{report.id}]"
        for report in recipients.reports(app.db, app.recipients).values()
        for address in report.addresses
        if address.off.startswith(recipients.UNSUBSCRIBED)
    ]


def tell(app: App, teller: Teller, now: datetime) -> None:
    """Put what began and what ended on record, and write to the operator about it."""
    found = {trouble.key: trouble for trouble in current(app, now)}
    standing = {row.key: row for row in store.standing(app.db)}
    if begun := [trouble for key, trouble in found.items() if key not in standing]:
        store.begin(app.db, begun, now)
        for trouble in begun:
            log.error("trouble", words=trouble.words)
    if not _may_write(app, now):
        return
    _tell_ended(app, teller, [row for key, row in standing.items() if key not in found], found.values(), now)
    _tell_begun(app, teller, found, now)


def _tell_begun(app: App, teller: Teller, found: dict[str, Trouble], now: datetime) -> None:
    """Write about every trouble that has not been told; the slot keeps a crash from telling it twice."""
    on_record = {row.key: row for row in store.standing(app.db)}
    untold = [on_record[key] for key in found if not on_record[key].told]
    operator = _operator(app, found.values())
    if not untold or operator is None:
        return
    more = f", and {len(untold) - 1} more" if len(untold) > 1 else ""
    notice = Notice(
        subject=f"monitor needs you: {untold[0].words}{more}",
        lines=(*(found[row.key].words for row in untold), "All that needs a person stands in: monitor status"),
    )
    teller.freeze_notice(operator, notice, _slot("trouble", untold), now)
    store.tell(app.db, [row.key for row in untold], now)
    keeping.keep(app.db, WRITTEN, now.isoformat())


def _tell_ended(
    app: App, teller: Teller, ended: Sequence[store.Standing], left: Iterable[Trouble], now: datetime
) -> None:
    if not ended:
        return
    for row in ended:
        log.warning("trouble is over", words=row.words)
    told = [row for row in ended if row.told]
    operator = _operator(app, left)
    if told and operator is not None:
        more = f", and {len(told) - 1} more" if len(told) > 1 else ""
        lines = (f"{row.words} (since {row.since:%Y-%m-%d %H:%M} UTC)" for row in told)
        teller.freeze_notice(
            operator, Notice(f"monitor: over: {told[0].words}{more}", tuple(lines)), _slot("over", told), now
        )
    store.end(app.db, [row.key for row in ended])


def _may_write(app: App, now: datetime) -> bool:
    """Tell whether the operator was left in peace for long enough: what comes and goes is no storm of mail."""
    kept = keeping.kept(app.db, WRITTEN)
    return not kept or abs(now - datetime.fromisoformat(kept)) >= PEACE


def _operator(app: App, found: Iterable[Trouble]) -> Recipient | None:
    """Return who hears of trouble: the operator, or somebody by another channel where that is the one in trouble."""
    reports = recipients.reports(app.db, app.recipients)
    reachable = {each.id: each for each in app.recipients if reports[each.id].open}
    named = next((each for each in app.recipients if each.id == app.settings.operator.recipient), None)
    if named is None:
        return None
    shut = {trouble.about for trouble in found}
    channels_shut = {each.channel for each in app.recipients if each.id in shut}
    if named.id in reachable and named.id not in shut and named.channel not in channels_shut:
        return named
    others = (each for each in reachable.values() if each.channel not in channels_shut and each.id not in shut)
    return next(others, named if named.id in reachable else None)


def _slot(kind: str, rows: Sequence[store.Standing]) -> str:
    """Return the name of a notice: the same for the same troubles."""
    named = "\n".join(f"{row.key} {row.since.isoformat()}" for row in rows)
    return f"{kind}-{blake2b(named.encode(), digest_size=8).hexdigest()}"


def _left_out(app: App) -> Iterator[Trouble]:
    for line in app.settings.left_out:
        yield Trouble(f"config {line}"[:200], f"left out of the configuration: {line}")


def _unlearnt(app: App) -> Iterator[Trouble]:
    for id, why in app.left_out.items():
        yield Trouble(f"topic {id}", f"topic {id} is left out until its seed can be read, which is tried hourly: {why}")


def _unreachable(app: App) -> Iterator[Trouble]:
    for report in recipients.reports(app.db, app.recipients).values():
        for address in report.addresses:
            if address.off and not address.off.startswith(recipients.UNSUBSCRIBED):
                then = f"Mended: monitor recipient resume {report.id}"
                words = f"{report.id} ({address.address}) gets nothing: {address.off}. {then}"
                yield Trouble(f"off {report.id} {address.address}", words, report.id)
    for recipient in app.recipients:
        if recipient.secret_name and recipient.secret is None:
            name = recipient.secret_name
            words = f"{recipient.id} gets nothing: neither {name} nor {name}_FILE is set"
            yield Trouble(f"secret {recipient.id}", words, recipient.id)
    mailed = [recipient for recipient in app.recipients if recipient.channel == "email"]
    if mailed and (app.settings.smtp is None or app.settings.smtp.lacks):
        lacks = "there is no [smtp]" if app.settings.smtp is None else f"{app.settings.smtp.lacks} is not set"
        yield Trouble("smtp", f"no mail can be sent: {lacks}", mailed[0].id)


def _stuck(app: App, now: datetime) -> Iterator[Trouble]:
    known = {recipient.id for recipient in app.recipients}
    found = store.stuck(app.db, now, after_attempts=LATE_ATTEMPTS, within=SHOWN_FOR)
    for message in (each for each in found if each.failed):
        words = (
            f"message {message.id} to {message.recipient} failed: {message.last_error}. "
            f"monitor outbox retry {message.id} sends it, monitor outbox drop {message.id} gives it up"
        )
        yield Trouble(f"failed {message.id}", words)
    waiting = [each for each in found if not each.failed and each.recipient in known]
    for channel in dict.fromkeys(each.channel for each in waiting):
        first = next(each for each in waiting if each.channel == channel)
        since = f"{first.created:%Y-%m-%d %H:%M} UTC"
        words = f"{channel}: {first.recipient} has waited for a message since {since}: {first.last_error}"
        yield Trouble(f"late {channel}", words, first.recipient)


def _silence(reports: Sequence[FeedReport], oldest: datetime | None, now: datetime) -> Iterator[Trouble]:
    watched = [each for each in reports if each.health is not FeedHealth.PAUSED]
    since = max((each.last_success for each in watched if each.last_success), default=oldest)
    if watched and since is not None and now - since > SILENCE:
        words = f"no feed could be read since {since:%Y-%m-%d %H:%M} UTC: is this machine cut off? See: monitor doctor"
        yield Trouble("feeds silent", words)


def _dead(reports: Sequence[FeedReport]) -> Iterator[Trouble]:
    for report in reports:
        if report.health is FeedHealth.DEAD:
            mend = f"monitor feed discover, pause or remove {report.feed.url}"
            words = f"feed {report.title} is dead: {health.line(report)}. {mend}"
            yield Trouble(f"dead {report.feed.url}", words)


def _disk(app: App) -> Iterator[Trouble]:
    if app.db.file is None:
        return
    free = shutil.disk_usage(app.db.file.parent).free
    if free < LEAST_FREE:
        words = f"the disk of {app.db.file} is nearly full: {free // 1_000_000} MB are free. See: monitor prune"
        yield Trouble("disk", words)


def _night(app: App) -> Iterator[Trouble]:
    if why := upkeep.failed(app):
        words = f"the night's work (backup, clearing out) could not be done: {why}. It is tried again every hour"
        yield Trouble("night", words)


def encoder_fault(app: App) -> str:
    """Return why the encoder that the configuration names is not used, "" if it is, or if none is named."""
    if app.settings.encoder == "none":
        return ""
    return choose(app.settings.encoder).fault or keeping.kept(app.db, keeping.ENCODER_FAULT)


def _encoder(app: App) -> Iterator[Trouble]:
    if fault := encoder_fault(app):
        words = f"articles are judged by words alone, and again once it works: {fault}"
        yield Trouble("encoder", words)
