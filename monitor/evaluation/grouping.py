"""Measures how well articles are folded into stories, and copies into one article, against labels."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor import stories
from monitor.errors import UsageError
from monitor.evaluation.labelled import LabelledSet
from monitor.evaluation.lines import Line
from monitor.model import Entry

NOTE = (
    "this version tells every article as a story of its own; copies are one article only where link, "
    "or title and text, are the same"
)


@dataclass(frozen=True, slots=True)
class Grouped:
    """How found groups stand to labelled ones."""

    documents: int  # that are labelled with a story
    precision: float  # B-cubed: of the documents grouped with one, the share of its own story, in the mean
    recall: float  # B-cubed: of the documents of its story, the share that is grouped with it, in the mean
    f1: float
    copies_precision: float  # of the pairs taken for copies, the share that is labelled so; 0 if none was
    copies_recall: float  # of the labelled pairs of copies, the share that was found
    copies_f1: float

    def document(self) -> dict[str, object]:
        """Return the figures as JSON prints them, with a note on what was measured."""
        copies = {"precision": self.copies_precision, "recall": self.copies_recall, "F1": self.copies_f1}
        grouping = {"precision": self.precision, "recall": self.recall, "F1": self.f1}
        return {"documents": self.documents, "b_cubed": grouping, "near_duplicates": copies, "note": NOTE}


def grouped_sets(sets: Sequence[LabelledSet]) -> dict[str, Grouped]:
    """Return, by folder name, how the stories of this version stand to stories.tsv.

    :raises UsageError: if no set has one
    """
    found = {labelled.folder.resolve().name: _grouped(labelled) for labelled in sets if labelled.stories}
    if not found:
        raise UsageError("--stories needs a folder with stories.tsv; none of these has one")
    return found


def _grouped(labelled: LabelledSet) -> Grouped:
    documents = [line for line in labelled.documents if line.document.id in labelled.stories]
    groups = same_article(documents)
    told = {id: one.story for id, one in labelled.stories.items() if id in groups and one.story}
    precision, recall = b_cubed({id: groups[id] for id in told}, told)
    copies = {id: one.copies for id, one in labelled.stories.items() if id in groups}
    pair_precision, pair_recall = pairwise(groups, copies)
    return Grouped(
        documents=len(told),
        precision=round(precision, 4),
        recall=round(recall, 4),
        f1=_f1(precision, recall),
        copies_precision=round(pair_precision, 4),
        copies_recall=round(pair_recall, 4),
        copies_f1=_f1(pair_precision, pair_recall),
    )


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
    found_pairs, told_pairs = _pairs(found), _pairs(told)
    both = len(found_pairs & told_pairs)
    return both / (len(found_pairs) or 1), both / (len(told_pairs) or 1)


def _pairs(groups: Mapping[str, str]) -> set[tuple[str, str]]:
    members: defaultdict[str, list[str]] = defaultdict(list)
    for id, group in groups.items():
        if group:
            members[group].append(id)
    return {(one, other) for held in members.values() for one in held for other in held if one < other}


def _f1(precision: float, recall: float) -> float:
    return round(2 * precision * recall / (precision + recall), 4) if precision + recall else 0.0
