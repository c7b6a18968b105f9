"""Inserts rows, or renews those that are there."""

from functools import cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from monitor.store.rows import ArticleKeyRow, FeedbackRow, JudgementRow, MuteRow, SightingRow

_UNIQUE = {
    ArticleKeyRow: ("key",),
    SightingRow: ("article_id", "feed_id"),
    JudgementRow: ("topic", "article_id"),
    FeedbackRow: ("topic", "article_id"),
    MuteRow: ("recipient", "kind", "about"),
}


def put(session: Session, table: Any, rows: list[dict[str, Any]], renew: tuple[str, ...] = ()) -> None:
    """Insert rows; where one is there already, renew the columns of `renew`, or leave it as it is."""
    if not rows:
        return
    session.connection().execute(_insertion(session.get_bind().dialect.name, table, renew), rows)


@cache
def _insertion(dialect: str, table: Any, renew: tuple[str, ...]) -> Any:
    """Return the statement for `put`, made once: making it costs more than running it."""
    statement = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    if not renew:
        return statement.on_conflict_do_nothing(index_elements=_UNIQUE[table])
    values = {name: statement.excluded[name] for name in renew}
    return statement.on_conflict_do_update(index_elements=_UNIQUE[table], set_=values)
