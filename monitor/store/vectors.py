"""Verbs about vectors: one per article, of the encoder that was asked last."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from monitor.model import Document
from monitor.store.database import Database, chunks
from monitor.store.rows import ArticleRow, VectorRow

OPENING = 3_000  # characters of an article that matter when it is compared with those that follow


def vectors(db: Database, article_ids: Sequence[int], encoder: str) -> dict[int, bytes]:
    """Return what `encoder` made of the articles, by article id; those of which it has made nothing are left out."""
    found: dict[int, bytes] = {}
    with db.read() as session:
        for ids in chunks(article_ids):
            query = select(VectorRow.article_id, VectorRow.vector).where(
                col(VectorRow.article_id).in_(ids), VectorRow.encoder == encoder
            )
            found.update(session.execute(query).all())
    return found


def latest(db: Database, encoder: str, limit: int) -> list[Document]:
    """Return the articles that were stored last and have a vector of `encoder`, at most `limit`, oldest first."""
    query = (
        select(ArticleRow, VectorRow.vector)
        .join(VectorRow, col(VectorRow.article_id) == ArticleRow.id)
        .where(VectorRow.encoder == encoder)
        .order_by(col(ArticleRow.id).desc())
        .limit(limit)
    )
    with db.read() as session:
        found = [
            Document(str(row.id), row.title, row.text[:OPENING], row.language, row.url, "", vector)
            for row, vector in session.execute(query)
        ]
    return found[::-1]


def keep(db: Database, made: Mapping[int, bytes], encoder: str) -> None:
    """Keep what `encoder` made of stored articles, by article id, in place of what another made.

    What it made meanwhile itself stays: it is of newer words.
    """
    if made:
        with db.write() as session:
            _put(session, made, encoder, _of_another)


def renew(session: Session, made: Mapping[int, bytes], encoder: str) -> None:
    """Keep vectors within a transaction; an article of which nothing could be made (b"") keeps none of before."""
    for ids in chunks([id for id, vector in made.items() if not vector]):
        session.execute(delete(VectorRow).where(col(VectorRow.article_id).in_(ids)))
    _put(session, {id: vector for id, vector in made.items() if vector}, encoder, lambda new: None)


def _put(session: Session, made: Mapping[int, bytes], encoder: str, replaced: Callable[[Any], Any]) -> None:
    """Insert vectors; where an article has one, replace it if what `replaced` returns for the new row holds."""
    if not made:
        return
    statement: Any = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(VectorRow)
    new = statement.excluded
    values = {"encoder": new.encoder, "vector": new.vector}
    statement = statement.on_conflict_do_update(index_elements=["article_id"], set_=values, where=replaced(new))
    rows = [{"article_id": id, "encoder": encoder, "vector": vector} for id, vector in made.items()]
    session.connection().execute(statement, rows)


def _of_another(new: Any) -> Any:
    """Select stored vectors of another encoder, or of one that had the name of this but another size."""
    return or_(col(VectorRow.encoder) != new.encoder, func.length(VectorRow.vector) != func.length(new.vector))
