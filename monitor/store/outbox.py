"""Verbs about digests and their deliveries: freeze, claim, finish.

One transaction makes a digest: its row (one per recipient and slot), the exact bytes of every message, and the claim on
its stories. A sender leases a message, sends it, and writes down the outcome; a lease that ran out means that the
outcome is unknown. What a digest claimed is given back when every message of it has failed for good.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from monitor.errors import Blame, DeliveryError, UsageError
from monitor.model import Delivery, DeliveryState, DigestRecord, Had, Thread
from monitor.store import stories
from monitor.store.database import Database, chunks
from monitor.store.recipients import BOUNCES, address_row
from monitor.store.rows import (
    AddressRow,
    DeliveryRow,
    DigestRow,
    HadChangeRow,
    HadRow,
    JudgementRow,
    RecipientRow,
    StoryMergeRow,
)

LEASE = timedelta(minutes=2)  # a dead sender's message is free again after it
PAYLOAD: Any = DeliveryRow.payload
OPEN = (DeliveryState.WAITING, DeliveryState.UNCERTAIN)
GIVEN_UP = (DeliveryState.FAILED, DeliveryState.DROPPED)
ALERT = "alert"  # the kind
LOST = "the sender stopped between sending and writing down the outcome"
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
    kind: str = "digest"  # or "again", "notice", "alert"
    updates: tuple[tuple[str, str], ...] = ()  # ids of the stories that it tells on, each with what names the change
    article: int = 0  # articles up to this id were there when it was made
    version: int = 0  # versions up to this id were replaced when it was made
    first_attempt: datetime | None = None  # of its messages; None is at once


@dataclass(frozen=True, slots=True)
class Lane:
    """Messages that go out one after the other; lanes do not wait for each other."""

    channel: str
    recipient: str  # "" where one connection serves all recipients of the channel


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a recipient has been told."""

    settled: datetime | None  # its slots up to here are dealt with; None: its first digest is still to come
    told_until: datetime | None = None  # end of its last digest's window
    told_article: int | None = None  # articles up to this id were told or passed over, whatever the clock said
    heard: datetime | None = None  # when its last digest was made; before there was one, when its slots began


def standing(db: Database, recipient: str) -> Standing:
    """Return how far `recipient` has been told."""
    with db.read() as session:
        row = session.get(RecipientRow, recipient)
    return Standing(row.settled, row.told_until, row.told_article, row.heard) if row else Standing(None)


def standing_at(db: Database, recipient: str, moment: datetime) -> Standing:
    """Return how far `recipient` had been told at a moment that may be past, as far as its digests tell."""
    now = standing(db, recipient)
    if max(now.settled or moment, now.told_until or moment) <= moment:
        return now
    mine = select(func.max(DigestRow.created)).where(
        DigestRow.recipient == recipient, DigestRow.kind == "digest", col(DigestRow.created) <= moment
    )
    with db.read() as session:
        last = session.exec(mine).one()
    return Standing(settled=last, told_until=last)


def had(db: Database, recipient: str) -> frozenset[str]:
    """Return the ids of the stories of which `recipient` has had something, under whatever topic it was told.

    What it had of a story that went into another counts for that one.
    """
    return frozenset(how_far(db, recipient))


def how_far(db: Database, recipient: str) -> dict[str, Had]:
    """Return how far `recipient` has been told of each story, by its id, under whatever topic that was."""
    found: dict[str, Had] = {}
    with db.read() as session:
        rows = chain(session.execute(_told_stories(recipient)), session.execute(_told_changes(recipient)))
        for topic, story, article, version, *said in rows:  # a change has a fifth column, its name
            was = found.get(f"{topic}-{story}", Had(story, 0))
            further = Had(max(was.article, article), max(was.version, version), was.said.union(said))
            found[f"{topic}-{story}"] = further
    return found


def _told_stories(recipient: str, since: datetime | None = None) -> Any:
    """Select each story that was told, after `since` if it is given, and how far its digest goes.

    With it come the stories of other topics that have its article, and the one that it went into.
    """
    query: Any = select(HadRow.topic, HadRow.story, DigestRow.article, DigestRow.version)
    mine = query.join(DigestRow, col(DigestRow.id) == HadRow.digest_id).where(HadRow.recipient == recipient)
    mine = mine if since is None else mine.where(col(DigestRow.created) > since)
    elsewhere = mine.with_only_columns(JudgementRow.topic, JudgementRow.story, DigestRow.article, DigestRow.version)
    elsewhere = elsewhere.join(JudgementRow, col(JudgementRow.article_id) == HadRow.story)
    merged = mine.with_only_columns(HadRow.topic, StoryMergeRow.into, DigestRow.article, DigestRow.version)
    merged = merged.join(StoryMergeRow, col(StoryMergeRow.gone) == HadRow.story)
    return mine.union(elsewhere, merged)


