"""Metrics for Prometheus, read from the pulse and counted in the database when a scraper asks.

No label holds a text of a feed: their values are beats, channels, states and words of our own.
"""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from monitor import __version__
from monitor.errors import StoreError
from monitor.model import DeliveryState, FeedHealth
from monitor.queue import Pulse
from monitor.store import counts
from monitor.store.database import Database
from monitor.web.safety import Door

POLLS = ("changed", "not_modified", "failed", "held")


class Metrics:
    """What `/metrics` answers, to who may come in by the door."""

    def __init__(self, db: Database, pulse: Pulse, door: Door) -> None:
        self._door = door
        self._registry = CollectorRegistry()
        self._registry.register(Reading(db, pulse))
        ProcessCollector(registry=self._registry)

    async def answer(self, request: Request) -> Response:
        """Return the metrics as text, or the door's refusal."""
        refusal = self._door.refuse(request)
        if refusal is not None:
            return refusal
        text = await run_in_threadpool(generate_latest, self._registry)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


class Reading(Collector):
    """Reads every metric at the moment of asking; without the database, those of the pulse alone."""

    def __init__(self, db: Database, pulse: Pulse) -> None:
        self._db = db
        self._pulse = pulse

    def describe(self) -> Iterable[Metric]:
        """Return nothing: the registry would otherwise count in the database to learn the names."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield from self._of_pulse()
        try:
            found = counts.read(self._db)
        except StoreError:
            yield GaugeMetricFamily("monitor_database_up", "Whether the database could be read.", 0)
            return
        yield GaugeMetricFamily("monitor_database_up", "Whether the database could be read.", 1)
        yield _gauge("feeds", "Feeds of the configuration.", "health", _filled(FeedHealth, found.feeds))
        yield _gauge("outbox", "Messages in the outbox.", "state", _filled(DeliveryState, found.outbox))
        yield GaugeMetricFamily("monitor_feeds_blocked", "Feeds in whose place a page is served.", found.blocked)
        words = "Feeds that show nothing new for longer than their rhythm explains."
        yield GaugeMetricFamily("monitor_feeds_silent", words, found.silent)
        yield GaugeMetricFamily("monitor_feeds_moved", "Feeds that are read where they moved for good.", found.moved)
        words = "Feeds of which two polls within the last week shared no item."
        yield GaugeMetricFamily("monitor_feeds_gap", words, found.gap)
        words = "Feeds that are parsed whole, because cutting known items changed what was read."
        yield GaugeMetricFamily("monitor_feeds_read_whole", words, found.read_whole)
        yield GaugeMetricFamily("monitor_troubles", "Troubles that need a person.", found.troubles)

    def _of_pulse(self) -> Iterator[Metric]:
        pulse = self._pulse
        faults, rounds = dict(pulse.faults), dict(pulse.rounds)
        yield _gauge("build_info", "The version that runs.", "version", {__version__: 1})
        yield GaugeMetricFamily(
            "monitor_ready", "Whether the service does its work.", pulse.ready and not pulse.stopping
        )
        failing = {beat: float(beat in faults) for beat in sorted({*faults, *rounds})}
        yield _gauge("beat_failing", "Whether the last round of a beat failed.", "beat", failing)
        ends = {beat: end.timestamp() for beat, end in rounds.items()}
        words = "When the last good round of a beat ended."
        yield _gauge("beat_last_success_timestamp_seconds", words, "beat", ends)
        polls = CounterMetricFamily("monitor_polls", "Polls since the start, by what they came to.", labels=["result"])
        for result, count in _filled(POLLS, dict(pulse.polls)).items():
            polls.add_metric([result], count)
        yield polls
        words = "Polls since the start that were read both ways, with and without the items that were known."
        yield CounterMetricFamily("monitor_polls_compared", words, pulse.compared)
        words = "Of these, those that read otherwise: the feed is read whole from then on."
        yield CounterMetricFamily("monitor_polls_differed", words, pulse.differed)
        yield CounterMetricFamily("monitor_articles_new", "New articles since the start.", pulse.articles)
        yield CounterMetricFamily("monitor_matches_new", "New matches since the start.", pulse.matches)
        attempts = "Attempts to send since the start, by the state that they left."
        messages = CounterMetricFamily("monitor_messages", attempts, labels=["channel", "state"])
        for (channel, state), count in dict(pulse.messages).items():
            messages.add_metric([channel, str(state)], count)
        yield messages


def _gauge(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    found = GaugeMetricFamily(f"monitor_{name}", words, labels=[label])
    for value, count in values.items():
        found.add_metric([value], count)
    return found


def _filled(names: Iterable[str], found: Mapping[str, int]) -> dict[str, int]:
    """Return the counts with a 0 for each name that has none: a series that is missing can't be alerted on."""
    return dict.fromkeys(map(str, names), 0) | {str(name): count for name, count in found.items()}
