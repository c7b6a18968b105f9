"""The lower line of the pipe: a digest for a recipient that is due, frozen, claimed, delivered, written down."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from monitor import schedule
from monitor.delivery import Channel
from monitor.digest import alerts, render, spikes
from monitor.digest.forms import FORMS
from monitor.digest.select import NEAR_MISS_POINTS, select
from monitor.errors import Blame, DeliveryError
from monitor.model import (
    Delivery,
    Digest,
    DigestRecord,
    Envelope,
    FeedHealth,
    FeedReport,
    Loud,
    Notice,
    Pace,
    PollingPolicy,
    Recipient,
    Rendered,
    SourceHealth,
    Topic,
)
from monitor.store import articles, outbox, recipients
from monitor.store.database import Database

FIRST = "first"  # the slot of a recipient's first digest
SEND_SECONDS = 90.0  # for one message: within its lease, so that no other sender takes it meanwhile
SPIKE = "spike-"  # begins the slot of a message about a spike; the date and the topic end it
SPIKE_COOLS = timedelta(hours=20)  # of a topic, before the next date may tell of one again
PACE_HOLDS = timedelta(minutes=5)
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Composed:
    """A digest that is ready to be frozen."""

    digest: Digest
    rendered: Rendered
    at: datetime
    told_article: int | None  # articles up to this id are told or passed over by it; None: it leaves that as it is
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
    recipients: Mapping[str, Recipient] = field(default_factory=dict)  # by id: nobody else is ever written to
    louds: dict[str, tuple[datetime, list[Loud]]] = field(default_factory=dict, repr=False)  # as looked for last
    paces: dict[str, tuple[datetime, Pace]] = field(default_factory=dict, repr=False)  # as they were looked at last
    unsubscribe: Callable[[str, str, datetime], str] = lambda recipient, address, at: ""  # link of an address, or ""

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
        chosen = replace(chosen, spikes=self._spike_lines(topics, now))
        return Composed(
            digest=chosen,
            rendered=render.render(chosen, as_of=now),
            at=now,
            told_article=min(chosen.left) - 1 if chosen.left else newest.id,
            settles=slot != manual_slot(now),
        )

    def alerts(
        self, recipient: Recipient, now: datetime, reports: Callable[[], Sequence[FeedReport]]
    ) -> list[Composed]:
        """Return the alerts that `recipient` is to be told at `now`; nothing is written.

        None before its first digest, which tells everything. `reports` is asked only where there is one.
        """
        if not recipient.alerts:
            return []
        standing = outbox.standing(self.db, recipient.id)
        if standing.settled is None:
            return []
        topics = [self.topics[topic] for topic in recipient.topics]
        found = [each for topic in topics for each in self._loud(topic, now)]
        if not found:
            return []
        made_before = outbox.made(self.db, recipient.id, alerts.SLOT, now - alerts.FRESH)
        told = alerts.Told((), standing.told_article or 0, {int(id): at for id, at in made_before.items()})
        if alerts.due(found, told, now):  # most were alerts already: what else was had need not be asked then
            told = replace(told, had=outbox.had(self.db, recipient.id))
        due = alerts.due(found, told, now)
        if not due:
            return []
        thresholds = {topic.id: topic.digest_at for topic in topics}
        since = articles.newest(self.db, now).first_seen - alerts.FRESH
        matches = articles.matches(self.db, thresholds, since=since, until=now, baseline=False)
        following = schedule.next_slot(recipient.schedule, recipient.timezone, now)
        made = [
            alerts.alert(
                recipient,
                topics,
                matches,
                story=story,
                articles=ids,
                had=told.had,
                next_digest=following.at if following else None,
                health=source_health(reports()),
                now=now,
            )
            for story, ids in due.items()
        ]
        return [Composed(each, render.render(each, as_of=now), now, None, settles=False) for each in made if each]

    def _loud(self, topic: Topic, now: datetime) -> list[Loud]:
        """Return what may be an alert under `topic`; asked once for all that are told at one moment."""
        at, found = self.louds.get(topic.id, (BEGINNING, []))
        if at != now:
            since = articles.newest(self.db, now).first_seen - alerts.FRESH
            found = articles.loud(self.db, {topic.id: topic.digest_at}, {topic.id: alerts.line(topic)}, since, now)
            self.louds[topic.id] = now, found
        return found

    def freeze(self, composed: Composed) -> str | None:
        """Freeze a composed digest in the outbox; return its id, None if its slot or a story of it was told already.

        An alert that is made in its recipient's quiet hours waits in the outbox until they end.
        """
        digest, recipient = composed.digest, composed.digest.recipient
        form = FORMS[recipient.channel]
        frozen = outbox.Frozen(
            recipient=recipient.id,
            slot=digest.slot,
            topics=recipient.topics,
            subject=composed.rendered.subject,
            stories=sum(len(section.stories) for section in digest.sections if section.announced),
            sections=render.as_json(digest)["sections"],
            told=digest.told,
            told_article=composed.told_article,
            messages=self._messages(
                recipient,
                digest.slot,
                composed.at,
                lambda envelope: form.digest(digest, composed.rendered, envelope),
                [story.id for section in digest.sections for story in section.stories],
            ),
            kind=digest.kind,
            first_attempt=_quiet_until(recipient, composed.at) if digest.kind == "alert" else None,
        )
        return outbox.freeze(self.db, frozen, composed.at, settles=composed.settles)

    def freeze_again(self, recipient: Recipient, record: DigestRecord, payload: bytes, now: datetime) -> str | None:
        """Freeze a digest that was made before as new messages that say so; return the new digest's id.

        It counts as nothing, its stories were had with the first one; unless that had failed and given them back.
        """
        slot = f"again-{record.id}-{now:%Y%m%dT%H%M%S.%f}"
        form = FORMS[recipient.channel]
        frozen = outbox.Frozen(
            recipient=recipient.id,
            slot=slot,
            topics=record.topics,
            subject=f"Again: {record.subject}",
            stories=record.stories,
            sections=record.sections,
            told=record.told,
            told_article=None,
            messages=self._messages(
                recipient, slot, now, lambda envelope: form.again(payload, record.created, envelope)
            ),
            kind="again",
        )
        return outbox.freeze(self.db, frozen, now, settles=False)

    def pace(self, topic: Topic, now: datetime) -> Pace:
        """Return how many stories `topic` brings, against the usual; looked at anew every few minutes."""
        at, found = self.paces.get(topic.id, (BEGINNING, None))
        if found is None or not timedelta(0) <= now - at < PACE_HOLDS:
            since = now - spikes.WEEKS * spikes.WEEK - spikes.DAY
            seen = articles.appearances(self.db, topic.id, topic.digest_at, since, now)
            found = spikes.pace(topic, seen, articles.watched_since(self.db, topic.id), now)
            self.paces[topic.id] = now, found
        return found

    def freeze_spikes(self, recipient: Recipient, now: datetime) -> list[str]:
        """Freeze a message for each topic of `recipient` that brings far more than usual; return their ids.

        They go to who wants alerts, wait for the end of quiet hours as those do, and come once a day at most.
        """
        if not recipient.alerts or outbox.standing(self.db, recipient.id).settled is None:
            return []
        found = [(topic, self.pace(topic, now)) for topic in map(self.topics.__getitem__, recipient.topics)]
        if not any(pace.spike for _, pace in found):
            return []
        today = f"{now.astimezone(ZoneInfo(recipient.timezone)):%Y-%m-%d}-"
        told = {slot[len(today) :] for slot in outbox.made(self.db, recipient.id, SPIKE, now - SPIKE_COOLS)}
        notices = [(topic, spikes.notice(topic, pace)) for topic, pace in found if pace.spike and topic.id not in told]
        made = [
            self.freeze_notice(recipient, notice, f"{SPIKE}{today}{topic.id}", now, kind="alert")
            for topic, notice in notices
        ]
        return [id for id in made if id]

    def _spike_lines(self, topics: Sequence[Topic], now: datetime) -> tuple[str, ...]:
        """Return what the head of a digest says of topics that bring far more than usual."""
        lines = [(topic, spikes.line(self.pace(topic, now))) for topic in topics]
        return tuple(f"{topic.title}: {line}" if len(topics) > 1 else line for topic, line in lines if line)

    def freeze_notice(
        self, recipient: Recipient, notice: Notice, slot: str, now: datetime, *, kind: str = "notice"
    ) -> str | None:
        """Freeze a message that is no digest; return its id, None if there is one of that slot already.

        Of the kind "alert" it waits for the end of its recipient's quiet hours.
        """
        form = FORMS[recipient.channel]
        frozen = outbox.Frozen(
            recipient=recipient.id,
            slot=slot,
            topics=(),
            subject=notice.subject,
            stories=0,
            sections=(),
            told=(),
            told_article=None,
            messages=self._messages(recipient, slot, now, lambda envelope: form.notice(notice, envelope)),
            kind=kind,
            first_attempt=_quiet_until(recipient, now) if kind == "alert" else None,
        )
        return outbox.freeze(self.db, frozen, now, settles=False)

    def envelope(self, recipient: Recipient, address: str, slot: str, at: datetime) -> Envelope:
        """Return what a message to `address` bears; equal arguments give an equal `Message-ID`."""
        name = blake2b(f"{recipient.id}\n{slot}\n{address}\n{at:%Y%m%dT%H%M%S%f}".encode(), digest_size=12)
        mailed = recipient.channel == "email"  # elsewhere everybody in a channel could stop what all of it reads
        return Envelope(
            sender=self.sender,
            to=address if mailed else recipient.id,
            message_id=f"<{name.hexdigest()}@{self.domain}>",
            date=at,
            list_id=f"{recipient.id}.{self.domain}",
            unsubscribe_url=self.unsubscribe(recipient.id, address, at) if mailed else "",
            threaded=recipient.channel == "slack",
        )

    def quiet(self, now: datetime) -> frozenset[str]:
        """Return the ids of the recipients in whose quiet hours `now` lies: their alerts wait."""
        return frozenset(each.id for each in self.recipients.values() if _quiet_until(each, now))

    async def send(self, claimed: Delivery, channel: Channel, now: datetime) -> tuple[Delivery, DeliveryError | None]:
        """Hand one claimed message over and write down how that ended; return it, and what went wrong."""
        recipient = self.recipients.get(claimed.recipient)
        if recipient is None:  # it may come back: left out for a fault of its own, or half a file was read
            why = f"{claimed.recipient} is not in the configuration"
            return await self.failed(claimed, DeliveryError(why), now)
        if claimed.channel != recipient.channel or claimed.address not in recipient.addresses:
            why = f"{claimed.recipient} is no longer reached by {claimed.channel} at {claimed.address}"
            return await self.failed(claimed, DeliveryError(why, permanent=True), now)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await channel.deliver(claimed, recipient, now)
        except TimeoutError:
            slow = DeliveryError(f"not done within {SEND_SECONDS:g} s", blame=Blame.CHANNEL, unsure=True)
            return await self.failed(claimed, slow, now)
        except DeliveryError as error:
            return await self.failed(claimed, error, now)
        return await asyncio.to_thread(outbox.finish, self.db, claimed, None), None

    async def failed(
        self, claimed: Delivery, error: DeliveryError, now: datetime
    ) -> tuple[Delivery, DeliveryError | None]:
        """Write down that an attempt failed, and when the next one is due, if there is to be one."""
        wait = None if error.permanent else schedule.retry_wait(claimed.attempts)
        if wait is not None and error.retry_after is not None:
            wait = max(wait, error.retry_after)
        return await asyncio.to_thread(outbox.finish, self.db, claimed, error, now + wait if wait else None), error

    def _messages(
        self,
        recipient: Recipient,
        slot: str,
        at: datetime,
        write: Callable[[Envelope], bytes],
        stories: Sequence[str] = (),
    ) -> tuple[outbox.Message, ...]:
        """Return a message for each address of `recipient` that is open; for all, if none is.

        What an address was told of `stories` before, its message goes on from.
        """
        report = recipients.reports(self.db, [recipient])[recipient.id]
        envelopes = {
            address: replace(
                self.envelope(recipient, address, slot, at),
                threads=outbox.threads(self.db, recipient.id, address, stories),
            )
            for address in report.open or recipient.addresses
        }
        return tuple(
            outbox.Message(recipient.channel, address, envelope.message_id, write(envelope))
            for address, envelope in envelopes.items()
        )


def _quiet_until(recipient: Recipient, now: datetime) -> datetime | None:
    return schedule.quiet_until(recipient.quiet, recipient.timezone, now)


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
