"""Verbs about recipients: paused by hand, and how each address of theirs has fared."""

from collections.abc import Iterable

from sqlmodel import Session, select

from monitor.model import AddressReport, Recipient, RecipientReport
from monitor.store.database import Database
from monitor.store.rows import AddressRow, RecipientRow

UNSUBSCRIBED = "unsubscribed on"  # how the reason begins where a person stopped the messages by their link
BOUNCES = 3  # hard ones in a row, after which an address is switched off


def reports(db: Database, recipients: Iterable[Recipient]) -> dict[str, RecipientReport]:
    """Return how each recipient is reached, by id."""
    with db.read() as session:
        paused = {row.id for row in session.exec(select(RecipientRow)) if row.paused}
        known = {(row.recipient, row.address): row for row in session.exec(select(AddressRow))}
    return {
        each.id: RecipientReport(
            id=each.id,
            paused=each.id in paused,
            addresses=tuple(_report(address, known.get((each.id, address))) for address in each.addresses),
        )
        for each in recipients
    }


def pause(db: Database, recipient: str) -> None:
    """Let nothing be made for `recipient` or sent to it until it is resumed."""
    with db.write() as session:
        row = session.get(RecipientRow, recipient) or RecipientRow(id=recipient)
        row.paused = True
        session.add(row)
        session.flush()


def resume(db: Database, recipient: str, *, unsubscribed: bool = False) -> None:
    """Let `recipient` go on: its pause ends, and every address of it that was switched off is tried again.

    An address whose reader stopped the messages stays off, unless `unsubscribed` says that this one wants them again.
    """
    with db.write() as session:
        row = session.get(RecipientRow, recipient)
        if row is not None:
            row.paused = False
        for address in session.exec(select(AddressRow).where(AddressRow.recipient == recipient)):
            if unsubscribed or not address.off.startswith(UNSUBSCRIBED):
                address.bounces, address.off = 0, ""
        session.flush()


def switch_off(db: Database, recipient: str, address: str, why: str) -> None:
    """Let nothing go to `address` of `recipient` any more, until the recipient is resumed."""
    with db.write() as session:
        address_row(session, recipient, address).off = why
        session.flush()


def address_row(session: Session, recipient: str, address: str) -> AddressRow:
    """Return the row of an address, a new one if nothing was written of it yet."""
    row = session.get(AddressRow, (recipient, address)) or AddressRow(recipient=recipient, address=address)
    session.add(row)
    return row


def _report(address: str, row: AddressRow | None) -> AddressReport:
    return AddressReport(address, row.bounces if row else 0, row.off if row else "")
