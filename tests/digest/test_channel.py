"""What Slack's own program would make of our posts."""

import re
from dataclasses import replace

import pytest

from monitor.digest import blocks, render
from monitor.model import Envelope, Thread
from tests.digest import channel, samples

PLAIN = Envelope("a@b.example", "desk", "<1@x>", samples.NOW, "desk.x")
THREADED = replace(PLAIN, threaded=True)
EVIL = "<!channel> <@U1> <#C1> *b* _i_ ~s~ `c` <https://evil.example|x> &lt;!here&gt; & >>> | \n> x"


def page(told, envelope=PLAIN):
    return channel.page(blocks.posts(blocks.digest(told, render.render(told, as_of=samples.NOW), envelope)))


@pytest.mark.parametrize(
    ("marked", "html"),
    [
        ("*<https://a.example/?a=1&amp;b|A &amp; B>*", '<b><a href="https://a.example/?a=1&amp;b">A &amp; B</a></b>'),
        ("_i_ ~s~ `c` snake_case", "<i>i</i> <s>s</s> <code>c</code> snake_case"),
        ("<!channel>", '<mark class="mention">!channel</mark>'),
        ("&lt;!channel&gt;", "&lt;!channel&gt;"),
    ],
)
def test_marks_come_to_life_as_in_slack(marked, html):
    assert channel.mrkdwn(marked) == f"<div>{html}</div>"


def test_a_line_that_begins_with_a_bracket_is_a_quotation():
    assert channel.mrkdwn("> said\nnot") == "<blockquote>said</blockquote><div>not</div>"


@pytest.mark.parametrize("envelope", [PLAIN, THREADED])
def test_nothing_that_a_feed_says_comes_to_life(envelope):
    evil = samples.story(title=EVIL, source=EVIL, why=EVIL, quote=EVIL, also=samples.sightings(EVIL))
    html = page(replace(samples.digest([evil]), topic_titles=(EVIL,)), envelope)
    body = html.partition("<main>")[2]

    assert not re.search(r'class="mention"|<i>|<s>|<code>|evil\.example">', body)
    assert "<b>b</b>" not in body
    assert "<!channel>" in channel.plain(html).replace("&lt;", "<").replace("&gt;", ">")


@pytest.mark.parametrize("envelope", [PLAIN, THREADED])
def test_a_hostile_digest_is_text_and_links_to_web_pages(envelope):
    body = page(samples.answerable(samples.hostile()), envelope).partition("<main>")[2]

    assert not re.search(r"<(script|img|mark)\b", body)
    assert all(address.startswith(("https://", "http://")) for address in re.findall(r'href="([^"]*)', body))


def test_an_update_is_shown_as_a_reply_in_the_thread_of_its_story():
    told = samples.whole()
    html = page(told, replace(THREADED, threads={"talks-7": Thread("<0@x>", "17.1")}))

    assert "8 replies" in channel.plain(html)
    assert channel.plain(html).index("in the thread of an earlier message") < channel.plain(html).index("Updates ·")
