"""Verbs about seeds that are pages' addresses: fetched once, so that a story keeps its example."""

from datetime import datetime

from monitor.store.database import Database
from monitor.store.rows import SeedRow


def seed_text(db: Database, url: str) -> str:
    """Return the text that was read at `url`, "" if none was yet."""
    with db.read() as session:
        row = session.get(SeedRow, url)
        return row.text if row else ""


def keep_seed(db: Database, url: str, text: str, now: datetime) -> None:
    """Keep the text that was read at `url`."""
    with db.write() as session:
        session.merge(SeedRow(url=url, text=text, fetched_at=now))
