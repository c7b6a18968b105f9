"""Choose what a digest tells: values in, a digest out.

matches → stories (several articles of one story fold into one)
        → new to this recipient, or with something new in them, at or above the topic's `digest_at`
        → ordered, capped, no source filling it
        → sections: one "New" and one "Updates" per topic, who else reports what was told before, and a few near
          misses to judge the threshold by
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import groupby

from monitor.digest.view import ALSO, UPDATES
from monitor.model import Change, Digest, Match, Recipient, Section, Sighting, SourceHealth, Story, Topic
from monitor.urls import canonical

NEAR_MISS_POINTS = 15.0  # how far below the threshold a story may lie and still be shown
NEAR_MISSES = 3
LEAD_POINTS = 5.0  # how far below a story's best match the one may lie that tells it
FULL_TEXT = 1_000  # characters from which more make a report no fuller
BASELINE_SHOWN = 3
ALSO_REPORTED = 5
UPDATES_SHARE = 4  # a quarter of the places is kept for updates, where there are any

NEW = "New"
BELOW = "Just below your threshold"
BEFORE = "Before you began"


@dataclass(frozen=True)
class _Candidate:
    """A story that a digest may tell, with the matches behind it."""

    story: Story
    members: tuple[Match, ...]

    @cached_property
    def addresses(self) -> frozenset[str]:
        """Return the address of every article and sighting: asked for what is told only, it costs a little."""
        found = frozenset(canonical(sighting.url) for sighting in _sightings(self.members))
        without_link = frozenset(str(match.article_id) for match in self.members if not canonical(match.url))
        return (found - {""}) | without_link

    @cached_property
    def sources(self) -> frozenset[str]:
        """Return who showed its articles."""
        return frozenset(sighting.feed for sighting in _sightings(self.members))

    @cached_property
    def marks(self) -> frozenset[object]:
        """Return what may stand in a digest once only: the story, and each of its articles."""
        return frozenset({self.story.id, *self.story.articles})

    @property
    def rank(self) -> tuple[float, float, int, str, str]:
        """Sort best first: the score as it is shown, then freshness, then breadth; ids settle what is left."""
        story = self.story
        return (-round(story.score), -story.published.timestamp(), -len(story.also), story.topic, story.id)


Folds = dict[tuple[str, tuple[int, ...]], _Candidate]  # by the story and its articles, of one stock of matches


@dataclass(frozen=True, slots=True)
class _Sorted:
    """A recipient's candidates by what may become of them, best first."""

    new: Sequence[_Candidate]
    updates: Sequence[_Candidate]  # were told before, and have something new
    also: Sequence[_Candidate]  # were told before, and others report them now
    below: Sequence[_Candidate]
    before: Sequence[_Candidate]
    all: Sequence[_Candidate]  # under every topic, whatever their score
    heard: Sequence[_Candidate]  # the same of those that were told before


def select(
    recipient: Recipient,
    topics: Sequence[Topic],
    matches: Sequence[Match],
    *,
    had: Collection[str],
    changes: Mapping[str, Change] | None = None,
    slot: str,
    window: tuple[datetime, datetime],
    next_digest: datetime | None,
    health: SourceHealth,
    first: bool = False,
    preview: bool = False,
    folds: Folds | None = None,
) -> Digest:
    """Choose the stories that a recipient is told, whatever the order of `matches`.

    Takes the topics' matches, near misses and baseline among them, and in `had` the ids of the stories that
    the recipient has had; ids of stories differ from topic to topic. New is what it has not had, also from
    before the window: what a cap left out comes later. A story that it has had comes again only as an update, with
    the one of `changes` (by story id) that tells what is new in it; where there is none, it is named if other sources
    began to report it within the window. Near misses come from the window (after its start, up to
    its end) only, so that none comes twice, and stay away when nothing is announced: a digest without sections
    has nothing to say.
    An article that two topics match is told once, under the recipient's first one, and `told` names it for both.

    A preview shows near misses in any case, and a few stories of the baseline. `folds` keeps the stories that were
    folded already of the same matches, for another recipient.
    """
    followed = [topic for id in recipient.topics for topic in topics if topic.id == id]
    found = _sort_out(followed, matches, had, changes or {}, window, {} if folds is None else folds)
    told, left = _capped(found.new, recipient.max_stories - _kept_for_updates(found, recipient.max_stories))
    again, later = _capped(found.updates, recipient.max_stories - len(told))
    sections = _sections(NEW, followed, told) + _sections(UPDATES, followed, again)
    if told or again or preview:
        sections += _aside(ALSO, found.also[:ALSO_REPORTED]) + _aside(BELOW, found.below[:NEAR_MISSES])
    if preview:
        sections += _aside(BEFORE, found.before[:BASELINE_SHOWN])
    return Digest(
        recipient=recipient,
        topic_titles=tuple(topic.title for topic in followed),
        slot=slot,
        window=window,
        sections=tuple(sections),
        more=len(left) + len(later),
        articles=len(frozenset().union(*(candidate.addresses for candidate in (*told, *again)))),
        sources=len(frozenset().union(*(candidate.sources for candidate in (*told, *again)))),
        next_digest=next_digest,
        health=health,
        first=first,
        told=tuple(sorted(_shared(found.all, told))),
        left=tuple(sorted(article for candidate in left for article in candidate.story.articles)),
        updates=tuple(sorted(_claimed(found.heard, again))),
    )


