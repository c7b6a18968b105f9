"""The lower line of the pipe: a digest for a recipient that is due, frozen, claimed, delivered, written down."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from monitor import matching, schedule
from monitor.delivery import Channel
from monitor.digest import alerts, health, render, spikes
from monitor.digest.forms import FORMS
from monitor.digest.select import NEAR_MISS_POINTS, Folds, select
from monitor.errors import Blame, DeliveryError
from monitor.model import (
    Change,
    Delivery,
    Digest,
    DigestRecord,
    Envelope,
    FeedHealth,
    FeedReport,
    Had,
    Loud,
    Match,
    Notice,
    Pace,
    PollingPolicy,
    Recipient,
    Rendered,
    SourceHealth,
    Story,
    Topic,
    Wording,
)
from monitor.pipeline.summaries import Summaries
from monitor.store import articles, mutes, outbox, recipients, versions
from monitor.store.database import Database

FIRST = "first"  # the slot of a recipient's first digest
SEND_SECONDS = 90.0  # for one message: within its lease, so that no other sender takes it meanwhile
ANSWERED = ("email", "folder", "slack", "slack_webhook")  # channels whose messages people read as they were made
WEEK = timedelta(days=6, hours=12)  # without a digest: a slot that comes a little early may end it
SPIKE = "spike-"  # begins the slot of a message about a spike; the date and the topic end it
SPIKE_COOLS = timedelta(hours=20)  # of a topic, before the next date may tell of one again
PACE_HOLDS = timedelta(minutes=5)
STOCKS = 4  # that are remembered: each may hold thousands of articles
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Composed:
    """A digest that is ready to be frozen."""

    digest: Digest
    rendered: Rendered
    at: datetime
    told_article: int | None  # articles up to this id are told or passed over by it; None: it leaves that as it is
    settles: bool  # whether the recipient's slots up to `at` are dealt with by it
    article: int = 0  # articles up to this id were there when it was made
    version: int = 0  # versions up to this id were replaced when it was made

    @property
    def worth_sending(self) -> bool:
        """Tell whether there is anything in it, or it is to say that all is quiet: always, or once a week."""
        digest = self.digest
        return bool(digest.told or digest.updates) or digest.sign_of_life or digest.recipient.when_empty == "send"


@dataclass(frozen=True, slots=True)
class Stock:
    """What there is to tell at one moment."""

    newest: articles.Newest
    version: int  # versions up to this id were replaced
    matches: Sequence[Match]
    folds: Folds = field(default_factory=dict)  # its stories, as far as they were told to somebody


Stocks = dict[tuple[tuple[str, ...], int | None], Stock]  # by the topics, and the article up to which all was told


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
    answer: Callable[[str, Story, datetime], str] = lambda recipient, story, at: ""  # link beside a story, or ""
    summaries: Summaries | None = None  # None without a language model

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
        self,
        recipient: Recipient,
        now: datetime,
        slot: str,
        reports: Sequence[FeedReport],
        *,
        preview: bool = False,
        stocks: Stocks | None = None,
    ) -> Composed:
        """Select and render what `recipient` has not had, as of `now`; nothing is written.

        A preview may look back: what was told after `now` has not been had then. `stocks` shares what is read among
        the recipients of one round.
        """
        id = recipient.id
        standing = outbox.standing_at(self.db, id, now) if preview else outbox.standing(self.db, id)
        topics = [self.topics[topic] for topic in recipient.topics]
        stock = self._stock(recipient.topics, standing.told_article, now, {} if stocks is None else stocks, preview)
        muted = mutes.muted(self.db, recipient.id, now)
        found = [match for match in stock.matches if not muted.hides(match)]
        later = outbox.told_since(self.db, id, now) if preview else frozenset()
        had = {story: far for story, far in outbox.how_far(self.db, id).items() if story not in later}
        following = schedule.next_slot(recipient.schedule, recipient.timezone, now)
        window = (min(standing.told_until or now - timedelta(days=self.policy.catch_up_days), now), now)
        chosen = select(
            recipient,
            topics,
            found,
            had=had,
            changes=self._changes(found, had),
            slot=slot,
            window=window,
            next_digest=following.at if following else None,
            health=source_health(reports, window, recipient.timezone),
            first=standing.settled is None,
            preview=preview,
            folds=stock.folds,
        )
        chosen = replace(chosen, spikes=self._spike_lines(topics, now))
        if not chosen.sections and _silent_for_a_week(standing, now):
            chosen = replace(chosen, sign_of_life=True)
        chosen = replace(chosen, muted=tuple(mute.words for mute in mutes.mutes(self.db, recipient.id, now)))
        chosen = self._answerable(chosen, recipient, now)
        return Composed(
            digest=chosen,
            rendered=render.render(chosen, as_of=now),
            at=now,
            told_article=min(chosen.left) - 1 if chosen.left else stock.newest.id,
            settles=slot != manual_slot(now),
            article=stock.newest.id,
            version=stock.version,
        )

    def _stock(self, topics: tuple[str, ...], after: int | None, now: datetime, stocks: Stocks, preview: bool) -> Stock:
        """Return what there is to tell of `topics` as of `now`, beyond the article `after`.

        It is read once for all who are told alike at one moment; the newest first, so that nothing is passed over that
        is stored while the matches are read.
        """
        if (topics, after) in stocks:
            return stocks[topics, after]
        newest, version = articles.newest(self.db, now), versions.newest(self.db)
        matches = articles.matches(
            self.db,
            {topic: self.topics[topic].digest_at - NEAR_MISS_POINTS for topic in topics},
            since=newest.first_seen - timedelta(days=self.policy.catch_up_days),
            after=after,
            until=now,
            baseline=preview,
        )
        if len(stocks) >= STOCKS:
            stocks.clear()
        seen = [_seen_by(match, now) for match in matches]
        return stocks.setdefault((topics, after), Stock(newest, version, seen))

    async def summed_up(self, composed: Composed) -> Composed:
        """Return a composed digest with what a language model makes of its stories, if there is one and it is quick."""
        if self.summaries is None:
            return composed
        told = await self.summaries.put_in(composed.digest, composed.at)
        if told is composed.digest:
            return composed
        return replace(composed, digest=told, rendered=await asyncio.to_thread(render.render, told, as_of=composed.at))

    def _answerable(self, digest: Digest, recipient: Recipient, now: datetime) -> Digest:
        """Return `digest` with links by which its stories are answered, where people read it as it was made."""
        if recipient.channel not in ANSWERED:
            return digest
        return answerable(digest, lambda story: self.answer(recipient.id, story, now))

    def _changes(self, found: Sequence[Match], had: Mapping[str, Had]) -> dict[str, Change]:
        """Return what stories that were told say by now and did not say then, by story id."""
        told = [match for match in found if match.story in had and not match.baseline]
        since: dict[int, int] = {}
        for match in told:
            since[match.article_id] = min(
                had[match.story].version, since.get(match.article_id, had[match.story].version)
            )
        earlier = versions.wordings(self.db, since)
        stories: dict[str, list[Match]] = {}
        for match in told:
            stories.setdefault(match.story, []).append(match)
        changes = {
            story: _change(members, had[story], earlier)
            for story, members in stories.items()
            if any(match.article_id in earlier or match.article_id > had[story].article for match in members)
        }
        return {story: change for story, change in changes.items() if change}

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
        # Most were alerts already: what else was had need not be asked then.
        if alerts.due(found, told, now, matching.says_more):
            told = replace(told, had=outbox.had(self.db, recipient.id))
        due = alerts.due(found, told, now, matching.says_more)
        if not due:
            return []
        # Read before the matches: what is stored meanwhile is not told by these alerts.
        newest, version = articles.newest(self.db, now), versions.newest(self.db)
        thresholds = {topic.id: topic.digest_at for topic in topics}
        since = newest.first_seen - alerts.FRESH
        muted = mutes.muted(self.db, recipient.id, now)
        found_now = articles.matches(self.db, thresholds, since=since, until=now, baseline=False)
        matches = [match for match in found_now if not muted.hides(match)]
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
        return [
            Composed(each, render.render(each, as_of=now), now, None, settles=False, article=newest.id, version=version)
            for each in (self._answerable(alert, recipient, now) for alert in made if alert)
        ]

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
            updates=digest.updates,
            article=composed.article,
            version=composed.version,
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
            updates=record.updates,
            article=record.article,
            version=record.version,
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


def answerable(digest: Digest, link: Callable[[Story], str]) -> Digest:
    """Return `digest` with a link beside each story by which it is answered."""
    return replace(
        digest,
        sections=tuple(
            replace(section, stories=tuple(replace(story, answer_url=link(story)) for story in section.stories))
            for section in digest.sections
        ),
    )


def _seen_by(match: Match, moment: datetime) -> Match:
    """Return a match without the feeds that showed it only after `moment`."""
    if all(sighting.at <= moment for sighting in match.also):
        return match
    return replace(match, also=tuple(sighting for sighting in match.also if sighting.at <= moment))


def _silent_for_a_week(standing: outbox.Standing, now: datetime) -> bool:
    """Tell whether a recipient had nothing for a week, in which at least one slot passed with nothing to tell.

    A last digest that lies far ahead was dated by a clock that was wrong, and counts as long ago.
    """
    heard, settled = standing.heard, standing.settled
    return heard is not None and settled is not None and settled > heard and abs(now - heard) >= WEEK


def _quiet_until(recipient: Recipient, now: datetime) -> datetime | None:
    return schedule.quiet_until(recipient.quiet, recipient.timezone, now)


def manual_slot(now: datetime) -> str:
    """Return the name of a digest that a person sends by hand at `now`."""
    return f"manual-{now:%Y%m%dT%H%M%S.%f}"


def _change(members: Sequence[Match], had: Had, earlier: Mapping[int, Wording]) -> Change | None:
    """Return what the articles of one story say beyond what was told of it; `earlier` has what they said then."""
    now = {match.article_id: Wording(match.title, match.text) for match in members}
    before = {id: earlier.get(id, wording) for id, wording in now.items() if id <= had.article}
    lead = max(members, key=lambda match: match.judgement.score)
    return matching.change(before, now, (lead.title, *lead.judgement.why), language=lead.language, said=had.said)


def source_health(
    reports: Sequence[FeedReport], window: tuple[datetime, datetime] | None = None, timezone: str = "UTC"
) -> SourceHealth:
    """Return how the feeds are, in the words of a digest's footer; paused ones are nobody's trouble.

    A feed that has a gap or that moved within the `window` is named too.
    """
    watched = [report for report in reports if report.health is not FeedHealth.PAUSED]
    sick = [report for report in watched if report.health in health.SICK]
    silent = [report for report in watched if report.silence and report not in sick]
    changed = [report for report in watched if report not in sick + silent and window and _changed(report, window)]
    return SourceHealth(
        healthy=len(watched) - len(sick) - len(silent),
        total=len(watched),
        troubles=tuple(
            f"{each.title}: {_told(each, window, ZoneInfo(timezone))}" for each in (*sick, *silent, *changed)
        ),
    )


def _told(report: FeedReport, window: tuple[datetime, datetime] | None, zone: ZoneInfo) -> str:
    """Return a feed's line of the footer: what did not happen in the window is no news there."""
    old = {"gap": not (window and _overlap(report.gap, window)), "moved": not (window and _moved(report, window))}
    return health.line(report, zone, without=[*health.DETAILS, *(kind for kind, is_old in old.items() if is_old)])


def _changed(report: FeedReport, window: tuple[datetime, datetime]) -> bool:
    return _overlap(report.gap, window) or _moved(report, window)


def _moved(report: FeedReport, window: tuple[datetime, datetime]) -> bool:
    return report.moved_at is not None and window[0] < report.moved_at <= window[1]


def _overlap(gap: tuple[datetime, datetime] | None, window: tuple[datetime, datetime]) -> bool:
    return gap is not None and gap[0] < window[1] and gap[1] > window[0]
