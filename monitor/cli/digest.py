"""`monitor digest`: what recipients are told."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output, start

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.model import DigestRecord, Recipient
    from monitor.pipeline.telling import Composed

app = start.group("What recipients are told.")
Who = Annotated[str, typer.Argument(metavar="RECIPIENT", help="As [recipients.NAME] names it.")]


class Format(StrEnum):
    """In what form a preview is printed."""

    TEXT = "text"
    HTML = "html"
    JSON = "json"


@app.command()
def preview(
    ctx: typer.Context,
    recipient: Who,
    format: Annotated[Format, typer.Option(help="Form of the preview.")] = Format.TEXT,
    as_of: start.AsOf = "",
    json: start.Json = False,
) -> None:
    """Show what `digest send` would send; nothing changes."""
    with start.opened(ctx) as opened:
        composed = _composed(opened, start.recipient_named(opened, recipient), as_of, preview=True)
    if json or format is Format.JSON:
        output.document(_preview(composed))
    elif format is Format.HTML:
        typer.echo(composed.rendered.html, nl=False)
    else:
        typer.echo(f"Subject: {composed.rendered.subject}\n\n{composed.rendered.text}", nl=False)


@app.command()
def send(ctx: typer.Context, recipient: Who, as_of: start.AsOf = "", json: start.Json = False) -> None:
    """Compose and send now, due or not; it counts as having been had."""
    import asyncio

    from monitor import queue
    from monitor.model import DeliveryState

    with start.opened(ctx) as opened:
        composed = _composed(opened, start.recipient_named(opened, recipient), as_of, preview=False)
        teller = opened.teller()
        made = teller.freeze(composed) if composed.worth_sending else None
        done = asyncio.run(queue.send_due(teller, composed.at)) if made else ()
    mine = [delivery for delivery in done if delivery.digest == made]
    failed = [delivery for delivery in mine if delivery.state is not DeliveryState.SENT]
    if json:
        sent = len(mine) - len(failed)
        output.document({"digest": made, "subject": composed.rendered.subject, "sent": sent, "failed": len(failed)})
    elif made is None:
        typer.echo("nothing new: nothing was sent")
    else:
        typer.echo(f"digest {made}: {output.plain(composed.rendered.subject)}")
        for delivery in mine:
            typer.echo(f"  {output.plain(delivery.address)}: {output.plain(delivery.last_error or delivery.state)}")
    if failed:
        raise typer.Exit(1)


@app.command("list")
def list_(
    ctx: typer.Context,
    recipient: Annotated[str, typer.Argument(metavar="[RECIPIENT]", help="One recipient only.")] = "",
    json: start.Json = False,
) -> None:
    """List the digests that were made, newest first."""
    from monitor.store import outbox

    with start.opened(ctx) as opened:
        found = outbox.digests(opened.db, recipient)
        if recipient and not found:
            start.recipient_named(opened, recipient)
    if json:
        output.document([_document(record) for record in found])
        return
    now = start.clock()
    rows = [(d.id, d.recipient, output.ago(d.created, now), d.stories, d.state, d.subject) for d in found]
    output.table(("id", "recipient", "made", "stories", "state", "subject"), rows, empty="no digest was made yet")


@app.command()
def show(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="As monitor digest list gives it.")],
    json: start.Json = False,
) -> None:
    """Show a digest as it was sent."""
    from monitor.digest.message import thaw
    from monitor.store import outbox

    with start.opened(ctx) as opened:
        record, payload = outbox.digest(opened.db, id)
    if json:
        output.document({**_document(record), "sections": list(record.sections)})
        return
    message = thaw(payload)
    typer.echo(f"Subject: {message.subject}\n\n{message.text}", nl=False)


def _composed(opened: "App", recipient: "Recipient", as_of: str, *, preview: bool) -> "Composed":
    from monitor.pipeline.telling import manual_slot
    from monitor.store import feeds

    now = start.as_of(as_of)
    reports = feeds.reports(opened.db, opened.settings.feeds)
    return opened.teller().compose(recipient, now, manual_slot(now), reports, preview=preview)


def _preview(composed: "Composed") -> dict[str, Any]:
    from monitor.digest.render import as_json

    digest = composed.digest
    return {
        "id": None,
        "recipient": digest.recipient.id,
        "topics": list(digest.recipient.topics),
        "slot": digest.slot,
        "created": output.moment(composed.at),
        "stories": sum(len(section.stories) for section in digest.sections if section.announced),
        "state": "preview",
        "subject": composed.rendered.subject,
        **as_json(digest),
    }


def _document(record: "DigestRecord") -> dict[str, Any]:
    return {
        "id": record.id,
        "recipient": record.recipient,
        "topics": list(record.topics),
        "slot": record.slot,
        "created": output.moment(record.created),
        "stories": record.stories,
        "state": record.state,
        "subject": record.subject,
    }
