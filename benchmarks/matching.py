"""Measures how many articles are judged in a second of one core."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, cycle, islice

from benchmarks import documents
from benchmarks.results import Judging
from monitor import matching
from monitor.encoders import AUTO, NOTHING, Encoder, open_encoder
from monitor.encoders.documents import encoded, taught
from monitor.model import Document, Seed, Topic

TOPICS = (1, 10, 100)
ENCODED = 2_000  # articles of which vectors are made


def measure(articles: int, now: datetime) -> tuple[Judging, ...]:
    """Judge so many generated articles against one, ten and a hundred topics, by words alone and with vectors."""
    drawn = list(islice(_documents(now), articles))
    return tuple(
        _timed(count, drawn if encoder is NOTHING else drawn[:ENCODED], encoder)
        for encoder in (NOTHING, open_encoder(AUTO))
        for count in TOPICS
    )


def topics() -> list[Topic]:
    """Return a topic for each subject of the generated news."""
    return [
        Topic(id=f"subject-{number}", title=subject.what[0], seeds=(Seed("seed", documents.seed(subject)),))
        for number, subject in enumerate(documents.SUBJECTS)
    ]


def _timed(count: int, drawn: Sequence[Document], encoder: Encoder) -> Judging:
    """Judge documents as they come: their vectors are made, and the earlier ones most like each are looked up."""
    wanted = islice(cycle(topics()), count)
    profiles = [matching.learn(taught(topic, encoder), encoder=encoder.name) for topic in wanted]
    recent = matching.Recent()
    _judged(profiles, drawn[:10], encoder, recent)  # what is loaded when first needed is not measured
    started = time.process_time()
    _judged(profiles, drawn, encoder, recent)
    return Judging(count, len(drawn), time.process_time() - started, encoder.name)


def _judged(
    profiles: Sequence[matching.Profile], drawn: Sequence[Document], encoder: Encoder, recent: matching.Recent
) -> None:
    for each in drawn:
        (document,) = encoded([each], encoder)
        near = recent.near(document)
        for profile in profiles:
            matching.judge(profile, document, near)
        recent.add(document)


def _documents(now: datetime) -> Iterator[Document]:
    papers = (documents.articles(number, now, documents.ITEMS) for number in range(1_000_000))
    for at, item in enumerate(chain.from_iterable(papers)):
        yield Document(id=str(at), title=item.title, text=item.text, language="en", url=item.url, source="Paper")
