"""Prepare a digest for its templates: every value cut, cleaned and put in words; nothing decided, nothing escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.digest import words
from monitor.model import Digest, Section, Story, Summary
from monitor.urls import untracked, web_link

QUIET = "Nothing new"
NOTHING = "There is nothing new about what you follow"
UPDATES = "Updates"
MACHINE_MADE = "Machine-made summary:"  # before what a language model wrote
SIGN_OF_LIFE = "Nothing was sent for a week, because there was nothing to tell. This note says that all is running."
ALSO = "Also reported"
CATCHING_UP = "Catching up"
NOTES = {  # what a section is there for
    UPDATES: "You have had these stories; this is new in them.",
    ALSO: "You have had these stories; more sources tell them now.",
    "Just below your threshold": "They scored a little too low. If one belongs here, lower digest_at of its topic.",
    "Before you began": "Older than your first digest: stored and searchable, never announced.",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a digest is shown, so that it fits where it goes."""

    title: int = 240  # characters, as all below but the last three
    quote: int = 420
    summary: int = 420
    why: int = 160
    name: int = 60  # of a source
    url: int = 2_000  # a longer address is told without its link
    also: int = 6  # other sources named; the first three are linked
    stories: int | None = None  # None is all
    answers: bool = True  # whether each story has its links for yes, no and mute


