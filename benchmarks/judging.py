"""Measures how fast articles are judged, how much memory that takes and how long until the first one is.

    python -m benchmarks.judging

Each row is measured in a new process, on one core, so that what the one loaded is not there for the next.
"""

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, cycle, islice
from pathlib import Path

import psutil

from benchmarks import documents
from benchmarks.meters import alone
from benchmarks.results import aligned, bullets, machine
from monitor import matching
from monitor.encoders import AUTO, NOTHING, Encoder, open_encoder
from monitor.encoders.documents import encoded, taught
from monitor.evaluation.views import seen
from monitor.model import Document, Seed, Topic

RESULTS = Path(__file__).with_name("JUDGING.md")
TOPICS = (1, 10, 100)
MUST = {(10, False): 1_500, (10, True): 40}  # articles a second, by topics and whether vectors are made

_CONDITIONS = (
    "Articles as feeds tell them (title and 50 words), a fifth of them on the topics' subjects; one core, profiles"
    " learnt beforehand, the 2,000 articles before each looked at; with an encoder, its vectors are made too. `first`"
    " is the processor time from the start of the process to its first judgement, `MB` what it holds at the end."
)


@dataclass(frozen=True, slots=True)
class Judging:
    """What it takes to judge so many articles."""

    topics: int
    encoder: str
    articles: int
    cpu_seconds: float
    first_seconds: float  # of the processor, from the start of the process to the first judgement
    memory_mb: float  # resident, at the end

    @property
    def a_second(self) -> float:
        """Return how many articles are judged in a second."""
        return self.articles / self.cpu_seconds


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the report and write it to a file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judging", description="Measure judging.")
    parser.add_argument("--articles", type=int, default=2_000, metavar="N", help="how many are judged")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FILE", help="where the report goes")
    asked = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    report = _report(asked.articles, load, [*measure(asked.articles)])
    asked.out.write_text(report, encoding="utf-8")
    print(report)


def measure(articles: int) -> Iterator[Judging]:
    """Yield what it takes to judge generated articles by one, ten and a hundred topics, without and with vectors."""
    for dense in (False, True):
        for topics in TOPICS:
            yield alone(_measured, topics, articles, dense)


def topics() -> list[Topic]:
    """Return a topic for each subject of the generated news."""
    return [
        Topic(id=f"subject-{number}", title=subject.what[0], seeds=(Seed("seed", documents.seed(subject)),))
        for number, subject in enumerate(documents.SUBJECTS)
    ]


def _measured(count: int, articles: int, dense: bool) -> Judging:
    first, *drawn = islice(_documents(datetime.now(UTC)), articles + 1)
    encoder = open_encoder(AUTO) if dense else NOTHING
    recent = matching.Recent()
    profiles = [
        matching.learn(taught(topic, encoder), encoder=encoder.name) for topic in islice(cycle(topics()), count)
    ]
    _judge(profiles, first, encoder, recent)
    loaded = time.process_time()
    for document in drawn:
        _judge(profiles, document, encoder, recent)
    ended, held = time.process_time(), psutil.Process().memory_info().rss
    return Judging(count, encoder.name, articles, ended - loaded, loaded, held / 1e6)


def _judge(profiles: Sequence[matching.Profile], document: Document, encoder: Encoder, recent: matching.Recent) -> None:
    [document] = encoded([document], encoder)
    past = recent.before(document)
    for profile in profiles:
        matching.judge(profile, document, past)
    recent.add(document)


def _documents(now: datetime) -> Iterator[Document]:
    papers = (documents.articles(number, now, documents.ITEMS) for number in range(1_000_000))
    for at, item in enumerate(chain.from_iterable(papers)):
        whole = Document(id=str(at), title=item.title, text=item.text, language="en", url=item.url, source="Paper")
        yield seen(whole, "feed")


# ---------------------------------------------------------------- the report


def _report(articles: int, load: float, rows: Sequence[Judging]) -> str:
    head = ("topics", "encoder", "articles a second", "must", "CPU s", "first s", "MB")
    parts = (
        "# What judging costs",
        f"Written by `python -m benchmarks.judging --articles {articles}` on {datetime.now(UTC):%Y-%m-%d}.",
        bullets(machine(load)),
        _CONDITIONS,
        aligned([head, *map(_row, rows)], left=2),
    )
    return "\n\n".join(parts) + "\n"


def _row(row: Judging) -> tuple[str, ...]:
    must = MUST.get((row.topics, row.encoder != NOTHING.name))
    return (
        str(row.topics),
        row.encoder,
        f"{row.a_second:,.0f}",
        f"{must:,}" if must else "",
        f"{row.cpu_seconds:.2f}",
        f"{row.first_seconds:.1f}",
        f"{row.memory_mb:.0f}",
    )


if __name__ == "__main__":
    main()
