"""Decide which stories are told at once, ahead of any digest.

A story alerts when an article of it reaches the topic's `alert_at`: once, and not again before its cool-down is over,
and then only for an article that came since, under a headline that says more. An article of a first poll never does.
What a digest told already is no alert; an article that lifts a story which the reader knows to the line is one, as an
update.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.digest.select import stories
from monitor.model import Digest, Loud, Match, Recipient, Section, SourceHealth, Topic

COOL_DOWN = timedelta(hours=24)  # of a story, however much is written of it
FRESH = timedelta(hours=48)  # after which an article is no alert any more: nobody could be told in time
AT_ONCE = 5  # alerts that one reader gets within `BURST`: what is more comes later, or with the next digest
BURST = timedelta(hours=1)
SLOT = "alert-"  # begins the slot of an alert; the id of the newest article that it tells ends it

ALERT = "Alert"
UPDATE = "Update"

SaysMore = Callable[[str, str], bool]  # whether a headline says something that another one does not


@dataclass(frozen=True, slots=True)
class Told:
    """What a reader was told so far, as far as alerts go by it."""

    had: Collection[str]  # ids of stories
    told_article: int  # articles up to this id were told by a digest, or passed over
    alerted: Mapping[int, datetime]  # article → when an alert told it


def line(topic: Topic) -> float:
    """Return the score from which an article of `topic` is an alert: never below that of a match."""
    return max(topic.alert_at, topic.digest_at)


def due(found: Sequence[Loud], told: Told, now: datetime, says_more: SaysMore) -> dict[str, tuple[int, ...]]:
    """Return the stories that alert, in order of appearance, each with the articles that make it one.

    Takes every article of the stories in which one is loud. A story alerts again for a headline that `says_more` than
    each that it had.
    """
    room = AT_ONCE - sum(at > now - BURST for at in told.alerted.values())
    by_story: dict[str, list[Loud]] = {}
    for each in sorted(found, key=lambda each: each.article_id):
        by_story.setdefault(each.story, []).append(each)
    news = {story: _news(story, members, told, now, says_more) for story, members in by_story.items()}
    return dict([(story, ids) for story, ids in news.items() if ids][: max(room, 0)])


def _news(story: str, members: Sequence[Loud], told: Told, now: datetime, says_more: SaysMore) -> tuple[int, ...]:
    alerted = {each.article_id: told.alerted[each.article_id] for each in members if each.article_id in told.alerted}
    if any(at > now - COOL_DOWN for at in alerted.values()):
        return ()
    known = max([*alerted, told.told_article if story in told.had else 0])
    titles = {each.title for each in members if each.article_id <= known}
    return tuple(
        each.article_id
        for each in members
        if each.alerts and each.article_id > known and all(says_more(each.title, title) for title in titles)
    )


def alert(
    recipient: Recipient,
    topics: Sequence[Topic],
    matches: Sequence[Match],
    *,
    story: str,
    articles: Collection[int],
    had: Collection[str],
    next_digest: datetime | None,
    health: SourceHealth,
    now: datetime,
) -> Digest | None:
    """Return the alert that tells `story` for its `articles`; None if none of them is among the matches.

    One that the reader knows is an update, and tells of these articles only.
    """
    known = story in had
    usable = [match for match in matches if not match.baseline and not match.judgement.filtered]
    mine = [match for match in usable if match.story == story and (match.article_id in articles or not known)]
    topic = next((topic for topic in topics if any(match.topic == topic.id for match in mine)), None)
    if topic is None:
        return None
    (told,) = stories(topic, mine)
    elsewhere = {match.story for match in usable if match.article_id in told.articles}
    return Digest(
        recipient=recipient,
        topic_titles=(topic.title,),
        slot=f"{SLOT}{max(told.articles)}",
        window=(min(told.first_seen, now), now),
        sections=(Section(UPDATE if known else ALERT, (told,)),),
        more=0,
        articles=len(told.articles),
        sources=1 + len(told.also),
        next_digest=next_digest,
        health=health,
        told=() if known else tuple(sorted(elsewhere - set(had))),
        kind="alert",
    )
