"""The jobs of a turn: poll what is due, tell who is due, send what waits.

They are awaited directly; on a Postgres that several workers share they will be deferred as they are. Each loop over
feeds, recipients or messages has the one `except Exception` that keeps a fault of one from stopping the others.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from monitor.delivery import Channel, Means, open_channel
from monitor.errors import Blame, DeliveryError, MonitorError, StoreError
from monitor.model import Delivery, DeliveryState, Feed, FeedState, Recipient
from monitor.pipeline.clock import Clock, running
from monitor.pipeline.polling import Polled, Poller
from monitor.pipeline.telling import FIRST, Composed, Stocks, Teller
from monitor.store import feeds as feed_store
from monitor.store import outbox
from monitor.store import recipients as recipient_store
from monitor.store.clock import bring_back
from monitor.store.outbox import Lane

log = structlog.get_logger()
SHARED_LANES = ("email",)  # channels whose recipients share one server, and so one connection
LANE_RESTS = 60.0  # seconds after a server could not be reached
Progress = Callable[[int, int], None]  # done, of how many
POLLS_A_REQUEST = 2  # that may be in flight: half of them are being read, judged or written down


@dataclass(frozen=True, slots=True)
class PollReport:
    """What a round of polls came to."""

    polls: tuple[Polled, ...] = ()
    held: int = 0  # wanted, but stopped by the floor or by a host that asked for rest
    seconds: float = 0.0

    @property
    def feeds(self) -> dict[str, int]:
        """Count the feeds by what their poll came to, as `once --json` prints it."""
        kinds = Counter(poll.kind for poll in self.polls)
        return {
            "polled": len(self.polls) - kinds["held"],
            "changed": kinds["changed"],
            "not_modified": kinds["not_modified"],
            "failed": kinds["failed"],
            "held": self.held + kinds["held"],
        }

    @property
    def all_failed(self) -> bool:
        """Tell whether feeds were polled and not one of them could be read."""
        counted = self.feeds
        return counted["polled"] > 0 and counted["failed"] == counted["polled"]


@dataclass(frozen=True, slots=True)
class SendReport:
    """What a round of digests came to."""

    deliveries: tuple[Delivery, ...] = ()
    faults: tuple[str, ...] = field(default=())  # digests that could not be made, in words

    @property
    def sent(self) -> int:
        """Count the digests that were handed over to every address they were due to."""
        return len({delivery.digest for delivery in self.deliveries} - self._unsent)

    @property
    def failed(self) -> int:
        """Count the digests that were not, and those that could not be made."""
        return len(self._unsent) + len(self.faults)

    @property
    def _unsent(self) -> set[str]:
        return {delivery.digest for delivery in self.deliveries if delivery.state is not DeliveryState.SENT}


@dataclass
class Pulse:
    """What the service last did, for health checks and metrics: the one value that changes in place."""

    started: datetime
    ready: bool = False  # the database is open and every beat has begun
    stopping: bool = False
    rounds: dict[str, datetime] = field(default_factory=dict)  # name of a beat → end of its last good round
    faults: dict[str, str] = field(default_factory=dict)  # name of a beat → why its last round failed; mended ones go
    polls: Counter[str] = field(default_factory=Counter)  # by what they came to: "changed", "not_modified", …
    compared: int = 0  # polls that were read both ways, with and without the items that were known
    differed: int = 0  # of these, those that read otherwise
    articles: int = 0  # new ones, since the start
    matches: int = 0  # new ones, since the start
    messages: Counter[tuple[str, str]] = field(default_factory=Counter)  # (channel, state after an attempt) → how many


def _nothing(done: int, total: int) -> None:
    """Show no progress."""


@dataclass
class Incoming:
    """The polls in flight: workers that take one claimed feed after the other.

    The client lets `policy.concurrency` requests be in flight; as many polls again may be at work on their answers.
    A slow one delays no other.
    """

    poller: Poller
    feeds: Sequence[Feed]
    progress: Progress = _nothing
    _first: int | None = None  # how many feeds the first knock claimed
    _backlog: deque[FeedState] = field(default_factory=deque)
    _workers: set[asyncio.Task[None]] = field(default_factory=set)
    _under_way: set[str] = field(default_factory=set)  # addresses of the feeds whose poll has not ended
    _polls: list[Polled] = field(default_factory=list)  # since the last report
    _held: int = 0
    _claimed: int = 0
    _done: int = 0

    @property
    def first_round_is_over(self) -> bool:
        """Tell whether every feed that was due at the first knock has been polled, and reported by a later one."""
        return self._first is not None and self._done - len(self._polls) >= self._first

    async def knock(self, now: datetime, *, everything: bool = False) -> PollReport:
        """Claim the feeds that are due, start to poll them, and return the polls that ended since the last knock.

        :raises StoreError: if what a poll brought could not be recorded
        """
        clock = running(now)  # from here on: to claim may take a while
        report = self._report()
        if not self._backlog:
            floor = timedelta(minutes=self.poller.policy.min_interval_minutes)
            idle = [feed for feed in self.feeds if feed.url not in self._under_way]
            claims = await asyncio.to_thread(
                lambda: feed_store.claim_due(self.poller.db, idle, now, floor=floor, everything=everything)
            )
            self._under_way.update(state.feed.url for state in claims.states)
            self._held = claims.held
            self._claimed += len(claims.states)
            self._backlog.extend(claims.states)
            self._first = len(claims.states) if self._first is None else self._first
        free = POLLS_A_REQUEST * self.poller.policy.concurrency - len(self._workers)
        for _ in range(min(free, len(self._backlog))):
            self._workers.add(asyncio.create_task(self._work(clock)))
        return replace(report, held=self._held)

    async def drain(self) -> PollReport:
        """Wait for the polls in flight and for those that still wait; return what ended since the last knock.

        :raises StoreError: if what a poll brought could not be recorded
        """
        if self._workers:
            await asyncio.wait(self._workers)
        return self._report()

    async def cancel(self) -> None:
        """Drop the polls in flight: nothing of them is recorded, the next polls see it all again."""
        self._backlog.clear()
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._workers.clear()
        self._under_way.clear()

    def _report(self) -> PollReport:
        """Return what ended, once; raise what the database refused."""
        ended = {worker for worker in self._workers if worker.done()}
        self._workers -= ended
        polls, self._polls = tuple(self._polls), []
        for worker in ended:
            if broken := worker.exception():
                raise broken
        return PollReport(polls, self._held)

    async def _work(self, clock: Clock) -> None:
        while self._backlog:
            state = self._backlog.popleft()
            try:
                polled = await _poll_safely(self.poller, state, clock())
                self._polls.append(polled)  # to the list as it is now: a report may have begun another meanwhile
            except StoreError:
                self._under_way.difference_update(left.feed.url for left in self._backlog)
                self._backlog.clear()  # the database's fault, not a feed's: nothing can be recorded
                raise
            finally:
                self._under_way.discard(state.feed.url)
            self._done += 1
            self.progress(self._done, self._claimed)


async def poll_due(
    poller: Poller, feeds: Sequence[Feed], now: datetime, *, everything: bool = False, progress: Progress = _nothing
) -> PollReport:
    """Claim and poll every feed that is due; `everything` sets the schedule aside, never the floor or a host's rest.

    :raises StoreError: if what a poll brought could not be recorded
    """
    begun = asyncio.get_running_loop().time()
    await asyncio.to_thread(bring_back, poller.db, now)
    incoming = Incoming(poller, feeds, progress)
    try:
        first = await incoming.knock(now, everything=everything)
        rest = await incoming.drain()
    finally:
        await incoming.cancel()
    await poller.judge_unjudged(now)
    return PollReport((*first.polls, *rest.polls), first.held, asyncio.get_running_loop().time() - begun)


async def _poll_safely(poller: Poller, state: FeedState, now: datetime) -> Polled:
    """Poll one feed; an unknown fault first pushes its next poll away, then shows its traceback."""
    try:
        polled = await poller.poll(state, now)
    except StoreError:
        raise
    except Exception as error:
        polled = await poller.give_up(state, now, internal(error))
        log.exception("poll failed", feed=state.address)
    if polled.error:
        log.info("feed not read", feed=state.address, error=polled.error)
    return polled


async def tell_due(teller: Teller, recipients: Sequence[Recipient], feeds: Sequence[Feed], now: datetime) -> list[str]:
    """Freeze the alerts and the digest of every recipient that is due; return what could not be made, in words.

    Nothing is made for one that can't be reached, being paused: what there is to tell waits for it.
    """
    faults = []
    stocks: Stocks = {}
    reports = await asyncio.to_thread(recipient_store.reports, teller.db, recipients)
    for recipient in (each for each in recipients if reports[each.id].open):
        for tell in (_alert, _tell):  # a fault of an alert keeps no digest back
            try:
                await tell(teller, recipient, feeds, now, stocks)
            except MonitorError as error:
                faults.append(f"{recipient.id}: {error}")
                log.error("digest not made", recipient=recipient.id, error=str(error))
            except Exception as error:
                faults.append(f"{recipient.id}: {internal(error)}")
                log.exception("digest not made", recipient=recipient.id)
    return faults


async def _alert(teller: Teller, recipient: Recipient, feeds: Sequence[Feed], now: datetime, stocks: Stocks) -> None:
    await asyncio.to_thread(_freeze_alerts, teller, recipient, feeds, now)


def _freeze_alerts(teller: Teller, recipient: Recipient, feeds: Sequence[Feed], now: datetime) -> None:
    for alert in teller.alerts(recipient, now, lambda: feed_store.reports(teller.db, feeds, counted=False)):
        teller.freeze(alert)
    teller.freeze_spikes(recipient, now)


async def _tell(teller: Teller, recipient: Recipient, feeds: Sequence[Feed], now: datetime, stocks: Stocks) -> None:
    for _ in range(2):  # once more where another digest told one of the stories meanwhile: the others are still due
        composed = await asyncio.to_thread(_composed, teller, recipient, feeds, now, stocks)
        if composed is None:
            return
        composed = await teller.summed_up(composed)
        if await asyncio.to_thread(teller.freeze, composed) is not None:
            return
    await asyncio.to_thread(outbox.settle, teller.db, recipient.id, now)


def _composed(
    teller: Teller, recipient: Recipient, feeds: Sequence[Feed], now: datetime, stocks: Stocks
) -> Composed | None:
    """Return the digest that is due, None if there is none to send; its slot is dealt with then."""
    slot = teller.due(recipient, now)
    if slot is None:
        return None
    reports = feed_store.reports(teller.db, feeds, counted=False)
    if all(report.last_success is None for report in reports) and slot.name == FIRST:
        return None  # nothing could be read yet: the first digest waits for the first feed that can
    composed = teller.compose(recipient, now, slot.name, reports, stocks=stocks)
    if composed.worth_sending:
        return composed
    outbox.settle(teller.db, recipient.id, now, composed.told_article)
    return None


@dataclass
class Outgoing:
    """The messages on their way: one lane for each connection, none of which waits for another.

    A lane whose server can't be reached, or asks for rest, is left alone for a while: its messages keep their turn.
    """

    teller: Teller
    means: Means
    pulse: Pulse | None = None  # counts what became of the messages
    stopping: bool = False  # set: the message in hand is the last
    _lanes: dict[Lane, asyncio.Task[list[Delivery]]] = field(default_factory=dict)
    _rests: dict[Lane, float] = field(default_factory=dict)  # until when, in the event loop's time

    async def knock(self, now: datetime) -> None:
        """Start every lane in which a message is due and that is not on its way already.

        :raises StoreError: if an outcome could not be written down; it is then learnt from the lease that ran out
        """
        clock = asyncio.get_running_loop().time
        ended = [task for task in self._lanes.values() if task.done()]
        self._lanes = {lane: task for lane, task in self._lanes.items() if not task.done()}
        faults = [task.exception() for task in ended]
        quiet = self.teller.quiet(now)
        for lane in await asyncio.to_thread(outbox.due_lanes, self.teller.db, now, SHARED_LANES, quiet):
            if not self.stopping and lane not in self._lanes and self._rests.get(lane, 0.0) <= clock():
                self._lanes[lane] = asyncio.create_task(self._run(lane, now))
        for fault in filter(None, faults):  # said only now: it keeps no other lane from its turn
            raise fault

    async def drain(self) -> tuple[Delivery, ...]:
        """Wait for all that is on its way; return the messages as they stand after it.

        :raises StoreError: if an outcome could not be written down; all others were waited for all the same
        """
        lanes = tuple(self._lanes.values())
        await asyncio.gather(*lanes, return_exceptions=True)
        return tuple(delivery for lane in lanes for delivery in lane.result())

    async def _run(self, lane: Lane, now: datetime) -> list[Delivery]:
        """Send the messages of a lane that are due, one after the other, over one connection."""
        done: list[Delivery] = []
        clock = running(now)  # a lease counts from when it is taken, also behind many slow messages
        try:
            async with open_channel(lane.channel, self.means) as channel:
                while not self.stopping:
                    quiet = self.teller.quiet(clock())
                    claimed = await asyncio.to_thread(outbox.claim, self.teller.db, clock(), lane, quiet)
                    if claimed is None:
                        break
                    delivery, error = await self._send_safely(claimed, channel, clock())
                    done.append(delivery)
                    if self.pulse is not None:
                        self.pulse.messages[delivery.channel, delivery.state] += 1
                    if error is not None:
                        log.warning("message not sent", to=delivery.recipient, state=delivery.state, error=str(error))
                    else:
                        log.info("message sent", to=delivery.recipient, channel=delivery.channel, id=delivery.id)
                    if error is not None and error.blame is Blame.CHANNEL:
                        self._rest(lane, error)
                        break
        except DeliveryError as error:  # the channel itself can't be opened
            self._rest(lane, error)
            log.error("channel not opened", channel=lane.channel, error=str(error))
        return done

    def _rest(self, lane: Lane, error: DeliveryError) -> None:
        rest = error.retry_after.total_seconds() if error.retry_after else LANE_RESTS
        self._rests[lane] = asyncio.get_running_loop().time() + rest

    async def _send_safely(
        self, claimed: Delivery, channel: Channel, now: datetime
    ) -> tuple[Delivery, DeliveryError | None]:
        """Send one message; an unknown fault is written down as one that may pass, and shown."""
        try:
            return await self.teller.send(claimed, channel, now)
        except StoreError:
            raise
        except Exception as error:
            log.exception("message not sent", delivery=claimed.id, recipient=claimed.recipient)
            return await self.teller.failed(claimed, DeliveryError(internal(error), unsure=True), now)


async def send_due(teller: Teller, means: Means, now: datetime) -> tuple[Delivery, ...]:
    """Send every message of the outbox that is due at `now`; return them as they stand after it."""
    outgoing = Outgoing(teller, means)
    await outgoing.knock(now)
    return await outgoing.drain()


def internal(error: Exception) -> str:
    """Return an unforeseen fault as one line to store and to show: its words may hold a secret, and stay in the log."""
    return f"internal error: {type(error).__name__} (the log has more)"
