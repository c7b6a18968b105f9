"""Verbs about what recipients do not want to hear of: a story for some days, a source until that is undone.

Both are remembered by an article that was told: stories may merge and feeds be renamed, and the mute goes along.
"""

from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from monitor import urls
from monitor.model import Mute, Muted, MuteKind
from monitor.store.database import Database
from monitor.store.inserting import put
from monitor.store.rows import ArticleRow, FeedRow, JudgementRow, MuteRow


def mute(
    db: Database, recipient: str, kind: MuteKind, article_id: int, now: datetime, until: datetime | None = None
) -> None:
    """Tell `recipient` nothing of the story or the source of a stored article, until that moment or for good."""
    with db.write() as session:
        about, name = (article_id, "") if kind == "story" else _source(session, article_id)
        row = {"recipient": recipient, "kind": kind, "about": about, "name": name, "at": now, "until": until}
        put(session, MuteRow, [row], renew=("at", "until"))


def mute_of(db: Database, recipient: str, kind: MuteKind, article_id: int, now: datetime) -> Mute | None:
    """Return the mute of the story or the source of an article that is in force at `now`, None if there is none."""
    with db.read() as session:
        query = select(MuteRow).where(_in_force(recipient, kind, now), _about(session, kind, article_id))
        row = session.exec(query.order_by(col(MuteRow.until).desc())).first()
        return _mute(row, "") if row else None


def unmute(db: Database, recipient: str, kind: MuteKind, article_id: int) -> bool:
    """Let `recipient` hear again of the story or the source of an article; return False if it was not muted."""
    with db.write() as session:
        mine = and_(col(MuteRow.recipient) == recipient, col(MuteRow.kind) == kind)
        gone = delete(MuteRow).where(mine, _about(session, kind, article_id))
        taken: int = session.execute(gone).rowcount  # type: ignore[attr-defined]
    return taken > 0


def take_back(db: Database, recipient: str, kind: str, about: int) -> None:
    """Let `recipient` hear again of what one of its `mutes` names; nothing happens if that is none of them."""
    with db.write() as session:
        mine = and_(col(MuteRow.recipient) == recipient, col(MuteRow.kind) == kind, col(MuteRow.about) == about)
        session.execute(delete(MuteRow).where(mine))


def muted(db: Database, recipient: str, now: datetime) -> Muted:
    """Return what `recipient` does not want to hear of at `now`."""
    stories = (
        select(JudgementRow.topic, JudgementRow.story)
        .join(MuteRow, col(MuteRow.about) == JudgementRow.article_id)
        .where(_in_force(recipient, "story", now))
    )
    sources = (
        select(FeedRow.title, FeedRow.url)
        .join(MuteRow, col(MuteRow.about) == FeedRow.id)
        .where(_in_force(recipient, "source", now))
    )
    publishers = select(MuteRow.name).where(_in_force(recipient, "source", now), MuteRow.name != "")
    with db.read() as session:
        names = {title or urls.host(url) for title, url in session.execute(sources)}
        return Muted(
            stories=frozenset(f"{topic}-{story}" for topic, story in session.execute(stories)),
            sources=frozenset(names.union(session.exec(publishers))),
        )


def mutes(db: Database, recipient: str, now: datetime) -> list[Mute]:
    """Return what `recipient` has muted and not undone, newest first, each under its name."""
    stories = select(MuteRow, ArticleRow.title).join(ArticleRow, col(ArticleRow.id) == MuteRow.about)
    sources = select(MuteRow, FeedRow.title, FeedRow.url).join(FeedRow, col(FeedRow.id) == MuteRow.about)
    publishers = select(MuteRow).where(_in_force(recipient, "source", now), MuteRow.name != "")
    with db.read() as session:
        found = [_mute(row, row.name) for row in session.exec(publishers)]
        found += [
            _mute(row, title) for row, title in session.execute(stories.where(_in_force(recipient, "story", now)))
        ]
        found += [
            _mute(row, title or urls.host(url))
            for row, title, url in session.execute(sources.where(_in_force(recipient, "source", now)))
        ]
    return sorted(found, key=lambda mute: (mute.since, mute.kind, mute.name), reverse=True)


def _in_force(recipient: str, kind: MuteKind, now: datetime) -> ColumnElement[bool]:
    return and_(
        col(MuteRow.recipient) == recipient,
        col(MuteRow.kind) == kind,
        col(MuteRow.at) <= now,
        or_(col(MuteRow.until).is_(None), col(MuteRow.until) > now),
    )


def _about(session: Session, kind: MuteKind, article_id: int) -> ColumnElement[bool]:
    """Select the mutes of one kind that an article falls under."""
    return _of_its_story(article_id) if kind == "story" else col(MuteRow.about) == _source(session, article_id)[0]


def _of_its_story(article_id: int) -> ColumnElement[bool]:
    """Select the mutes that name this article, or another of a story that it belongs to."""
    other: Any = aliased(JudgementRow)
    same = and_(other.topic == JudgementRow.topic, other.story == JudgementRow.story)
    fellows = select(other.article_id).join(JudgementRow, same).where(JudgementRow.article_id == article_id)
    return or_(col(MuteRow.about) == article_id, col(MuteRow.about).in_(fellows))


def _source(session: Session, article_id: int) -> tuple[int, str]:
    """Return the number that names an article's source, and the name of one that has no feed.

    A publisher that a search named outlives its articles: its number is made of its name.
    """
    article = session.get_one(ArticleRow, article_id)
    name = article.publisher
    number = int.from_bytes(blake2b(name.casefold().encode(), digest_size=8).digest()) >> 1
    return (number, name) if name else (article.feed_id, "")


def _mute(row: MuteRow, name: str) -> Mute:
    kind: MuteKind = "story" if row.kind == "story" else "source"
    return Mute(kind, row.about, name, row.at, row.until)
