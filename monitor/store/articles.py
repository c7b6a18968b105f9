"""Verbs about stored articles: how each was judged, and what that tells."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from monitor import urls
from monitor.model import (
    Appearance,
    Document,
    Evidence,
    Journey,
    Judgement,
    Loud,
    Match,
    Original,
    Sighting,
    Stored,
    Wording,
)
from monitor.store.database import Database, chunks
from monitor.store.rows import ArticleKeyRow, ArticleRow, FeedbackRow, FeedRow, JudgementRow, SightingRow, StoryPartRow
from monitor.stories import link_key


@dataclass(frozen=True, slots=True)
class Newest:
    """How far the stored articles reach."""

    id: int
    first_seen: datetime


def unjudged(
    db: Database, topic: str, judged_by: str, since: datetime, *, apart: Collection[str] = (), limit: int = 500
) -> list[Document]:
    """Return articles first seen from `since` on that this profile has not judged, oldest first.

    They are those of a topic that is new, or whose profile was changed. `apart` has the addresses of the feeds that
    do not serve the topic: what only they showed is left out.
    """
    mine = and_(col(JudgementRow.article_id) == col(ArticleRow.id), col(JudgementRow.topic) == topic)
    query = (
        select(ArticleRow, FeedRow.title, FeedRow.url)
        .join(FeedRow, col(FeedRow.id) == ArticleRow.feed_id)
        .outerjoin(JudgementRow, mine)
        .where(col(ArticleRow.first_seen) >= since)
        .where(or_(col(JudgementRow.id).is_(None), col(JudgementRow.judged_by) != judged_by))
        .order_by(col(ArticleRow.first_seen), col(ArticleRow.id))
        .limit(limit)
    )
    if apart:
        query = query.where(_shown_by_others(apart))
    with db.read() as session:
        return [document(row, title, url) for row, title, url in session.execute(query)]


def _shown_by_others(apart: Collection[str]) -> ColumnElement[bool]:
    """Select articles that a feed showed whose address is not among `apart`."""
    shown = select(SightingRow.feed_id).join(FeedRow, col(FeedRow.id) == SightingRow.feed_id)
    return shown.where(SightingRow.article_id == ArticleRow.id, col(FeedRow.url).not_in(apart)).exists()


def published_since(
    db: Database, topic: str, since: datetime, *, apart: Collection[str] = (), limit: int = 10_000
) -> list[Stored]:
    """Return the articles published from `since` on, newest first, with the story each has under `topic`.

    `apart` is as in `unjudged`; no more than `limit`, those seen last.
    """
    mine = and_(col(JudgementRow.article_id) == col(ArticleRow.id), col(JudgementRow.topic) == topic)
    query: Any = (
        select(ArticleRow, FeedRow.title, FeedRow.url, JudgementRow.story)
        .join(FeedRow, col(FeedRow.id) == ArticleRow.feed_id)
        .outerjoin(JudgementRow, mine)
        .where(col(ArticleRow.first_seen) >= since, col(ArticleRow.published) >= since)  # the first has an index
        .order_by(col(ArticleRow.first_seen).desc(), col(ArticleRow.id).desc())
        .limit(limit)
    )
    if apart:
        query = query.where(_shown_by_others(apart))
    with db.read() as session:
        return [
            Stored(document(row, title, url), story or row.id, row.published)
            for row, title, url, story in session.execute(query)
        ]


def matches(
    db: Database,
    thresholds: Mapping[str, float],
    *,
    since: datetime | None = None,
    after: int | None = None,
    until: datetime | None = None,
    limit: int = 0,
    baseline: bool = True,
) -> list[Match]:
    """Return judged articles at or above their topic's threshold and passing its filters, newest first.

    One that a person refused is none of them; one that they confirmed is, with the full score. Their evidence is left
    out: `journey` has it. `thresholds` maps topic ids to scores 0–100; `since` and `until` bound the time of first
    sight; articles stored after the id `after` come in too, whatever a clock said when they were seen, and so do those
    that were told otherwise from `since` on: the new words may be what made them match; `limit` 0 is all.
    """
    if not thresholds:
        return []
    query = _joined(*_LISTED).where(_matching(thresholds))
    if since is not None:
        recent = or_(col(ArticleRow.first_seen) >= since, col(ArticleRow.updated_at) >= since)
        query = query.where(recent if after is None else or_(recent, col(ArticleRow.id) > after))
    if until is not None:
        query = query.where(col(ArticleRow.first_seen) <= until)
    if not baseline:
        query = query.where(~col(ArticleRow.baseline))
    query = query.order_by(col(ArticleRow.first_seen).desc(), col(JudgementRow.id).desc())
    with db.read() as session:
        rows = session.execute(query.limit(limit) if limit else query).all()
        also = _sightings(session, {row.article_id for row in rows})
    return [_match(row, also[row.article_id]) for row in rows]


def originals(db: Database, article_ids: Iterable[int]) -> dict[int, Original]:
    """Return what the near-copies among some articles copy, by the id of the copy."""
    with db.read() as session:
        return _originals(session, article_ids)


def wordings(db: Database, article_ids: Sequence[int]) -> dict[int, Wording]:
    """Return what articles say now, by id."""
    found: dict[int, Wording] = {}
    with db.read() as session:
        for ids in chunks(article_ids):
            query = select(ArticleRow.id, ArticleRow.title, ArticleRow.text).where(col(ArticleRow.id).in_(ids))
            found |= {id: Wording(title, text) for id, title, text in session.execute(query)}
    return found


def _matching(thresholds: Mapping[str, float]) -> ColumnElement[bool]:
    """Select what matches a topic from its score on, or because a person said so; needs `FeedbackRow` joined.

    Each part has an index to go by.
    """
    parts = []
    for topic, low in thresholds.items():
        mine = col(JudgementRow.topic) == topic
        confirmed = select(FeedbackRow.article_id).where(FeedbackRow.topic == topic, col(FeedbackRow.wanted))
        parts.append(and_(mine, col(JudgementRow.score) >= low, col(JudgementRow.filtered) == ""))
        parts.append(and_(mine, col(JudgementRow.article_id).in_(confirmed)))
    return and_(or_(*parts), or_(col(FeedbackRow.wanted).is_(None), col(FeedbackRow.wanted)))


def loud(
    db: Database, thresholds: Mapping[str, float], lines: Mapping[str, float], since: datetime, until: datetime
) -> list[Loud]:
    """Return the matches first seen or told otherwise in that time whose story holds one at or above its line.

    `thresholds` and `lines` map topic ids to the scores from which an article matches and is loud. An empty answer, the
    rule, costs one look at an index.
    """
    mine = [and_(col(JudgementRow.topic) == topic, col(JudgementRow.score) >= line) for topic, line in lines.items()]
    fresh = or_(col(ArticleRow.first_seen) >= since, col(ArticleRow.updated_at) >= since)
    when = and_(fresh, col(ArticleRow.first_seen) <= until, ~col(ArticleRow.baseline))
    judged = (JudgementRow.topic, JudgementRow.story, JudgementRow.score)
    columns: Any = (*judged, ArticleRow.id, ArticleRow.title, ArticleRow.caught_up)
    query = (
        select(*columns)
        .join(ArticleRow, col(ArticleRow.id) == JudgementRow.article_id)
        .outerjoin(FeedbackRow, _ANSWERED)
        .where(when)
    )
    with db.read() as session:
        found = session.execute(query.where(_matching(lines), ~col(ArticleRow.caught_up), or_(false(), *mine))).all()
        named: dict[str, set[int]] = {}
        for row in found:
            named.setdefault(row.topic, set()).add(row.story)
        rows = [
            row
            for topic, stories in named.items()
            for ids in chunks(sorted(stories))
            for row in session.execute(
                query.where(_matching({topic: thresholds[topic]}), col(JudgementRow.story).in_(ids))
            )
        ]
    return [
        Loud(
            row.id,
            row.topic,
            f"{row.topic}-{row.story}",
            row.title,
            not row.caught_up and row.score >= lines[row.topic],
        )
        for row in rows
    ]


def appearances(db: Database, topic: str, low: float, since: datetime, until: datetime) -> list[Appearance]:
    """Return when the matches of `topic` appeared, those from `since` to `until`; `low` is its threshold."""
    at = case((col(ArticleRow.caught_up), col(ArticleRow.published)), else_=col(ArticleRow.first_seen))
    query: Any = (
        select(JudgementRow.story, ArticleRow.title, at)
        .join(ArticleRow, col(ArticleRow.id) == JudgementRow.article_id)
        .outerjoin(FeedbackRow, _ANSWERED)
        .where(_matching({topic: low}), ~col(ArticleRow.baseline), col(ArticleRow.first_seen) >= since)
        .where(at >= since, at <= until)
    )
    with db.read() as session:
        return [Appearance(*row) for row in session.execute(query)]


def watched_since(db: Database, topic: str) -> datetime | None:
    """Return when the oldest article was seen that is still on record as judged for `topic`; None if there is none."""
    query = (
        select(ArticleRow.first_seen)
        .join(JudgementRow, col(JudgementRow.article_id) == ArticleRow.id)
        .where(JudgementRow.topic == topic)
        .order_by(col(ArticleRow.first_seen))
        .limit(1)
    )
    with db.read() as session:
        return session.exec(query).first()


_ANSWERED = and_(
    col(FeedbackRow.topic) == col(JudgementRow.topic), col(FeedbackRow.article_id) == col(JudgementRow.article_id)
)


def newest(db: Database, until: datetime) -> Newest:
    """Return the newest article that was first seen by `until`; id 0, seen at `until`, where there is none."""
    query = select(func.max(ArticleRow.id), func.max(ArticleRow.first_seen)).where(col(ArticleRow.first_seen) <= until)
    with db.read() as session:
        id, first_seen = session.execute(query).one()
    return Newest(id or 0, first_seen or until)


def counts(db: Database, thresholds: Mapping[str, float]) -> dict[str, int]:
    """Return how many articles match each topic; `thresholds` maps topic ids to scores 0–100."""
    found = {}
    with db.read() as session:
        for topic, low in thresholds.items():
            query = select(func.count()).select_from(JudgementRow).outerjoin(FeedbackRow, _ANSWERED)
            query = query.where(_matching({topic: low}))
            found[topic] = session.exec(query).one()
    return found


def journey(db: Database, topic: str, reference: str) -> Journey | None:
    """Return what became of the article under `topic`, by match id or address; None if it was never seen."""
    with db.read() as session:
        article_id, _ = found(session, reference)
        if article_id is None:
            return None
        row = session.execute(
            _joined(JudgementRow, FeedbackRow.wanted).where(
                col(ArticleRow.id) == article_id, col(JudgementRow.topic) == topic
            )
        ).first()
        sightings = _sightings(session, {article_id})[article_id]
        article = session.get_one(ArticleRow, article_id)
        copied = _originals(session, [article_id])
    folded = bool(row) and _is_address(reference) and urls.canonical(reference) != urls.canonical(article.url)
    return Journey(
        url=article.url,
        title=article.title,
        baseline=article.baseline,
        judgement=_answered(_judgement(row[0]), row[-1]) if row else None,
        sightings=tuple(sightings),
        duplicate=folded,
        answer=row[-1] if row else None,
        text=article.text,
        copy_of=copied.get(article_id),
    )


def _is_address(reference: str) -> bool:
    return "://" in reference


def found(session: Session, reference: str) -> tuple[int | None, str]:
    """Return the article of a match's id or of an address, and the topic of the match; None and "" if there is none."""
    if _is_address(reference):
        key = link_key(reference)
        return session.exec(select(ArticleKeyRow.article_id).where(ArticleKeyRow.key == key)).first(), ""
    if not reference.isdecimal() or len(reference) > 18:
        return None, ""
    query = select(JudgementRow.article_id, JudgementRow.topic).where(JudgementRow.id == int(reference))
    return session.exec(query).first() or (None, "")


