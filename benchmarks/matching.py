"""Measures how many articles are judged in a second of one core."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, islice

from benchmarks import documents
from benchmarks.results import Judging
from monitor import matching
from monitor.model import Document, Seed, Topic

TOPICS = (1, 10)


def measure(articles: int, now: datetime) -> tuple[Judging, ...]:
    """Judge so many generated articles against one topic, then against ten."""
    profiles = [matching.learn(topic) for topic in topics()]
    drawn = list(islice(_documents(now), articles))
    for document in drawn[:10]:  # what is loaded when first needed is not measured
        matching.judge(profiles[0], document)
    return tuple(_timed(profiles[:count], drawn) for count in TOPICS)


def topics() -> list[Topic]:
    """Return a topic for each subject of the generated news."""
    return [
        Topic(id=f"subject-{number}", title=subject.what[0], seeds=(Seed("seed", documents.seed(subject)),))
        for number, subject in enumerate(documents.SUBJECTS)
    ]


def _timed(profiles: Sequence[matching.Profile], drawn: Sequence[Document]) -> Judging:
    started = time.process_time()
    for document in drawn:
        for profile in profiles:
            matching.judge(profile, document)
    return Judging(len(profiles), len(drawn), time.process_time() - started)


def _documents(now: datetime) -> Iterator[Document]:
    papers = (documents.articles(number, now, documents.ITEMS) for number in range(1_000_000))
    for at, item in enumerate(chain.from_iterable(papers)):
        yield Document(id=str(at), title=item.title, text=item.text, language="en", url=item.url, source="Paper")
