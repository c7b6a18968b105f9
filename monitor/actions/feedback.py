"""Takes what a person says of an article, and tells what that changes."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.app import App
from monitor.errors import UsageError
from monitor.evaluation.backtest import Difference, Progress, difference
from monitor.matching import Profile
from monitor.model import Stored, Topic
from monitor.pipeline.vectors import Vectors
from monitor.store import articles, feedback
from monitor.store.feedback import Subject

DAYS = 30.0  # of stored articles by which a change is measured
MOST = 10_000  # of them
MOST_ASIDE = 1_500  # of them while somebody waits for a page: a second or two
NAMED = 3  # terms and titles that are named each way


@dataclass(frozen=True, slots=True)
class Effect:
    """What an answer changed."""

    subject: Subject
    wanted: bool | None  # None: it was taken back
    difference: Difference
    articles: int  # stored ones by which it was measured
    judged_again: int
    newest: bool = False  # whether there were more in that time

    @property
    def words(self) -> str:
        """Return what changed in one line."""
        up = [each.term for each in self.difference.moved if each.after > each.before][:NAMED]
        down = [each.term for each in self.difference.moved if 0 < each.after < each.before][:NAMED]
        gone = [each.term for each in self.difference.moved if not each.after][:NAMED]
        ways = [f"{_listed(terms)} {way}" for terms, way in ((up, "up"), (down, "down"), (gone, "out")) if terms]
        profile = f"weight of {', '.join(ways)}" if ways else self._likes
        span = f"the newest {self.articles:,} articles" if self.newest else f"the last {DAYS:g} days' articles"
        more, fewer = len(self.difference.more), len(self.difference.fewer)
        if not more and not fewer:
            return f"{profile}; of {span} the same would match"
        return f"{profile}; of {span} {more} more and {fewer} fewer would match"

    @property
    def _likes(self) -> str:
        """Return what becomes of articles like this one, where no word's weight moved."""
        if self.wanted is None:
            return "what is like it counts as it did before"
        return f"what is like it counts {'more' if self.wanted else 'less'}"


def _listed(terms: list[str]) -> str:
    return ", ".join(f"*{term}*" for term in terms)


def subject_of(app: App, reference: str, topic: str = "") -> Subject:
    """Return the article under a topic that `reference` means: a match's id, or an article's address.

    :raises UsageError: if it means none, or one of several
    """
    topics = [topic] if topic else list(app.topics)
    found = feedback.subject(app.db, reference, topics)
    if found is not None:
        return found
    if "://" in reference and len(topics) > 1:
        raise UsageError(f"{reference}: say with --topic which topic is meant: {', '.join(topics)}")
    under = f" of topic {topic}" if topic else ""
    raise UsageError(f"{reference} is no match{under} and no stored article's address: see monitor match list")


async def say(app: App, subject: Subject, wanted: bool | None, now: datetime, progress: Progress) -> Effect:
    """Write an answer down, or take it back, and judge recent articles by what the profile learns from that.

    :raises UsageError: if there is no answer to take back
    :raises SeedError: if a seed's page can't be read
    """
    async with app.poller(now) as poller:
        topic = app.topics[subject.topic]
        before = poller.profiles.get(subject.topic)  # None of one that is left out: asked for again, to say why
        before = before or await app.profile(topic, poller.client, poller.parsers, now, poller.vectors)
        await asyncio.to_thread(_write, app, subject, wanted, now)
        after = await app.profile(topic, poller.client, poller.parsers, now, poller.vectors)
        again = await replace(poller, profiles={subject.topic: after}).judge_unjudged(now)
        vectors = poller.vectors
    found, count = await _difference(app, (before, after), now, vectors, progress)
    return Effect(subject, wanted, found, count, again, newest=count == MOST)


async def say_aside(app: App, subject: Subject, wanted: bool | None, now: datetime, progress: Progress) -> Effect:
    """Write an answer down, or take it back, beside a running service: that judges again by itself.

    What changes is measured by fewer articles than `say` takes.

    :raises UsageError: if there is no answer to take back
    :raises SeedError: if a seed's page can't be read; nothing was written then
    """
    topic, vectors = app.topics[subject.topic], app.vectors()
    async with app.reaching_out(now) as (client, parsers):
        before = await app.profile(topic, client, parsers, now, vectors)
        await asyncio.to_thread(_write, app, subject, wanted, now)
        after = await app.profile(topic, client, parsers, now, vectors)
    found, count = await _difference(app, (before, after), now, vectors, progress, limit=MOST_ASIDE)
    return Effect(subject, wanted, found, count, judged_again=0, newest=count == MOST_ASIDE)


async def _difference(
    app: App,
    profiles: tuple[Profile, Profile],
    now: datetime,
    vectors: Vectors,
    progress: Progress,
    limit: int = MOST,
) -> tuple[Difference, int]:
    """Return how two profiles of a topic differ, and by how many stored articles that was measured."""
    recent = await asyncio.to_thread(recent_articles, app, profiles[0].topic, now, DAYS, vectors, limit)
    return await asyncio.to_thread(difference, *profiles, recent, progress), len(recent)


def _write(app: App, subject: Subject, wanted: bool | None, now: datetime) -> None:
    if wanted is not None:
        feedback.answer(app.db, subject, wanted, now)
    elif not feedback.undo(app.db, subject):
        raise UsageError(f"nobody said anything of “{subject.title}” under {subject.topic}: nothing to undo")


def recent_articles(
    app: App, topic: Topic, now: datetime, days: float, vectors: Vectors, limit: int = MOST
) -> list[Stored]:
    """Return the stored articles of the last `days` that feeds of the topic showed, newest first, with vectors."""
    apart = [feed.url for feed in app.settings.feeds if feed.topics and topic.id not in feed.topics]
    found = articles.published_since(app.db, topic.id, now - timedelta(days=days), apart=apart, limit=limit)
    seen = vectors.documents(vectors.with_stored(app.db, [each.document for each in found]))
    return [replace(each, document=document) for each, document in zip(found, seen, strict=True)]
