"""The lower line of the pipe: a digest for a recipient that is due, frozen, claimed, delivered, written down."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from monitor import delivery, schedule
from monitor.digest import message, render
from monitor.digest.select import NEAR_MISS_POINTS, select
from monitor.errors import DeliveryError
from monitor.model import (
    Delivery,
    Digest,
    DigestRecord,
    FeedHealth,
    FeedReport,
    PollingPolicy,
    Recipient,
    Rendered,
    SourceHealth,
    Topic,
)
from monitor.store import articles, outbox
from monitor.store.database import Database

FIRST = "first"  # the slot of a recipient's first digest
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Composed:
    """A digest that is ready to be frozen."""

    digest: Digest
    rendered: Rendered
    at: datetime
    told_article: int  # articles up to this id are told or passed over by it
    settles: bool  # whether the recipient's slots up to `at` are dealt with by it

    @property
    def worth_sending(self) -> bool:
        """Tell whether there is anything in it, or its recipient wants to hear that all is quiet."""
        return bool(self.digest.told) or self.digest.recipient.when_empty == "send"


@dataclass(frozen=True, slots=True)
class Teller:
    """The parts that digests are made with, built once by `app`."""

    db: Database
    topics: Mapping[str, Topic]
    policy: PollingPolicy
    sender: str  # From of the messages
    domain: str  # right-hand side of the Message-IDs

    def due(self, recipient: Recipient, now: datetime) -> schedule.Slot | None:
        """Return the slot that `recipient` is to be told at `now`, None if none is due.

        The first digest is due at once. A `settled` in the future is a clock that was wrong: the latest slot counts
        then, and its name keeps it from being told twice.
        """
        settled = outbox.standing(self.db, recipient.id).settled
        if settled is None:
            return schedule.Slot(FIRST, now)
        since = settled if settled <= now else BEGINNING
        return schedule.due_slot(recipient.schedule, recipient.timezone, since, now)

    def compose(
        self, recipient: Recipient, now: datetime, slot: str, reports: Sequence[FeedReport], *, preview: bool = False
    ) -> Composed:
        """Select and render what `recipient` has not had, as of `now`; nothing is written."""
        standing = outbox.standing(self.db, recipient.id)
        newest = articles.newest(self.db, now)
        topics = [self.topics[topic] for topic in recipient.topics]
        found = articles.matches(
            self.db,
            {topic.id: topic.digest_at - NEAR_MISS_POINTS for topic in topics},
            since=newest.first_seen - timedelta(days=self.policy.catch_up_days),
            after=standing.told_article,
            until=now,
            baseline=preview,
        )
        following = schedule.next_slot(recipient.schedule, recipient.timezone, now)
        chosen = select(
            recipient,
            topics,
            found,
            had=outbox.had(self.db, recipient.id),
            slot=slot,
            window=(min(standing.told_until or now - timedelta(days=self.policy.catch_up_days), now), now),
            next_digest=following.at if following else None,
            health=source_health(reports),
            first=standing.settled is None,
            preview=preview,
        )
        return Composed(
            digest=chosen,
            rendered=render.render(chosen, as_of=now),
            at=now,
            told_article=min(chosen.left) - 1 if chosen.left else newest.id,
            settles=slot != manual_slot(now),
        )

    def freeze(self, composed: Composed) -> str | None:
        """Freeze a composed digest in the outbox; return its id, None if its slot or a story of it was told already."""
        digest, recipient = composed.digest, composed.digest.recipient
        messages = self._messages(recipient, composed.rendered, digest.slot, composed.at)
        frozen = outbox.Frozen(
            recipient=recipient.id,
            slot=digest.slot,
            topics=recipient.topics,
            subject=composed.rendered.subject,
            stories=sum(len(section.stories) for section in digest.sections if section.announced),
            sections=render.as_json(digest)["sections"],
            told=digest.told,
            told_article=composed.told_article,
            messages=messages,
        )
        return outbox.freeze(self.db, frozen, composed.at, settles=composed.settles)

    def freeze_again(self, recipient: Recipient, record: DigestRecord, payload: bytes, now: datetime) -> str | None:
        """Freeze a digest that was made before as new messages that say so; return the new digest's id.

        It counts as nothing: its stories were had with the first one.
        """
        slot = f"again-{record.id}-{now:%Y%m%dT%H%M%S.%f}"
        rendered = render.again(message.thaw(payload), record.created)
        frozen = outbox.Frozen(
            recipient=recipient.id,
            slot=slot,
            topics=record.topics,
            subject=rendered.subject,
            stories=record.stories,
            sections=record.sections,
            told=(),
            told_article=None,
            messages=self._messages(recipient, rendered, slot, now),
        )
        return outbox.freeze(self.db, frozen, now, settles=False)

    async def send(self, claimed: Delivery, now: datetime) -> Delivery:
        """Hand one claimed message over and write down how that ended."""
        try:
            await delivery.channel(claimed.channel).deliver(claimed)
        except DeliveryError as error:
            return await self.failed(claimed, error, now)
        return await asyncio.to_thread(outbox.finish, self.db, claimed, None)

    async def failed(self, claimed: Delivery, error: DeliveryError, now: datetime) -> Delivery:
        """Write down that an attempt failed, and when the next one is due, if there is to be one."""
        wait = None if error.permanent else schedule.retry_wait(claimed.attempts)
        return await asyncio.to_thread(outbox.finish, self.db, claimed, error, now + wait if wait else None)

    def _messages(
        self, recipient: Recipient, rendered: Rendered, slot: str, at: datetime
    ) -> tuple[outbox.Message, ...]:
        return tuple(self._message(recipient, address, rendered, slot, at) for address in recipient.addresses)

    def _message(
        self, recipient: Recipient, address: str, rendered: Rendered, slot: str, at: datetime
    ) -> outbox.Message:
        name = blake2b(f"{recipient.id}\n{slot}\n{address}\n{at:%Y%m%dT%H%M%S%f}".encode(), digest_size=12)
        message_id = f"<{name.hexdigest()}@{self.domain}>"
        payload = message.freeze(
            rendered,
            sender=self.sender,
            to=address if recipient.channel == "email" else recipient.id,
            message_id=message_id,
            date=at,
            list_id=f"{recipient.id}.{self.domain}",
        )
        return outbox.Message(recipient.channel, address, message_id, payload)


def manual_slot(now: datetime) -> str:
    """Return the name of a digest that a person sends by hand at `now`."""
    return f"manual-{now:%Y%m%dT%H%M%S.%f}"


def source_health(reports: Sequence[FeedReport]) -> SourceHealth:
    """Return how the feeds are, in the words of a digest's footer; paused ones are nobody's trouble."""
    watched = [report for report in reports if report.health is not FeedHealth.PAUSED]
    sick = [report for report in watched if report.health in (FeedHealth.FAILING, FeedHealth.DEAD)]
    return SourceHealth(
        healthy=len(watched) - len(sick),
        total=len(watched),
        troubles=tuple(f"{report.title}: {report.last_error}" for report in sick),
    )
