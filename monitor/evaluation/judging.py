"""Judges the documents of labelled topics as the live service would: each by itself, oldest first."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor import matching
from monitor.encoders import NOTHING, Encoder
from monitor.encoders.documents import encoded, taught
from monitor.evaluation.labelled import RELEVANT, VERY_EVENT, LabelledSet, LabelledTopic
from monitor.evaluation.lines import Line
from monitor.evaluation.metrics import Judged
from monitor.evaluation.views import View, seen

Progress = Callable[[Iterable[Line], int], Iterable[Line]]  # lines, how many → the same lines, shown passing


@dataclass(frozen=True, slots=True)
class Run:
    """What was said of all candidates of one topic."""

    topic: str
    stream: str
    judged: tuple[Judged, ...]  # in the order of judging


def judged_sets(sets: Sequence[LabelledSet], view: View, progress: Progress, encoder: Encoder = NOTHING) -> list[Run]:
    """Return what the shipped matcher, with the vectors of `encoder`, says of every topic of the sets.

    :raises SeedError: if a topic's seed can't be used
    :raises EncoderError: if the encoder fails
    """
    topics = [topic for labelled in sets for topic in labelled.topics]
    profiles = [matching.learn(taught(topic.topic, encoder), encoder=encoder.name) for topic in topics]
    found: list[dict[str, tuple[float, float | None]]] = [{} for _ in topics]
    for line, places in _shared(topics, progress):
        (document,) = encoded([seen(line.document, view)], encoder)
        for place in places:
            judgement = matching.judge(profiles[place], document)
            found[place][document.id] = (judgement.score, judgement.chance)
    return [run_of(topic, said.__getitem__) for topic, said in zip(topics, found, strict=True)]


def run_of(topic: LabelledTopic, said: Callable[[str], tuple[float, float | None]]) -> Run:
    """Return a topic's run, given score and chance of each document."""
    has_event = VERY_EVENT in topic.grades.values()
    judged = []
    for line in topic.candidates:
        id = line.document.id
        grade = topic.grades.get(id, 0)
        relevant = grade >= RELEVANT
        score, chance = said(id)
        judged.append(
            Judged(
                document=id,
                score=score,
                chance=chance,
                grade=grade,
                relevant=relevant,
                of_event=grade == VERY_EVENT if has_event else relevant,
                hard_negative=id in topic.hard_negatives and not relevant,
            )
        )
    return Run(topic.topic.id, topic.stream, tuple(judged))


def _shared(topics: Sequence[LabelledTopic], progress: Progress) -> Iterator[tuple[Line, list[int]]]:
    """Yield each document once, with the places of the topics it is a candidate of: reading it once serves them all."""
    places: defaultdict[int, list[int]] = defaultdict(list)
    lines: dict[int, Line] = {}
    for place, topic in enumerate(topics):
        for line in topic.candidates:
            lines[id(line)] = line
            places[id(line)].append(place)
    for line in progress(lines.values(), len(lines)):
        yield line, places[id(line)]
