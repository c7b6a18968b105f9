"""Judges stored articles anew: what another threshold, or another profile, would have let through."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor import matching
from monitor.model import Stored

THRESHOLDS = (20, 30, 40, 50, 60, 70, 80, 90)
NEAR = 8  # titles that are named on either side of a threshold
NOTICED = 0.01  # by which a term's weight moves before it is told of
Progress = Callable[[int, int], None]  # done, of how many
_DAY = 86_400.0  # seconds


def _nothing(done: int, total: int) -> None:
    """Show no progress."""


# ---------------------------------------------------------------- thresholds


@dataclass(frozen=True, slots=True)
class Replayed:
    """A story of stored articles, by the one of them that scores best."""

    title: str
    score: float


@dataclass(frozen=True, slots=True)
class Step:
    """What a threshold would let through."""

    threshold: float
    stories_per_day: float
    above: tuple[str, ...]  # titles just above the line, nearest first
    below: tuple[str, ...]  # titles just below it, nearest first


@dataclass(frozen=True, slots=True)
class Backtest:
    """The stories of stored articles under one profile, best first."""

    stories: tuple[Replayed, ...]
    articles: int  # that were judged
    days: float  # that they span

    def per_day(self, threshold: float) -> float:
        """Return how many stories a day reach `threshold`."""
        return sum(story.score >= threshold for story in self.stories) / self.days

    def step(self, threshold: float) -> Step:
        """Return what `threshold` would let through, and what lies next to it."""
        above = [story.title for story in self.stories if story.score >= threshold]
        below = [story.title for story in self.stories if story.score < threshold]
        return Step(threshold, self.per_day(threshold), tuple(above[: -NEAR - 1 : -1]), tuple(below[:NEAR]))

    def threshold_for(self, per_day: float) -> int:
        """Return the lowest whole threshold of the range with no more stories a day; the highest, if all have more."""
        lowest, highest = THRESHOLDS[0], THRESHOLDS[-1]
        return next((at for at in range(lowest, highest) if self.per_day(at) <= per_day), highest)


def replay(
    profile: matching.Profile, stored: Sequence[Stored], now: datetime, progress: Progress = _nothing
) -> Backtest:
    """Judge stored articles by `profile`; what its filters stop, or a person refused, is left out."""
    said = _said(profile)
    best: dict[int, Replayed] = {}
    recent = matching.Recent()
    for done, each in enumerate(reversed(stored), 1):
        progress(done, len(stored))
        wanted = said.get(each.document.id)
        judgement = matching.judge(profile, each.document, recent.before(each.document))
        recent.add(each.document)
        if wanted is False or (judgement.filtered and not wanted):
            continue
        score = 100.0 if wanted else judgement.score
        if each.story not in best or score > best[each.story].score:
            best[each.story] = Replayed(each.document.title, score)
    ranked = sorted(best.values(), key=lambda story: (-story.score, story.title))
    oldest = min((each.published for each in stored), default=now)
    return Backtest(tuple(ranked), len(stored), max(1.0, (now - oldest).total_seconds() / _DAY))


def _said(profile: matching.Profile) -> dict[str, bool]:
    return {example.document.id: example.wanted for example in profile.topic.examples}


# ---------------------------------------------------------------- profiles


@dataclass(frozen=True, slots=True)
class Moved:
    """A word whose weight another profile changed."""

    term: str  # as the profile spells it
    before: float  # 0: it was none of the profile
    after: float  # 0: it is none any more


@dataclass(frozen=True, slots=True)
class Difference:
    """How two profiles of a topic differ: in their terms, and in what they let through."""

    moved: tuple[Moved, ...]  # the greatest first
    more: tuple[str, ...]  # titles that only the second lets through, newest first
    fewer: tuple[str, ...]  # titles that only the first lets through, newest first


def difference(
    before: matching.Profile, after: matching.Profile, stored: Sequence[Stored], progress: Progress = _nothing
) -> Difference:
    """Return how `after` differs from `before`; articles that a person answered are not counted: theirs is settled."""
    settled = _said(before) | _said(after)
    more: list[str] = []
    fewer: list[str] = []
    same = matching.judged_by(before) == matching.judged_by(after)
    recent = matching.Recent()
    for done, each in enumerate(() if same else reversed(stored), 1):
        progress(done, len(stored))
        if each.document.id not in settled:
            past = recent.before(each.document)
            was, now = (
                matching.is_match(profile.topic, matching.judge(profile, each.document, past))
                for profile in (before, after)
            )
            if was != now:
                (more if now else fewer).append(each.document.title)
        recent.add(each.document)
    return Difference(_moved(before, after), tuple(more[::-1]), tuple(fewer[::-1]))


def _moved(before: matching.Profile, after: matching.Profile) -> tuple[Moved, ...]:
    """Return the words whose weight moved: a term may only be told otherwise, as a part of a longer name."""
    spelling = {**before.spelling, **after.spelling}
    was, now = before.weights, after.weights
    pairs = [Moved(spelling[word], _told(was, word), _told(now, word)) for word in was.keys() | now.keys()]
    noticed = [pair for pair in pairs if abs(pair.after - pair.before) >= NOTICED]
    return tuple(sorted(noticed, key=lambda pair: (-abs(pair.after - pair.before), pair.term)))


def _told(weights: Mapping[str, float], word: str) -> float:
    return round(weights.get(word, 0.0), 3)
