"""Measures how well articles are grouped into stories, and copies into one article, against labels."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import fmean

from monitor import matching, stories
from monitor.evaluation.labelled import RELEVANT, LabelledSet, LabelledTopic, Told
from monitor.evaluation.lines import Line
from monitor.evaluation.views import View, seen
from monitor.model import Entry
from monitor.stories.grouping import Window, report

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)  # of a stream without any date


@dataclass(frozen=True, slots=True)
class Grouped:
    """How found groups stand to labelled ones."""

    documents: int  # that are labelled with a story
    precision: float  # B-cubed: of the documents grouped with one, the share of its own story, in the mean
    recall: float  # B-cubed: of the documents of its story, the share that is grouped with it, in the mean
    f1: float
    streams: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # B-cubed of each; the above is their mean
    copies: Mapping[str, float] | None = None  # of the pairs taken for copies; None if none are labelled

    def document(self) -> dict[str, object]:
        """Return the figures as JSON prints them."""
        grouping = {"precision": self.precision, "recall": self.recall, "F1": self.f1}
        copies = {} if self.copies is None else {"near_duplicates": dict(self.copies)}
        return {"documents": self.documents, "b_cubed": grouping, **copies, "streams": dict(self.streams)}


def grouped_sets(sets: Sequence[LabelledSet], view: View = "full", hours: float = 72.0) -> dict[str, Grouped]:
    """Return, by folder name, how the stories that the service would make stand to the labelled ones.

    Those are the ones of stories.tsv, else the topics' relevant documents; what belongs to none, or to two, is grouped
    and not measured. Articles come in the order of their stream, each within a window of so many hours.
    """
    return {labelled.folder.resolve().name: _grouped(labelled, view, hours) for labelled in sets}


def _grouped(labelled: LabelledSet, view: View, hours: float) -> Grouped:
    told = {id: one.story for id, one in labelled.stories.items() if one.story} or _of_topics(labelled.topics)
    streams: dict[str, dict[str, float]] = {}
    measured = 0
    copied: dict[str, str] = {}
    for name, lines in labelled.streams.items():
        groups, copies = grouped(lines, view, hours)
        copied |= copies
        mine = {id: story for id, story in told.items() if id in groups}
        if mine:
            streams[name] = _figures(*b_cubed({id: groups[id] for id in mine}, mine))
            measured += len(mine)
    mean = {key: round(fmean(each[key] for each in streams.values()) if streams else 0.0, 4) for key in _NAMES}
    return Grouped(
        documents=measured,
        precision=mean["precision"],
        recall=mean["recall"],
        f1=mean["F1"],
        streams=streams,
        copies=_copies(labelled.stories, copied),
    )


def _of_topics(topics: Sequence[LabelledTopic]) -> dict[str, str]:
    """Return the topic that each document belongs to, its seed included; documents of several topics are left out."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for topic in topics:
        relevant = {id for id, grade in topic.grades.items() if grade >= RELEVANT}
        for id in relevant | {seed.name for seed in topic.topic.seeds}:
            found[id].add(topic.topic.id)
    return {id: min(names) for id, names in found.items() if len(names) == 1}


def _copies(told: Mapping[str, Told], found: Mapping[str, str]) -> Mapping[str, float] | None:
    labels = {id: one.copies for id, one in told.items() if id in found}
    return _figures(*pairwise(found, labels)) if any(labels.values()) else None


def grouped(lines: Sequence[Line], view: View, hours: float) -> tuple[dict[str, str], dict[str, str]]:
    """Return the story of each document of a stream, and the article that it is a copy of, or itself.

    Both are named by a document. One that the service takes for the same article is a copy.
    """
    window = Window(hours)
    same = same_article(lines)
    places = {line.document.id: place for place, line in enumerate(lines)}
    story: dict[int, int] = {}
    copy: dict[int, int] = {}
    at = _BEGINNING
    for place, line in enumerate(lines):
        first = places[same[line.document.id]]
        if first != place:
            story[place], copy[place] = story[first], copy[first]
            continue
        document, at = seen(line.document, view), _moment(line.published, at)
        placed = window.place(report(place, document, matching.telling_words(document), seen=at, published=at))
        if placed.merged is not None:
            story.update({each: placed.part.story for each, its in story.items() if its == placed.merged})
        story[place] = placed.part.story
        copy[place] = place if placed.part.copy_of is None else placed.part.copy_of
    names = [line.document.id for line in lines]
    return _named(story, names), _named(copy, names)


def _named(groups: Mapping[int, int], names: Sequence[str]) -> dict[str, str]:
    return {names[place]: names[group] for place, group in groups.items()}


def _moment(published: str, before: datetime) -> datetime:
    """Return the date of a line; one that has none is of the day of the one before."""
    try:
        moment = datetime.fromisoformat(published)
    except ValueError:
        return before
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def same_article(documents: Sequence[Line]) -> dict[str, str]:
    """Return for each document the first one that the live service takes for the same article."""
    first_by_key: dict[str, str] = {}
    groups = {}
    for line in documents:
        document = line.document
        entry = Entry(guid="", url=document.url, title=document.title, text=document.text, published=None)
        keys = stories.item(0, entry).keys
        first = next((first_by_key[key] for key in keys if key in first_by_key), document.id)
        first_by_key.update(dict.fromkeys(keys, first))
        groups[document.id] = first
    return groups


def b_cubed(found: Mapping[str, str], told: Mapping[str, str]) -> tuple[float, float]:
    """Return precision and recall of B-cubed, over the items of both mappings (item → its group)."""
    both = Counter((found[id], told[id]) for id in told)
    found_sizes, told_sizes = Counter(found[id] for id in told), Counter(told.values())
    precision = sum(times * times / found_sizes[group] for (group, _), times in both.items())
    recall = sum(times * times / told_sizes[story] for (_, story), times in both.items())
    return precision / (len(told) or 1), recall / (len(told) or 1)


def pairwise(found: Mapping[str, str], told: Mapping[str, str]) -> tuple[float, float]:
    """Return precision and recall over pairs of items that share a group; a group named "" holds no pair."""
    found_pairs, told_pairs = set(_pairs(found)), set(_pairs(told))
    both = len(found_pairs & told_pairs)
    return both / (len(found_pairs) or 1), both / (len(told_pairs) or 1)


def _pairs(groups: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    members: defaultdict[str, list[str]] = defaultdict(list)
    for id, group in groups.items():
        if group:
            members[group].append(id)
    return ((one, other) for held in members.values() for one in held for other in held if one < other)


_NAMES = ("precision", "recall", "F1")


def _figures(precision: float, recall: float) -> dict[str, float]:
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return dict(zip(_NAMES, (round(precision, 4), round(recall, 4), round(f1, 4)), strict=True))
