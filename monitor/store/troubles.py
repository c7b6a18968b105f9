"""Verbs about troubles: which there are, since when, and which the operator has been told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select

from monitor.model import DeliveryState, Trouble
from monitor.store.database import Database
from monitor.store.rows import DeliveryRow, DigestRow, TroubleRow


@dataclass(frozen=True, slots=True)
class Standing:
    """A trouble as it is on record."""

    key: str
    words: str
    since: datetime
    told: bool


@dataclass(frozen=True, slots=True)
class Stuck:
    """A message that does not get through."""

    id: str
    recipient: str
    channel: str
    failed: bool  # for good; False: it is tried again
    last_error: str
    created: datetime


def standing(db: Database) -> list[Standing]:
    """Return the troubles on record, oldest first."""
    with db.read() as session:
        rows = session.exec(select(TroubleRow).order_by(col(TroubleRow.since), col(TroubleRow.key))).all()
    return [Standing(row.key, row.words, row.since, row.told is not None) for row in rows]


def begin(db: Database, troubles: Iterable[Trouble], now: datetime) -> None:
    """Put troubles on record, as not told yet."""
    with db.write() as session:
        for trouble in troubles:
            session.merge(TroubleRow(key=trouble.key, words=trouble.words, since=now))
        session.flush()


def tell(db: Database, keys: Iterable[str], now: datetime) -> None:
    """Write down that the operator's message about these troubles is in the outbox."""
    with db.write() as session:
        for row in session.exec(select(TroubleRow).where(col(TroubleRow.key).in_(list(keys)))):
            row.told = now
        session.flush()


def end(db: Database, keys: Iterable[str]) -> None:
    """Take troubles off the record."""
    with db.write() as session:
        for row in session.exec(select(TroubleRow).where(col(TroubleRow.key).in_(list(keys)))):
            session.delete(row)
        session.flush()


def stuck(db: Database, now: datetime, *, after_attempts: int, within: timedelta) -> list[Stuck]:
    """Return the digests' messages that failed for good or were tried often, made at most `within` before `now`."""
    query = (
        select(DeliveryRow, DigestRow.created)
        .join(DigestRow, col(DigestRow.id) == DeliveryRow.digest_id)
        .where(DigestRow.kind != "notice", DigestRow.created >= now - within)
        .where(
            (col(DeliveryRow.state) == DeliveryState.FAILED)
            | (
                col(DeliveryRow.state).in_((DeliveryState.WAITING, DeliveryState.UNCERTAIN, DeliveryState.SENDING))
                & (col(DeliveryRow.attempts) >= after_attempts)
            )
        )
        .order_by(col(DeliveryRow.id))
    )
    with db.read() as session:
        return [_stuck(row, created) for row, created in session.execute(query)]


def _stuck(row: DeliveryRow, created: datetime) -> Stuck:
    failed = row.state == DeliveryState.FAILED
    return Stuck(str(row.id), row.recipient, row.channel, failed, row.last_error, created)
