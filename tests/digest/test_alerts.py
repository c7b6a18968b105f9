from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import matching
from monitor.digest import alerts, hook, render
from monitor.digest.alerts import Told
from monitor.model import Envelope, Loud
from tests.digest.samples import DESK, FOOTBALL, HEALTHY, NOW, TALKS, match, sightings

NOTHING = Told((), 0, {})
HOUR = timedelta(hours=1)
HEADLINES = ("Envoys leave", "Talks fail", "Pyongyang tests a rocket", "Sanctions lifted")


def loud(article, story="talks-1", title="", *, alerts=True):
    return Loud(article, "talks", story, title or HEADLINES[article % len(HEADLINES)], alerts)


def due(found, told, now=NOW):
    return alerts.due(found, told, now, matching.says_more)


def alert(matches, story="talks-1", articles=(1,), had=(), topics=(TALKS,)):
    told = {"next_digest": NOW + HOUR, "health": HEALTHY, "now": NOW}
    recipient = replace(DESK, topics=tuple(topic.id for topic in topics))
    return alerts.alert(recipient, topics, matches, story=story, articles=articles, had=had, **told)


def test_stories_come_in_order_of_appearance_each_with_its_loud_articles():
    found = [loud(3, "talks-3"), loud(2, alerts=False), loud(1)]
    assert due(found, NOTHING) == {"talks-1": (1,), "talks-3": (3,)}


@pytest.mark.parametrize(
    ("told", "news"),
    [
        (Told(["talks-1"], 2, {}), {}),  # a digest told it all
        (Told(["talks-1"], 1, {}), {"talks-1": (2,)}),  # an article came since: an update
        (Told([], 9, {}), {"talks-1": (1, 2)}),  # passed over, not told
        (Told(["talks-1"], 0, {2: NOW - HOUR}), {}),
        (Told([], 0, {1: NOW - HOUR}), {}),  # its alert was refused for good: the digest tells it
        (Told(["talks-1"], 0, {1: NOW - 25 * HOUR}), {"talks-1": (2,)}),
        (Told(["talks-1"], 0, {2: NOW - 25 * HOUR}), {}),
        (Told(["talks-1"], 0, {1: NOW + HOUR}), {}),  # the clock went back
    ],
)
def test_a_story_alerts_once_and_again_only_for_news_after_its_cool_down(told, news):
    assert due([loud(1), loud(2)], told) == news


@pytest.mark.parametrize(
    ("headline", "news"),
    [
        ("talks  end in Stockholm, 14 held", {}),
        ("LIVE 18:45 – Talks end in Stockholm, 17 held", {}),
        ("Talks end in Stokholm, 14 held", {}),
        ("Talks end", {}),
        ("Talks end in Stockholm as envoys storm out, 14 held", {"talks-1": (2,)}),
    ],
)
def test_only_a_headline_that_says_more_than_the_old_ones_is_news(headline, news):
    told = Told(["talks-1"], 1, {})
    assert due([loud(1, title="Talks end in Stockholm, 14 held"), loud(2, title=headline)], told) == news


def test_a_flood_is_capped_for_an_hour():
    found = [loud(number, f"talks-{number}") for number in range(1, 9)]
    assert list(due(found, NOTHING)) == [f"talks-{number}" for number in range(1, 6)]
    some = {100 + number: NOW - timedelta(minutes=number) for number in range(4)}
    assert list(due(found, Told((), 0, some))) == ["talks-1"]
    assert len(due(found, Told((), 0, some), NOW + 2 * HOUR)) == 5


def test_an_alert_is_never_below_a_match():
    assert alerts.line(replace(TALKS, alert_at=40.0)) == TALKS.digest_at
    assert alerts.line(TALKS) == 85.0


def test_an_alert_tells_the_whole_story_under_its_strongest_headline():
    first, second = match(1, 60), match(2, 90, story="talks-1", also=sightings("AP"))
    made = alert([first, second], articles=(2,))
    (section,) = made.sections
    (story,) = section.stories
    assert (section.name, story.title, story.articles) == ("Alert", "Headline 2", (1, 2))
    assert (made.kind, made.slot, made.told) == ("alert", "alert-2", ("talks-1",))


def test_an_update_tells_the_news_alone_and_claims_nothing():
    made = alert([match(1, 95), match(2, 90, story="talks-1")], articles=(2,), had=["talks-1"])
    (section,) = made.sections
    assert (section.name, section.stories[0].articles, made.told) == ("Update", (2,), ())


def test_an_article_of_two_topics_is_claimed_for_both():
    both = [match(1, 90), match(1, 70, topic="football", story="football-1")]
    assert alert(both, topics=(TALKS, FOOTBALL)).told == ("football-1", "talks-1")


def test_what_was_refused_meanwhile_is_no_alert():
    assert alert([match(1, 90, filtered="you said no to it")]) is None
    assert alert([]) is None


def test_the_subject_is_the_headline_in_one_line():
    made = alert([match(1, 90, title="Talks\r\nBcc: a@b.example end")])
    assert render.render(made, as_of=NOW).subject == "Talks Bcc: a@b.example end"
    long = alert([match(1, 90, title="word " * 100)], had=["talks-1"])
    assert render.render(long, as_of=NOW).subject.startswith("Update: word word")
    assert len(render.render(long, as_of=NOW).subject) <= 160
    assert render.render(alert([match(1, 90, title="\x00")]), as_of=NOW).subject == "Untitled"


def test_its_words_say_what_it_is_and_how_to_get_fewer():
    told = render.render(alert([match(1, 90)]), as_of=NOW)
    text = " ".join(told.text.split())
    assert told.text.startswith("Alert: US–North Korea talks\n")
    assert "Sun 6 Oct 08:30 CEST 1 article from 1 source" in text
    assert "[recipients.desk] in monitor.toml follows US–North Korea talks and has alerts = true." in text
    assert "raise alert_at" in text
    assert "alerts = true" in told.html


def test_a_webhook_is_told_that_it_is_an_alert():
    made = alert([match(1, 90)])
    payload = hook.digest(made, render.render(made, as_of=NOW), Envelope("m", "desk", "<1@m>", NOW, "desk.m"))
    assert b'"type":"alert"' in payload
    assert b'"slot":"alert-1"' in payload
