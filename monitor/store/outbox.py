"""Verbs about digests and their deliveries: freeze, claim, finish.

One transaction makes a digest: its row (one per recipient and slot), the exact bytes of every message, and the claim on
its stories. A sender leases a message, sends it, and writes down the outcome; a lease that ran out means that the
outcome is unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from monitor.errors import DeliveryError, UsageError
from monitor.model import Delivery, DeliveryState, DigestRecord
from monitor.store.database import Database
from monitor.store.rows import DeliveryRow, DigestRow, HadRow, JudgementRow, RecipientRow

LEASE = timedelta(minutes=2)  # a dead sender's message is free again after it
PAYLOAD: Any = DeliveryRow.payload
OPEN = (DeliveryState.WAITING, DeliveryState.UNCERTAIN)
WORST_FIRST = (
    DeliveryState.FAILED,
    DeliveryState.UNCERTAIN,
    DeliveryState.WAITING,
    DeliveryState.SENDING,
    DeliveryState.DROPPED,
    DeliveryState.SENT,
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message, rendered, for one address."""

    channel: str
    address: str
    message_id: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Frozen:
    """All that makes a digest, written together."""

    recipient: str
    slot: str
    topics: tuple[str, ...]
    subject: str
    stories: int
    sections: Sequence[Mapping[str, Any]]  # as `digest show` prints them
    told: tuple[str, ...]  # ids of the stories that are announced by it
    told_article: int | None  # articles up to this id are told or passed over by it; None: it tells nothing new
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a recipient has been told."""

    settled: datetime | None  # its slots up to here are dealt with; None: its first digest is still to come
    told_until: datetime | None = None  # end of its last digest's window
    told_article: int | None = None  # articles up to this id were told or passed over, whatever the clock said


def standing(db: Database, recipient: str) -> Standing:
    """Return how far `recipient` has been told."""
    with db.read() as session:
        row = session.get(RecipientRow, recipient)
    return Standing(row.settled, row.told_until, row.told_article) if row else Standing(None)


def had(db: Database, recipient: str) -> frozenset[str]:
    """Return the ids of the stories of which `recipient` has had something, under whatever topic it was told."""
    mine = select(HadRow.topic, HadRow.story).where(HadRow.recipient == recipient)
    elsewhere = (
        select(JudgementRow.topic, JudgementRow.story)
        .join(HadRow, col(HadRow.story) == JudgementRow.article_id)
        .where(HadRow.recipient == recipient)
    )
    with db.read() as session:
        return frozenset(f"{topic}-{story}" for topic, story in session.execute(mine.union(elsewhere)))


def drop_open(db: Database) -> None:
    """Give up every message that is not sent yet, as a rehearsal does with those of its original."""
    with db.write() as session:
        unsent = col(DeliveryRow.state).in_((*OPEN, DeliveryState.SENDING))
        session.execute(update(DeliveryRow).where(unsent).values(state=DeliveryState.DROPPED, next_attempt=None))


def settle(db: Database, recipient: str, now: datetime) -> None:
    """Write down that the recipient's slots up to `now` are dealt with, though nothing was worth a digest."""
    with db.write() as session:
        row = session.get(RecipientRow, recipient) or RecipientRow(id=recipient)
        row.settled = now
        session.add(row)
        session.flush()


def freeze(db: Database, digest: Frozen, now: datetime, *, settles: bool) -> str | None:
    """Write a digest, its messages and its claims; return its id, None if another already told the slot or a story.

    `settles` says that the recipient's slots up to `now` are dealt with by it.
    """
    try:
        with db.write() as session:
            row = DigestRow(
                recipient=digest.recipient,
                slot=digest.slot,
                created=now,
                topics=list(digest.topics),
                subject=digest.subject,
                stories=digest.stories,
                sections=list(digest.sections),
            )
            session.add(row)
            session.flush()
            assert row.id is not None
            for message in digest.messages:
                session.add(_delivery_row(row.id, digest.recipient, message, now))
            for story in digest.told:
                topic, _, number = story.rpartition("-")
                session.add(HadRow(recipient=digest.recipient, topic=topic, story=int(number), digest_id=row.id))
            if digest.told_article is not None:
                _tell_until(session, digest, now, settles=settles)
            session.flush()
            return str(row.id)
    except IntegrityError:
        return None


def claim(db: Database, now: datetime) -> Delivery | None:
    """Lease the next message that is due and return it; None if nothing is.

    A message whose lease ran out while it was being sent is `uncertain` first, and is then sent again as it is.
    """
    with db.write() as session:
        lost = select(DeliveryRow).where(
            DeliveryRow.state == DeliveryState.SENDING, col(DeliveryRow.leased_until) <= now
        )
        for row in session.exec(lost):
            row.state, row.next_attempt, row.leased_until = DeliveryState.UNCERTAIN, now, None
            row.last_error = "the sender stopped between sending and writing down the outcome"
        session.flush()
        due = (
            select(DeliveryRow)
            .where(col(DeliveryRow.state).in_(OPEN), col(DeliveryRow.next_attempt) <= now)
            .order_by(col(DeliveryRow.next_attempt), col(DeliveryRow.id))
            .with_for_update(skip_locked=True)
        )
        claimed = session.exec(due).first()
        if claimed is None:
            return None
        claimed.state, claimed.leased_until = DeliveryState.SENDING, now + LEASE
        claimed.attempts += 1
        session.flush()
        return _delivery(claimed)


