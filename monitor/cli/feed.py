"""`monitor feed`: the feeds that are followed."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from monitor.cli import output, start
from monitor.errors import ParseError, UsageError

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.model import FeedReport, FoundFeed
    from monitor.net.client import Client
    from monitor.sources.processes import Parsers

T = TypeVar("T")
app = start.group("The feeds that are followed.")
Url = Annotated[str, typer.Argument(metavar="URL", help="The feed's address, as monitor feed list gives it.")]


@app.command("list")
def list_(ctx: typer.Context, json: start.Json = False) -> None:
    """List the feeds with their health."""
    from monitor.digest import health
    from monitor.store import feeds

    with start.opened(ctx) as opened:
        found = feeds.reports(opened.db, opened.settings.feeds)
    if json:
        output.document([_document(report) for report in sorted(found, key=lambda report: -report.id)])
        return
    now = start.clock()
    rows = [(r.title, r.health, output.ago(r.last_success, now), _next(r, now), r.articles, r.feed.url) for r in found]
    columns = ("title", "health", "last read", "next poll", "articles", "address")
    output.table(columns, rows, empty="there are no feeds: monitor feed add ADDRESS adds one")
    for report in found:
        if told := health.line(report):
            typer.echo(output.wrapped(f"! {report.feed.url}: {told}"))


@app.command()
def add(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed's address, or a page's that names one.")],
    title: Annotated[str, typer.Option(help="Your own name for it.")] = "",
    language: Annotated[str, typer.Option(help='Its language, e.g. "ko".')] = "",
    allow_private: start.AllowPrivate = None,
    json: start.Json = False,
) -> None:
    """Look at an address and add the feed found there to monitor.toml."""
    from monitor.actions import feeds
    from monitor.config import edit

    settings = start.settings(ctx)
    found = _reaching(ctx, allow_private, lambda client, parsers: feeds.one_feed(url, client, parsers, start.clock()))
    edit.add_feed(settings.file, found.url, title, language)
    if json:
        output.document({"url": found.url, "title": title or found.title, "added_to": str(settings.file)})
    else:
        typer.echo(f"added {output.plain(found.title or found.url)} ({found.url}) to {settings.file}")


@app.command("test")
def try_out(ctx: typer.Context, url: Url, allow_private: start.AllowPrivate = None, json: start.Json = False) -> None:
    """Fetch an address once and show what is read there. Nothing is stored."""
    from monitor.actions import feeds

    looked = _reaching(ctx, allow_private, lambda client, parsers: feeds.look(url, client, parsers, start.clock()))
    if looked.feed is None:
        raise UsageError(f"{url}: {looked.complaint}")
    feed = looked.feed
    if json:
        entries = [{"title": e.title, "url": e.url, "published": output.moment(e.published)} for e in feed.entries]
        document = {"url": url, "final_url": looked.fetched.final_url, "title": feed.title, "format": feed.format}
        output.document({**document, "language": feed.language, "entries": entries})
        return
    typer.echo(f"{output.plain(feed.title) or url}: {feed.format}, {len(feed.entries)} entries")
    if looked.fetched.final_url != url:
        typer.echo(f"answered by {looked.fetched.final_url}")
    for sitemap in feed.sitemaps:
        typer.echo(f"read in {output.plain(sitemap)}")
    rows = [(output.moment(entry.published) or "no date", entry.title) for entry in feed.entries[:10]]
    output.table(("published", "title"), rows, empty="it holds no entries at present")


@app.command()
def discover(ctx: typer.Context, url: Url, allow_private: start.AllowPrivate = None, json: start.Json = False) -> None:
    """Find the feeds of a site."""
    from monitor.actions import feeds

    found = _reaching(ctx, allow_private, lambda client, parsers: feeds.discover(url, client, parsers, start.clock()))
    if json:
        output.document([_found(feed) for feed in found])
    else:
        output.table(
            ("address", "title", "type"), [(f.url, f.title, f.type) for f in found], empty=f"{url}: no feed found"
        )


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An OPML file.")],
    json: start.Json = False,
) -> None:
    """Add the feeds of an OPML file to monitor.toml. Bad lines are named, good ones imported."""
    from monitor.config import edit
    from monitor.sources import opml

    settings = start.settings(ctx)
    try:
        found, problems = opml.read(file.read_bytes())
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    except ParseError as error:
        raise UsageError(f"{file}: {error}") from error
    followed = {feed.url for feed in settings.feeds}
    added = edit.add_feeds(settings.file, [feed for feed in found if feed.url not in followed])
    if json:
        output.document({"added": [feed.url for feed in added], "known": len(found) - len(added), "problems": problems})
        return
    for problem in problems:
        typer.echo(f"{file}: {output.plain(problem)}", err=True)
    typer.echo(f"{len(added)} feeds added to {settings.file}; {len(found) - len(added)} were there already")


@app.command()
def export(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Where to write; else standard output.")] = None,
) -> None:
    """Write the feeds as OPML 2.0."""
    from monitor.sources import opml

    document = opml.write(start.settings(ctx).feeds, "Feeds of monitor")
    if file is None:
        typer.echo(document, nl=False)
        return
    try:
        file.write_text(document, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error


@app.command()
def poll(
    ctx: typer.Context,
    urls: Annotated[list[str] | None, typer.Argument(metavar="[URL…]", help="Which feeds; else all of them.")] = None,
    json: start.Json = False,
) -> None:
    """Poll feeds now, due or not. The floor, the host gap and a Retry-After still hold."""
    import asyncio

    from monitor import queue
    from monitor.cli import once

    with start.opened(ctx) as opened:
        chosen = {_followed(url, opened.settings) for url in urls or []}
        wanted = [feed for feed in opened.settings.feeds if not chosen or feed.url in chosen]

        async def turn() -> queue.PollReport:
            async with opened.poller(start.clock()) as poller:
                with output.progress("polling") as progress:
                    return await queue.poll_due(poller, wanted, start.clock(), everything=True, progress=progress)

        polls = asyncio.run(turn())
    report = {**once.polls_report(polls), "digests": {"sent": 0, "failed": 0}, "seconds": round(polls.seconds, 3)}
    output.document(report) if json else once.tell_polls(report, polls)
    if polls.all_failed:
        raise typer.Exit(1)


@app.command()
def pause(ctx: typer.Context, url: Url) -> None:
    """Stop polling a feed until it is resumed. The configuration stays as it is."""
    _set_paused(ctx, url, paused=True)


@app.command()
def resume(ctx: typer.Context, url: Url) -> None:
    """Poll a paused or ended feed again."""
    _set_paused(ctx, url, paused=False)


@app.command()
def remove(ctx: typer.Context, url: Url) -> None:
    """Take a feed out of the configuration; its articles stay."""
    from monitor.config import edit

    settings = start.settings(ctx)
    known = _followed(url, settings)
    for file in edit.remove_feed(settings, known):
        typer.echo(f"removed {known} from {file}")


def _set_paused(ctx: typer.Context, url: str, *, paused: bool) -> None:
    from monitor.store import feeds

    with start.opened(ctx) as opened:
        known = _followed(url, opened.settings)
        feeds.pause(opened.db, known, paused=paused, now=start.clock())
    typer.echo(f"{known} {'is paused' if paused else 'is polled again'}")


def _followed(url: str, settings: "Settings") -> str:
    """Return the address by which the feed at `url` is followed, however a person writes it.

    :raises UsageError: if it is not followed
    """
    from monitor.urls import web_link

    known = web_link(url)
    if known not in {feed.url for feed in settings.feeds}:
        raise UsageError(f"{url} is not followed: see monitor feed list")
    return known


def _reaching(
    ctx: typer.Context, allow_private: list[str] | None, work: "Callable[[Client, Parsers], Awaitable[T]]"
) -> T:
    """Do some fetching with the network settings of the configuration, if there is one, and with what hosts asked.

    :raises UsageError: if the address is none that may be fetched
    """
    import asyncio

    from monitor.app import reaching_out
    from monitor.errors import AddressRefused

    settings, networks = start.settings_if_any(ctx), start.networks(allow_private)

    async def reach() -> T:
        async with reaching_out(settings, networks) as (client, parsers):
            if settings:
                await asyncio.to_thread(_keep_rests, client, settings.database_url)
            return await work(client, parsers)

    try:
        return asyncio.run(reach())
    except AddressRefused as error:
        raise UsageError(str(error)) from error


def _keep_rests(client: "Client", database_url: str) -> None:
    """Let hosts rest as they asked polls to, where there is a database that tells; none is made."""
    from contextlib import closing

    from monitor.app import keep_rests
    from monitor.store.database import Database, usable

    with closing(Database(database_url)) as db:
        if usable(db):
            keep_rests(client, db, start.clock())


def _next(report: "FeedReport", now: Any) -> str:
    if report.next_poll is None:
        return "never"
    return output.coming(report.next_poll, now)


def _found(feed: "FoundFeed") -> dict[str, str]:
    return {"url": feed.url, "title": feed.title, "type": feed.type}


def _document(report: "FeedReport") -> dict[str, Any]:
    from monitor.digest import health

    return {
        "url": report.feed.url,
        "title": report.title,
        "health": report.health,
        "last_success": output.moment(report.last_success),
        "last_error": report.last_error,
        "next_poll": output.moment(report.next_poll),
        "interval_minutes": report.interval_minutes,
        "articles": report.articles,
        "notes": [note.words for note in health.notes(report)],
    }
