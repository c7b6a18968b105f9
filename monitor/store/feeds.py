"""Verbs about feeds: which are due, what their polls left, how they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import extract, func, inspect, update
from sqlmodel import Session, col, select

from monitor import urls
from monitor.model import READ_WHOLE, Feed, FeedHealth, FeedReport, FeedState, Moved, Wishes
from monitor.net.hosts import host_name, resting_name
from monitor.store.database import Database, chunks
from monitor.store.rows import ArticleRow, FeedRow, HostRow, SightingRow

DAY = timedelta(days=1)
SILENT = timedelta(days=3)  # a long weekend is no silence
RHYTHM = timedelta(days=28)
HOURS_OF = timedelta(days=14)
MISSED = 8  # articles that should have come meanwhile: so many make chance unlikely


@dataclass(frozen=True, slots=True)
class Claims:
    """Feeds that are this process's to poll now."""

    states: tuple[FeedState, ...]
    held: int  # feeds that were wanted, but stopped by the floor, by a host that asked for rest or by one that is dead


def sync(db: Database, feeds: Sequence[Feed], now: datetime) -> None:
    """Make the stored feeds those of the configuration; one that left it keeps its articles and is not polled."""
    wanted = {feed.url: feed for feed in feeds}
    with db.write() as session:
        rows = {row.url: row for row in session.exec(select(FeedRow))}
        for url, row in rows.items():
            row.configured = url in wanted
            if url in wanted and wanted[url].title:
                row.title = wanted[url].title
        for url in (url for url in wanted if url not in rows):
            session.add(FeedRow(url=url, title=wanted[url].title, added_at=now, next_poll=now))
        session.flush()


def claim_due(
    db: Database, feeds: Iterable[Feed], now: datetime, *, floor: timedelta, everything: bool = False
) -> Claims:
    """Claim every feed of `feeds` that is due at `now` and return it with its state.

    `everything` sets the schedule aside, never the floor between two polls, nor a host's wish for rest.
    Of the dead feeds of a host that says nothing one a day is tried, each in its turn.
    The claim is written first: a poll that dies still counts for the floor.
    """
    named = {feed.url: feed for feed in feeds}
    with db.write() as session:
        resting = set(session.exec(select(HostRow.name).where(col(HostRow.hold_until) > now)))
        tried = set() if everything else _tried_in_vain(session, now)
        claimed: list[FeedState] = []
        held = 0
        for row in session.execute(_pollable(now, everything=everything)):
            if row.url not in named:
                continue
            dead = set() if everything else _dead_host(row)
            if _too_soon(row, now, floor) or _rests(row, resting) or dead & tried:
                held += 1
                continue
            tried |= dead
            claimed.append(_state(row, named[row.url]))
        for ids in chunks([state.id for state in claimed]):
            claim = update(FeedRow).where(col(FeedRow.id).in_(ids))
            session.execute(claim.values(polled_at=now, next_poll=now + floor))
    return Claims(tuple(claimed), held)


def release(db: Database, state: FeedState, until: datetime) -> None:
    """Give a claimed feed back unpolled, because its host asked for rest; it is due again at `until`."""
    with db.write() as session:
        row = session.get_one(FeedRow, state.id)
        row.next_poll = until
        session.flush()


def hold(db: Database, url: str, until: datetime) -> None:
    """Write down that all that rests together with the server of `url` asked for rest until then."""
    with db.write() as session:
        rest(session, resting_name(url), until)


def rest(session: Session, name: str, until: datetime) -> None:
    """Let what `net.hosts` names so rest; a longer rest that was asked for earlier stays."""
    row = session.get(HostRow, name) or HostRow(name=name, hold_until=until)
    row.hold_until = max(row.hold_until, until)
    session.add(row)
    session.flush()


def holds(db: Database, now: datetime) -> dict[str, datetime]:
    """Return what asked for rest, by the name that `net.hosts` gives it, with the end of it."""
    with db.read() as session:
        rows = session.exec(select(HostRow).where(col(HostRow.hold_until) > now))
        return {row.name: row.hold_until for row in rows}


