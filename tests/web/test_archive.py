import re

import pytest

from monitor.model import Change, Summary
from monitor.web import archive
from tests.digest.samples import hostile, sightings, story


def listed(answer):
    return re.findall(r'href="archive/(\d+)"', answer.text)


def test_digests_are_listed_newest_first_and_by_recipient(site):
    site.archive("first")
    site.clock.pass_by(days=1)
    site.archive("second")
    site.archive("first", recipient="me")
    site.archive("trouble", recipient="me", kind="notice")
    assert listed(site.ask("/archive")) == ["3", "2", "1"]
    only = site.ask("/archive?recipient=desk")
    assert listed(only) == ["2", "1"]
    assert "Talks end (second)" in only.text
    assert "2026-11-23 08:30 UTC · desk · waiting" in only.text
    assert listed(site.ask("/archive?recipient=%3Cscript%3E")) == []


def test_a_long_list_has_pages(site, monkeypatch):
    monkeypatch.setattr(archive, "LISTED", 2)
    for number in range(5):
        site.archive(f"slot {number}")
    seen, path = [], "/archive?recipient=desk"
    while path:
        answer = site.ask(path)
        seen += listed(answer)
        more = re.search(r'href="(archive\?before=[^"]+)"', answer.text)
        path = "/" + more[1].replace("&amp;", "&") if more else ""
    assert seen == ["5", "4", "3", "2", "1"]


@pytest.mark.parametrize("junk", ["x", "-1", "%C2%B2", "9" * 40, "1;drop"])
def test_junk_in_the_address_is_no_fault(site, junk):
    site.archive()
    assert site.ask(f"/archive?before={junk}").status == 200
    assert site.ask(f"/archive/{junk}").status == 404


def test_a_digest_is_shown_as_it_was_told(site):
    number = site.archive(also=sightings("Yonhap"), language="sv")
    text = site.ask(f"/archive/{number}").text
    told = story()
    for words in (told.title, told.quote, told.why, "Yonhap", "Talks end (first)", told.url):
        assert words in text
    assert 'lang="sv"' in text
    assert "canary" not in text


def test_a_story_in_the_archive_has_its_score_in_words_and_the_headline_that_it_had(site):
    text = site.ask(f"/archive/{site.archive(change=Change(1, 'x', was='Talks <i>begin</i>'))}").text
    assert "<strong>The event itself · 87</strong> Kim Myong Gil" in text
    assert "<s>Talks &lt;i&gt;begin&lt;/i&gt;</s> → Talks in Stockholm" in text
    assert "Headline changed" not in site.ask(f"/archive/{site.archive('second')}").text


def test_a_summary_is_marked_as_machine_made(site):
    text = site.ask(f"/archive/{site.archive(summary=Summary('Gespräche endeten.', 'de'))}").text
    assert 'Machine-made summary:</strong> <span lang="de" dir="ltr">Gespräche endeten.</span>' in text
    assert "Machine-made" not in site.ask(f"/archive/{site.archive('second')}").text


def test_hostile_stories_stay_text(site):
    evil = hostile(1).sections[0].stories[0]
    changes = {
        name: getattr(evil, name)
        for name in ("title", "source", "why", "quote", "also", "language", "summary", "change")
    }
    text = site.ask(f"/archive/{site.archive(**changes, url='javascript:alert(1)')}").text
    assert "<script" not in text
    assert "<img" not in text
    assert "javascript:" not in text


def test_a_notice_is_no_digest(site):
    assert site.ask(f"/archive/{site.archive(kind='notice')}").status == 404


def test_nothing_yet_is_said(site):
    answer = site.ask("/archive")
    assert "No digest was made yet" in answer.text
    address = re.search(r'href="(feeds/[^"]+/atom\.xml)"', answer.text)[1]
    assert site.ask(f"/{address}").status == 200
