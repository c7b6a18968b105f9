import asyncio
import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from monitor.actions import feedback as actions
from monitor.store import articles, feedback, mutes
from monitor.tokens import STORY, UNSUBSCRIBE, sign
from monitor.web import answers
from tests.web import sites
from tests.web.sites import NOW, SECRET

SAYING = ["yes", "no"]
MUTING = ["mute-story", "mute-source"]


@pytest.fixture
def told(site):
    site.tell(title="Talks <b>in</b> Stockholm")
    return site


def said(site):
    return [answer.wanted for answer in feedback.answers(site.app.db, ["talks"])]


def muted(site, recipient="desk"):
    return [(mute.kind, mute.until) for mute in mutes.mutes(site.app.db, recipient, site.clock())]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("verb", ["", *answers.VERBS])
def test_looking_never_acts(told, verb, method):
    answer = told.ask(told.story(verb), method)
    assert (answer.status, said(told), muted(told)) == (200, [], [])


@pytest.mark.parametrize("verb", SAYING + MUTING)
def test_each_link_shows_the_story_and_one_button(told, verb):
    text = told.ask(told.story(verb)).text
    assert "Talks &lt;b&gt;in&lt;/b&gt; Stockholm" in text
    assert text.count("<button") == 1
    assert "This page alone changes nothing" in text


def test_all_that_can_be_said_stands_on_one_page(told):
    text = told.ask(told.story()).text
    assert text.count("<button") == 4
    told.ask(told.story("mute-source"), "POST")
    assert 'unmute-source"' in told.ask(told.story()).text


def test_the_page_of_all_choices_says_what_was_said_before(told):
    assert "You said" not in told.ask(told.story()).text
    told.ask(told.story("no"), "POST")
    text = told.ask(told.story()).text
    assert "You said no." in text
    assert "Take my answer back" in text


def test_what_an_answer_changes_is_told_without_stars(told):
    text = told.ask(told.story("no"), "POST").text
    assert "What that changes:" in text
    assert "*" not in text.partition("What that changes:")[2].partition("</p>")[0]


@pytest.mark.parametrize(("verb", "wanted"), [("yes", True), ("no", False)])
def test_an_answer_is_taken_and_what_it_changes_is_shown(told, verb, wanted):
    answer = told.ask(told.story(verb), "POST")
    assert answer.status == 200
    assert said(told) == [wanted]
    assert f"You said {verb}" in answer.text
    assert "of the last 30 days&#39; articles" in answer.text
    assert 'action="undo"' in answer.text


def test_an_answer_is_undone_by_one_more_click(told):
    told.ask(told.story("no"), "POST")
    assert 'action="undo"' in told.ask(told.story("no")).text
    answer = told.ask(told.story("undo"), "POST")
    assert (answer.status, said(told)) == (200, [])
    assert 'href="yes"' in answer.text
    assert told.ask(told.story("undo"), "POST").status == 200


def test_a_refused_article_is_no_match_any_more(told):
    told.ask(told.story("no"), "POST")
    assert articles.matches(told.app.db, {"talks": 50.0}) == []


@pytest.mark.parametrize("verb", SAYING + MUTING)
def test_a_second_click_changes_nothing(told, verb):
    told.ask(told.story(verb), "POST")
    before = (feedback.answers(told.app.db, ["talks"]), muted(told))
    told.clock.pass_by(hours=3)
    assert told.ask(told.story(verb), "POST").status == 200
    assert (feedback.answers(told.app.db, ["talks"]), muted(told)) == before


def test_a_story_is_muted_for_a_week_for_this_recipient_alone(told):
    answer = told.ask(told.story("mute-story"), "POST")
    assert "until 2026-11-29 08:30 UTC" in answer.text
    assert muted(told) == [("story", NOW + timedelta(days=7))]
    assert muted(told, "me") == []
    told.clock.pass_by(days=7)
    assert "<button" in told.ask(told.story("mute-story")).text


def test_a_source_is_muted_until_that_is_undone(told):
    assert "A is muted" in told.ask(told.story("mute-source"), "POST").text
    assert muted(told) == [("source", None)]
    answer = told.ask(told.story("unmute-source"), "POST")
    assert (answer.status, muted(told)) == (200, [])
    assert 'href="mute-source"' in answer.text


def test_from_any_link_all_that_is_muted_is_seen_and_undone(told):
    told.clock.pass_by(hours=1)
    told.tell(2)
    told.ask(told.story("mute-source"), "POST")
    told.ask(told.story("mute-story", recipient="me"), "POST")
    answer = told.ask(told.story(article=2))
    (way,) = re.findall(r'action="([^"]+/unmute/[^"]+)"', answer.text)
    assert "The source “A” until that is undone" in answer.text
    address = f"/s/{way}"
    assert told.ask(address).status == 200
    assert muted(told) == [("source", None)]
    answer = told.ask(address, "POST")
    assert (answer.status, muted(told), "Muted for desk" in answer.text) == (200, [], False)
    assert len(muted(told, "me")) == 1
    assert 'action="../../yes"' in answer.text


