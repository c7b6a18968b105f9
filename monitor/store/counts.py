"""Counts for health checks and metrics: none reads a text."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import case, func
from sqlalchemy import select as pick
from sqlmodel import col, select

from monitor.model import FEED_NEWS, READ_WHOLE, FeedHealth
from monitor.store import feeds
from monitor.store.database import Database
from monitor.store.rows import DeliveryRow, FeedRow, TroubleRow


@dataclass(frozen=True, slots=True)
class Counts:
    """How much of each there is at one moment."""

    feeds: Mapping[str, int]  # by health, those of the configuration only
    outbox: Mapping[str, int]  # by state
    troubles: int  # that need a person
    blocked: int  # feeds of the configuration in whose place a page is served
    silent: int  # of those, feeds that show nothing new for longer than their rhythm explains
    moved: int  # that are read where they moved for good
    gap: int  # that had one of late: two polls that share no item
    read_whole: int  # feeds whose known items are not cut out any more: cutting changed what was read


def read(db: Database) -> Counts:
    """Return how many feeds, messages and troubles there are."""
    health = case((col(FeedRow.paused), FeedHealth.PAUSED), else_=col(FeedRow.health))
    by_health = pick(health, func.count()).where(col(FeedRow.configured)).group_by(health)
    outbox = pick(col(DeliveryRow.state), func.count()).group_by(col(DeliveryRow.state))
    with db.read() as session:
        rows = session.exec(select(FeedRow).where(col(FeedRow.configured))).all()
        return Counts(
            feeds=dict(session.execute(by_health).all()),
            outbox=dict(session.execute(outbox).all()),
            troubles=session.scalar(pick(func.count()).select_from(TroubleRow)) or 0,
            blocked=sum(row.blocked for row in rows),
            silent=len(feeds.silent(session, rows)),
            moved=sum(row.address not in ("", row.url) for row in rows),
            gap=sum(_had_gap(row) for row in rows),
            read_whole=sum(row.item_hashes == READ_WHOLE for row in rows),
        )


def _had_gap(row: FeedRow) -> bool:
    return bool(row.gap_until and row.last_success and row.last_success - row.gap_until < FEED_NEWS)


def ping(db: Database) -> None:
    """Ask the database for an answer, and for nothing.

    :raises StoreError: if it gives none
    """
    with db.read() as session:
        session.exec(select(1)).one()
