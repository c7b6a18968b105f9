"""`monitor demo`: the whole pipeline on a small stream that is served over loopback HTTP."""

from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output, start
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.config import Settings
    from monitor.matching import Profile
    from monitor.model import Match
    from monitor.queue import PollReport, SendReport

TOPIC = "us-dprk-talks"
TERMS_SHOWN, REJECTED_SHOWN = 12, 6


def demo(
    ctx: typer.Context,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the digest and the database go; else a new folder.")
    ] = None,
    json: start.Json = False,
) -> None:
    """Run everything on a small stream made for it. That needs no network and no configuration."""
    import asyncio

    from monitor.cli.demo.server import serving

    folder = _folder(out)
    with serving(start.clock()) as base, start.opened_with(ctx, _settings(base, folder)) as app:
        asyncio.run(_run(app, folder, json=json))


def _folder(out: Path | None) -> Path:
    """Return the folder that everything goes to: a new one, or one that is empty.

    :raises UsageError: if something is there already
    """
    if out is None:
        return Path(mkdtemp(prefix="monitor-demo-")).resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"--out {out}: something is there already; name a new folder, or an empty one")
    return out.resolve()


def _settings(base: str, folder: Path) -> "Settings":
    from ipaddress import ip_network

    from monitor.cli.demo import feeds
    from monitor.config import Settings
    from monitor.model import PollingPolicy, Recipient, Topic

    return Settings(
        root=folder,
        file=folder / "monitor.toml",
        timezone="UTC",
        database_url=f"sqlite:///{folder / 'monitor.db'}",
        polling=PollingPolicy(min_interval_minutes=0, per_host_gap_seconds=0, contact="demo"),
        allow_private=(ip_network("127.0.0.0/8"),),
        feeds=feeds.feeds(base),
        topics=(Topic(id=TOPIC, title="US–North Korea talks", seeds=(feeds.seed(),)),),
        recipients=(
            Recipient(
                id="you",
                channel="folder",
                addresses=(str(folder / "digests"),),
                topics=(TOPIC,),
                schedule="30 8 * * *",
                timezone="UTC",
            ),
        ),
    )


async def _run(app: "App", folder: Path, *, json: bool) -> None:
    from monitor import queue

    async with app.poller(start.clock()) as poller:
        if not json:
            _show_seed(poller.profiles[TOPIC])
        first = await queue.poll_due(poller, app.settings.feeds, start.clock())
        again = await queue.poll_due(poller, app.settings.feeds, start.clock(), everything=True)
    teller, now = app.teller(), start.clock()
    await queue.tell_due(teller, app.recipients, app.settings.feeds, now)
    async with app.means() as means:
        sends = queue.SendReport(await queue.send_due(teller, means, now))
    if json:
        output.document(_document(app, first, again, sends, folder))
        return
    _show_polls(app, first)
    _show_matches(app)
    _show_again(again)
    _show_digest(app, folder)


def _show_seed(profile: "Profile") -> None:
    from monitor.cli.demo import feeds

    _head("1. The seed: one article, and what was learnt from it")
    typer.echo(f"   {feeds.seed().text.splitlines()[0]}")
    typer.echo(output.wrapped(" · ".join(term.term for term in profile.terms[:TERMS_SHOWN]), "   "))


def _show_polls(app: "App", polls: "PollReport") -> None:
    from monitor.store import feeds

    _head("2. Six feeds, polled over HTTP: RSS, Atom, RDF, JSON, and one that is broken")
    found = {report.feed.url: report for report in feeds.reports(app.db, app.settings.feeds)}
    rows = [
        (found[poll.url].title, poll.kind.replace("_", " "), poll.new or "", poll.matches or "")
        for poll in sorted(polls.polls, key=lambda poll: (bool(poll.error), found[poll.url].title))
    ]
    output.table(("feed", "poll", "new", "matches"), rows, empty="")
    for poll in polls.polls:
        if poll.error:
            typer.echo(output.wrapped(f"! {found[poll.url].title}: {poll.error}"))


def _show_matches(app: "App") -> None:
    _head("3. Each article judged against the seed; the threshold is 50")
    matched, rejected = _judged(app)
    rows = [_row(match) for match in matched] + [_THE_LINE] + [_row(match) for match in rejected[:REJECTED_SHOWN]]
    output.table(("score", "title", "why"), rows, empty="")
    typer.echo(f"   and {max(0, len(rejected) - REJECTED_SHOWN)} more below the line")


_THE_LINE = ("", "· · · below the threshold · · ·", "")


def _judged(app: "App") -> "tuple[list[Match], list[Match]]":
    """Return all articles of the stream, best first, at or above the threshold and below it."""
    from monitor.store import articles

    threshold = app.topics[TOPIC].digest_at
    ranked = sorted(articles.matches(app.db, {TOPIC: 0.0}), key=lambda match: -match.judgement.score)
    return (
        [match for match in ranked if match.judgement.score >= threshold],
        [match for match in ranked if match.judgement.score < threshold],
    )


def _row(match: "Match") -> tuple[str, str, str]:
    return f"{match.judgement.score:.0f}", match.title, " · ".join(match.judgement.why)


def _show_again(polls: "PollReport") -> None:
    counted = polls.feeds
    _head("4. Polled a second time")
    typer.echo(
        f"   {counted['not_modified']} feeds answered “not modified”, {sum(poll.new for poll in polls.polls)} new "
        "articles:\n   nothing is read twice, nothing is sent twice"
    )


def _show_digest(app: "App", folder: Path) -> None:
    from monitor.digest.message import thaw
    from monitor.store import outbox

    record, _, payload = outbox.digest(app.db, outbox.digests(app.db)[0].id)
    message = thaw(payload)
    _head("5. The digest, as its reader gets it")
    typer.echo(f"Subject: {message.subject}\n\n{message.text}")
    _head("Look at it, and go on")
    typer.echo(f"   the same as a page:  {folder / 'digests' / f'{record.id}.html'}")
    typer.echo(f"   what was stored:     {folder / 'monitor.db'}")
    typer.echo("   your own story:      put your article into config/seeds/,")
    typer.echo("                        name it in config/monitor.toml, then: monitor once")
    typer.echo("                        (the digests come to var/digests)")


def _head(words: str) -> None:
    typer.secho(f"\n{words}", bold=True)


def _document(
    app: "App", first: "PollReport", again: "PollReport", sends: "SendReport", folder: Path
) -> dict[str, Any]:
    from monitor.cli import once
    from monitor.store import outbox

    matched, _ = _judged(app)
    return {
        **once.polls_report(first),
        "again": once.polls_report(again),
        "matched": [{"title": match.title, "score": round(match.judgement.score, 1)} for match in matched],
        "digests": {"sent": sends.sent, "failed": sends.failed},
        "subjects": [record.subject for record in outbox.digests(app.db)],
        "folder": str(folder),
    }
