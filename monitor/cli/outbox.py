"""`monitor outbox`: messages on their way."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output, start

if TYPE_CHECKING:
    from monitor.model import Delivery

app = start.group("The outbox: messages on their way.")
Id = Annotated[str, typer.Argument(metavar="ID", help="As monitor outbox list gives it.")]


@app.command("list")
def list_(ctx: typer.Context, json: start.Json = False) -> None:
    """List the messages, newest first."""
    from monitor.store import outbox

    with start.opened(ctx, lenient=True) as opened:
        found = outbox.deliveries(opened.db)
    if json:
        output.document([_document(delivery) for delivery in found])
        return
    now = start.clock()
    rows = [(d.id, d.digest, d.recipient, d.channel, d.state, d.attempts, _next(d, now), d.last_error) for d in found]
    columns = ("id", "digest", "recipient", "channel", "state", "attempts", "next", "last error")
    output.table(columns, rows, empty="the outbox is empty")


@app.command()
def retry(ctx: typer.Context, id: Id, json: start.Json = False) -> None:
    """Make a message due at once. It keeps its Message-ID; the next turn sends it."""
    from monitor.store import outbox

    with start.opened(ctx, lenient=True) as opened:
        _tell(
            outbox.retry(opened.db, id, start.clock()),
            "is due: the service sends it, or the next monitor once",
            json=json,
        )


@app.command()
def drop(ctx: typer.Context, id: Id, json: start.Json = False) -> None:
    """Give a message up: it is never sent."""
    from monitor.store import outbox

    with start.opened(ctx, lenient=True) as opened:
        _tell(outbox.drop(opened.db, id), "is dropped", json=json)


def _tell(delivery: "Delivery", words: str, *, json: bool) -> None:
    output.document(_document(delivery)) if json else typer.echo(f"message {delivery.id} {words}")


def _next(delivery: "Delivery", now: Any) -> str:
    return output.ago(delivery.next_attempt, now) if delivery.next_attempt else ""


def _document(delivery: "Delivery") -> dict[str, Any]:
    return {
        "id": delivery.id,
        "digest": delivery.digest,
        "recipient": delivery.recipient,
        "channel": delivery.channel,
        "address": delivery.address,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_attempt": output.moment(delivery.next_attempt),
        "last_error": delivery.last_error,
        "message_id": delivery.message_id,
    }
