"""`monitor status`: how it stands, and what needs a person."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import typer

from monitor.cli import output, start

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from monitor.app import App
    from monitor.model import Delivery, FeedReport

LEAVES = {  # name of a channel → what it sends, for those who want to know what leaves their machine
    "email": "mail, to {host}",
    "slack": "messages to Slack, for {names}",
    "slack_webhook": "messages to Slack, for {names}",
    "webhook": "signed JSON to webhooks, for {names}",
    "apprise": "messages through Apprise, for {names}",
}


def status(ctx: typer.Context, json: start.Json = False) -> None:
    """Show what runs next, feed health, and what needs a person."""
    from monitor.store import feeds, outbox

    now = start.clock()
    with start.opened(ctx, lenient=True) as opened:
        reports = feeds.reports(opened.db, opened.settings.feeds)
        deliveries = outbox.deliveries(opened.db)
        document = _document(opened, reports, deliveries, now)
    if json:
        output.document(document)
        return
    typer.echo(f"service:     {document['service'] or 'does not run'}")
    typer.echo("feeds:       " + ", ".join(f"{count} {health}" for health, count in document["feeds"].items()))
    for note in document["feed_notes"]:
        typer.echo(output.wrapped(f"  {note}"))
    typer.echo("outbox:      " + ", ".join(f"{count} {state}" for state, count in document["outbox"].items()))
    typer.echo(f"next poll:   {_when(document['next_poll'], now)}")
    typer.echo(f"next digest: {_when(document['next_digest'], now)}")
    for name, moment in document["next_digests"].items():
        typer.echo(f"  {name}: {_when(moment, now)}")
    for spike in document["spikes"]:
        typer.echo(output.wrapped(f"more than usual: {output.plain(spike)}"))
    typer.echo(f"last backup: {_when(document['last_backup'], now, output.ago)}")
    typer.echo(output.wrapped(f"encoder:     {document['encoder_why']}"))
    typer.echo(output.wrapped(f"leaves this machine: {'; '.join(document['leaves'])}; nothing else"))
    for problem in document["problems"]:
        typer.echo(output.wrapped(f"! {problem}"))


def _document(
    opened: "App", reports: "list[FeedReport]", deliveries: "list[Delivery]", now: "datetime"
) -> dict[str, Any]:
    from monitor.actions import backup, troubles
    from monitor.encoders import choose
    from monitor.pipeline.vectors import words
    from monitor.store.free import service_on

    chosen = choose(opened.settings.encoder)
    fault = troubles.encoder_fault(opened)
    health = Counter(str(report.health) for report in reports)
    states = Counter(str(delivery.state) for delivery in deliveries)
    polls = [report.next_poll for report in reports if report.next_poll]
    digests = _next_digests(opened, now)
    return {
        "feeds": {name: health[name] for name in ("ok", "failing", "dead", "paused", "new")},
        "outbox": {name: states[name] for name in ("waiting", "uncertain", "failed")},
        "feed_notes": _feed_notes(reports),
        "next_poll": output.moment(min(polls, default=None)),
        "next_digest": output.moment(min((moment for moment in digests.values() if moment), default=None)),
        "next_digests": {name: output.moment(moment) for name, moment in digests.items()},
        "spikes": _spikes(opened, now),
        "last_backup": output.moment(backup.last_backup(opened.db)),
        "service": service_on(opened.db.file) if opened.db.file else "",
        "encoder": "none" if fault else chosen.encoder.name,
        "encoder_why": words(chosen.why, fault),
        "leaves": _leaves(opened),
        "problems": _problems(opened, reports, deliveries, now),
    }


def _when(moment: str | None, now: "datetime", words: "Callable[[datetime, datetime], str]" = output.coming) -> str:
    """Return a moment with how far it is from now."""
    from datetime import datetime

    return f"{moment} ({words(datetime.fromisoformat(moment), now)})" if moment else "none"


def _called(report: "FeedReport") -> str:
    """Return what a feed is called; its address where all that is known is a host, which may have many."""
    from monitor import urls

    return report.feed.url if report.title == urls.host(report.feed.url) else report.title


def _feed_notes(reports: "list[FeedReport]") -> list[str]:
    """Return what is to be known of feeds that are well, a line for each; the others are problems."""
    from monitor.digest import health
    from monitor.model import FeedHealth

    well = ((report, health.line(report)) for report in reports if report.health is FeedHealth.OK)
    return [f"{_called(report)}: {line}" for report, line in well if line]


def _next_digests(opened: "App", now: "datetime") -> "dict[str, datetime | None]":
    """Return when each recipient is told next; None for one that is paused or whose schedule never comes."""
    from monitor.actions.recipients import next_digest
    from monitor.store import recipients

    teller, standing = opened.teller(), recipients.reports(opened.db, opened.recipients)
    return {each.id: next_digest(teller, each, now) if standing[each.id].open else None for each in opened.recipients}


def _spikes(opened: "App", now: "datetime") -> list[str]:
    """Return a line for each topic that brings far more stories than usual."""
    from monitor.digest import spikes

    teller = opened.teller()
    lines = [(topic, spikes.line(teller.pace(topic, now))) for topic in opened.settings.topics]
    return [f"{topic.title}: {line}" for topic, line in lines if line]


def _problems(opened: "App", reports: "list[FeedReport]", deliveries: "list[Delivery]", now: "datetime") -> list[str]:
    from monitor.actions import troubles
    from monitor.digest import health
    from monitor.model import DeliveryState, FeedHealth
    from monitor.store import recipients

    failing = [r for r in reports if r.health is FeedHealth.FAILING]
    unsure = [d for d in deliveries if d.state is DeliveryState.UNCERTAIN]
    late = [d for d in deliveries if d.state is DeliveryState.WAITING and d.last_error]
    paused = [each.id for each in recipients.reports(opened.db, opened.recipients).values() if each.paused]
    return [
        *(trouble.words for trouble in troubles.current(opened, now)),
        *opened.settings.notes,
        *troubles.unsubscribed(opened),
        *_without_summaries(opened),
        *(f"recipient {id} is paused by hand: monitor recipient resume {id}" for id in paused),
        *(f"feed {_called(report)} is failing: {health.line(report)}" for report in failing),
        *(
            f"message {d.id} to {d.recipient} is uncertain: {d.last_error} (monitor outbox retry {d.id})"
            for d in unsure
        ),
        *(f"message {d.id} to {d.recipient} waits: {d.last_error}" for d in late),
    ]


def _without_summaries(opened: "App") -> list[str]:
    from monitor.store.keeping import MODEL_FAULT, kept

    fault = kept(opened.db, MODEL_FAULT) if opened.settings.language_model else ""
    return [f"digests go out without summaries, until the language model works again: {fault}"] if fault else []


def _leaves(opened: "App") -> list[str]:
    """Return what leaves this machine under this configuration, one phrase each."""
    from monitor import urls
    from monitor.encoders import from_hub

    smtp = opened.settings.smtp
    named: dict[str, list[str]] = {}
    for recipient in opened.recipients:
        if recipient.channel in LEAVES:
            named.setdefault(LEAVES[recipient.channel], []).append(recipient.id)
    sent = [
        words.format(host=smtp.host if smtp else "no server", names=", ".join(names)) for words, names in named.items()
    ]
    ping = ["a ping to the dead-man switch"] if opened.settings.operator.ping else []
    model = from_hub(opened.settings.encoder)
    fetched = [f"a download of {model} from its hub, at its first use"] if model else []
    asked = opened.settings.language_model
    summed = [f"articles, to the language model at {urls.host(asked.url)}"] if asked else []
    return ["requests to feeds and to pages that may matter", *sent, *summed, *ping, *fetched]
