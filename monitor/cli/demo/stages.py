"""Show what each stage of the demo came to, under its number."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from monitor.cli import output

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.cli.demo.mailbox import Mail
    from monitor.matching import Profile
    from monitor.model import Match
    from monitor.queue import PollReport, SendReport

TOPIC = "us-dprk-talks"
READER, MAIL_READER = "you", "you-by-mail"
TERMS_SHOWN, REJECTED_SHOWN = 12, 6


def judged(app: "App") -> "tuple[list[Match], list[Match]]":
    """Return all articles of the stream, best first, at or above the threshold and below it."""
    from monitor.store import articles

    threshold = app.topics[TOPIC].digest_at
    ranked = sorted(articles.matches(app.db, {TOPIC: 0.0}), key=lambda match: -match.judgement.score)
    return (
        [match for match in ranked if match.judgement.score >= threshold],
        [match for match in ranked if match.judgement.score < threshold],
    )


def digest_id(app: "App", recipient: str) -> str:
    """Return the id of the recipient's digest."""
    from monitor.store import outbox

    return outbox.digest(app.db, recipient)[0].id


def seed(profile: "Profile") -> None:
    """Show the seed and what was learnt from it."""
    from monitor.cli.demo import feeds

    _head("1. The seed: one article, and what was learnt from it")
    typer.echo(f"   {feeds.seed().text.splitlines()[0]}")
    typer.echo(output.wrapped(" · ".join(term.term for term in profile.terms[:TERMS_SHOWN]), "   "))


def polls(app: "App", polls: "PollReport") -> None:
    """Show each feed with what its first poll came to."""
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


def matches(app: "App") -> None:
    """Show the articles at and below the threshold, best first."""
    _head("3. Each article judged against the seed; the threshold is 50")
    matched, rejected = judged(app)
    rows = [_row(match) for match in matched] + [_THE_LINE] + [_row(match) for match in rejected[:REJECTED_SHOWN]]
    output.table(("score", "title", "why"), rows, empty="")
    typer.echo(f"   and {max(0, len(rejected) - REJECTED_SHOWN)} more below the line")


_THE_LINE = ("", "· · · below the threshold · · ·", "")


def _row(match: "Match") -> tuple[str, str, str]:
    return f"{match.judgement.score:.0f}", match.title, " · ".join(match.judgement.why)


def again(polls: "PollReport") -> None:
    """Show what a second poll brought."""
    counted = polls.feeds
    _head("4. Polled a second time")
    typer.echo(
        f"   {counted['not_modified']} feeds answered “not modified”, {sum(poll.new for poll in polls.polls)} new "
        "articles:\n   nothing is read twice, nothing is sent twice"
    )


def digest(app: "App") -> None:
    """Show the digest as text."""
    from monitor.digest.message import thaw
    from monitor.store import outbox

    _, _, payload = outbox.digest(app.db, READER)
    message = thaw(payload)
    _head("5. The digest, as its reader gets it")
    typer.echo(f"Subject: {message.subject}\n\n{message.text}")


def mail(mails: "list[Mail]", sends: "SendReport") -> None:
    """Show the mail that arrived, and why if none did."""
    _head("6. The same by e-mail, as a mail server on loopback took it")
    for mail in mails:
        typer.echo(
            f"   MAIL FROM:<{mail.sender}>  RCPT TO:<{'>, <'.join(mail.receivers)}>  {len(mail.content):,} bytes"
        )
        for name, value in mail.headers.items():
            typer.echo(output.wrapped(f"{name}: {value}", "   "))
        typer.echo(f"   and in it: {', '.join(mail.parts)}")
    for delivery in sends.deliveries:
        if delivery.last_error:
            typer.echo(output.wrapped(f"! {delivery.recipient}: {delivery.last_error}"))


def way_on(app: "App", mail: Path | None, folder: Path) -> None:
    """Say where everything lies, and what to do next."""
    _head("Look at it, and go on")
    typer.echo(f"   the same as a page:  {folder / 'digests' / f'{digest_id(app, READER)}.html'}")
    if mail is not None:
        typer.echo(f"   the same as mail:    {mail}")
    typer.echo(f"   what was stored:     {folder / 'monitor.db'}")
    typer.echo("   your own story:      put your article into config/seeds/,")
    typer.echo("                        name it in config/monitor.toml, then: monitor once")
    typer.echo("                        (the digests come to var/digests)")


def _head(words: str) -> None:
    typer.secho(f"\n{words}", bold=True)