@pytest.mark.parametrize("about", ["x", "²", "9" * 40, "-1"])
def test_a_mute_that_is_none_is_no_fault(told, about):
    told.ask(told.story("mute-story"), "POST")
    assert told.ask(f"{told.story()}/unmute/story/{quote(about)}", "POST").status == 200
    assert len(muted(told)) == 1


def test_what_was_told_in_a_message_is_answered_by_its_link_and_stays_out_of_the_next(tmp_path):
    with sites.running(tmp_path, public_url="https://m.example") as site:
        site.tell()
        teller, desk = site.app.teller(), sites.DESK
        first = teller.compose(desk, NOW, "one", [])
        link = re.search(r"Yes, no or mute: https://m\.example(/s/\S+)", first.rendered.text)[1]
        assert site.ask(f"{link}/mute-story", "POST", Host="m.example").status == 200
        second = teller.compose(desk, site.clock(), "two", [])
        assert second.digest.told == ()
        assert "Muted: the story “Talks, part 1” until 2026-11-29" in " ".join(second.rendered.text.split())
        assert site.ask(f"{link}/unmute-story", "POST", Host="m.example").status == 200
        assert teller.compose(desk, site.clock(), "three", []).digest.told == first.digest.told
        assert site.ask(f"{link}/no", "POST", Host="m.example").status == 200
        assert teller.compose(desk, site.clock(), "four", []).digest.told == ()


def test_an_answer_that_takes_too_long_to_measure_is_taken_all_the_same(told, monkeypatch):
    monkeypatch.setattr(answers, "MEASURE_SECONDS", 0.0)
    answer = told.ask(told.story("yes"), "POST")
    assert (answer.status, said(told)) == (200, [True])
    assert "within a minute" in answer.text
    assert told.ask(told.story("undo"), "POST").status == 200
    assert said(told) == []


def test_a_large_database_is_measured_by_its_newest_articles(told, monkeypatch):
    monkeypatch.setattr(actions, "MOST_ASIDE", 1)
    told.clock.pass_by(hours=1)
    told.tell(2)
    assert "of the newest 1 articles" in told.ask(told.story("yes"), "POST").text


def test_the_words_are_those_of_the_command(told):
    subject = feedback.told(told.app.db, "talks", 1).subject
    effect = asyncio.run(actions.say_aside(told.app, subject, True, NOW, lambda done, total: None))
    assert effect.wanted is True
    feedback.undo(told.app.db, subject)
    words = re.sub(r"\*([^*]+)\*", r"“\1”", effect.words)
    assert words.replace("'", "&#39;") in told.ask(told.story("yes"), "POST").text


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("verb", ["", "no"])
def test_a_link_that_is_too_old_says_so(told, method, verb):
    answer = told.ask(told.story(verb, at=NOW - timedelta(days=90)), method)
    assert answer.status == (405 if (method, verb) == ("POST", "") else 410)
    assert (said(told), method == "POST" or "too old" in answer.text) == ([], True)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("junk", ["x", "x.y", "%00", "%F0%9F%92%A9", "a" * 8000, "..%2f..", "%3Cscript%3E"])
def test_a_forged_link_is_refused(told, method, junk):
    answer = told.ask(f"/s/{junk}/no", method)
    assert answer.status in (403, 404)
    assert "script" not in answer.text
    assert said(told) == []


def test_a_link_for_something_else_answers_nothing(told):
    until = NOW + timedelta(days=1)
    for token in (
        sign(SECRET, UNSUBSCRIBE, ("desk", "talks", "1"), until),
        sign(b"another secret", STORY, ("desk", "talks", "1"), until),
    ):
        assert told.ask(f"/s/{token}/no", "POST").status == 403
    assert said(told) == []


@pytest.mark.parametrize("values", [{"recipient": "gone"}, {"article": 99}])
def test_what_is_not_here_any_more_has_nothing_to_change(told, values):
    answer = told.ask(told.story("mute-story", **values), "POST")
    assert (answer.status, "Nothing to change" in answer.text) == (404, True)


def test_an_unknown_verb_is_no_page(told):
    assert told.ask(told.story("shout"), "POST").status == 404


def test_a_database_that_can_not_be_written_says_so(told):
    with told.app.db.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE mute RENAME TO elsewhere")
    assert told.ask(told.story("mute-story"), "POST").status == 503


def test_every_verb_can_be_taken_back():
    for verb in SAYING + MUTING:
        assert answers.VERBS[answers.VERBS[verb].back].back == ""