# ---------------------------------------------------------------- reading


# Columns, not rows: an object for each of ten thousand rows costs more than reading them.
_LISTED: Any = (
    JudgementRow.id,
    JudgementRow.topic,
    JudgementRow.article_id,
    JudgementRow.story,
    JudgementRow.score,
    JudgementRow.chance,
    JudgementRow.why,
    JudgementRow.filtered,
    JudgementRow.judged_by,
    JudgementRow.quote,
    ArticleRow.url,
    ArticleRow.title,
    ArticleRow.text,
    ArticleRow.publisher,
    ArticleRow.language,
    ArticleRow.published,
    ArticleRow.first_seen,
    ArticleRow.baseline,
    ArticleRow.feed_id,
    col(FeedRow.title).label("feed_title"),
    col(FeedRow.url).label("feed_url"),
    FeedbackRow.wanted,
)


def _joined(*columns: Any) -> Any:
    return (
        select(*columns)
        .select_from(JudgementRow)
        .join(ArticleRow, col(ArticleRow.id) == JudgementRow.article_id)
        .join(FeedRow, col(FeedRow.id) == ArticleRow.feed_id)
        .outerjoin(FeedbackRow, _ANSWERED)
    )


def _sightings(session: Session, article_ids: Iterable[Any]) -> dict[int, list[Sighting]]:
    found: dict[int, list[Sighting]] = {article_id: [] for article_id in article_ids}
    found_by: Any = aliased(ArticleRow)  # what a search shows is its publisher's, also where another search shows it
    seen = (SightingRow.article_id, SightingRow.url, SightingRow.at)
    columns: Any = (*seen, FeedRow.title, FeedRow.url, found_by.publisher)
    for ids in chunks(sorted(found)):
        query = (
            select(*columns)
            .join(FeedRow, col(FeedRow.id) == SightingRow.feed_id)
            .outerjoin(found_by, and_(found_by.id == SightingRow.article_id, found_by.url == SightingRow.url))
            .where(col(SightingRow.article_id).in_(ids))
            .order_by(col(SightingRow.at), col(SightingRow.feed_id))
        )
        for article_id, shown, at, title, url, publisher in session.execute(query):
            found[article_id].append(Sighting(feed=publisher or title or urls.host(url), url=shown, at=at))
    return found