def _told_changes(recipient: str) -> Any:
    """Select each change that was told, under the story that it concerns by now, and how far its digest goes."""
    story = func.coalesce(StoryMergeRow.into, HadChangeRow.story)
    columns: Any = (HadChangeRow.topic, story, DigestRow.article, DigestRow.version, HadChangeRow.said)
    changed: Any = select(*columns)
    joined = changed.join(DigestRow, col(DigestRow.id) == HadChangeRow.digest_id)
    joined = joined.outerjoin(StoryMergeRow, col(StoryMergeRow.gone) == HadChangeRow.story)
    return joined.where(HadChangeRow.recipient == recipient)


def told_since(db: Database, recipient: str, moment: datetime) -> frozenset[str]:
    """Return those stories of `had` that `recipient` had not had yet at a moment that is past."""
    with db.read() as session:
        rows = session.execute(_told_stories(recipient, moment))
        return frozenset(f"{topic}-{story}" for topic, story, *_ in rows)


def made(db: Database, recipient: str, prefix: str, since: datetime) -> dict[str, datetime]:
    """Return the slots of `recipient` made from `since` on that begin with `prefix`, without it, and when each was."""
    query = select(DigestRow.slot, DigestRow.created).where(
        DigestRow.recipient == recipient,
        col(DigestRow.slot).startswith(prefix, autoescape=True),
        col(DigestRow.created) >= since,
    )
    with db.read() as session:
        return {slot.removeprefix(prefix): created for slot, created in session.execute(query)}


def threads(db: Database, recipient: str, address: str, stories: Collection[str]) -> dict[str, Thread]:
    """Return the message in which `address` was told first of each of these stories of which it has had something.

    A story that was merged into another goes on in that one's name.
    """
    wanted = {(topic, int(number)): story for story in stories for topic, _, number in [story.rpartition("-")]}
    opened = and_(col(JudgementRow.topic) == HadRow.topic, col(JudgementRow.article_id) == HadRow.story)
    now_in = func.coalesce(JudgementRow.story, HadRow.story)
    query: Any = (
        select(HadRow.topic, now_in, DeliveryRow.message_id, DeliveryRow.progress)
        .join(DeliveryRow, col(DeliveryRow.digest_id) == HadRow.digest_id)
        .outerjoin(JudgementRow, opened)
        .where(HadRow.recipient == recipient, DeliveryRow.address == address)
        .order_by(col(DeliveryRow.id).desc())  # the first is noted last
    )
    found: dict[str, Thread] = {}
    with db.read() as session:
        for numbers in chunks(sorted({number for _, number in wanted})):
            for topic, number, message_id, posts in session.execute(query.where(now_in.in_(numbers))):
                if (topic, number) in wanted:
                    found[wanted[topic, number]] = Thread(message_id, posts[0] if posts else "")
    return found


def drop_open(db: Database) -> None:
    """Give up every message that is not sent yet, as a rehearsal does with those of its original."""
    with db.write() as session:
        unsent = col(DeliveryRow.state).in_((*OPEN, DeliveryState.SENDING))
        session.execute(update(DeliveryRow).where(unsent).values(state=DeliveryState.DROPPED, next_attempt=None))


def settle(db: Database, recipient: str, now: datetime, told_article: int | None = None) -> None:
    """Write down that the recipient's slots up to `now` are dealt with, though nothing was worth a digest.

    Articles up to `told_article` count as passed over for one that has had no digest yet: what comes after them is
    told however long its next slot is away.
    """
    with db.write() as session:
        row = session.get(RecipientRow, recipient) or RecipientRow(id=recipient)
        row.settled, row.heard = now, row.heard or now
        row.told_article = told_article if row.told_article is None else row.told_article
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
                kind=digest.kind,
                told=list(digest.told),
                updates=[list(each) for each in digest.updates],
                article=digest.article,
                version=digest.version,
            )
            session.add(row)
            session.flush()
            assert row.id is not None
            for message in digest.messages:
                session.add(_delivery_row(row.id, digest, message, now))
            for claim in _claims(session, row):
                if digest.kind != "again" or _standing_claim(session, claim) is None:
                    session.add(claim)
            if digest.told_article is not None:
                _tell_until(session, digest, now, settles=settles)
            session.flush()
            return str(row.id)
    except IntegrityError:
        return None


