"""Verbs about what people said of articles: one answer for each topic and article, a later one in its place."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete
from sqlmodel import Session, col, select

from monitor.model import Answer, Document, Example
from monitor.store.articles import document, found
from monitor.store.database import Database
from monitor.store.inserting import put
from monitor.store.rows import ArticleRow, FeedbackRow, FeedRow, JudgementRow


@dataclass(frozen=True, slots=True)
class Subject:
    """The article under a topic that a person means."""

    topic: str
    article_id: int
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Told:
    """An article that was told of under a topic, and what a person has said of it."""

    subject: Subject
    source: str
    language: str
    wanted: bool | None  # None: nobody said anything


def told(db: Database, topic: str, article_id: int) -> Told | None:
    """Return a stored article as a message about `topic` told it; None if there is none of that id."""
    with db.read() as session:
        if session.get(ArticleRow, article_id) is None:
            return None
        said_of = _stored(session, article_id)
        answer = session.get(FeedbackRow, (topic, article_id))
    subject = Subject(topic, article_id, said_of.title, said_of.url)
    return Told(subject, said_of.source, said_of.language, answer.wanted if answer else None)


def subject(db: Database, reference: str, topics: Collection[str]) -> Subject | None:
    """Return what `reference` means, a match's id or an article's address; None if it is nothing under `topics`.

    An id belongs to one topic; an address is meant under the only one of `topics`.
    """
    with db.read() as session:
        article_id, topic = found(session, reference)
        if article_id is None:
            return None
        topic = topic or (next(iter(topics)) if len(topics) == 1 else "")
        article = session.get_one(ArticleRow, article_id)
    return Subject(topic, article_id, article.title, article.url) if topic in topics else None


def answer(db: Database, subject: Subject, wanted: bool, now: datetime) -> None:
    """Write down what a person says of an article, with its words; of one that was emptied since, those kept before."""
    with db.write() as session:
        said_of = _stored(session, subject.article_id)
        before = session.get(FeedbackRow, (subject.topic, subject.article_id))
        row = {
            "topic": subject.topic,
            "article_id": subject.article_id,
            "wanted": wanted,
            "at": now,
            "title": said_of.title,
            "text": said_of.text or (before.text if before else ""),
            "language": said_of.language,
            "url": said_of.url,
            "source": said_of.source,
            "vector": said_of.vector or (before.vector if before else b""),
        }
        put(session, FeedbackRow, [row], renew=("wanted", "at", "title", "text", "language", "url", "source", "vector"))


def undo(db: Database, subject: Subject) -> bool:
    """Take an answer back; return False if there was none."""
    mine = and_(col(FeedbackRow.topic) == subject.topic, col(FeedbackRow.article_id) == subject.article_id)
    with db.write() as session:
        taken: int = session.execute(delete(FeedbackRow).where(mine)).rowcount  # type: ignore[attr-defined]
    return taken > 0


def answers(db: Database, topics: Collection[str]) -> list[Answer]:
    """Return what was said under `topics`, newest first."""
    mine = and_(col(JudgementRow.topic) == FeedbackRow.topic, col(JudgementRow.article_id) == FeedbackRow.article_id)
    query = (
        select(FeedbackRow, JudgementRow.id)
        .outerjoin(JudgementRow, mine)
        .where(col(FeedbackRow.topic).in_(topics))
        .order_by(col(FeedbackRow.at).desc(), col(FeedbackRow.article_id).desc())
    )
    with db.read() as session:
        return [
            Answer("" if match is None else str(match), row.topic, _document(row), row.wanted, row.at)
            for row, match in session.execute(query)
        ]


def examples(db: Database, topic: str) -> tuple[Example, ...]:
    """Return what a topic's profile learns from, oldest answer first."""
    return tuple(Example(each.document, each.wanted) for each in reversed(answers(db, [topic])))


def mark(db: Database) -> frozenset[tuple[str, int, bool, datetime]]:
    """Return what differs once anybody says something new, or takes something back."""
    query = select(FeedbackRow.topic, FeedbackRow.article_id, FeedbackRow.wanted, FeedbackRow.at)
    with db.read() as session:
        return frozenset((topic, article_id, wanted, at) for topic, article_id, wanted, at in session.execute(query))


def _stored(session: Session, article_id: int) -> Document:
    query = select(ArticleRow, FeedRow.title, FeedRow.url).join(FeedRow, col(FeedRow.id) == ArticleRow.feed_id)
    return document(*session.execute(query.where(ArticleRow.id == article_id)).one())


def _document(row: FeedbackRow) -> Document:
    return Document(
        id=str(row.article_id),
        title=row.title,
        text=row.text,
        language=row.language,
        url=row.url,
        source=row.source,
        vector=row.vector,
    )
