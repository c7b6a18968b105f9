"""The service: four beats knock, the database says what is due, signals end it.

    poll    every second      claims feeds that are due and polls them
    send    every 2 seconds   freezes digests that are due, and starts the lanes of messages that are
    upkeep  every minute      learns what people said, judges by what is new in a profile, backs up, clears out, pings
                              the dead-man switch
    health  every 10 seconds  looks for trouble, tells the operator, feels whether the configuration changed

APScheduler is the alarm clock and nothing more: a beat that is late or was missed costs nothing, because due times are
rows. The beats start work and do not wait for it, so that a slow feed or a dead mail server delays no other.
"""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from monitor import queue
from monitor.actions import troubles, upkeep
from monitor.actions.recipients import next_digest
from monitor.app import App, settled
from monitor.delivery import Means, open_channel
from monitor.errors import DeliveryError, FetchError, MonitorError
from monitor.pipeline.polling import Poller
from monitor.pipeline.telling import SEND_SECONDS, Teller
from monitor.queue import Incoming, Outgoing, Pulse
from monitor.store import feedback
from monitor.store.clock import bring_back

log = structlog.get_logger()
Clock = Callable[[], datetime]

BEATS = {"poll": 1.0, "send": 2.0, "upkeep": 60.0, "health": 10.0}  # seconds
DRAIN_SECONDS = 7.0  # for the sends in hand, once told to stop
LAST_RESORT_SECONDS = 9.5  # then the process ends wherever it stands: what is not written down is done again
CHORES_SECONDS = 30.0  # for which a round of upkeep waits for its long work; that goes on beside the next rounds
ENCODER_RESTS = 600.0  # seconds between two trials of an encoder that failed
SEEDS_REST = 3600.0  # seconds between two requests for the page of a seed that could not be read
DIGEST_RESTS = 30.0  # seconds after a digest could not be made
HEALED_SECONDS = 15.0  # without a fault, before a beat is said to work again: on a full disk every other round is good
FIRST_ROUND_SECONDS = 120.0  # a first digest waits for the feeds' first polls, and no longer than this
JUMP = timedelta(seconds=20)  # by which wall clock and monotonic clock may part before the alarm is set anew
JUMP_LOOK_SECONDS = 5.0


