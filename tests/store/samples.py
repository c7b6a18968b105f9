"""Plain values for the store's tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor import stories
from monitor.model import Document, Draft, Entry, Evidence, Feed, FeedHealth, Judgement, PollPlan
from monitor.store import feeds, polls

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
FLOOR = timedelta(minutes=15)
FEED = Feed("https://a.example/feed", title="A")
OTHER = Feed("https://b.example/feed", title="B")


def judgement(score=80.0, *, topic="t", filtered="", judged_by="1:a"):
    evidence = (Evidence("terms", 0.4, 1.0, "Stockholm"),)
    return Judgement(topic, score, score / 100, ("Stockholm",), evidence, filtered, judged_by, "They met.")


def draft(state, number=1, *, score=80.0, baseline=False, title="", text="", judgements=None):
    entry = Entry(
        guid=f"g{number}",
        url=f"https://a.example/{number}",
        title=title or f"Talks, part {number}",
        text=text or f"Part {number} of the talks in Stockholm ended without agreement. " * 3,
        published=NOW,
    )
    document = Document(id="", title=entry.title, text=entry.text, language="en", url=entry.url, source="A")
    item = stories.item(state.id, entry)
    return Draft(item, document, NOW, baseline, judgements if judgements is not None else (judgement(score),))


def plan(**values):
    return PollPlan(**{"next_poll": NOW + FLOOR, "interval_minutes": 15, "health": FeedHealth.OK, **values})


def claim(db, feed=FEED, now=NOW, **options):
    feeds.sync(db, [FEED, OTHER], now)
    return next(s for s in feeds.claim_due(db, [feed], now, floor=FLOOR, **options).states)


def poll(state, *drafts, at=NOW, **values):
    renewed = {"renewed": True, "etag": '"1"', "last_modified": "then", "body_hash": "h", "title": "Its own"}
    return polls.Poll(**{"state": state, "plan": plan(), "at": at, "drafts": drafts, **renewed, **values})


def other_telling(db, first, at=NOW + timedelta(hours=1), **said):
    """Return the article that FEED showed in `first`, as OTHER tells it."""
    state = claim(db, OTHER, now=at, everything=True)
    told = replace(first, **said)
    (article_id,) = {known.article_id for known in polls.known(db, state, told.item.keys).values()}
    sighted = ((article_id, told),)
    return polls.Poll(state=state, plan=plan(), at=at, sighted=sighted, thresholds={"t": 50.0})
