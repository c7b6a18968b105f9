"""Measures what the digests of many recipients cost, composed and rendered from a database full of matches.

python -m benchmarks.digests
"""

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import update

from benchmarks.meters import Meter
from monitor import stories
from monitor.model import (
    Document,
    Draft,
    Entry,
    Evidence,
    Feed,
    FeedHealth,
    Judgement,
    PollingPolicy,
    PollPlan,
    Recipient,
    Topic,
)
from monitor.pipeline.telling import FIRST, Stocks, Teller
from monitor.store import feeds, polls
from monitor.store.database import Database, open_database
from monitor.store.rows import JudgementRow

NOW = datetime(2031, 4, 8, 8, 0, tzinfo=UTC)
FEEDS = 40
A_POLL = 250  # articles


def measure(matches: int, told: int, recipients: int, folder: Path) -> tuple[float, float, int]:
    """Return CPU seconds, megabytes at the peak and stories told of all digests of `told` stories each."""
    db = open_database(f"sqlite:///{folder / 'monitor.db'}", NOW)
    try:
        _fill(db, matches, told)
        topic = Topic(id="talks", title="Harbour talks", seeds=())
        asked = [_recipient(number, told) for number in range(recipients)]
        teller = Teller(db, {topic.id: topic}, PollingPolicy(), "monitor@desk.example", "desk.example")
        shown = 0
        stocks: Stocks = {}
        with Meter() as meter:
            for recipient in asked:
                composed = teller.compose(recipient, NOW, FIRST, (), stocks=stocks)
                shown += sum(len(section.stories) for section in composed.digest.sections)
        return meter.cpu_seconds, meter.peak_mb, shown
    finally:
        db.close()


def _recipient(number: int, told: int) -> Recipient:
    return Recipient(
        id=f"r{number}",
        channel="folder",
        addresses=("a",),
        topics=("talks",),
        schedule="0 8 * * *",
        timezone="UTC",
        max_stories=told,
    )


def _fill(db: Database, matches: int, told: int) -> None:
    """Store so many matches, of so many stories, told by forty feeds in turn."""
    followed = [Feed(f"https://{number}.example/feed", title=f"Paper {number}") for number in range(FEEDS)]
    feeds.sync(db, followed, NOW)
    states = feeds.claim_due(db, followed, NOW, floor=timedelta(0)).states
    plan = PollPlan(next_poll=NOW, interval_minutes=15, health=FeedHealth.OK)
    for first in range(0, matches, A_POLL):
        state = states[first // A_POLL % FEEDS]
        drafts = tuple(_draft(state.id, number, told) for number in range(first, min(matches, first + A_POLL)))
        polls.record(db, polls.Poll(state=state, plan=plan, at=NOW - timedelta(hours=1), drafts=drafts))
    with db.write() as session:
        session.execute(update(JudgementRow).values(story=(JudgementRow.article_id - 1) % told + 1))


def _draft(feed_id: int, number: int, told: int) -> Draft:
    title = f"Talks in the harbour, day {number % told}, report {number}"
    text = f"Envoys of both sides met on the pier on day {number % told}. They left with report {number}. " * 12
    entry = Entry(guid=f"g{number}", url=f"https://paper.example/{number}", title=title, text=text, published=NOW)
    evidence = tuple(Evidence(name, 0.4, 1.0, "has 4 of the seed's 30 strongest terms") for name in "abcdefghi")
    score = 50.0 + number * 7 % 50
    said = Judgement("talks", score, 0.8, ("Harbour", "pier"), evidence, "", "1:a", "Envoys of both sides met.")
    document = Document(id="", title=title, text=text, language="en", url=entry.url, source="Paper")
    return Draft(stories.item(feed_id, entry), document, NOW - timedelta(hours=2), False, (said,))


def main() -> None:
    """Print the figures."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--matches", type=int, default=10_000)
    wanted.add_argument("--stories", type=int, default=200)
    wanted.add_argument("--recipients", type=int, default=50)
    asked = wanted.parse_args()
    with TemporaryDirectory() as folder:
        cpu, peak, shown = measure(asked.matches, asked.stories, asked.recipients, Path(folder))
    print(
        f"{asked.recipients} digests of {asked.stories} stories from {asked.matches:,} matches: "
        f"{cpu:.1f} CPU s, {peak:.0f} MB, {shown // asked.recipients} stories in each"
    )


if __name__ == "__main__":
    main()