@dataclass(frozen=True, slots=True)
class Link:
    """A name, and where it leads."""

    name: str
    url: str  # "" if nowhere


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story in words."""

    number: int  # counted through the digest
    title: str
    url: str
    tag: str  # BCP 47, "" if unknown or that of the digest
    dir: str  # "ltr", "rtl", "auto"
    meta: tuple[str, ...]  # source, time ago, language, topic
    quote: str
    nearness: str  # "The event itself"
    score: int
    why: str
    also: tuple[Link, ...]
    also_count: int  # of all other sources, named or not
    source: str = ""  # that would be muted
    answer: str = ""  # signed link by which the story is answered, "" for none
    was: str = ""  # of an update: the headline before, where it is another one now
    id: str = ""  # of the story itself
    summary: str = ""  # machine-made, "" for none
    summary_tag: str = ""  # its language, "" if that of the digest
    summary_dir: str = "ltr"


@dataclass(frozen=True, slots=True)
class SectionView:
    """A headed part in words."""

    name: str  # "" if the heading of the whole says it
    note: str
    announced: bool
    stories: tuple[StoryView, ...]
    spreads: bool = False  # whether it tells who else reports what was told before


@dataclass(frozen=True, slots=True)
class View:
    """A digest in words, as far as the limits let it."""

    heading: str
    preview: str  # what a list of mails shows after the subject: the other headlines, of one story its quote
    lead: tuple[str, ...]  # the lines under the heading: topic, window, counts
    welcome: str  # of a first digest, or one that is but a sign of life, else ""
    quiet: str  # what is said where there are no sections, else ""
    sections: tuple[SectionView, ...]
    unshown: int  # stories of this digest that the limits left out of this view
    more: str  # stories that the cap left for next time, "" if none
    reasons: tuple[str, ...]  # the footer: why, when, how to change it
    unsubscribe: str  # where the footer's link leads, "" for none
    health: str
    troubles: tuple[str, ...]


def view(digest: Digest, *, as_of: datetime, limits: Limits, unsubscribe_url: str = "") -> View:
    """Return `digest` in words for a reader who opens it at `as_of`."""
    zone = ZoneInfo(digest.recipient.timezone)
    sections = _sections(digest, as_of, zone, limits)
    topics = words.cut(" · ".join(digest.topic_titles), 160)
    return View(
        heading=_heading(digest, topics),
        preview=_preview(sections),
        lead=((topics,) if digest.first else ()) + (_when(digest, zone), counts(digest), *_spikes(digest)),
        welcome=_welcome(digest.window) if digest.first else SIGN_OF_LIFE if digest.sign_of_life else "",
        quiet="" if digest.sections else f"All quiet. {NOTHING}; {healthy(digest)}.",
        sections=sections,
        unshown=sum(len(each.stories) for each in digest.sections) - sum(len(each.stories) for each in sections),
        more=_more(digest.more),
        reasons=_alert_reasons(digest, topics, zone)
        if digest.kind == "alert"
        else _reasons(digest, topics, zone, leaves=bool(unsubscribe_url)),
        unsubscribe=unsubscribe_url,
        health=f"{healthy(digest)}.",
        troubles=_troubles(digest.health.troubles),
    )


def announced(digest: Digest) -> list[Story]:
    """Return the stories that a digest announces, in its order."""
    return [story for section in digest.sections if section.announced for story in section.stories]


def new(digest: Digest) -> list[Story]:
    """Return the announced stories of which the reader has had nothing."""
    return [story for story in announced(digest) if story.change is None]


def counts(digest: Digest) -> str:
    """Return e.g. "5 new · 2 updates · 31 articles from 14 sources"."""
    fresh = len(new(digest))
    updates = len(announced(digest)) - fresh
    told = [f"{fresh:,} new"] if fresh else []
    told += [words.counted(updates, "update")] if updates else []
    if not told:
        return QUIET
    articles, sources = words.counted(digest.articles, "article"), words.counted(digest.sources, "source")
    if digest.kind == "alert":
        return f"{articles} from {sources}"
    return " · ".join((*told, f"{articles} from {sources}"))


def healthy(digest: Digest) -> str:
    """Return e.g. "41 of 43 feeds healthy"."""
    return f"{digest.health.healthy} of {words.counted(digest.health.total, 'feed')} healthy"


@lru_cache(maxsize=4096)  # asked for each form, length and recipient of the same stories
def link(url: str, limit: int = 2_000) -> str:
    """Return an address to lead people to, its tracking parameters gone; "" if it is no web link or too long."""
    found = web_link(untracked(url))
    return found if len(found) <= limit else ""


def _sections(digest: Digest, as_of: datetime, zone: ZoneInfo, limits: Limits) -> tuple[SectionView, ...]:
    topics = _topic_names(digest)
    views: list[SectionView] = []
    number = 0
    for section in digest.sections:
        left = None if limits.stories is None else limits.stories - number
        stories = []
        for story in section.stories[:left]:
            number += 1
            named = "" if section.announced else topics.get(story.topic, "")
            stories.append(_story(story, number, named, as_of, zone, limits))
        name = "" if digest.kind == "alert" else section.name  # the heading of an alert says what it is
        views += [_section(section, name, stories)] if stories else []
    return tuple(views)


def _section(section: Section, name: str, stories: Sequence[StoryView]) -> SectionView:
    return SectionView(
        name=words.cut(name, 120),
        note=NOTES.get(section.name.partition(" · ")[0], ""),
        announced=section.announced,
        stories=tuple(stories),
        spreads=section.name == ALSO,
    )


def _topic_names(digest: Digest) -> dict[str, str]:
    """Return the titles of several topics by their ids; one topic needs no name beside each story."""
    ids, titles = digest.recipient.topics, digest.topic_titles
    return dict(zip(ids, titles, strict=True)) if len(ids) == len(titles) > 1 else {}


def _story(story: Story, number: int, topic: str, as_of: datetime, zone: ZoneInfo, limits: Limits) -> StoryView:
    tag = words.language_tag(story.language)
    foreign = "" if tag[:2].lower() in ("", "en") else tag
    meta = (story.source, words.ago(story.published, as_of, zone), words.language_name(foreign), topic)
    return StoryView(
        number=number,
        title=words.cut(story.title, limits.title) or "Untitled",
        url=link(story.url, limits.url),
        tag=foreign,
        dir=words.direction(story.language),
        meta=tuple(cut for each in meta if (cut := words.cut(each, limits.name))),
        quote=words.cut(story.quote, limits.quote),
        nearness=words.nearness(story.score),
        score=round(story.score),
        why=words.cut(story.why, limits.why),
        also=tuple(
            Link(words.cut(other.feed, limits.name), link(other.url, limits.url) if place < 3 else "")
            for place, other in enumerate(story.also[: limits.also])
        ),
        also_count=len(story.also),
        source=words.cut(story.source, limits.name),
        answer=web_link(story.answer_url) if limits.answers else "",
        was=words.cut(story.change.was, limits.title) if story.change else "",
        id=story.id,
        **_summary(story.summary, limits),
    )


def _summary(made: Summary | None, limits: Limits) -> dict[str, str]:
    """Return what a story's view has of its summary."""
    if made is None:
        return {}
    tag = words.language_tag(made.language)
    return {
        "summary": words.cut(made.text, limits.summary),
        "summary_tag": "" if tag == "en" else tag,
        "summary_dir": words.direction(made.language),
    }


