"""`monitor once`: one turn of the loop."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output, start
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.config import Settings
    from monitor.queue import PollReport, SendReport


def once(
    ctx: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Set the schedule aside, never the floor, the host gap or a Retry-After.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Work on a copy of the database; digests go to --out.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the digests of --dry-run.", metavar="DIR")] = None,
    as_of: start.AsOf = "",
    json: start.Json = False,
) -> None:
    """Run one turn and exit. It polls due feeds, matches, sends due digests and retries the outbox."""
    import asyncio

    from monitor.actions import upkeep

    if dry_run != (out is not None):
        raise UsageError("--dry-run and --out DIR go together: the digests of a rehearsal go to that folder")
    settings, told_at = start.settings(ctx), start.as_of(as_of)
    with _aside(settings, out) as settings, start.opened_with(ctx, settings) as app:
        begun = monotonic()
        polls, sends = asyncio.run(_turn(app, told_at if as_of else None, everything=everything))
        report = _report(polls, sends, monotonic() - begun)
        upkeep.learn_hours(app, start.clock())
    output.document(report) if json else _tell(report, polls, sends, out)
    if polls.all_failed or sends.failed:
        raise typer.Exit(1)


@contextmanager
def _aside(settings: "Settings", out: Path | None) -> "Iterator[Settings]":
    """Give the settings of a rehearsal whose digests go to `out`, or those given where there is no such folder."""
    if out is None:
        yield settings
        return
    from tempfile import TemporaryDirectory

    from monitor.app import rehearsal

    with TemporaryDirectory(prefix="monitor-") as folder:
        yield rehearsal(settings, Path(folder), out, start.clock())


async def _turn(app: "App", told_at: datetime | None, *, everything: bool) -> "tuple[PollReport, SendReport]":
    from monitor import queue

    feeds = app.settings.feeds
    async with app.poller(start.clock()) as poller, app.means(poller.client) as means:
        with output.progress("polling") as progress:
            polls = await queue.poll_due(poller, feeds, start.clock(), everything=everything, progress=progress)
        teller, now = app.teller(), told_at or start.clock()
        faults = await queue.tell_due(teller, app.recipients, feeds, now)
        return polls, queue.SendReport(await queue.send_due(teller, means, now), tuple(faults))


def _report(polls: "PollReport", sends: "SendReport", seconds: float) -> dict[str, Any]:
    return {
        **polls_report(polls),
        "digests": {"sent": sends.sent, "failed": sends.failed},
        "seconds": round(seconds, 3),
    }


def polls_report(polls: "PollReport") -> dict[str, Any]:
    """Return the part of a turn's report that tells of feeds, articles and matches."""
    return {
        "feeds": polls.feeds,
        "articles": {
            "new": sum(poll.new for poll in polls.polls),
            "updated": sum(poll.updated for poll in polls.polls),
        },
        "matches": {"new": sum(poll.matches for poll in polls.polls)},
    }


def tell_polls(report: dict[str, Any], polls: "PollReport") -> None:
    """Print what a round of polls came to, for people."""
    feeds = report["feeds"]
    typer.echo(
        f"{feeds['polled']} feeds polled: {feeds['changed']} changed, {feeds['not_modified']} not modified, "
        f"{feeds['failed']} failed; {feeds['held']} held back"
    )
    for poll in polls.polls:
        if poll.kind == "failed":
            typer.echo(f"  {output.plain(poll.url)}: {output.plain(poll.error)}")
    new, updated = report["articles"]["new"], report["articles"]["updated"]
    typer.echo(f"{new} new articles, {updated} updated; {report['matches']['new']} new matches")


def _tell(report: dict[str, Any], polls: "PollReport", sends: "SendReport", out: Path | None) -> None:
    tell_polls(report, polls)
    typer.echo(f"{sends.sent} digests sent, {sends.failed} failed, in {report['seconds']:.1f} s")
    for fault in sends.faults:
        typer.echo(f"  {output.plain(fault)}")
    for delivery in sends.deliveries:
        words = delivery.last_error or delivery.state
        typer.echo(f"  {delivery.recipient} ({output.plain(delivery.address)}): {output.plain(words)}")
    if out is not None:
        typer.echo(f"nothing was stored or sent: the digests are in {out}")
