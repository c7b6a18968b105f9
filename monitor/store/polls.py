"""Verbs about polls: which articles are known, and all that polls leave."""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import JSON, Connection, String, and_, bindparam, cast, func, insert, or_, text, update
from sqlmodel import Session, col, select

from monitor import urls
from monitor.model import Draft, FeedHealth, FeedState, Item, Judgement, PollPlan, Update, Wishes, Wording
from monitor.net.hosts import resting_name
from monitor.store import feeds, stories, vectors, versions
from monitor.store.database import Database, chunks
from monitor.store.inserting import put
from monitor.store.rows import ArticleKeyRow, ArticleRow, FeedRow, JudgementRow, SightingRow
from monitor.stories import Known

Grouping = Callable[[Mapping[int, Draft], datetime], stories.Grouper]  # articles by id, their time → what places them
MOST_KEYS = 30  # of one article, from which new ones are no longer remembered
_DECIMALS = 4  # that are kept of what a signal measured and how much that counts


@dataclass(frozen=True, slots=True)
class Poll:
    """All that one poll of one feed leaves: written in one transaction, or not at all."""

    state: FeedState
    plan: PollPlan
    at: datetime
    unchanged: bool = False  # 304, or the body of last time
    renewed: bool = False  # a 200 whose items are stored: the five below are renewed with them
    etag: str = ""
    last_modified: str = ""
    validators_at: str = ""
    body_hash: str = ""
    item_hashes: bytes | None = None  # None: as they were, because the body was
    wishes: Wishes | None = None  # of the document; None: as they were, because none was read
    title: str = ""  # the feed's own
    drafts: tuple[Draft, ...] = ()
    updates: tuple[Update, ...] = ()
    migrated: bool = False  # the updates are stored, but are news to nobody
    sighted: tuple[tuple[int, Draft], ...] = ()  # known articles, with what this feed says of them for the first time
    renamed: tuple[tuple[int, Item], ...] = ()  # known articles under new keys
    relinked: tuple[tuple[int, str], ...] = ()  # of these, the articles whose link this feed changed, with the new one
    thresholds: Mapping[str, float] = field(default_factory=dict)  # `digest_at` by topic id
    encoder: str = "none"  # what made the vectors of the documents


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a poll really brought, seen under the lock."""

    new: int = 0
    updated: int = 0
    judged: tuple[tuple[Judgement, ...], ...] = ()  # of each new article that is no baseline


@dataclass(slots=True)
class _Article:
    """An article that a draft tells of; a new one has no id until it is stored."""

    id: int = 0


@dataclass(frozen=True, slots=True)
class _Brought:
    """The drafts of a poll, told apart under the lock."""

    poll: Poll
    new: list[tuple[_Article, Draft]] = field(default_factory=list)
    late: list[tuple[_Article, Draft]] = field(default_factory=list)  # another poll brought the article meanwhile


def known(db: Database, state: FeedState, keys: Iterable[str]) -> dict[str, Known]:
    """Return the stored articles by each of `keys`, with what this feed told of them last."""
    with db.read() as session:
        return _known(session, state.id, keys)


def record(db: Database, poll: Poll, grouper: Grouping | None = None) -> Recorded:
    """Write all that a poll leaves; an article that another poll brought meanwhile becomes a sighting of it.

    `grouper` places the new articles, under the same lock; without one each is a story of its own.
    """
    return record_all(db, [poll], grouper)[0]


def record_all(db: Database, polls: Sequence[Poll], grouper: Grouping | None = None) -> list[Recorded]:
    """Write all that some polls leave, in their order and in one transaction: all of them or none."""
    with db.write() as session:
        _write_plans(session, polls)
        brought = _told_apart(session, polls)
        _insert_articles(session, brought, grouper)
        return [_record(session, each) for each in brought]


def _told_apart(session: Session, polls: Sequence[Poll]) -> list[_Brought]:
    """Tell which drafts are new under the lock: others may have brought their articles since they were recognised."""
    brought = [_Brought(poll) for poll in polls]
    keys = [key for poll in polls for draft in poll.drafts for key in draft.item.keys]
    if not keys:
        return brought
    stories.take_turn(session)  # from here on nobody else stores articles
    whose = {key: _Article(known.article_id) for key, known in _known(session, None, keys).items()}
    for each in brought:
        for draft in each.poll.drafts:
            article = next((whose[key] for key in draft.item.keys if key in whose), None)
            (each.new if article is None else each.late).append((article or _Article(), draft))
        for article, item in _shown(each):
            whose |= dict.fromkeys(set(item.keys) - whose.keys(), article)
    return brought


def _shown(brought: _Brought) -> Iterator[tuple[_Article, Item]]:
    """Yield what a poll shows, whose keys later polls of the same transaction may share."""
    yield from ((article, draft.item) for article, draft in (*brought.new, *brought.late))
    poll = brought.poll
    known = (
        *((change.article_id, change.item) for change in poll.updates),
        *((id, draft.item) for id, draft in poll.sighted),
        *poll.renamed,
    )
    yield from ((_Article(id), item) for id, item in known)


def _record(session: Session, brought: _Brought) -> Recorded:
    poll = brought.poll
    if poll.unchanged:
        return Recorded(new=0, updated=0, judged=())
    for change in poll.updates:
        _update_article(session, poll, change, news=not poll.migrated)
    _learn(session, poll, [*poll.sighted, *((article.id, draft) for article, draft in brought.late)])
    _relink(session, poll)
    _rename(session, poll)
    judged = tuple(draft.judgements for _, draft in brought.new if not draft.baseline)
    return Recorded(new=len(brought.new), updated=len(poll.updates), judged=judged)


def judge_again(db: Database, judgements: Mapping[int, Judgement], at: datetime) -> None:
    """Write judgements of stored articles, by article id; each takes the place of an earlier one of its topic."""
    with db.write() as session:
        _judge(session, judgements.items(), at)


# ---------------------------------------------------------------- what record does, step by step


def _write_plans(session: Session, polls: Sequence[Poll]) -> None:
    """Write down when each feed is polled next: of those that only answered as before, by one statement for all."""
    usual = [poll for poll in polls if _is_usual(poll)]
    if usual:
        given = [{"feed": poll.state.id, **_standing(poll)} for poll in usual]
        session.connection().execute(update(FeedRow).where(col(FeedRow.id) == bindparam("feed")), given)
    others = [poll for poll in polls if not _is_usual(poll)]
    if not others:
        return
    mine = col(FeedRow.id).in_([poll.state.id for poll in others])
    rows = {row.id: row for row in session.exec(select(FeedRow).where(mine))}
    for poll in others:
        _write_plan(session, rows[poll.state.id], poll)


def _is_usual(poll: Poll) -> bool:
    plan = poll.plan
    special = plan.error or plan.gap or plan.moved or plan.new_address or plan.hold_host_until
    return poll.unchanged and not (poll.renewed or special or poll.state.moved)


def _standing(poll: Poll) -> dict[str, Any]:
    """Return the columns that every poll of a feed renews."""
    plan = poll.plan
    return {
        "next_poll": plan.next_poll,
        "interval_minutes": plan.interval_minutes,
        "health": plan.health,
        "failures": plan.failures,
        "failing_since": plan.failing_since,
        "last_error": plan.error,
        "unanswered": plan.unanswered,
        "blocked": plan.blocked,
        "polled_at": poll.at,
        **({} if plan.error else {"last_success": poll.at}),
    }


def _write_plan(session: Session, row: FeedRow, poll: Poll) -> None:
    plan, now = poll.plan, poll.at
    if plan.gap:
        row.gap_from, row.gap_until = row.last_success, now
    for name, value in _standing(poll).items():
        setattr(row, name, value)
    if moved := plan.moved:
        row.moved_to, row.moved_count, row.moved_since = moved.to, moved.count, moved.since
    elif row.moved_to:
        row.moved_to, row.moved_count, row.moved_since = "", 0, None
    if poll.renewed:
        row.etag, row.last_modified, row.validators_at = poll.etag, poll.last_modified, poll.validators_at
        row.body_hash = poll.body_hash
        row.item_hashes = row.item_hashes if poll.item_hashes is None else poll.item_hashes
        row.validators_since = now
        row.title = poll.state.feed.title or poll.title or row.title
    if wishes := poll.wishes:
        row.asked_minutes, row.skip_hours, row.skip_days = wishes.minutes, [*wishes.skip_hours], [*wishes.skip_days]
    if plan.new_address:
        _move(session, row, plan.new_address, now)
    if plan.hold_host_until:
        feeds.rest(session, resting_name(plan.hold_host), plan.hold_host_until)


def _move(session: Session, row: FeedRow, target: str, now: datetime) -> None:
    """Follow a permanent redirect; where the target is followed already, the feed is merged into it: it rests."""
    session.flush()  # another poll of this transaction may have followed it
    same = select(FeedRow.id).where(
        or_(col(FeedRow.url) == target, col(FeedRow.address) == target), col(FeedRow.configured), FeedRow.id != row.id
    )
    if session.exec(same).first() is not None:
        row.next_poll, row.health = None, FeedHealth.DEAD
        row.last_error = f"moved for good to {target}, which is followed already: remove one of the two"
    row.address, row.etag, row.last_modified, row.validators_at = target, "", "", ""
    row.body_hash, row.item_hashes = "", b""
    row.moved_since = now  # and not on its way any more: `moved_to` is empty


def _insert_articles(session: Session, brought: Sequence[_Brought], grouper: Grouping | None) -> None:
    """Insert the new articles of all polls by few statements, then let each poll's be placed and judged."""
    arrivals = [(each.poll, article, draft) for each in brought for article, draft in each.new]
    if not arrivals:
        return
    ids = _inserted(session.connection(), [_row(poll, draft) for poll, _, draft in arrivals])
    for id, (_, article, _) in zip(ids, arrivals, strict=True):
        article.id = id
    for each in brought:
        poll, drafts = each.poll, {article.id: draft for article, draft in each.new}
        made = {id: draft.document.vector for id, draft in drafts.items() if draft.document.vector}
        vectors.renew(session, made, poll.encoder)
        if grouper is not None and drafts:
            stories.group(session, grouper(drafts, poll.at), poll.at)
        _judge(session, [(id, said) for id, draft in drafts.items() for said in draft.judgements], poll.at)
    _sight(session, [(poll, article.id, draft.item) for poll, article, draft in arrivals])