def pause(db: Database, url: str, *, paused: bool, now: datetime) -> bool:
    """Pause a feed or let it go on, afresh; return whether there is such a feed."""
    with db.write() as session:
        row = session.exec(select(FeedRow).where(FeedRow.url == url)).one_or_none()
        if row is None:
            return False
        row.paused = paused
        if not paused:
            row.next_poll = now
            row.health = FeedHealth.OK if row.last_success else FeedHealth.NEW
            row.failures, row.failing_since, row.blocked = 0, None, False
        session.flush()
    return True


def learn_hours(db: Database, now: datetime) -> None:
    """Write down for each feed how many articles of the last two weeks were published in each hour of the day (UTC).

    What its first poll found is left out: a feed may begin with all that one morning brought.
    """
    moment: Any = col(ArticleRow.published)
    if db.engine.dialect.name == "postgresql":
        moment = func.timezone("UTC", moment)
    hour = extract("hour", moment)
    counting = (
        select(ArticleRow.feed_id, hour, func.count())
        .where(col(ArticleRow.first_seen) > now - HOURS_OF, ~col(ArticleRow.caught_up))
        .group_by(col(ArticleRow.feed_id), hour)
    )
    found: dict[int, list[int]] = {}
    with db.read() as session:  # seconds in a large database: nobody waits for them
        for feed, at, count in session.execute(counting):
            found.setdefault(feed, [0] * 24)[int(at)] = count
    with db.write() as session:
        for row in session.exec(select(FeedRow).where(col(FeedRow.configured))):
            row.hours = found.get(row.id or 0, [])
        session.flush()


def oldest(db: Database) -> datetime | None:
    """Return when the first of the configured feeds was added, None if there is none."""
    with db.read() as session:
        return session.exec(select(func.min(FeedRow.added_at)).where(col(FeedRow.configured))).one()


def reports(db: Database, feeds: Iterable[Feed], *, counted: bool = True) -> list[FeedReport]:
    """Return how each configured feed is, by title; `counted` says whether its articles are counted."""
    named = {feed.url: feed for feed in feeds}
    counting = select(SightingRow.feed_id, func.count()).group_by(col(SightingRow.feed_id))
    with db.read() as session:
        counts: dict[int, int] = dict(session.execute(counting).all()) if counted else {}
        rows = session.exec(select(FeedRow).where(col(FeedRow.configured))).all()
        told = silent(session, rows)
    found = [
        _report(row, named[row.url], counts.get(row.id or 0, 0), told.get(row.id or 0, ""))
        for row in rows
        if row.url in named
    ]
    return sorted(found, key=lambda report: (report.title.casefold(), report.feed.url))


def silent(session: Session, rows: Sequence[FeedRow]) -> dict[int, str]:
    """Return, by feed id, how long a feed has shown nothing new, in words, where its rhythm does not explain it."""
    mine = SightingRow.feed_id == FeedRow.id
    first, last = (select(which(SightingRow.at)).where(mine).scalar_subquery() for which in (func.min, func.max))
    spans = {id: (begin, end) for id, begin, end in session.execute(select(FeedRow.id, first, last)) if end}
    found = {row.id or 0: _silence(session, row, *spans[row.id]) for row in rows if row.id in spans}
    return {id: words for id, words in found.items() if words}


def _pollable(now: datetime, *, everything: bool) -> Any:
    query: Any = select(*inspect(FeedRow).columns)  # columns, not rows: objects of ten thousand feeds cost more
    query = query.where(col(FeedRow.configured), ~col(FeedRow.paused), col(FeedRow.next_poll).is_not(None))
    if not everything:
        query = query.where(col(FeedRow.next_poll) <= now)
    return query.order_by(col(FeedRow.next_poll), col(FeedRow.id)).with_for_update(skip_locked=True)