def finish(
    db: Database, delivery: Delivery, error: DeliveryError | None, next_attempt: datetime | None = None
) -> Delivery:
    """Write down how an attempt ended and return the message as it stands now.

    With an error and a `next_attempt` the message waits; with an error and none it has failed for good.
    """
    with db.write() as session:
        row = session.get_one(DeliveryRow, int(delivery.id))
        row.leased_until = None
        row.last_error = str(error) if error else ""
        row.next_attempt = next_attempt
        if error is None:
            row.state = DeliveryState.SENT
        else:
            row.state = DeliveryState.WAITING if next_attempt else DeliveryState.FAILED
        session.flush()
        return _delivery(row)


def deliveries(db: Database) -> list[Delivery]:
    """Return every message, newest first, without its bytes."""
    with db.read() as session:
        query = select(DeliveryRow).options(defer(PAYLOAD)).order_by(col(DeliveryRow.id).desc())
        return [_delivery(row, whole=False) for row in session.exec(query)]


def retry(db: Database, delivery_id: str, now: datetime) -> Delivery:
    """Make a message due at once, under its old Message-ID.

    :raises UsageError: if there is no such message, or it was sent already
    """
    with db.write() as session:
        row = _row(session, delivery_id)
        if row.state in (DeliveryState.SENT, DeliveryState.SENDING):
            raise UsageError(f"message {delivery_id} is {row.state}: it is not sent again")
        if row.state != DeliveryState.UNCERTAIN:
            row.state = DeliveryState.WAITING
        row.next_attempt = now
        session.flush()
        return _delivery(row)


def drop(db: Database, delivery_id: str) -> Delivery:
    """Give a message up, so that it is never sent.

    :raises UsageError: if there is no such message, or it was sent already
    """
    with db.write() as session:
        row = _row(session, delivery_id)
        if row.state in (DeliveryState.SENT, DeliveryState.SENDING):
            raise UsageError(f"message {delivery_id} is {row.state}: it can't be dropped")
        row.state, row.next_attempt = DeliveryState.DROPPED, None
        session.flush()
        return _delivery(row)


def digests(db: Database, recipient: str = "") -> list[DigestRecord]:
    """Return the digests that were made, newest first; `recipient` keeps only its own."""
    query = select(DigestRow).order_by(col(DigestRow.created).desc(), col(DigestRow.id).desc())
    if recipient:
        query = query.where(DigestRow.recipient == recipient)
    with db.read() as session:
        states = _states(session)
        return [_record(row, states) for row in session.exec(query)]


def digest(db: Database, reference: str) -> tuple[DigestRecord, bytes]:
    """Return one digest, by its id or as the latest of a recipient, and the exact bytes of its first message.

    :raises UsageError: if there is none
    """
    latest = select(DigestRow).where(DigestRow.recipient == reference).order_by(col(DigestRow.id).desc())
    with db.read() as session:
        by_id = session.get(DigestRow, int(reference)) if reference.isdecimal() and len(reference) < 19 else None
        row = by_id or session.exec(latest).first()
        if row is None:
            raise UsageError(f"there is no digest {reference}: see monitor digest list")
        mine = select(DeliveryRow.payload).where(DeliveryRow.digest_id == row.id).order_by(col(DeliveryRow.id))
        return _record(row, _states(session)), session.exec(mine).first() or b""


def _states(session: Session) -> dict[int, str]:
    """Return the state of each digest: the one of its messages' that most wants a person's eye."""
    found: dict[int, list[DeliveryState]] = {}
    for digest_id, state in session.execute(select(DeliveryRow.digest_id, DeliveryRow.state).distinct()):
        found.setdefault(digest_id, []).append(DeliveryState(state))
    return {digest_id: min(states, key=WORST_FIRST.index) for digest_id, states in found.items()}


def _record(row: DigestRow, states: Mapping[int, str]) -> DigestRecord:
    return DigestRecord(
        id=str(row.id),
        recipient=row.recipient,
        topics=tuple(row.topics),
        slot=row.slot,
        created=row.created,
        stories=row.stories,
        state=states.get(row.id or 0, DeliveryState.DROPPED),
        subject=row.subject,
        sections=tuple(row.sections),
    )


def _tell_until(session: Session, digest: Frozen, now: datetime, *, settles: bool) -> None:
    """Write down how far a digest tells; `settled` follows the clock back too: slots keep their names."""
    row = session.get(RecipientRow, digest.recipient) or RecipientRow(id=digest.recipient)
    row.told_until, row.told_article = now, digest.told_article
    row.settled = now if settles else row.settled
    session.add(row)


def _row(session: Session, delivery_id: str) -> DeliveryRow:
    row = session.get(DeliveryRow, int(delivery_id)) if delivery_id.isdecimal() and len(delivery_id) < 19 else None
    if row is None:
        raise UsageError(f"there is no message {delivery_id} in the outbox: see monitor outbox list")
    return row


def _delivery_row(digest_id: int, recipient: str, message: Message, now: datetime) -> DeliveryRow:
    return DeliveryRow(
        digest_id=digest_id,
        recipient=recipient,
        channel=message.channel,
        address=message.address,
        state=DeliveryState.WAITING,
        next_attempt=now,
        message_id=message.message_id,
        date=now,
        payload=message.payload,
    )


def _delivery(row: DeliveryRow, *, whole: bool = True) -> Delivery:
    return Delivery(
        id=str(row.id),
        digest=str(row.digest_id),
        recipient=row.recipient,
        channel=row.channel,
        address=row.address,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_attempt=row.next_attempt,
        last_error=row.last_error,
        message_id=row.message_id,
        payload=row.payload if whole else b"",
    )