def _row(poll: Poll, draft: Draft) -> dict[str, Any]:
    return {
        "feed_id": poll.state.id,
        "url": draft.item.entry.url,
        "title": draft.item.entry.title,
        "text": draft.document.text,
        "language": draft.document.language,
        "published": draft.published,
        "published_raw": draft.item.entry.published_raw,
        "first_seen": poll.at,
        "baseline": draft.baseline,
        "caught_up": draft.caught_up,
        "publisher": draft.document.source if draft.item.entry.publisher else "",
    }


def _inserted(connection: Connection, rows: list[dict[str, Any]]) -> list[int]:
    """Insert articles and return their ids, in order.

    Those of SQLite follow one another, since nobody else writes meanwhile; to be told them takes a statement a row.
    """
    if connection.dialect.name == "sqlite":
        connection.execute(insert(ArticleRow), rows)
        last: int = connection.execute(text("SELECT last_insert_rowid()")).scalar_one()
        return [*range(last - len(rows) + 1, last + 1)]
    statement = insert(ArticleRow).returning(col(ArticleRow.id), sort_by_parameter_order=True)
    return [*connection.execute(statement, rows).scalars()]


def _update_article(session: Session, poll: Poll, change: Update, *, news: bool = True) -> None:
    """Store what an article says now; what it said before is kept as long as somebody may be told of the change."""
    entry = change.item.entry
    values: dict[str, Any] = {"title": entry.title, "text": change.document.text}
    if entry.url:
        values["url"] = entry.url
    if news:
        values["updated_at"] = poll.at
        versions.keep(session, change.article_id, Wording(entry.title, change.document.text), poll.at)
    session.execute(update(ArticleRow).where(col(ArticleRow.id) == change.article_id).values(**values))
    vectors.renew(session, {change.article_id: change.document.vector}, poll.encoder)
    _judge(session, [(change.article_id, judgement) for judgement in change.judgements], poll.at)
    _sight(session, [(poll, change.article_id, change.item)])


