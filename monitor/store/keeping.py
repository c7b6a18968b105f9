"""Values that the service keeps for itself, by name."""

from sqlmodel import select

from monitor.store.database import Database
from monitor.store.rows import SettingRow

SIGNING_SECRET = "signing secret"  # noqa: S105 - the name under which it is kept; left out of backups
ENCODER_FAULT = "encoder fault"  # the name under which it is kept why articles are judged by words alone
SEED_FAULTS = "seed faults"  # the name under which it is kept, as JSON, why topics are left out, by their id
MODEL_FAULT = "language model fault"  # the name under which it is kept why digests have no summaries


def kept(db: Database, key: str) -> str:
    """Return the value kept under `key`, "" if there is none."""
    with db.read() as session:
        return session.exec(select(SettingRow.value).where(SettingRow.key == key)).first() or ""


def keep(db: Database, key: str, value: str) -> None:
    """Keep `value` under `key`."""
    with db.write() as session:
        row = session.get(SettingRow, key) or SettingRow(key=key)
        row.value = value
        session.add(row)
        session.flush()


def keep_first(db: Database, key: str, value: str) -> str:
    """Keep `value` under `key` unless something is there already; return what is there now."""
    with db.write() as session:
        row = session.get(SettingRow, key) or SettingRow(key=key, value=value)
        session.add(row)
        session.flush()
        return row.value