def due_lanes(db: Database, now: datetime, shared: Collection[str] = (), quiet: Collection[str] = ()) -> list[Lane]:
    """Return the lanes in which a message is due: one for each recipient, or one for a channel named in `shared`.

    Alerts for recipients in `quiet` wait.
    """
    query = select(DeliveryRow.channel, DeliveryRow.recipient).where(_due(now, quiet)).distinct()
    with db.read() as session:
        found = {Lane(channel, "" if channel in shared else recipient) for channel, recipient in session.exec(query)}
    return sorted(found, key=lambda lane: (lane.channel, lane.recipient))


def claim(db: Database, now: datetime, lane: Lane | None = None, quiet: Collection[str] = ()) -> Delivery | None:
    """Lease the next message that is due, of `lane` if one is given, and return it; None if nothing is.

    A message whose lease ran out while it was being sent is `uncertain` first, and is then sent again as it is.
    What is addressed to a recipient or an address that is paused waits, and so do alerts for recipients in `quiet`.
    Alerts go before all else.
    """
    with db.write() as session:
        lost = update(DeliveryRow).where(_lost(now))  # in one step: another worker may be claiming the same one
        session.execute(
            lost.values(
                state=DeliveryState.UNCERTAIN, next_attempt=now, leased_until=None, last_error=LOST, unsure=True
            )
        )
        due = select(DeliveryRow).where(_due(now, quiet))
        if lane is not None:
            due = due.where(DeliveryRow.channel == lane.channel)
        if lane is not None and lane.recipient:
            due = due.where(DeliveryRow.recipient == lane.recipient)
        alert = exists().where(col(DigestRow.id) == DeliveryRow.digest_id, col(DigestRow.kind) == ALERT)
        due = due.order_by(~alert, col(DeliveryRow.next_attempt), col(DeliveryRow.id)).limit(1)
        claimed = session.exec(due.with_for_update(skip_locked=True)).first()
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

    With an error and a `next_attempt` the message waits; with an error and none it has failed for good, and if that
    was the last of its digest's messages, the digest's stories count as not told. An address that bounced hard
    `BOUNCES` times in a row, or whose channel is shut for good, is switched off.
    A sender whose lease ran out, and whose message another one has claimed since, changes nothing.
    """
    with db.write() as session:
        row = session.get_one(DeliveryRow, int(delivery.id))
        if row.attempts != delivery.attempts or row.state == DeliveryState.SENT:
            return _delivery(row)
        row.leased_until, row.next_attempt = None, next_attempt
        row.last_error = str(error) if error else ""
        row.unsure = row.unsure or (error is not None and error.unsure)
        if error is None:
            row.state = DeliveryState.SENT
        elif next_attempt is None:
            row.state = DeliveryState.FAILED
        else:
            row.state = DeliveryState.UNCERTAIN if row.unsure else DeliveryState.WAITING
        session.flush()
        _mark_address(session, row, error)
        if row.state == DeliveryState.FAILED:
            _give_back(session, row.digest_id)
        session.flush()
        return _delivery(row)


def progress(db: Database, delivery: Delivery, posts: Sequence[str]) -> None:
    """Write down which posts of a message have arrived, in the channel's own words."""
    with db.write() as session:
        row = session.get_one(DeliveryRow, int(delivery.id))
        if row.attempts == delivery.attempts:
            row.progress = list(posts)
        session.flush()


def deliveries(db: Database) -> list[Delivery]:
    """Return every message, newest first, without its bytes."""
    with db.read() as session:
        query = select(DeliveryRow).options(defer(PAYLOAD)).order_by(col(DeliveryRow.id).desc())
        return [_delivery(row, whole=False) for row in session.exec(query)]


def retry(db: Database, delivery_id: str, now: datetime) -> Delivery:
    """Make a message due at once, under its old Message-ID; what it tells is claimed again if it had been given back.

    :raises UsageError: if there is no such message, it was sent already, or another digest told its stories meanwhile
    """
    with db.write() as session:
        row = _row(session, delivery_id)
        if row.state in (DeliveryState.SENT, DeliveryState.SENDING):
            raise UsageError(f"message {delivery_id} is {row.state}: it is not sent again")
        if not row.payload:
            raise UsageError(f"message {delivery_id} ended long ago: its text was pruned, there is nothing to send")
        if row.state in GIVEN_UP:
            _take_back(session, row)
        row.state = DeliveryState.UNCERTAIN if row.unsure else DeliveryState.WAITING
        row.next_attempt = now
        session.flush()
        return _delivery(row)