def _too_soon(row: Any, now: datetime, floor: timedelta) -> bool:
    """Tell whether the floor holds the feed; a clock that went back holds it for twice the floor at most."""
    return row.polled_at is not None and abs(now - row.polled_at) < floor


def _rests(row: Any, resting: set[str]) -> bool:
    return bool(resting) and resting_name(row.address or row.url) in resting


def _tried_in_vain(session: Session, now: datetime) -> set[str]:
    """Return the hosts that said nothing to a dead feed within the last day, or are asked by one at this moment."""
    columns = (FeedRow.url, FeedRow.address, FeedRow.health, FeedRow.unanswered)
    query = select(*columns).where(col(FeedRow.configured), FeedRow.health == FeedHealth.DEAD)
    lately = query.where(col(FeedRow.polled_at) > now - DAY, col(FeedRow.polled_at) <= now)
    return {host for row in session.execute(lately) for host in _dead_host(row)}


def _dead_host(row: Any) -> set[str]:
    """Return the host of a dead feed whose server says nothing, alone in a set; an empty one of all others."""
    return {host_name(row.address or row.url)} if row.unanswered and row.health == FeedHealth.DEAD else set()


def _state(row: Any, feed: Feed) -> FeedState:
    moved = Moved(row.moved_to, row.moved_count, row.moved_since) if row.moved_to and row.moved_since else None
    return FeedState(
        id=row.id,
        feed=replace(feed, title=row.title) if not feed.title else feed,
        address=row.address or row.url,
        etag=row.etag,
        last_modified=row.last_modified,
        validators_at=row.validators_at or row.address or row.url,
        validators_since=row.validators_since,
        body_hash=row.body_hash,
        item_hashes=row.item_hashes,
        interval_minutes=row.interval_minutes,
        failures=row.failures,
        failing_since=row.failing_since,
        last_success=row.last_success,
        hours=tuple(row.hours),
        wishes=Wishes(row.asked_minutes, tuple(row.skip_hours), tuple(row.skip_days)),
        moved=moved,
    )


def _silence(session: Session, row: FeedRow, first: datetime, last: datetime) -> str:
    """Return how long a feed that showed something new from `first` to `last` has been silent, "" if it is not.

    Its rhythm is how much came in the `RHYTHM` before its last news; what its first poll found there says nothing.
    """
    if row.last_success is None or (silent := row.last_success - last) < SILENT:
        return ""
    start = max(first, last - RHYTHM)
    came = select(func.count()).where(
        SightingRow.feed_id == row.id, col(SightingRow.at) > start, col(SightingRow.at) <= last
    )
    count, span = session.exec(came).one(), last - start
    if span < SILENT or count * silent < MISSED * span:
        return ""
    return f"silent for {silent.days} days, usually {_rhythm(count / (span / DAY))}"


def _rhythm(a_day: float) -> str:
    if a_day >= 1.5:
        return f"{a_day:.0f} a day"
    return f"{a_day * 7:.0f} a week" if a_day * 7 >= 1.5 else f"{a_day * 30:.0f} a month"


def _report(row: FeedRow, feed: Feed, articles: int, silence: str) -> FeedReport:
    moved = row.address != "" and row.address != row.url
    return FeedReport(
        id=row.id or 0,
        feed=feed,
        title=feed.title or row.title or urls.host(row.url),
        health=FeedHealth.PAUSED if row.paused else FeedHealth(row.health),
        last_success=row.last_success,
        last_error=row.last_error,
        next_poll=None if row.paused else row.next_poll,
        interval_minutes=row.interval_minutes,
        articles=articles,
        failing_since=row.failing_since,
        failures=row.failures,
        blocked=row.blocked,
        silence=silence,
        moved_to=row.address if moved else "",
        moved_at=row.moved_since if moved and not row.moved_to else None,
        gap=(row.gap_from, row.gap_until) if row.gap_from and row.gap_until else None,
        read_whole=row.item_hashes == READ_WHOLE,
    )