def _originals(session: Session, article_ids: Iterable[int]) -> dict[int, Original]:
    found: dict[int, Original] = {}
    told = (ArticleRow.title, ArticleRow.url, ArticleRow.publisher, FeedRow.title, FeedRow.url, ArticleRow.first_seen)
    columns: Any = (StoryPartRow.article_id, *told)
    for ids in chunks(sorted(set(article_ids))):
        query = (
            select(*columns)
            .join(ArticleRow, col(ArticleRow.id) == StoryPartRow.copy_of)
            .join(FeedRow, col(FeedRow.id) == ArticleRow.feed_id)
            .where(col(StoryPartRow.article_id).in_(ids))
        )
        for copy, title, url, publisher, feed_title, feed_url, seen in session.execute(query):
            found[copy] = Original(title, url, publisher or feed_title or urls.host(feed_url), seen)
    return found


def _match(row: Any, also: Sequence[Sighting]) -> Match:
    """Return the match of a row of `_LISTED`."""
    source = row.publisher or row.feed_title or urls.host(row.feed_url)
    judgement = Judgement(
        topic=row.topic,
        score=row.score,
        chance=row.chance,
        why=tuple(row.why),
        evidence=(),
        filtered=row.filtered,
        judged_by=row.judged_by,
        quote=row.quote,
    )
    return Match(
        id=str(row.id),
        topic=row.topic,
        article_id=row.article_id,
        story=f"{row.topic}-{row.story}",
        url=row.url,
        title=row.title,
        text=row.text,
        source=source,
        language=row.language,
        published=row.published,
        first_seen=row.first_seen,
        judgement=_answered(judgement, row.wanted),
        baseline=row.baseline,
        also=tuple(sighting for sighting in also if sighting.feed != source),
        rank=row.feed_id,
    )


def _answered(judgement: Judgement, wanted: bool | None) -> Judgement:
    """Return the judgement as a person's answer leaves it: theirs is the last word."""
    if wanted is None:
        return judgement
    if not wanted:
        return replace(judgement, filtered="you said no to it")
    return replace(judgement, score=100.0, chance=1.0, filtered="", why=judgement.why or ("you said yes to it",))


def _judgement(row: JudgementRow) -> Judgement:
    return Judgement(
        topic=row.topic,
        score=row.score,
        chance=row.chance,
        why=tuple(row.why),
        evidence=tuple(Evidence(*parts) for parts in row.evidence),
        filtered=row.filtered,
        judged_by=row.judged_by,
        quote=row.quote,
    )


def document(row: ArticleRow, feed_title: str, feed_url: str) -> Document:
    """Return what the matcher reads of an article and of the feed that showed it first."""
    source = _source(row, feed_title, feed_url)
    return Document(id=str(row.id), title=row.title, text=row.text, language=row.language, url=row.url, source=source)


def _source(row: ArticleRow, feed_title: str, feed_url: str) -> str:
    return row.publisher or feed_title or urls.host(feed_url)