def drop(db: Database, delivery_id: str, why: str = "") -> Delivery:
    """Give a message up, so that it is never sent; what it tells still counts as told.

    :raises UsageError: if there is no such message, or it was sent already
    """
    with db.write() as session:
        row = _row(session, delivery_id)
        if row.state in (DeliveryState.SENT, DeliveryState.SENDING):
            raise UsageError(f"message {delivery_id} is {row.state}: it can't be dropped")
        row.state, row.next_attempt = DeliveryState.DROPPED, None
        row.last_error = why or row.last_error
        session.flush()
        return _delivery(row)


def digest_page(db: Database, recipient: str = "", *, before: int | None = None, limit: int) -> list[DigestRecord]:
    """Return some digests by the order of their ids, newest first: those under the id `before`; else as `digests`."""
    query = select(DigestRow).where(DigestRow.kind != "notice").order_by(col(DigestRow.id).desc()).limit(limit)
    if recipient:
        query = query.where(DigestRow.recipient == recipient)
    if before is not None:
        query = query.where(col(DigestRow.id) < before)
    with db.read() as session:
        rows = session.exec(query).all()
        states = _states(session, [row.id or 0 for row in rows])
        return [_record(row, states) for row in rows]


def digests(db: Database, recipient: str = "") -> list[DigestRecord]:
    """Return the digests that were made, newest first; `recipient` keeps only its own. Notices are no digests."""
    query = (
        select(DigestRow)
        .where(DigestRow.kind != "notice")
        .order_by(col(DigestRow.created).desc(), col(DigestRow.id).desc())
    )
    if recipient:
        query = query.where(DigestRow.recipient == recipient)
    with db.read() as session:
        states = _states(session)
        return [_record(row, states) for row in session.exec(query)]


def digest(db: Database, reference: str) -> tuple[DigestRecord, str, bytes]:
    """Return one digest, by its id or as the latest of a recipient, and channel and exact bytes of its first message.

    :raises UsageError: if there is none
    """
    latest = (
        select(DigestRow)
        .where(DigestRow.recipient == reference, DigestRow.kind != "notice")
        .order_by(col(DigestRow.id).desc())
    )
    with db.read() as session:
        by_id = session.get(DigestRow, int(reference)) if reference.isdecimal() and len(reference) < 19 else None
        row = by_id or session.exec(latest).first()
        if row is None:
            raise UsageError(f"there is no digest {reference}: see monitor digest list")
        mine = select(DeliveryRow).where(DeliveryRow.digest_id == row.id).order_by(col(DeliveryRow.id))
        first = session.exec(mine).first()
        return _record(row, _states(session)), first.channel if first else "", first.payload if first else b""


def _due(now: datetime, quiet: Collection[str]) -> ColumnElement[bool]:
    """Select messages that may go out: due, to a recipient and an address that are not paused.

    Alerts for recipients in `quiet` are left out.
    """
    paused = select(RecipientRow.id).where(col(RecipientRow.paused))
    off = select(AddressRow.address).where(
        AddressRow.recipient == DeliveryRow.recipient, AddressRow.address == DeliveryRow.address, AddressRow.off != ""
    )
    held = select(DigestRow.id).where(DigestRow.kind == ALERT, col(DigestRow.recipient).in_(quiet))
    waits = and_(col(DeliveryRow.state).in_(OPEN), col(DeliveryRow.next_attempt) <= now)
    open_to_us = and_(col(DeliveryRow.recipient).not_in(paused), ~exists(off.correlate(DeliveryRow)))
    awake = col(DeliveryRow.digest_id).not_in(held) if quiet else true()
    return and_(or_(_lost(now), waits), open_to_us, awake)


def _lost(now: datetime) -> ColumnElement[bool]:
    """Select messages whose sender died: they are being sent, and their lease has run out."""
    return and_(col(DeliveryRow.state) == DeliveryState.SENDING, col(DeliveryRow.leased_until) <= now)


def _claims(session: Session, row: DigestRow) -> list[HadRow | HadChangeRow]:
    """Return what a digest claims: of each story that it tells, that its recipient has had it, or a change in it.

    A story that has gone into another since the digest was made is that one.
    """
    assert row.id is not None
    told = dict.fromkeys(_standing_story(session, story) for story in row.told)
    changed = dict.fromkeys((*_standing_story(session, story), said) for story, said in row.updates)
    claims: list[HadRow | HadChangeRow] = []
    for topic, story in told:
        claims.append(HadRow(recipient=row.recipient, topic=topic, story=story, digest_id=row.id))
    for topic, story, said in changed:
        claims.append(HadChangeRow(recipient=row.recipient, topic=topic, story=story, said=said, digest_id=row.id))
    return claims


