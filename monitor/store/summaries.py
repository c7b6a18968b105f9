"""Verbs about what a language model said of articles."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import col, select

from monitor.store.database import Database, chunks
from monitor.store.rows import SummaryRow


def summaries(db: Database, keys: Sequence[str]) -> dict[str, str]:
    """Return what was kept under `keys`; "" is an answer that was no summary."""
    found: dict[str, str] = {}
    with db.read() as session:
        for some in chunks(keys):
            rows = session.exec(select(SummaryRow).where(col(SummaryRow.key).in_(some)))
            found |= {row.key: row.text for row in rows}
    return found


def keep(db: Database, said: Mapping[str, str], at: datetime) -> None:
    """Keep what a model said, by key."""
    if said:
        with db.write() as session:
            for key, text in said.items():
                session.merge(SummaryRow(key=key, text=text, at=at))
