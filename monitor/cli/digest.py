"""`monitor digest`: what recipients are told."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output, start
from monitor.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.app import App
    from monitor.model import Delivery, DigestRecord, Recipient
    from monitor.pipeline.telling import Composed, Teller

app = start.group("What recipients are told.")
Which = Annotated[
    str, typer.Argument(metavar="ID-or-RECIPIENT", help="A digest, as monitor digest list gives it, or someone's last.")
]
Who = Annotated[str, typer.Argument(metavar="RECIPIENT", help="As [recipients.NAME] names it.")]


class Format(StrEnum):
    """In what form a preview is printed."""

    TEXT = "text"
    HTML = "html"
    SLACK = "slack"
    JSON = "json"
    EMAIL = "email"  # the whole message, as a mail server gets it
    WEBHOOK = "webhook"


@app.command()
def preview(
    ctx: typer.Context,
    recipient: Who,
    format: Annotated[Format, typer.Option(help="Form of the preview.")] = Format.TEXT,
    as_of: start.AsOf = "",
    json: start.Json = False,
) -> None:
    """Show what `digest send` would send; nothing changes.

    As of a moment that is past, it shows what was new then.
    """
    with start.opened(ctx, lenient=True) as opened:
        composed = _composed(opened, start.recipient_named(opened, recipient), as_of, preview=True)
        teller = opened.teller()
    if format is Format.SLACK and not json:
        output.document(_posts(composed, teller))
    elif format in (Format.EMAIL, Format.WEBHOOK) and not json:
        typer.echo(_message(composed, teller, format).decode(), nl=format is Format.WEBHOOK)
    elif json or format is Format.JSON:
        output.document(_preview(composed))
    elif format is Format.HTML:
        typer.echo(composed.rendered.html, nl=False)
    else:
        typer.echo(f"Subject: {composed.rendered.subject}\n\n{composed.rendered.text}", nl=False)


@app.command()
def send(ctx: typer.Context, recipient: Who, as_of: start.AsOf = "", json: start.Json = False) -> None:
    """Compose and send now, due or not; it counts as having been had."""
    with start.opened(ctx, lenient=True) as opened:
        composed = _composed(opened, start.recipient_named(opened, recipient), as_of, preview=False)
        made = opened.teller().freeze(composed) if composed.worth_sending else None
        done = _sent(opened, made, composed.at)
    _tell(made, composed.rendered.subject, done, json=json)


@app.command()
def resend(ctx: typer.Context, which: Which, json: start.Json = False) -> None:
    """Send a digest once more, as a new message that says so."""
    from monitor.store import outbox

    now = start.clock()
    with start.opened(ctx, lenient=True) as opened:
        record, channel, payload = _kept(*outbox.digest(opened.db, which))
        recipient = start.recipient_named(opened, record.recipient)
        if recipient.channel != channel:
            raise UsageError(
                f"digest {record.id} went by {channel}; {recipient.id} is reached by {recipient.channel} now"
            )
        made = opened.teller().freeze_again(recipient, record, payload, now)
        done = _sent(opened, made, now)
    _tell(made, f"Again: {record.subject}", done, json=json)


def _sent(opened: "App", made: str | None, now: "datetime") -> "list[Delivery]":
    """Send what is due and return the messages of the digest `made`, as they stand after it."""
    import asyncio

    done = asyncio.run(_send(opened, now)) if made else ()
    return [delivery for delivery in done if delivery.digest == made]


async def _send(opened: "App", now: "datetime") -> "tuple[Delivery, ...]":
    from monitor import queue

    async with opened.means() as means:
        return await queue.send_due(opened.teller(), means, now)


def _tell(made: str | None, subject: str, done: "list[Delivery]", *, json: bool) -> None:
    """Tell how a digest fared; exit code 1 if a message of it did not arrive."""
    from monitor.model import DeliveryState

    failed = [delivery for delivery in done if delivery.state is not DeliveryState.SENT]
    if json:
        sent = len(done) - len(failed)
        output.document({"digest": made, "subject": subject, "sent": sent, "failed": len(failed)})
    elif made is None:
        typer.echo("nothing new: nothing was sent")
    else:
        typer.echo(f"digest {made}: {output.plain(subject)}")
        for delivery in done:
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

    with start.opened(ctx, lenient=True) as opened:
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
    which: Which,
    json: start.Json = False,
) -> None:
    """Show a digest as it was sent."""
    from monitor.digest.forms import FORMS
    from monitor.store import outbox

    with start.opened(ctx, lenient=True) as opened:
        record, channel, payload = outbox.digest(opened.db, which)
    if json:
        output.document({**_document(record), "sections": list(record.sections)})
        return
    _kept(record, channel, payload)
    message = FORMS[channel].read(payload)
    typer.echo(f"Subject: {message.subject}\n\n{message.text}", nl=False)


def _kept(record: "DigestRecord", channel: str, payload: bytes) -> "tuple[DigestRecord, str, bytes]":
    """Return a digest as it is.

    :raises UsageError: if its text was pruned
    """
    if not payload:
        raise UsageError(
            f"digest {record.id}: its text is no longer kept; its stories are: monitor digest show {record.id} --json"
        )
    return record, channel, payload


def _composed(opened: "App", recipient: "Recipient", as_of: str, *, preview: bool) -> "Composed":
    import asyncio

    from monitor.pipeline.telling import manual_slot
    from monitor.store import feeds

    now, teller = start.as_of(as_of), opened.teller()
    reports = feeds.reports(opened.db, opened.settings.feeds)
    composed = teller.compose(recipient, now, manual_slot(now), reports, preview=preview)
    return asyncio.run(teller.summed_up(composed))


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


def _posts(composed: "Composed", teller: "Teller") -> dict[str, Any]:
    """Return what would be posted to Slack, whatever the recipient's channel."""
    from monitor.digest import blocks

    return {"posts": blocks.posts(_message(composed, teller, "slack"))}


def _message(composed: "Composed", teller: "Teller", channel: str) -> bytes:
    """Return the bytes that a channel would be handed for the recipient's first address."""
    from monitor.digest.forms import FORMS

    digest = composed.digest
    envelope = teller.envelope(digest.recipient, digest.recipient.addresses[0], digest.slot, composed.at)
    return FORMS[channel].digest(digest, composed.rendered, envelope)


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
        "kind": record.kind,
    }
