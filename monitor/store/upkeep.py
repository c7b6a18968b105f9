"""Keeps the database small, and makes a restored one know that time has passed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, false, func, or_, update
from sqlmodel import col, select

from monitor.model import DeliveryState
from monitor.store.database import Database
from monitor.store.outbox import OPEN
from monitor.store.rows import (
    ArticleRow,
    DeliveryRow,
    DigestRow,
    FeedbackRow,
    JudgementRow,
    StoryPartRow,
    SummaryRow,
    VectorRow,
    VersionRow,
)

BATCH = 500  # rows in one transaction: others wait for it, and an article's text may be long
ID_GAP = 100_000  # numbers left free for the digests that were made after a backup: their files may still be there
ENDED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DROPPED)
HELD = (
    "it was on its way when the backup was made that has been restored: it may have been sent since; "
    "send it with monitor outbox retry, or give it up with monitor outbox drop"
)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was taken away, or would be."""

    articles: int  # whose text was emptied
    judgements: int  # that were removed
    messages: int  # whose bytes were emptied


def prune(
    db: Database,
    now: datetime,
    *,
    articles_days: float,
    rejected_days: float,
    keep_days: float,
    thresholds: Mapping[str, float],
    told: Mapping[str, int] = {},
    story_hours: float = 72.0,
    dry_run: bool = False,
) -> Pruned:
    """Take away what is past its time; with `dry_run` only count it.

    What `thresholds` (`digest_at` by topic id) or a filter rejected goes `rejected_days` after its article was seen
    last; texts, earlier versions, vectors and all judgements of an article go after `articles_days`, and so do
    summaries and the bytes of messages that have ended. Nothing goes within `keep_days`, nor a match with an article id
    beyond the one that `told` has for its topic: it waits for a digest that a service which stood still, or a rare
    schedule, has yet to make. What compares an article with later ones goes after `story_hours`; the story that it
    belongs to stays. Keys, sightings, answers, judgements that were answered, and what recipients have had stay for
    ever, and an emptied article counts as baseline, so that what comes back is never
    announced again.
    """
    old = now - timedelta(days=max(articles_days, keep_days))
    rejected = now - timedelta(days=max(rejected_days, keep_days))
    untold = _untold(thresholds, told)
    judgements = and_(_judgements(old, rejected, thresholds), ~untold)
    waits = exists().where(col(JudgementRow.article_id) == ArticleRow.id, untold)
    texts = and_(_seen_before(old), ~waits, or_(col(ArticleRow.text) != "", ~col(ArticleRow.baseline)))
    payloads = and_(
        col(DeliveryRow.state).in_(ENDED), col(DeliveryRow.date) < old, func.length(DeliveryRow.payload) > 0
    )
    if dry_run:
        return Pruned(
            articles=_count(db, ArticleRow, texts),
            judgements=_count(db, JudgementRow, judgements),
            messages=_count(db, DeliveryRow, payloads),
        )
    _each(db, VectorRow, _article_seen_before(old, VectorRow), None)
    _each(db, VersionRow, _article_seen_before(old, VersionRow), None)
    with db.write() as session:
        session.execute(delete(SummaryRow).where(col(SummaryRow.at) < old))
    window = now - timedelta(hours=story_hours)
    closed = exists().where(col(ArticleRow.id) == col(StoryPartRow.article_id), col(ArticleRow.first_seen) < window)
    _each(db, StoryPartRow, and_(closed, col(StoryPartRow.words) != b""), {"words": b"", "signature": b""})
    return Pruned(
        judgements=_each(db, JudgementRow, judgements, None),
        articles=_each(db, ArticleRow, texts, {"text": "", "baseline": True}),
        messages=_each(db, DeliveryRow, payloads, {"payload": b"", "progress": []}),
    )


