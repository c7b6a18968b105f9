"""Measures how many articles are placed in their stories in a second of one core, beside a window that is full.

python -m benchmarks.stories
"""

import argparse
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from monitor.model import Document
from monitor.stories.grouping import Report, Window, report

START = datetime(2031, 4, 8, tzinfo=UTC)
HOURS = 72.0
TIMED = 2_000  # articles, once the window is full
_WORDS = 60_000  # of the language
_OWN = 4  # words that only the reports on one event have


def measure(articles: int) -> tuple[float, float]:
    """Return how many articles a second are placed beside so many others, and how many with their wording read."""
    window = Window(HOURS)
    coming = _drawn(articles + TIMED)
    for _ in range(articles):
        window.place(_report(next(coming)))
    drawn = list(coming)
    started = time.process_time()
    reports = [_report(each) for each in drawn]
    read = time.process_time()
    for each in reports:
        window.place(each)
    placed = time.process_time()
    return TIMED / (placed - read), TIMED / (placed - started)


Drawn = tuple[int, datetime, Document, dict[str, tuple[float, float]]]


def _report(drawn: Drawn) -> Report:
    number, at, document, words = drawn
    return report(number, document, words, seen=at, published=at)


def _drawn(count: int) -> Iterator[Drawn]:
    """Yield made articles of about 110 telling words, some ten on each event, with words as rare as in the news."""
    chance = np.random.default_rng(1)
    shares = np.minimum(0.12, 20 / np.arange(1, _WORDS + 1))
    sums, rarity = np.cumsum(shares / shares.sum()), np.minimum(9.5, -np.log(shares))
    for number in range(1, count + 1):
        event = int(chance.integers(max(0, number - 2_000), number + 1)) // 10
        theirs = np.searchsorted(sums, np.random.default_rng(event).random(40))
        found = np.concatenate([np.searchsorted(sums, chance.random(90)), theirs]).clip(0, _WORDS - 1)
        words = {f"w{at}": (1.0 + float(chance.random()) * 0.7, float(rarity[at])) for at in found}
        words |= {f"event {event} {own}": (1.7, 9.5) for own in range(_OWN)}
        text = " ".join(f"w{at}" for at in np.tile(found, 2))
        at = START + timedelta(hours=HOURS) * (number / count)
        yield number, at, Document(id="", title=" ".join(list(words)[:10]), text=text), words


def main() -> None:
    """Print the figures."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--articles", type=int, default=100_000, help="in the window")
    articles = wanted.parse_args().articles
    alone, whole = measure(articles)
    print(
        f"{articles:,} articles in the window: {alone:,.0f} a second are placed, {whole:,.0f} with their wording read"
    )


if __name__ == "__main__":
    main()