class Beat(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Rings an interval after the last time, or after now where that is past.

    The library's own counts up every ring that was missed: a clock that leaps a year ahead would hold up all of the
    service for minutes.
    """

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return when it rings next."""
        return now if previous is None else max(previous, now - self.interval) + self.interval


@dataclass
class Service:
    """What runs: the parts of one configuration, and the signals to end it."""

    app: App
    clock: Clock
    pulse: Pulse
    changed: Callable[[], bool] = lambda: False  # whether the configuration was edited since it was read
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    reload: bool = False  # set with `stop`: the configuration is to be read again
    _failed_at: dict[str, float] = field(default_factory=dict)  # in the event loop's time
    _digests_rest: float = 0.0  # until when no digest is made, in the event loop's time
    _learnt: object = None  # what people had said when the profiles were learnt
    _judge: int = 1  # rounds of upkeep that still look for what the profiles have not judged
    _encoder_rests: float = 0.0  # until when one that failed is left alone, in the event loop's time
    _seeds_rest: float = 0.0  # until when topics stay left out, in the event loop's time
    _pinged: datetime | None = None
    _unheard: bool = False  # whether the last ping failed
    _chores: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Run until `stop` is set; end the sends in hand, drop the polls in flight."""
        self._learnt = await asyncio.to_thread(feedback.mark, self.app.db)
        async with self.app.poller(self.clock()) as poller, self.app.means(poller.client) as means:
            teller = self.app.teller()
            incoming = Incoming(poller, self.app.settings.feeds)
            outgoing = Outgoing(teller, means, self.pulse)
            begun = asyncio.get_running_loop().time()
            self._encoder_rests = begun + ENCODER_RESTS  # also after it made us begin anew: no loop may come of it
            self._seeds_rest = begun + SEEDS_REST
            work = {
                "poll": lambda: self._poll(incoming),
                "send": lambda: self._send(teller, outgoing, incoming, begun),
                "upkeep": lambda: self._upkeep(poller, means),
                "health": lambda: self._health(teller),
            }
            await asyncio.to_thread(bring_back, self.app.db, self.clock())
            greeting = asyncio.create_task(self._greet(teller, means))
            async with self._beating(work):
                self.pulse.ready = True
                notify("READY=1")
                log.info("ready", feeds=len(self.app.settings.feeds), recipients=len(self.app.recipients))
                await self.stop.wait()
                log.info("reading the configuration again" if self.reload else "stopping")
                self.pulse.stopping = True
                notify("STOPPING=1")
            greeting.cancel()
            if self._chores is not None:
                self._chores.cancel()
            outgoing.stopping = True
            await incoming.cancel()
            await _within(SEND_SECONDS if self.reload else DRAIN_SECONDS, outgoing.drain())

    @asynccontextmanager
    async def _beating(self, work: Mapping[str, Callable[[], Awaitable[None]]]) -> AsyncIterator[None]:
        """Let the beats knock within the block; set the alarm anew when the wall clock jumps."""
        scheduler = AsyncIOScheduler(timezone="UTC")
        for name, seconds in BEATS.items():
            scheduler.add_job(
                self._beat,
                Beat(timedelta(seconds=seconds)),
                (name, work[name]),
                id=name,
                next_run_time=datetime.now(UTC),  # the alarm clock goes by the machine's time, whatever `clock` says
                misfire_grace_time=None,  # its default drops a job that is a second late
                coalesce=True,
            )
        scheduler.start()
        watch = asyncio.create_task(self._watch_clock(scheduler))
        try:
            with settled():
                yield
        finally:
            watch.cancel()
            scheduler.shutdown(wait=False)

    async def _beat(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do one round of a beat; whatever fails is said once, and tried again at the next."""
        try:
            await work()
        except MonitorError as error:
            self._fails(name, str(error))
        except Exception as error:
            if name not in self.pulse.faults:
                log.exception("a round failed", beat=name)
            self._fails(name, queue.internal(error))
        else:
            self.pulse.rounds[name] = self.clock()
            self._works(name)

    def _works(self, name: str) -> None:
        if asyncio.get_running_loop().time() - self._failed_at.get(name, 0.0) < HEALED_SECONDS:
            return
        if self.pulse.faults.pop(name, None) is not None:
            log.warning("works again", beat=name)

    def _fails(self, name: str, why: str) -> None:
        self._failed_at[name] = asyncio.get_running_loop().time()
        if self.pulse.faults.get(name) != why:
            log.error("a round failed", beat=name, error=why)
        self.pulse.faults[name] = why

    async def _poll(self, incoming: Incoming) -> None:
        report = await incoming.knock(self.clock())
        for poll in report.polls:
            self.pulse.polls[poll.kind] += 1
            self.pulse.compared += poll.compared
            self.pulse.differed += poll.differed
            self.pulse.articles += poll.new
            self.pulse.matches += poll.matches
        if any(poll.new or poll.updated for poll in report.polls):
            log.info("polled", **report.feeds, articles=sum(poll.new for poll in report.polls))

    async def _send(self, teller: Teller, outgoing: Outgoing, incoming: Incoming, begun: float) -> None:
        clock = asyncio.get_running_loop().time
        if clock() >= self._digests_rest and (incoming.first_round_is_over or clock() - begun > FIRST_ROUND_SECONDS):
            faults = await queue.tell_due(teller, self.app.recipients, self.app.settings.feeds, self.clock())
            if faults:
                self._digests_rest = clock() + DIGEST_RESTS
                self._fails("digests", "; ".join(faults))
            else:
                self._works("digests")
        await outgoing.knock(self.clock())

    async def _upkeep(self, poller: Poller, means: Means) -> None:
        await asyncio.to_thread(bring_back, self.app.db, self.clock())
        self._chores = self._chores or asyncio.create_task(self._do_chores(poller))
        done, _ = await asyncio.wait({self._chores}, timeout=CHORES_SECONDS)
        if done:
            chores, self._chores = self._chores, None
            chores.result()
        await self._ping(means)

    async def _do_chores(self, poller: Poller) -> None:
        """Do what may take minutes in a large database, for which the ping does not wait."""
        await self._relearn(poller)
        await self._try_left_out(poller)
        if self._judge:
            await poller.judge_unjudged(self.clock())
            self._judge -= 1
        await self._try_encoder(poller)
        await asyncio.to_thread(upkeep.nightly, self.app, self.clock())

    async def _relearn(self, poller: Poller) -> None:
        """Let the profiles learn what people said since: from a page of ours, or from a command beside us."""
        said = await asyncio.to_thread(feedback.mark, self.app.db)
        if said == self._learnt:
            return
        poller.profiles.update(await self.app.profiles(poller.client, poller.parsers, self.clock(), poller.vectors))
        self._learnt = said
        self._judge = 2  # a poll in flight may still record what the old profiles said
        log.info("learnt what was said", answers=len(said))

    async def _try_left_out(self, poller: Poller) -> None:
        """Take topics in whose seeds can be read by now: what was stored meanwhile is judged as for a new topic."""
        now, before = asyncio.get_running_loop().time(), len(poller.profiles)
        if before == len(self.app.settings.topics) or now < self._seeds_rest:
            return
        self._seeds_rest = now + SEEDS_REST
        poller.profiles.update(await self.app.profiles(poller.client, poller.parsers, self.clock(), poller.vectors))
        if len(poller.profiles) > before:
            self._judge = 2  # a poll in flight may still record what the other profiles said
            log.warning("topics that were left out are back", topics=len(poller.profiles) - before)

    async def _try_encoder(self, poller: Poller) -> None:
        """Begin anew once an encoder that failed works again: what was judged without it is judged again then."""
        now = asyncio.get_running_loop().time()
        if not poller.vectors.fault or now < self._encoder_rests:
            return
        self._encoder_rests = now + ENCODER_RESTS
        if await asyncio.to_thread(poller.vectors.works_again):
            log.warning("the encoder works again")
            self.read_again()

    async def _ping(self, means: Means) -> None:
        """Tell the dead-man switch that a round of polls was good; it is told nothing while anything fails."""
        address, polled = self.app.settings.operator.ping, self.pulse.rounds.get("poll")
        if address is None or polled is None or polled == self._pinged or self.pulse.faults:
            return
        from monitor.delivery.ping import ping

        try:
            await ping(means.client, address)
        except FetchError as error:  # the switch itself raises the alarm; nothing of ours is ill
            if not self._unheard:
                log.warning("the dead-man switch was not reached", error=str(error))
            self._unheard = True
        else:
            self._pinged, self._unheard = polled, False

    async def _health(self, teller: Teller) -> None:
        notify("WATCHDOG=1")
        notify(f"STATUS={'; '.join(self.pulse.faults.values()) or 'all is well'}"[:200])
        await asyncio.to_thread(troubles.tell, self.app, teller, self.clock())
        if await asyncio.to_thread(self.changed):
            log.info("the configuration changed")
            self.read_again()

    def read_again(self) -> None:
        """End, so that the configuration is read again; whoever was told to end for good ends for good."""
        if not self.stop.is_set():
            self.reload = True
            self.stop.set()

    async def _greet(self, teller: Teller, means: Means) -> None:
        """Say once, at the start, who is told next, and of each recipient that can't be reached why."""
        log.info("next digest", **await asyncio.to_thread(self._next, teller))
        for recipient in self.app.recipients:
            try:
                async with open_channel(recipient.channel, means) as channel:
                    await channel.check(recipient)
            except DeliveryError as error:
                log.warning("a recipient can't be reached", recipient=recipient.id, error=str(error))
            except Exception:
                log.exception("a recipient could not be looked at", recipient=recipient.id)

    def _next(self, teller: Teller) -> dict[str, str]:
        """Return who is told next, and when."""
        now = self.clock()
        moments = {each.id: next_digest(teller, each, now) for each in self.app.recipients}
        moment, recipient = min(((at, id) for id, at in moments.items() if at), default=(None, ""))
        if moment is None:
            return {"at": "never"}
        return {"at": "now" if moment <= now else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC", "to": recipient}

    async def _watch_clock(self, scheduler: Any) -> None:
        """Wake the alarm clock when the wall clock was set: it would sleep until the old time comes again."""
        loop = asyncio.get_running_loop()
        told, counted = datetime.now(UTC), loop.time()
        while True:
            await asyncio.sleep(JUMP_LOOK_SECONDS)
            now, ran = datetime.now(UTC), loop.time()
            if abs(now - told - timedelta(seconds=ran - counted)) > JUMP:
                log.warning("the clock was set", by=str(now - told - timedelta(seconds=ran - counted)))
                for job in scheduler.get_jobs():
                    job.modify(next_run_time=now)
            told, counted = now, ran


async def serve(service: Service) -> None:
    """Run `service` until SIGTERM or Ctrl-C ends it, or SIGHUP asks for its configuration to be read again.

    A second signal ends it where it stands. So does the last resort: a thread that hangs in a locked database must
    not outlive what a service manager grants.
    """
    loop = asyncio.get_running_loop()

    def end() -> None:
        if service.stop.is_set() and not service.reload:
            os._exit(130)
        service.reload = False
        last_resort()
        service.stop.set()

    # Not the loop's own handlers: when it closes, it would leave the system's, by which a SIGHUP ends the process.
    with answering(
        lambda: loop.call_soon_threadsafe(end),
        lambda: loop.call_soon_threadsafe(service.read_again),
    ):
        await service.run()


@contextmanager
def answering(end: Callable[[], object], read_again: Callable[[], object]) -> Iterator[None]:
    """Answer SIGTERM and Ctrl-C by `end` and SIGHUP by `read_again` within the block; then as before."""
    wanted = {signal.SIGTERM: end, signal.SIGINT: end, signal.SIGHUP: read_again}
    before = {number: signal.signal(number, lambda *_, do=do: do()) for number, do in wanted.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def between_runs() -> Iterator[None]:
    """Let the process end cleanly when it is told to while no service runs; its configuration is being read anyway."""

    def leave() -> None:
        last_resort()
        raise SystemExit(0)

    with answering(leave, lambda: None):
        yield


def last_resort() -> None:
    """End the process, with what it has, after `LAST_RESORT_SECONDS`: nothing is lost by it."""
    timer = threading.Timer(LAST_RESORT_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()


def notify(state: str) -> None:
    """Tell the service manager, where there is one (sd_notify(3))."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if path and sys.platform == "linux":
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.sendto(state.encode(), "\0" + path[1:] if path.startswith("@") else path)


async def _within(seconds: float, work: Awaitable[Any]) -> None:
    """Wait for `work`, but not longer; what it raises has been said already, or is said here."""
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        log.warning("a message was still being sent: it is uncertain, and is sent again as it is")
    except MonitorError as error:
        log.error("an outcome could not be written down", error=str(error))
