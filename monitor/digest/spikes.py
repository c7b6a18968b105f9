"""Tell how many stories a topic brings, against what is usual for the weekday, and what rose with them.

The last 24 hours are compared with the same 24 hours of the weeks before, so that the weekday and the time of day are
alike without any calendar. What is usual is their median. With fewer than `WEEKS_NEEDED` of them nothing is usual yet:
no spike is told, and what shows the pace says so.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from statistics import median

from monitor.digest import words
from monitor.model import Appearance, Notice, Pace, Topic
from monitor.text.words import is_paired, spans

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
WEEKS = 8  # that are looked back
WEEKS_NEEDED = 3
LEAST = 5  # stories of a day that may be a spike
TERMS = 4  # of a cause
TITLES = 5  # told with a spike
_LONGEST = 3  # words of a term
_ENOUGH_BEFORE = 5  # stories, to say what rose
_GAP = re.compile(r"[\s\-–'’.]{0,2}")  # between two words of one term


def pace(topic: Topic, seen: Sequence[Appearance], watched_since: datetime | None, now: datetime) -> Pace:
    """Return how many stories `topic` brought in the 24 hours before `now`, and how that compares.

    `seen` are its matches of the last `WEEKS` weeks and a day; what lies before `watched_since` counts as unknown.
    """
    first: dict[int, Appearance] = {}
    for each in sorted(seen, key=lambda each: each.at):
        first.setdefault(each.story, each)
    fresh = [each for each in first.values() if now - DAY < each.at <= now]
    weeks = _weeks_watched(watched_since, now)
    earlier = [sum(now - DAY - k * WEEK < each.at <= now - k * WEEK for each in first.values()) for k in weeks]
    usual = float(median(earlier)) if len(earlier) >= WEEKS_NEEDED else None
    spike = usual is not None and _is_spike(len(fresh), usual)
    before = [each.title for each in first.values() if each.at <= now - DAY]
    return Pace(
        topic=topic.id,
        stories=len(fresh),
        usual=usual,
        weeks=len(earlier),
        spike=spike,
        terms=tuple(risen([each.title for each in fresh], before)) if spike else (),
        titles=tuple(each.title for each in reversed(fresh))[:TITLES] if spike else (),
    )


def risen(fresh: Sequence[str], before: Sequence[str]) -> list[str]:
    """Return the terms that titles hold now and hardly held before, the strongest first, as the newest spells them.

    Nothing rose where there is too little to compare with.
    """
    if len(before) < _ENOUGH_BEFORE:
        return []
    spelt: dict[tuple[str, ...], str] = {}
    now = Counter(term for title in fresh for term in _terms(title, spelt))
    then = Counter(term for title in before for term in _terms(title, {}))
    strength = {
        term: _strength(count / len(fresh), (then[term] + 0.5) / (len(before) + 1))
        for term, count in now.items()
        if count >= 2
    }
    ranked = sorted(strength, key=lambda term: (-round(strength[term], 6), -len(term), term))
    return [spelt[term] for term in islice(_apart(term for term in ranked if strength[term] > 0), TERMS)]


def line(found: Pace) -> str:
    """Return a spike in words, "" if it is none: "24 stories in 24 hours, usually 6; what rose: Yongbyon"."""
    if not found.spike:
        return ""
    rose = f"; what rose: {', '.join(words.cut(term, 60) for term in found.terms)}" if found.terms else ""
    return f"{told(found)}{rose}"


def told(found: Pace) -> str:
    """Return the pace in words, and that nothing is usual yet where that is so."""
    count = f"{words.counted(found.stories, 'story', 'stories')} in 24 hours"
    if found.usual is None:
        return f"{count}; what is usual shows after {WEEKS_NEEDED} weeks, {found.weeks} are on record"
    return f"{count}, usually {found.usual:g} at this time of the week"


def notice(topic: Topic, found: Pace) -> Notice:
    """Return the message that tells of a spike."""
    rose = f"What rose in the headlines: {', '.join(found.terms)}." if found.terms else ""
    return Notice(
        subject=f"{words.cut(topic.title, 60)}: {told(found)}",
        lines=(
            *filter(None, [rose]),
            "The latest of them:",
            *(f"– {title}" for title in found.titles),
            "The next digest tells them. You get this because alerts = true stands in your recipient's table; "
            "it comes once a day at most.",
        ),
    )


def _weeks_watched(since: datetime | None, now: datetime) -> list[int]:
    """Return the numbers of the weeks back whose 24 hours were watched as a whole."""
    return [k for k in range(1, WEEKS + 1) if since is not None and now - DAY - k * WEEK >= since]


def _is_spike(stories: int, usual: float) -> bool:
    """Tell whether so many are beyond chance: twice the usual, and three deviations of a Poisson count above it."""
    return stories >= max(LEAST, 2 * usual, usual + 3 * math.sqrt(max(usual, 1.0)))


def _strength(share: float, was: float) -> float:
    return share * math.log(share / was) if share >= 2 * was else 0.0


def _apart(terms: Iterator[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Yield the terms that share no word with an earlier one."""
    used: set[str] = set()
    for term in terms:
        if used.isdisjoint(term):
            used.update(term)
            yield term


def _terms(title: str, spelt: dict[tuple[str, ...], str]) -> set[tuple[str, ...]]:
    """Return the terms of a title, one to three words that stand side by side; note in `spelt` how it spells them."""
    found = list(spans(title))
    terms: set[tuple[str, ...]] = set()
    for begin in range(len(found)):
        for end in range(begin, min(begin + _LONGEST, len(found))):
            if end > begin and not _GAP.fullmatch(title[found[end - 1][2] : found[end][1]]):
                break
            text = title[found[begin][1] : found[end][2]]
            if _says_something(found[begin], title) and _says_something(found[end], title):
                term = tuple(word for word, _, _ in found[begin : end + 1])
                terms.add(term)
                spelt[term] = text
    return terms


def _says_something(span: tuple[str, int, int], title: str) -> bool:
    """Tell whether a term may begin and end with a word: most words that say nothing are short and written small."""
    word, start, end = span
    return len(word) > 3 or is_paired(word) or title[start:end].isupper() or word[0].isdigit()