def _learn(session: Session, poll: Poll, drafts: Sequence[tuple[int, Draft]]) -> None:
    """Take from what one more feed says of known articles what makes them matches, or news.

    The first feed may have had but a title, or no date.
    """
    matched = _matched(session, poll, [article_id for article_id, _ in drafts])
    for article_id, draft in drafts:
        gained = [said for said in draft.judgements if _matches(poll, said) and (article_id, said.topic) not in matched]
        if gained:
            _update_article(session, poll, Update(article_id, draft.item, draft.document, tuple(gained)))
    _sight(session, [(poll, article_id, draft.item) for article_id, draft in drafts])
    for ids in chunks([article_id for article_id, draft in drafts if not draft.baseline]):
        hidden = update(ArticleRow).where(col(ArticleRow.id).in_(ids), col(ArticleRow.baseline))
        session.execute(hidden.values(baseline=False, updated_at=poll.at))


def _matches(poll: Poll, said: Judgement) -> bool:
    return not said.filtered and said.score >= poll.thresholds.get(said.topic, math.inf)


def _matched(session: Session, poll: Poll, article_ids: Sequence[int]) -> set[tuple[int, str]]:
    """Return which of the articles are matches already, each with the topic."""
    found: set[tuple[int, str]] = set()
    for ids in chunks(article_ids):
        query = select(JudgementRow.article_id, JudgementRow.topic, JudgementRow.score).where(
            col(JudgementRow.article_id).in_(ids), JudgementRow.filtered == ""
        )
        stored = session.execute(query)
        found |= {(id, topic) for id, topic, score in stored if score >= poll.thresholds.get(topic, math.inf)}
    return found


