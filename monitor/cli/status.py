"""`monitor status`: how it stands, and what needs a person."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import typer

from monitor.cli import output, start

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.app import App
    from monitor.model import Delivery, FeedReport


def status(ctx: typer.Context, json: start.Json = False) -> None:
    """Show what runs next, feed health, and what needs a person."""
    from monitor.store import feeds, outbox

    now = start.clock()
    with start.opened(ctx) as opened:
        reports = feeds.reports(opened.db, opened.settings.feeds)
        deliveries = outbox.deliveries(opened.db)
        document = _document(opened, reports, deliveries, now)
    if json:
        output.document(document)
        return
    typer.echo("feeds:  " + ", ".join(f"{count} {health}" for health, count in document["feeds"].items()))
    typer.echo("outbox: " + ", ".join(f"{count} {state}" for state, count in document["outbox"].items()))
    typer.echo(f"next poll:   {document['next_poll'] or 'none'}")
    typer.echo(f"next digest: {document['next_digest'] or 'none'}")
    typer.echo("judged by:   words alone, no encoder")
    typer.echo("leaves this machine: requests to feeds and to pages that may matter; nothing else")
    for problem in document["problems"]:
        typer.echo(output.wrapped(f"! {problem}"))


def _document(
    opened: "App", reports: "list[FeedReport]", deliveries: "list[Delivery]", now: "datetime"
) -> dict[str, Any]:
    health = Counter(str(report.health) for report in reports)
    states = Counter(str(delivery.state) for delivery in deliveries)
    polls = [report.next_poll for report in reports if report.next_poll]
    return {
        "feeds": {name: health[name] for name in ("ok", "failing", "dead", "paused", "new")},
        "outbox": {name: states[name] for name in ("waiting", "uncertain", "failed")},
        "next_poll": output.moment(min(polls, default=None)),
        "next_digest": output.moment(_next_digest(opened, now)),
        "problems": _problems(opened, reports, deliveries),
    }


def _next_digest(opened: "App", now: "datetime") -> "datetime | None":
    from monitor import schedule

    teller, moments = opened.teller(), []
    for recipient in opened.recipients:
        due = teller.due(recipient, now)
        slot = due or schedule.next_slot(recipient.schedule, recipient.timezone, now)
        if slot is not None:
            moments.append(slot.at)
    return min(moments, default=None)


def _problems(opened: "App", reports: "list[FeedReport]", deliveries: "list[Delivery]") -> list[str]:
    from monitor.model import DeliveryState, FeedHealth

    sick = [r for r in reports if r.health in (FeedHealth.FAILING, FeedHealth.DEAD)]
    stuck = [d for d in deliveries if d.state in (DeliveryState.FAILED, DeliveryState.UNCERTAIN)]
    late = [d for d in deliveries if d.state is DeliveryState.WAITING and d.last_error]
    return [
        *opened.settings.notes,
        *(f"feed {report.title} is {report.health}: {report.last_error}" for report in sick),
        *(f"message {d.id} to {d.recipient} is {d.state}: {d.last_error} (monitor outbox retry {d.id})" for d in stuck),
        *(f"message {d.id} to {d.recipient} waits: {d.last_error}" for d in late),
    ]
