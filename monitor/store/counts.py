"""Counts for health checks and metrics: each one grouped in the database, none reads a text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func
from sqlalchemy import select as pick
from sqlmodel import col, select

from monitor.model import READ_WHOLE, FeedHealth
from monitor.store.database import Database
from monitor.store.rows import DeliveryRow, FeedRow, TroubleRow


@dataclass(frozen=True, slots=True)
class Counts:
    """How much of each there is at one moment."""

    feeds: Mapping[str, int]  # by health, those of the configuration only
    outbox: Mapping[str, int]  # by state
    troubles: int  # that need a person
    blocked: int  # feeds of the configuration in whose place a page is served
    read_whole: int  # feeds whose known items are not cut out any more: cutting changed what was read


def read(db: Database) -> Counts:
    """Return how many feeds, messages and troubles there are."""
    health = case((col(FeedRow.paused), FeedHealth.PAUSED), else_=col(FeedRow.health))
    feeds = pick(health, func.count()).where(col(FeedRow.configured)).group_by(health)
    outbox = pick(col(DeliveryRow.state), func.count()).group_by(col(DeliveryRow.state))
    with db.read() as session:
        return Counts(
            feeds=dict(session.execute(feeds).all()),
            outbox=dict(session.execute(outbox).all()),
            troubles=session.scalar(pick(func.count()).select_from(TroubleRow)) or 0,
            blocked=session.scalar(_feeds(col(FeedRow.blocked))) or 0,
            read_whole=session.scalar(_feeds(col(FeedRow.item_hashes) == READ_WHOLE)) or 0,
        )


def _feeds(condition: Any) -> Any:
    return pick(func.count()).select_from(FeedRow).where(col(FeedRow.configured), condition)


def ping(db: Database) -> None:
    """Ask the database for an answer, and for nothing.

    :raises StoreError: if it gives none
    """
    with db.read() as session:
        session.exec(select(1)).one()