def hold_messages(db: Database, now: datetime) -> int:
    """Hold every message that is on its way until a person decides; return how many there are.

    Digests made from now on get numbers beyond those that were made after the backup.
    """
    with db.write() as session:
        held = update(DeliveryRow).where(col(DeliveryRow.state).in_((*OPEN, DeliveryState.SENDING)))
        values = {"state": DeliveryState.UNCERTAIN, "unsure": True, "next_attempt": None, "leased_until": None}
        count: int = session.execute(held.values(**values, last_error=HELD)).rowcount  # type: ignore[attr-defined]
        newest = session.exec(select(func.max(DigestRow.id))).one() or 0
        session.add(
            DigestRow(
                id=newest + ID_GAP,
                recipient="",
                slot=f"restored-{now:%Y%m%dT%H%M%S.%f}",
                created=now,
                subject="Restored from a backup",
                kind="notice",
            )
        )
        session.flush()
    return count


def close_log(db: Database) -> None:
    """Make a SQLite database that nobody else has open one single file."""
    db.engine.dispose()
    with db.engine.connect() as connection:
        connection.rollback()
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA journal_mode = DELETE")


def _judgements(old: datetime, rejected: datetime, thresholds: Mapping[str, float]) -> ColumnElement[bool]:
    """Select the judgements that may go; those of a topic that left the configuration stay as long as articles do."""
    below = [and_(col(JudgementRow.topic) == topic, col(JudgementRow.score) < low) for topic, low in thresholds.items()]
    ends = [
        _article_seen_before(old),
        and_(_article_seen_before(rejected), or_(col(JudgementRow.filtered) != "", *below)),
    ]
    return and_(or_(*ends), ~_answered())


def _untold(thresholds: Mapping[str, float], told: Mapping[str, int]) -> ColumnElement[bool]:
    """Select the matches that a recipient still waits for."""
    parts = [
        and_(
            col(JudgementRow.topic) == topic,
            col(JudgementRow.article_id) > told[topic],
            col(JudgementRow.score) >= low,
            col(JudgementRow.filtered) == "",
        )
        for topic, low in thresholds.items()
        if topic in told
    ]
    return or_(false(), *parts)


def _answered() -> ColumnElement[bool]:
    """Select judgements of which a person said whether they are right: their ids go on naming the answers."""
    return exists().where(
        col(FeedbackRow.topic) == col(JudgementRow.topic), col(FeedbackRow.article_id) == col(JudgementRow.article_id)
    )


def _article_seen_before(moment: datetime, table: Any = JudgementRow) -> ColumnElement[bool]:
    """Select judgements of such articles, or rows of `table`.

    Each is looked up by itself: a list of all would be read anew for each batch.
    """
    return exists().where(col(ArticleRow.id) == table.article_id, _seen_before(moment))


def _seen_before(moment: datetime) -> ColumnElement[bool]:
    """Select articles that were neither seen for the first time nor told otherwise since `moment`."""
    return and_(
        col(ArticleRow.first_seen) < moment,
        or_(col(ArticleRow.updated_at).is_(None), col(ArticleRow.updated_at) < moment),
    )


def _count(db: Database, table: Any, which: ColumnElement[bool]) -> int:
    with db.read() as session:
        return int(session.exec(select(func.count()).select_from(table).where(which)).one())


def _each(db: Database, table: Any, which: ColumnElement[bool], values: Mapping[str, Any] | None) -> int:
    """Change the rows to `values`, or remove them, a batch at a time; return how many they were."""
    count = 0
    for ids in _batches(db, table, which):
        mine = and_(
            _key(table).in_(ids), which
        )  # looked at again under the lock: an article may have been told otherwise
        statement = delete(table).where(mine) if values is None else update(table).where(mine).values(**values)
        with db.write() as session:
            count += session.execute(statement.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined]
    return count


def _batches(db: Database, table: Any, which: ColumnElement[bool]) -> Iterator[Sequence[int]]:
    key, last = _key(table), 0
    while True:
        with db.read() as session:
            query = select(key).where(which, key > last).order_by(key).limit(BATCH)
            ids = session.exec(query).all()
        if not ids:
            return
        yield ids
        last = ids[-1]


def _key(table: Any) -> Any:
    """Return the column that names the rows of a table."""
    return table.article_id if table in (VectorRow, StoryPartRow) else table.id
