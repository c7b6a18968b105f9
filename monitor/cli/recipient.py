"""`monitor recipient`: who is told, and how each is reached."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output, start

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.actions.recipients import Tried
    from monitor.app import App
    from monitor.model import AddressReport, Mute, Recipient, RecipientReport

app = start.group("The recipients: who is told, and how.")
Id = Annotated[str, typer.Argument(metavar="ID", help="As monitor recipient list gives it.")]


@app.command("list")
def list_(ctx: typer.Context, json: start.Json = False) -> None:
    """List the recipients. Each address is told with its state, and what its readers muted."""
    from monitor.store import mutes, recipients

    now = start.clock()
    with start.opened(ctx, lenient=True) as opened:
        reports = recipients.reports(opened.db, opened.settings.recipients)
        times = _times(opened, now)
        muted = {each.id: mutes.mutes(opened.db, each.id, now) for each in opened.settings.recipients}
    found = [(each, reports[each.id], *times[each.id]) for each in opened.settings.recipients]
    if json:
        output.document([{**_document(*each), "muted": list(map(_mute, muted[each[0].id]))} for each in found])
        return
    rows = [_row(*each, now) for each in found]
    columns = ("id", "channel", "state", "next", "last", "schedule", "address")
    output.table(columns, rows, empty="there are no recipients: write a [recipients.NAME] in monitor.toml")
    for recipient, report, _, _ in found:
        for address in (each for each in report.addresses if each.off):
            words = f"{address.address} is off: {address.off} (monitor recipient resume {recipient.id})"
            typer.echo(output.wrapped(f"! {recipient.id}: {words}"))
        for mute in muted[recipient.id]:
            typer.echo(output.wrapped(f"{recipient.id} muted {mute.words}"))


@app.command("test")
def try_out(ctx: typer.Context, id: Id, json: start.Json = False) -> None:
    """Send a real test message now, past the outbox. The exit code is 1 if an address did not take it."""
    import asyncio

    from monitor.actions import recipients
    from monitor.errors import DeliveryError

    with start.opened(ctx, lenient=True) as opened:
        recipient = start.recipient_named(opened, id)
        tried = asyncio.run(recipients.send_test(opened, recipient, start.clock()))
    if not tried:
        raise DeliveryError(f"{id} is paused, or every address of it is off: monitor recipient resume {id}")
    _tell(recipient, tried, json=json)
    if any(each.error for each in tried):
        raise typer.Exit(1)


@app.command()
def pause(ctx: typer.Context, id: Id) -> None:
    """Send a recipient nothing until it is resumed. The configuration stays as it is."""
    from monitor.store import recipients

    with start.opened(ctx, lenient=True) as opened:
        recipients.pause(opened.db, start.recipient_named(opened, id).id)
    typer.echo(f"{id} is paused: what there is to tell waits for it")


@app.command()
def resume(
    ctx: typer.Context,
    id: Id,
    unsubscribed: Annotated[
        bool, typer.Option("--unsubscribed", help="Also write to addresses again that unsubscribed by their link.")
    ] = False,
) -> None:
    """Let a recipient go on. Addresses that were switched off are tried again."""
    from monitor.store import outbox, recipients

    with start.opened(ctx, lenient=True) as opened:
        recipients.resume(opened.db, start.recipient_named(opened, id).id, unsubscribed=unsubscribed)
        waiting = [each for each in outbox.deliveries(opened.db) if each.recipient == id and each.state in outbox.OPEN]
    waits = f"{len(waiting)} message{'s' if len(waiting) > 1 else ''}" if waiting else "no message"
    typer.echo(f"{id} is told again; {waits} waited for it")


def _times(opened: "App", now: "datetime") -> "dict[str, tuple[datetime | None, datetime | None]]":
    """Return the moments of each recipient's next and last digest."""
    from monitor.actions.recipients import next_digest
    from monitor.store import outbox

    teller = opened.teller()
    last = {record.recipient: record.created for record in reversed(outbox.digests(opened.db))}
    return {each.id: (next_digest(teller, each, now), last.get(each.id)) for each in opened.settings.recipients}


def _document(
    recipient: "Recipient", report: "RecipientReport", following: "datetime | None", last: "datetime | None"
) -> dict[str, Any]:
    return {
        "id": recipient.id,
        "channel": recipient.channel,
        "addresses": [_address(address) for address in report.addresses],
        "paused": report.paused,
        "topics": list(recipient.topics),
        "schedule": recipient.schedule,
        "timezone": recipient.timezone,
        "next_digest": None if report.paused else output.moment(following),
        "last_digest": output.moment(last),
    }


def _address(report: "AddressReport") -> dict[str, Any]:
    return {
        "address": report.address,
        "state": "off" if report.off else "open",
        "why": report.off,
        "bounces": report.bounces,
    }


def _mute(mute: "Mute") -> dict[str, Any]:
    return {
        "kind": mute.kind,
        "name": mute.name,
        "since": output.moment(mute.since),
        "until": output.moment(mute.until),
    }


def _row(
    recipient: "Recipient",
    report: "RecipientReport",
    following: "datetime | None",
    last: "datetime | None",
    now: "datetime",
) -> tuple[str, ...]:
    return (
        recipient.id,
        recipient.channel,
        _state(report),
        output.coming(following if report.open else None, now),
        output.ago(last, now),
        f"{recipient.schedule} {recipient.timezone}",
        ", ".join(recipient.addresses),
    )


def _state(report: "RecipientReport") -> str:
    """Return in a word or two how a recipient is reached."""
    if report.paused:
        return "paused"
    closed, bounces = len(report.addresses) - len(report.open), sum(each.bounces for each in report.addresses)
    if closed:
        return "off" if not report.open else f"{closed} of {len(report.addresses)} off"
    return f"open, {bounces} bounces" if bounces else "open"


def _tell(recipient: "Recipient", tried: "tuple[Tried, ...]", *, json: bool) -> None:
    if json:
        results = [{"address": each.address, "sent": not each.error, "error": each.error} for each in tried]
        output.document({"id": recipient.id, "channel": recipient.channel, "results": results})
        return
    for each in tried:
        typer.echo(output.wrapped(f"{each.address}: {each.error or f'sent by {recipient.channel}'}"))
