"""Replays stored articles at other thresholds, and sets the one that is chosen."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from monitor.actions.feedback import recent_articles
from monitor.app import App
from monitor.config import topics
from monitor.evaluation.backtest import THRESHOLDS, Backtest, Progress, Step, replay
from monitor.model import Topic

FEW = 30  # articles under which a replay says little


@dataclass(frozen=True, slots=True)
class Tuned:
    """What stored articles say of a topic's threshold."""

    topic: Topic
    backtest: Backtest
    steps: tuple[Step, ...]
    chosen: float | None  # the threshold of the wished-for volume, None if none was wished for

    @property
    def about(self) -> str:
        """Return what was judged, in words."""
        found = self.backtest
        if not found.articles:
            return "No article of that time is stored yet: let the service read its feeds for a few days."
        told = f"{found.articles:,} stored articles of {found.days:.0f} days, judged by the profile of now."
        return f"{told} So few say little: look again in a few days." if found.articles < FEW else told


async def tune(
    app: App, topic: Topic, now: datetime, *, days: float, per_day: float | None, progress: Progress
) -> Tuned:
    """Judge the stored articles of the last `days` by the topic's profile; `per_day` chooses a threshold by volume.

    :raises SeedError: if a seed's page can't be read
    """
    async with app.reaching_out(now) as (client, parsers):
        vectors = app.vectors()
        profile = await app.profile(topic, client, parsers, now, vectors)
    stored = await asyncio.to_thread(recent_articles, app, topic, now, days, vectors)
    found = await asyncio.to_thread(replay, profile, stored, now, progress)
    chosen = found.threshold_for(per_day) if per_day is not None and found.stories else None
    return Tuned(topic, found, tuple(found.step(at) for at in THRESHOLDS), chosen)


def apply(app: App, topic: Topic, threshold: float) -> None:
    """Write a threshold into the configuration, with all comments kept.

    :raises UsageError: if the file can't be edited
    """
    whole = int(threshold) if threshold == int(threshold) else threshold
    topics.set_keys(app.settings.file, topic.id, {"digest_at": whole})