def _standing_story(session: Session, id: str) -> tuple[str, int]:
    """Return the topic and the number of a story, by its id, or those of the one that it went into."""
    topic, _, number = id.rpartition("-")
    return topic, stories.standing(session, int(number))


def _standing_claim(session: Session, claim: HadRow | HadChangeRow) -> HadRow | HadChangeRow | None:
    """Return the claim that is there already on the same, None if nobody has made one."""
    if isinstance(claim, HadChangeRow):
        return session.get(HadChangeRow, (claim.recipient, claim.topic, claim.story, claim.said))
    return session.get(HadRow, (claim.recipient, claim.topic, claim.story))


def _mark_address(session: Session, row: DeliveryRow, error: DeliveryError | None) -> None:
    """Count what an outcome says of the address, and switch it off where nothing gets through any more."""
    if error is None and session.get(AddressRow, (row.recipient, row.address)) is None:
        return
    address = address_row(session, row.recipient, row.address)
    address.last_error = str(error) if error else ""
    if error is None:
        address.bounces = 0
    elif error.permanent and error.blame is Blame.ADDRESS:
        address.bounces += 1
        if address.bounces >= BOUNCES:
            address.off = f"{BOUNCES} messages in a row were refused for good: {error}"
    elif error.permanent and error.blame is Blame.CHANNEL:
        address.off = str(error)


def _give_back(session: Session, digest_id: int) -> None:
    """Count a digest's stories as not told, if no message of it arrived or still may."""
    states = set(session.exec(select(DeliveryRow.state).where(DeliveryRow.digest_id == digest_id)))
    digest = session.get_one(DigestRow, digest_id)
    if not states <= {DeliveryState.FAILED}:
        return
    session.execute(delete(HadChangeRow).where(col(HadChangeRow.digest_id) == digest_id))
    if not digest.told:
        return
    session.execute(delete(HadRow).where(col(HadRow.digest_id) == digest_id))
    recipient = session.get(RecipientRow, digest.recipient)
    if recipient is not None and recipient.told_article is not None:
        before = min(int(story.rpartition("-")[2]) for story in digest.told) - 1
        recipient.told_article = min(recipient.told_article, before)


def _take_back(session: Session, row: DeliveryRow) -> None:
    """Claim again what was given back, for a message that is to be sent after all.

    :raises UsageError: if another digest has told some of it meanwhile
    """
    digest = session.get_one(DigestRow, row.digest_id)
    for claim in _claims(session, digest):
        there = _standing_claim(session, claim)
        if there is None:
            session.add(claim)
        elif there.digest_id != digest.id:
            raise UsageError(
                f"message {row.id} had failed, and digest {there.digest_id} told its stories since: "
                f"it would repeat them. Send it all the same with: monitor digest resend {digest.id}"
            )
    session.flush()


def _states(session: Session, digest_ids: Collection[int] | None = None) -> dict[int, str]:
    """Return the state of each digest, or of these: the one of its messages' that most wants a person's eye."""
    found: dict[int, list[DeliveryState]] = {}
    query = select(DeliveryRow.digest_id, DeliveryRow.state).distinct()
    if digest_ids is not None:
        query = query.where(col(DeliveryRow.digest_id).in_(digest_ids))
    for digest_id, state in session.execute(query):
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
        told=tuple(row.told),
        updates=tuple((story, said) for story, said in row.updates),
        article=row.article,
        version=row.version,
        kind=row.kind,
    )


def _tell_until(session: Session, digest: Frozen, now: datetime, *, settles: bool) -> None:
    """Write down how far a digest tells; `settled` follows the clock back too: slots keep their names."""
    row = session.get(RecipientRow, digest.recipient) or RecipientRow(id=digest.recipient)
    row.told_until, row.told_article, row.heard = now, digest.told_article, now
    row.settled = now if settles else row.settled
    session.add(row)


def _row(session: Session, delivery_id: str) -> DeliveryRow:
    row = session.get(DeliveryRow, int(delivery_id)) if delivery_id.isdecimal() and len(delivery_id) < 19 else None
    if row is None:
        raise UsageError(f"there is no message {delivery_id} in the outbox: see monitor outbox list")
    return row


def _delivery_row(digest_id: int, digest: Frozen, message: Message, now: datetime) -> DeliveryRow:
    return DeliveryRow(
        digest_id=digest_id,
        recipient=digest.recipient,
        channel=message.channel,
        address=message.address,
        state=DeliveryState.WAITING,
        next_attempt=digest.first_attempt or now,
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
        unsure=row.unsure,
        progress=tuple(row.progress),
    )
