"""Says in words how feeds are: the same in `feed list`, in `status` and in the footers of digests."""

from collections.abc import Collection, Iterator
from datetime import UTC, tzinfo

from monitor.digest import words
from monitor.model import FEED_NEWS, FeedHealth, FeedNote, FeedReport

DETAILS = ("unverified", "whole")  # to be known of a feed, and nothing that happened to it
SICK = frozenset((FeedHealth.FAILING, FeedHealth.DEAD))


def notes(report: FeedReport, zone: tzinfo = UTC) -> tuple[FeedNote, ...]:
    """Return what is to be known of a feed beyond its health, what is worst first; moments are told in `zone`."""
    return tuple(_notes(report, zone))


def line(report: FeedReport, zone: tzinfo = UTC, without: Collection[str] = ()) -> str:
    """Return a feed's last error and notes in one line, without notes of some kinds; "" where there is nothing."""
    told = [note.words for note in notes(report, zone) if note.kind not in without]
    return "; ".join(filter(None, (report.last_error, *told)))


def _notes(report: FeedReport, zone: tzinfo) -> Iterator[FeedNote]:
    if report.next_poll is None and report.health is not FeedHealth.PAUSED:
        yield FeedNote("ended", "ended: remove it, or try again with monitor feed resume")
    elif report.failing_since is not None:
        polls = words.counted(report.failures, "poll")
        yield FeedNote("failing", f"failing since {words.at(report.failing_since, zone)}: {polls} failed")
    if report.blocked:
        yield FeedNote("blocked", "blocked: a page is served in its place")
    if report.silence:
        yield FeedNote("silent", report.silence)
    if report.moved_to:
        yield FeedNote("moved", f"moved for good to {report.moved_to}")
    if report.gap and report.last_success and report.last_success - report.gap[1] < FEED_NEWS:
        yield FeedNote("gap", f"possible gap {words.span(report.gap, zone)}")
    if not report.feed.verify:
        yield FeedNote("unverified", "its TLS certificate is not verified")
    if report.read_whole:
        yield FeedNote("whole", "read whole at each change: without its known items it read otherwise")
