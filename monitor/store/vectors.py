"""Verbs about vectors: one per article, of the encoder that was asked last."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from monitor.store.database import Database
from monitor.store.rows import VectorRow

CHUNK = 400  # values in one IN (…): older SQLite allows 999 variables


def vectors(db: Database, article_ids: Sequence[int], encoder: str) -> dict[int, bytes]:
    """Return what `encoder` made of the articles, by article id; those of which it has made nothing are left out."""
    found: dict[int, bytes] = {}
    with db.read() as session:
        for ids in _chunks(article_ids):
            query = select(VectorRow.article_id, VectorRow.vector).where(
                col(VectorRow.article_id).in_(ids), VectorRow.encoder == encoder
            )
            found.update(session.execute(query).all())
    return found


def keep(db: Database, made: Mapping[int, bytes], encoder: str) -> None:
    """Keep what `encoder` made of articles, by article id, in place of what was kept of them."""
    if made:
        with db.write() as session:
            renew(session, made, encoder)


def renew(session: Session, made: Mapping[int, bytes], encoder: str) -> None:
    """Keep vectors within a transaction; an article of which nothing could be made (b"") keeps none of before."""
    for ids in _chunks([id for id, vector in made.items() if not vector]):
        session.execute(delete(VectorRow).where(col(VectorRow.article_id).in_(ids)))
    rows = [{"article_id": id, "encoder": encoder, "vector": vector} for id, vector in made.items() if vector]
    if rows:
        session.connection().execute(_insertion(session.get_bind().dialect.name), rows)


def _insertion(dialect: str) -> Any:
    statement = (sqlite if dialect == "sqlite" else postgresql).insert(VectorRow)
    values = {name: statement.excluded[name] for name in ("encoder", "vector")}
    return statement.on_conflict_do_update(index_elements=["article_id"], set_=values)


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