def _heading(digest: Digest, topics: str) -> str:
    if digest.kind == "alert":
        return f"{digest.sections[0].name}: {topics}"
    return CATCHING_UP if digest.first else topics


def _preview(sections: Sequence[SectionView], length: int = 140) -> str:
    told = [story for section in sections if section.announced for story in section.stories]
    others = ""
    for story in told[1:]:
        with_it = f"{others} · {story.title}" if others else story.title
        if others and len(with_it) > length:  # whole headlines only
            break
        others = with_it
    return words.cut(others or told[0].quote, length) if told else ""


def _when(digest: Digest, zone: ZoneInfo) -> str:
    """Return the window of a digest; of an alert, when it was made."""
    return words.at(digest.window[1], zone) if digest.kind == "alert" else words.span(digest.window, zone)


def _spikes(digest: Digest, shown: int = 2) -> tuple[str, ...]:
    return tuple(words.cut(line, 200) for line in digest.spikes[:shown])


def _alert_reasons(digest: Digest, topics: str, zone: ZoneInfo) -> tuple[str, ...]:
    """Return why this came ahead of the digest, and how to change that."""
    key = f"[recipients.{words.cut(digest.recipient.id, 60)}]"
    following = digest.next_digest
    return (
        f"You get this at once because {key} in monitor.toml follows {topics} and has alerts = true.",
        "Your next digest does not tell it again as new."
        + (f" It comes {words.at(following, zone)}." if following else ""),
        f"For fewer alerts raise alert_at of the topic; for none set alerts = false in {key}.",
    )


def _welcome(window: tuple[datetime, datetime]) -> str:
    days = max(1, round((window[1] - window[0]).total_seconds() / 86_400))
    past = "day" if days == 1 else f"{days} days"
    return f"Your first digest: what the last {past} brought. From now on you get only what is new."


def _more(more: int) -> str:
    if not more:
        return ""
    return f"{words.counted(more, 'more story', 'more stories')} did not fit: the next digest takes them up."


def _reasons(digest: Digest, topics: str, zone: ZoneInfo, *, leaves: bool) -> tuple[str, ...]:
    """Return why this came and when it comes again; how to stop it, unless a link `leaves` for that."""
    key = f"[recipients.{words.cut(digest.recipient.id, 60)}]"
    following = digest.next_digest
    return (
        f"You get this because {key} in monitor.toml follows {topics}.",
        f"It comes {words.cut(words.schedule(digest.recipient.schedule, zone), 160)}."
        + (f" Next digest: {words.at(following, zone)}." if following else ""),
        f"To change what comes or when, edit {key}"
        + (" in monitor.toml." if leaves else f"; to stop it, remove {key} from monitor.toml."),
        *_muted(digest.muted),
    )


def _muted(muted: Sequence[str], shown: int = 3) -> tuple[str, ...]:
    """Return what is left out because its reader muted it, so that nobody forgets; () if nothing is."""
    left = len(muted) - shown
    names = [words.cut(each, 120) for each in muted[:shown]] + ([f"{left} more"] if left > 0 else [])
    return (f"Muted: {'; '.join(names)}.",) if muted else ()


def _troubles(troubles: Sequence[str], shown: int = 5) -> tuple[str, ...]:
    left = len(troubles) - shown
    rest = (f"{left} more: monitor feed list names them.",) if left > 0 else ()
    return tuple(words.cut(trouble, 160) for trouble in troubles[:shown]) + rest
