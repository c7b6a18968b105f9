"""Verbs about what articles said before they were told otherwise."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from monitor.model import Wording
from monitor.store.database import Database, chunks
from monitor.store.rows import ArticleRow, VersionRow

KEPT_TEXT = 20_000  # characters of a version's text
MOST_VERSIONS = 20  # of one article: a live page has a new one at every poll; the oldest go


def keep(session: Session, article_id: int, now: Wording, at: datetime) -> None:
    """Keep what an article said until `at`, when it is about to say something else `now`."""
    was = session.execute(select(ArticleRow.title, ArticleRow.text).where(ArticleRow.id == article_id)).one()
    if (was.title, was.text) == (now.title, now.text):
        return
    session.add(VersionRow(article_id=article_id, title=was.title, text=was.text[:KEPT_TEXT], until=at))
    session.flush()
    mine = select(VersionRow.id).where(VersionRow.article_id == article_id).order_by(col(VersionRow.id).desc())
    surplus = session.exec(mine.offset(MOST_VERSIONS)).all()
    if surplus:
        session.execute(delete(VersionRow).where(col(VersionRow.id).in_(surplus)))


def newest(db: Database) -> int:
    """Return the id of the version that was replaced last, 0 if none was."""
    with db.read() as session:
        return session.exec(select(func.max(VersionRow.id))).one() or 0


def wordings(db: Database, since: Mapping[int, int]) -> dict[int, Wording]:
    """Return what articles said when the version with a given id had been replaced last.

    `since` has that version's id by article id; an article that says the same today is left out.
    """
    found: dict[int, Wording] = {}
    with db.read() as session:
        for ids in chunks(sorted(since)):
            lowest = min(since[id] for id in ids)
            mine = select(VersionRow.id, VersionRow.article_id).where(
                col(VersionRow.article_id).in_(ids), col(VersionRow.id) > lowest
            )
            first: dict[int, int] = {}
            for version, article in session.execute(mine.order_by(col(VersionRow.id))):
                if version > since[article]:
                    first.setdefault(article, version)
            for some in chunks(sorted(first.values())):
                rows = session.exec(select(VersionRow).where(col(VersionRow.id).in_(some)))
                found |= {row.article_id: Wording(row.title, row.text) for row in rows}
    return found
