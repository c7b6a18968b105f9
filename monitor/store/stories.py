"""Verbs about stories: which articles make one, and which stories went into another."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import insert, text, update
from sqlmodel import Session, col, select

from monitor.store.database import chunks
from monitor.store.rows import ArticleRow, JudgementRow, StoryMergeRow, StoryPartRow
from monitor.stories.copies import Wording, headline
from monitor.stories.grouping import Part, Placed

_TURN = 7_316_455  # names the lock of those who group: any number that nobody else uses


@dataclass(frozen=True, slots=True)
class News:
    """What was grouped since a window was filled."""

    parts: tuple[Part, ...]  # in the order of their ids
    merged: tuple[tuple[int, int], ...]  # story, the one that it went into
    last_merge: int


Reader = Callable[[int, int, datetime], News]  # reads what was grouped since an article, a merge, a time
Grouper = Callable[[Reader], Iterable[Placed]]  # places new articles, after a look at what others grouped


def take_turn(session: Session) -> None:
    """Wait until nobody else stores articles: each is placed beside all that have a smaller id."""
    if session.get_bind().dialect.name != "sqlite":  # which has one writer anyway
        session.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})


def group(session: Session, grouper: Grouper, at: datetime) -> None:
    """Write where new articles belong."""
    rows: list[dict[str, object]] = []
    for placed in grouper(lambda article, merge, since: _news(session, article, merge, since)):
        part = placed.part
        if placed.merged is not None:
            _add(session, rows)  # some of them may be of the story that goes
            _merge(session, placed.merged, part.story, at)
        rows.append(
            {
                "article_id": part.article,
                "story": part.story,
                "copy_of": part.copy_of,
                "words": part.keys.astype("<u4").tobytes() + part.weights.astype("<f4").tobytes(),
                "signature": b"" if part.wording.signature is None else part.wording.signature.astype("<u4").tobytes(),
            }
        )
    _add(session, rows)


def _add(session: Session, rows: list[dict[str, object]]) -> None:
    """Write what was gathered, and begin to gather anew."""
    if rows:
        session.connection().execute(insert(StoryPartRow), rows)
        rows.clear()


def stories_of(session: Session, article_ids: Iterable[int]) -> dict[int, int]:
    """Return the story of each article that was grouped, by article id."""
    found: dict[int, int] = {}
    for ids in chunks(sorted(set(article_ids))):
        query = select(StoryPartRow.article_id, StoryPartRow.story).where(col(StoryPartRow.article_id).in_(ids))
        found.update(session.execute(query).all())
    return found


def standing(session: Session, story: int) -> int:
    """Return the story that one went into, or itself."""
    return session.exec(select(StoryMergeRow.into).where(StoryMergeRow.gone == story)).first() or story


def gone_into(session: Session, story: int) -> list[int]:
    """Return the stories that went into one."""
    return list(session.exec(select(StoryMergeRow.gone).where(StoryMergeRow.into == story)))


def _merge(session: Session, gone: int, into: int, at: datetime) -> None:
    """Let a story go into another, with a trace of it: what somebody has had of either counts for both."""
    for table in (StoryPartRow, JudgementRow):
        session.execute(update(table).where(col(table.story) == gone).values(story=into))
    session.execute(update(StoryMergeRow).where(col(StoryMergeRow.into) == gone).values(into=into))
    session.execute(insert(StoryMergeRow), [{"gone": gone, "into": into, "at": at}])


def _news(session: Session, article: int, merge: int, since: datetime) -> News:
    query = (
        select(StoryPartRow, ArticleRow.title, ArticleRow.first_seen, ArticleRow.published)
        .join(ArticleRow, col(ArticleRow.id) == StoryPartRow.article_id)
        .where(col(StoryPartRow.article_id) > article, col(ArticleRow.first_seen) >= since, StoryPartRow.words != b"")
        .order_by(col(StoryPartRow.article_id))
    )
    parts = tuple(_part(*row) for row in session.execute(query))
    merged = select(StoryMergeRow.gone, StoryMergeRow.into, StoryMergeRow.id).where(col(StoryMergeRow.id) > merge)
    rows = session.execute(merged.order_by(col(StoryMergeRow.id))).all()
    return News(parts, tuple((gone, into) for gone, into, _ in rows), rows[-1][2] if rows else merge)


def _part(row: StoryPartRow, title: str, seen: datetime, published: datetime) -> Part:
    half = len(row.words) // 2
    return Part(
        article=row.article_id,
        story=row.story,
        copy_of=row.copy_of,
        seen=seen,
        published=published,
        keys=np.frombuffer(row.words[:half], dtype="<u4"),
        weights=np.frombuffer(row.words[half:], dtype="<f4"),
        wording=Wording(headline(title), np.frombuffer(row.signature, dtype="<u4") if row.signature else None),
    )