def _relink(session: Session, poll: Poll) -> None:
    """Renew the links of articles, where they are the ones that this feed gave: another's stands as long as it does.

    That is no news: an article says nothing new at another place.
    """
    new = dict(poll.relinked)
    for ids in chunks([*new]):
        query = select(ArticleRow, SightingRow).join(SightingRow)
        query = query.where(col(ArticleRow.id).in_(ids), SightingRow.feed_id == poll.state.id)
        for article, sighting in session.exec(query):
            link = new[sighting.article_id]
            if urls.canonical(article.url) == urls.canonical(sighting.url):
                article.url = link
            sighting.url = link


def _rename(session: Session, poll: Poll) -> None:
    """Add new keys to known articles, but not without end: some feeds give new ids at each poll."""
    if not poll.renamed:
        return
    counts: dict[int, int] = {}
    for ids in chunks([article_id for article_id, _ in poll.renamed]):
        query = select(ArticleKeyRow.article_id, func.count()).where(col(ArticleKeyRow.article_id).in_(ids))
        counts.update(session.execute(query.group_by(col(ArticleKeyRow.article_id))).all())
    few = [(poll, id, item) for id, item in poll.renamed if counts.get(id, 0) < MOST_KEYS]
    _sight(session, few)


def _sight(session: Session, shown: Sequence[tuple[Poll, int, Item]]) -> None:
    """Write down which feeds show which articles, under which keys."""
    keys = {key: article_id for _, article_id, item in shown for key in item.keys}
    put(session, ArticleKeyRow, [{"key": key, "article_id": article_id} for key, article_id in keys.items()])
    sightings = {
        (article_id, poll.state.id): {
            "article_id": article_id,
            "feed_id": poll.state.id,
            "url": item.entry.url,
            "told": item.told,
            "at": poll.at,
        }
        for poll, article_id, item in shown
    }
    put(session, SightingRow, list(sightings.values()), renew=("url", "told"))


def _judge(session: Session, judgements: Iterable[tuple[int, Judgement]], at: datetime) -> None:
    judged = list(judgements)
    story = stories.stories_of(session, (article_id for article_id, _ in judged))
    rows = [
        {
            "topic": judgement.topic,
            "article_id": article_id,
            "story": story.get(article_id, article_id),
            "score": judgement.score,
            "chance": judgement.chance,
            "filtered": judgement.filtered,
            "why": list(judgement.why),
            "evidence": [
                (signal, round(value, _DECIMALS), round(weight, _DECIMALS), why)
                for signal, value, weight, why in judgement.evidence
            ],
            "quote": judgement.quote,
            "judged_by": judgement.judged_by,
            "judged_at": at,
        }
        for article_id, judgement in judged
    ]
    renew = ("score", "chance", "filtered", "why", "evidence", "quote", "judged_by", "judged_at")
    put(session, JudgementRow, rows, renew=renew)


# ---------------------------------------------------------------- reading


def _known(session: Session, feed_id: int | None, keys: Iterable[str]) -> dict[str, Known]:
    given = {"keys": json.dumps([*dict.fromkeys(keys)]), "feed": feed_id}
    found = session.connection().execute(_by_keys(session.get_bind().dialect.name), given)
    return {key: Known(article_id, told or "") for key, article_id, told in found}


@cache
def _by_keys(dialect: str) -> Any:
    """Return the query for `_known`: one statement, made once, takes any number of keys as one list."""
    keys: Any = bindparam("keys", type_=String)
    listed = func.json_each(keys) if dialect == "sqlite" else func.json_array_elements_text(cast(keys, JSON))
    same = col(SightingRow.article_id) == col(ArticleKeyRow.article_id)
    mine = and_(same, col(SightingRow.feed_id) == bindparam("feed"))
    return (
        select(ArticleKeyRow.key, ArticleKeyRow.article_id, SightingRow.told)
        .outerjoin(SightingRow, mine)
        .where(col(ArticleKeyRow.key).in_(select(listed.table_valued("value").c.value)))
    )
