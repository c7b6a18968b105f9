"""Mends what a clock that ran ahead wrote: nothing may wait for a day that will not come for a year."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Update, update
from sqlmodel import col

from monitor.store.database import Database
from monitor.store.outbox import LEASE
from monitor.store.rows import ArticleRow, DeliveryRow, FeedRow, HostRow

SLACK = timedelta(minutes=5)  # by which clocks differ or are set right without anything being wrong
LONGEST_WAIT = timedelta(hours=24)  # of a feed, a host or a message, whatever is asked


def bring_back(db: Database, now: datetime) -> None:
    """Bring what lies further ahead of `now` than it can rightly lie back to where it belongs.

    A feed whose last poll lies ahead is due; a host rests for a day at most; an article was seen now; a message is due.
    """
    with db.write() as session:
        for statement in _statements(now):
            session.execute(statement)


def _statements(now: datetime) -> Iterator[Update]:
    polled_ahead = (col(FeedRow.polled_at) > now + SLACK) & (col(FeedRow.next_poll) > now)
    too_late = col(FeedRow.next_poll) > now + LONGEST_WAIT + SLACK
    yield update(FeedRow).where(polled_ahead | too_late).values(next_poll=now)
    for column in (FeedRow.moved_since, FeedRow.failing_since, FeedRow.validators_since):
        yield update(FeedRow).where(col(column) > now + SLACK).values({col(column): now})
    rested = now + LONGEST_WAIT
    yield update(HostRow).where(col(HostRow.hold_until) > rested).values(hold_until=rested)
    for column in (ArticleRow.published, ArticleRow.updated_at, ArticleRow.first_seen):
        yield (
            update(ArticleRow)
            .where(col(ArticleRow.first_seen) > now + SLACK, col(column) > now)
            .values({col(column): now})
        )
    yield update(DeliveryRow).where(col(DeliveryRow.leased_until) > now + LEASE).values(leased_until=now + LEASE)
    made_ahead = (col(DeliveryRow.date) > now + SLACK) & (col(DeliveryRow.next_attempt) > now)
    too_late = col(DeliveryRow.next_attempt) > now + LONGEST_WAIT + SLACK  # a receiver may ask for a day
    yield update(DeliveryRow).where(made_ahead | too_late).values(next_attempt=now)
