"""Judges the documents of labelled topics as the live service would: each by itself, oldest first."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor import matching
from monitor.encoders import NOTHING, Encoder
from monitor.encoders.documents import encoded, taught
from monitor.evaluation.labelled import RELEVANT, VERY_EVENT, LabelledSet, LabelledTopic
from monitor.evaluation.lines import Line
from monitor.evaluation.metrics import Judged
from monitor.evaluation.views import View, seen
from monitor.model import Document, Example

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
    for document, places, past in presented(topics, sets, view, encoder, progress):
        for place in places:
            judgement = matching.judge(profiles[place], document, past.without(topics[place].left_out))
            found[place][document.id] = (judgement.score, judgement.chance)
    return [run_of(topic, said.__getitem__) for topic, said in zip(topics, found, strict=True)]


def presented(
    topics: Sequence[LabelledTopic],
    sets: Sequence[LabelledSet],
    view: View,
    encoder: Encoder,
    progress: Progress = lambda lines, _: lines,
) -> Iterator[tuple[Document, list[int], matching.Past]]:
    """Yield each document once, stream by stream and oldest first, as the view shows it and with its vector.

    With it come the places of the topics that it is a candidate of, and what came before it. Of that each leaves out
    the seed and what is left aside: the live service would have seen neither so.
    :raises EncoderError: if the encoder fails
    """
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, topic in enumerate(topics):
        for line in topic.candidates:
            places[id(line)].append(place)
    streams = [stream for labelled in sets for stream in labelled.streams.values()]
    starts = {id(stream[0]) for stream in streams if stream}
    recent = matching.Recent()
    for line in progress((line for stream in streams for line in stream), sum(map(len, streams))):
        if id(line) in starts:
            recent = matching.Recent()
        (document,) = encoded([seen(line.document, view)], encoder)
        yield document, places[id(line)], recent.before(document)
        recent.add(document)


def confirmed(labelled: LabelledSet, count: int, view: View) -> LabelledSet:
    """Return the set with the earliest relevant articles of each topic confirmed, and left out of what is measured.

    Topics with no more than `count` relevant ones are left out.
    """
    topics = [topic for topic in labelled.topics if len(_relevant(topic)) > count]
    return replace(labelled, topics=tuple(_confirmed(topic, count, view) for topic in topics))


def unanswered(labelled: LabelledSet) -> LabelledSet:
    """Return the set as `confirmed` gave it, but nobody has said anything: the same articles are measured."""
    topics = (replace(each, topic=replace(each.topic, examples=())) for each in labelled.topics)
    return replace(labelled, topics=tuple(topics))


def _confirmed(topic: LabelledTopic, count: int, view: View) -> LabelledTopic:
    chosen = _relevant(topic)[:count]
    examples = tuple(Example(seen(line.document, view), wanted=True) for line in chosen)
    return replace(
        topic,
        topic=replace(topic.topic, examples=examples),
        candidates=tuple(line for line in topic.candidates if line not in chosen),
    )


def _relevant(topic: LabelledTopic) -> list[Line]:
    """Return the candidates that belong to the topic's story, oldest first."""
    return [line for line in topic.candidates if topic.grades.get(line.document.id, 0) >= RELEVANT]


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