def _kept_for_updates(found: _Sorted, cap: int) -> int:
    return min(len(found.updates), cap // UPDATES_SHARE)


def stories(topic: Topic, matches: Iterable[Match]) -> list[Story]:
    """Return the stories of `topic` among the matches, each folded as a digest tells it."""
    return [candidate.story for candidate in _stories(topic, matches, {})]


def _sort_out(
    topics: Sequence[Topic],
    matches: Sequence[Match],
    had: Collection[str],
    changes: Mapping[str, Change],
    window: tuple[datetime, datetime],
    folds: Folds,
) -> _Sorted:
    """Return the candidates of all topics, best first, each article under one topic and in one list only."""
    known = frozenset(had)
    sound = [match for match in matches if not match.judgement.filtered]
    usable = [match for match in sound if match.story not in known]
    again = [match for match in sound if match.story in known and not match.baseline]
    threshold = {topic.id: topic.digest_at for topic in topics}
    fresh = [c for topic in topics for c in _stories(topic, (m for m in usable if not m.baseline), folds)]
    old = [c for topic in topics for c in _stories(topic, (m for m in usable if m.baseline), folds)]
    new = _once(c for c in fresh if c.story.score >= threshold[c.story.topic])
    below = _once((c for c in fresh if _is_near_miss(c.story, threshold[c.story.topic], window)), after=new)
    before = _once((c for c in old if c.story.score >= threshold[c.story.topic]), after=[*new, *below])
    heard = [c for topic in topics for c in _stories(topic, again, folds, changes)]
    on = [c for c in heard if c.story.score >= threshold[c.story.topic]]
    updates = _once((c for c in on if c.story.change), after=new)
    spread = (_spread(c, window) for c in on)
    also = _once((c for c in spread if c.story.also), after=[*new, *updates])
    return _Sorted(
        _ranked(new), _ranked(updates), _ranked(also), _ranked(below), _ranked(before), all=fresh, heard=heard
    )


def _spread(candidate: _Candidate, window: tuple[datetime, datetime]) -> _Candidate:
    """Return a story that was told before with those of its other sources that began to report it in the window."""
    start, end = window
    fresh = tuple(sighting for sighting in candidate.story.also if start < sighting.at <= end)
    return replace(candidate, story=replace(candidate.story, also=fresh, change=None))


def _is_near_miss(story: Story, threshold: float, window: tuple[datetime, datetime]) -> bool:
    start, end = window
    return threshold - NEAR_MISS_POINTS <= story.score < threshold and start < story.first_seen <= end


def _ranked(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    return sorted(candidates, key=lambda candidate: candidate.rank)


def _stories(
    topic: Topic, matches: Iterable[Match], folds: Folds, changes: Mapping[str, Change] = {}
) -> Iterator[_Candidate]:
    """Yield one candidate for each story of `topic` among the matches; one of `changes` is what is new in it."""
    by_story = sorted((match for match in matches if match.topic == topic.id), key=lambda match: match.story)
    for id, grouped in groupby(by_story, key=lambda match: match.story):
        members = list(grouped)
        if id in changes:
            yield _changed(_lead_first(members), changes[id])
            continue
        key = id, tuple(match.article_id for match in members)
        if key not in folds:
            folds[key] = _fold(_lead_first(members))
        yield folds[key]


def _changed(members: Sequence[Match], change: Change) -> _Candidate:
    """Return one story, led and quoted by the article that says what is new."""
    told = _fold(sorted(members, key=lambda match: match.article_id != change.article_id))
    return replace(told, story=replace(told.story, quote=change.sentence, change=change))


def _lead_first(members: Sequence[Match]) -> list[Match]:
    """Return a story's matches with the one that tells it in front; the others stand as they appeared.

    Of those that match about as well as the best, and tell about as much as the fullest, it is the one of the source
    that was configured first, and then the one that came first: its words carry the quote and the why.
    """
    best = max(match.judgement.score for match in members)
    fullest = min(FULL_TEXT, max(len(match.text) for match in members))
    appeared = sorted(members, key=lambda match: (match.first_seen, match.published, match.article_id))
    strong = [match for match in appeared if match.judgement.score >= best - LEAD_POINTS]
    full = [match for match in strong if len(match.text) >= fullest / 2] or strong
    lead = min(full, key=lambda match: match.rank)
    return [lead, *(match for match in appeared if match is not lead)]


def _fold(members: Sequence[Match]) -> _Candidate:
    """Return one story of its matches, the first of which leads."""
    lead = members[0]
    story = Story(
        id=lead.story,
        topic=lead.topic,
        title=lead.title,
        url=lead.url,
        source=lead.source,
        language=lead.language,
        published=lead.published,
        first_seen=min(match.first_seen for match in members),
        score=max(match.judgement.score for match in members),
        why=" · ".join(lead.judgement.why),
        quote=lead.judgement.quote,
        also=_others(lead.source, _sightings(members)),
        articles=tuple(sorted({match.article_id for match in members})),
        lead=lead.article_id,
    )
    return _Candidate(story, tuple(members))


def _sightings(members: Sequence[Match]) -> list[Sighting]:
    """Return every showing of a story's articles, in order of appearance."""
    shown = [Sighting(match.source, match.url, match.first_seen) for match in members]
    shown += [sighting for match in members for sighting in match.also]
    return sorted(shown, key=lambda sighting: (sighting.at, sighting.feed, sighting.url))


def _others(lead: str, sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """Return each other source's first showing."""
    first: dict[str, Sighting] = {}
    for sighting in sightings:
        first.setdefault(sighting.feed, sighting)
    return tuple(sighting for source, sighting in first.items() if source != lead)


def _once(candidates: Iterable[_Candidate], after: Iterable[_Candidate] = ()) -> list[_Candidate]:
    """Return the candidates that share no mark with an earlier one, nor with those in `after`."""
    kept: list[_Candidate] = []
    marks = {mark for candidate in after for mark in candidate.marks}
    for candidate in candidates:
        if marks.isdisjoint(candidate.marks):
            kept.append(candidate)
            marks |= candidate.marks
    return kept


def _shared(candidates: Iterable[_Candidate], told: Iterable[_Candidate]) -> set[str]:
    """Return the ids of the told stories, and of those of other topics that hold an article of one."""
    articles = {id for candidate in told for id in candidate.story.articles}
    return {c.story.id for c in candidates if not articles.isdisjoint(c.story.articles)}


def _claimed(heard: Iterable[_Candidate], told: Iterable[_Candidate]) -> set[tuple[str, str]]:
    """Return the ids of the stories, under every topic, that the told updates are about, each with its change."""
    said = {id: c.story.change.said for c in told if c.story.change for id in c.story.articles}
    return {(c.story.id, said[id]) for c in heard for id in c.story.articles if id in said}


def _capped(candidates: Sequence[_Candidate], cap: int) -> tuple[list[_Candidate], list[_Candidate]]:
    """Return at most `cap` candidates, best first, and those that were left.

    While others wait, no source gets more than half of the places.
    """
    share = (cap + 1) // 2
    places: dict[str, int] = {}
    chosen: list[_Candidate] = []
    waiting: list[_Candidate] = []
    for candidate in candidates:
        places[candidate.story.source] = places.get(candidate.story.source, 0) + 1
        (chosen if places[candidate.story.source] <= share else waiting).append(candidate)
    ordered = chosen[:cap] + waiting + chosen[cap:]
    return _ranked(ordered[:cap]), ordered[cap:]


def _sections(name: str, topics: Sequence[Topic], told: Sequence[_Candidate]) -> list[Section]:
    """Return a section of this name for each topic that has something to tell, in the recipient's order."""
    sections = []
    for topic in topics:
        named = name if len(topics) == 1 else f"{name} · {topic.title}"
        stories = tuple(candidate.story for candidate in told if candidate.story.topic == topic.id)
        sections += [Section(named, stories)] if stories else []
    return sections


def _aside(name: str, candidates: Sequence[_Candidate]) -> list[Section]:
    """Return a section that is shown for judging by and counts as nothing, if there is anything in it."""
    stories = tuple(candidate.story for candidate in candidates)
    return [Section(name, stories, announced=False)] if stories else []
