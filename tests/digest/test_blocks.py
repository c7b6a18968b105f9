import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.digest import blocks, render
from monitor.model import Change, Envelope, Notice, Rendered, Section, Sighting, SourceHealth, Summary, Thread
from tests.digest.samples import LINK, NOW, answerable, digest, hostile, realistic, sightings, story, whole
from tests.slack import faults

PLAIN = Envelope("a@b.example", "desk", "<1@x>", NOW, "desk.x")
THREADED = replace(PLAIN, threaded=True)
HOSTILE = "<!channel> <@U1> <#C1> *b* _i_ ~s~ `c` <https://evil.example|x> & > | \u202e😀"


def posts(told, envelope=PLAIN):
    return blocks.posts(blocks.digest(told, Rendered("Talks break down — 5 new stories", "", ""), envelope))


def words(post):
    return json.dumps(post["blocks"], ensure_ascii=False)


def section_texts(made):
    return [block["text"]["text"] for post in made for block in post["blocks"] if block["type"] == "section"]


def contexts(made):
    return [block["elements"][0]["text"] for post in made for block in post["blocks"] if block["type"] == "context"]


def test_a_story_is_a_linked_headline_with_source_age_quote_why_score_and_others():
    made = posts(digest([story(language="sv", also=sightings("AP", "Yonhap", "Kyodo", "TT", "E", "F", "G"))]))

    assert section_texts(made) == [
        "*New*",
        "*<https://news.example/1|Talks in Stockholm break down within hours, chief North Korean negotiator says>*\n"
        "Nordic Wire · 3 h ago · Swedish\n"
        "> The chief negotiator read a statement outside the embassy. The other side had come empty-handed.",
    ]
    assert contexts(made)[1] == (
        "*The event itself · 87:* Kim Myong Gil · Stockholm · working-level talks\n"
        "+ 7 more: <https://0.example/x|AP>, <https://1.example/x|Yonhap>, <https://2.example/x|Kyodo>, TT, E, F, …"
    )


def test_a_summary_is_marked_and_escaped():
    made = posts(digest([story(summary=Summary(f"They parted. {HOSTILE}", "en"))]))

    assert contexts(made)[1].startswith("Machine-made summary: They parted. &lt;!channel&gt; &lt;@U1&gt;")
    assert "<!" not in words(made[0])


def test_an_update_names_the_headline_that_was_and_quotes_what_is_new():
    update = story(quote="Sweden invited both.", change=Change(1, "x", "Sweden invited both.", "Talks <!here> end"))

    made = posts(digest([update]))

    assert section_texts(made)[1].endswith("> Sweden invited both.")
    assert contexts(made)[1].startswith("Headline changed: Talks &lt;!here&gt; end → Talks in Stockholm break")


def test_head_and_footer_say_what_it_is_and_why_it_came():
    made = posts(replace(realistic(), more=3))
    head, foot = contexts(made)[0], "\n".join(contexts(made)[-2:])

    assert made[0]["blocks"][0]["text"]["text"] == "US–North Korea talks"
    assert " new · " in head
    assert "3 more stories did not fit" in foot
    assert "You get this because [recipients.desk]" in foot
    assert "feeds healthy" in foot


def test_without_threads_a_digest_is_one_message():
    (only,) = posts(realistic())

    assert not only["reply"]
    assert only["text"] == "Talks break down — 5 new stories"


def test_with_threads_a_short_parent_lists_the_headlines_and_each_story_is_a_reply():
    told = realistic()
    count = sum(len(section.stories) for section in told.sections)
    parent, *replies = posts(told, THREADED)

    assert len(replies) == count
    assert [parent["reply"], *(reply["reply"] for reply in replies)] == [False, *[True] * count]
    assert "1. <https://news.example/1|Talks in Stockholm break down" in words(parent)
    assert "read a statement outside" not in words(parent)
    assert "healthy" in words(parent)
    assert replies[0]["text"].startswith("Talks in Stockholm")


def test_a_long_digest_becomes_several_numbered_messages_that_lose_no_story():
    told = digest([story(number, quote="Long. " * 70) for number in range(1, 41)])
    made = posts(told)

    assert len(made) > 1
    assert [f"({n} of {len(made)})" in post["text"] for n, post in enumerate(made, 1)] == [True] * len(made)
    assert all(f"https://news.example/{number}|" in "".join(map(words, made)) for number in range(1, 41))


@pytest.mark.parametrize("envelope", [PLAIN, THREADED])
@pytest.mark.parametrize("stories", [100, 1_000])
def test_a_digest_beyond_all_measure_is_told_in_part_and_says_so(envelope, stories):
    told = digest([story(number, title=HOSTILE * 20, quote=HOSTILE * 40) for number in range(1, stories + 1)])
    made = posts(told, envelope)

    assert len(made) <= blocks.POSTS
    assert [list(faults(post)) for post in made] == [[] for _ in made]
    assert stories == 100 or "more stories of this digest: monitor digest show" in "".join(contexts(made))


def test_nothing_in_a_story_can_act():
    hostile = story(title=HOSTILE, source=HOSTILE, why=HOSTILE, quote=HOSTILE, also=sightings(HOSTILE))
    (only,) = posts(digest([hostile]))
    told = words(only)

    assert list(faults(only)) == []
    assert not any(mark in told for mark in ("<!", "<@", "<#", "<https://evil", "*b*", "_i_", "~s~", "`"))
    assert "&lt;!channel&gt;" in told


def test_an_address_can_not_end_its_link():
    (only,) = posts(digest([story(url="https://a|b>c.example/x|y>z?q=1&r=<!channel>")]))

    assert list(faults(only)) == []
    assert "<https://a%7Cb%3Ec.example/x%7Cy%3Ez?q=1&amp;r=%3C!channel%3E|Talks" in words(only)


def test_an_address_too_long_for_a_link_leaves_the_headline_without_one():
    (only,) = posts(digest([story(url="https://news.example/" + "&" * 400)]))

    assert "*Talks in Stockholm" in words(only)
    assert "news.example" not in words(only)


def test_an_underscore_within_a_word_stays():
    assert "snake_case ˍhereˍ" in words(posts(digest([story(title="snake_case _here_")]))[0])


def test_a_title_that_begins_like_a_quotation_does_not_become_one():
    assert section_texts(posts(digest([story(source=">>> BREAKING")])))[1].split("\n")[1].startswith("››› BREAKING")


def test_an_empty_digest_says_that_all_is_quiet():
    for envelope in (PLAIN, THREADED):
        (only,) = posts(digest(), envelope)
        assert section_texts([only])[0].startswith("All quiet. There is nothing new")  # no small print
        assert list(faults(only)) == []


def test_the_same_digest_gives_the_same_bytes():
    rendered = render.render(realistic(), as_of=NOW)

    assert blocks.digest(realistic(), rendered, PLAIN) == blocks.digest(realistic(), rendered, PLAIN)


def test_what_was_frozen_can_be_read():
    rendered = render.render(realistic(), as_of=NOW)
    read = blocks.read(blocks.digest(realistic(), rendered, PLAIN))

    assert (read.subject, read.text, read.html) == (rendered.subject, rendered.text, "")


@pytest.mark.parametrize("other", [b"", b"hello", b"[]", b"{}", b"\xff", b'{"posts": [], "plain": {}}', b"null"])
def test_other_bytes_are_refused(other):
    with pytest.raises(ValueError):
        blocks.read(other)


def test_again_says_so_once_however_often():
    payload = blocks.digest(realistic(), render.render(realistic(), as_of=NOW), THREADED)
    once = blocks.again(payload, NOW, THREADED)
    twice = blocks.again(once, NOW + timedelta(days=1), THREADED)

    assert blocks.read(once).subject.startswith("Again: ")
    assert blocks.posts(once)[0]["text"].startswith("Again: ")
    assert words(blocks.posts(once)[0]).count("Sent again on request: you may have had this on 2019-10-06") == 1
    assert words(blocks.posts(twice)[0]).count("Sent again") == 1
    assert blocks.posts(once)[1:] == blocks.posts(payload)[1:]


def test_again_keeps_within_the_limits_of_a_full_message():
    told = digest([story(number, quote="Long. " * 70) for number in range(1, 60)])
    first, *_ = blocks.posts(blocks.again(blocks.digest(told, render.render(told, as_of=NOW), PLAIN), NOW, PLAIN))

    assert list(faults(first)) == []


def test_a_notice_is_told_line_by_line():
    payload = blocks.notice(
        Notice("Trouble: <!channel>", ("The desk is off.", "", "\x1b", "Say: monitor recipient resume")), PLAIN
    )
    (only,) = blocks.posts(payload)

    assert only["text"] == "Trouble: &lt;!channel&gt;"
    assert section_texts([only]) == ["The desk is off.", "Say: monitor recipient resume"]
    assert "monitor recipient resume" in blocks.read(payload).text
    assert list(faults(only)) == []


texts = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="<>&|*_~`!@# \n😀\u202e漢a", max_size=900),
    st.sampled_from(["", " ", "&" * 700, "😀" * 600, "<" * 500, HOSTILE, "a" * 600]),
)
urls = st.one_of(
    st.sampled_from(["", "javascript:alert(1)", "https://x.example/" + "&" * 500, "https://x.example/" + "a" * 1900]),
    texts.map(lambda text: "https://x.example/?" + text),
    texts.map(lambda text: "https://" + text),
)
stories = st.builds(
    story,
    number=st.integers(1, 10**6),
    title=texts,
    url=urls,
    source=texts,
    language=st.sampled_from(["en", "ko", "ar", "", "xx"]),
    why=texts,
    quote=texts,
    score=st.floats(0, 100),
    also=st.lists(st.builds(Sighting, texts, urls, st.just(NOW)), max_size=8).map(tuple),
    change=st.none() | st.builds(Change, st.just(1), st.just("x"), was=texts),
)
sections = st.lists(
    st.builds(Section, texts, st.lists(stories, max_size=6).map(tuple), st.booleans()), max_size=12
).map(tuple)
digests = st.builds(
    lambda name, sections, titles, troubles, first, more: replace(
        digest(),
        recipient=replace(digest().recipient, id=name),
        sections=sections,
        topic_titles=titles,
        health=SourceHealth(1, 9, troubles),
        first=first,
        more=more,
    ),
    texts,
    sections,
    st.lists(texts, min_size=1, max_size=4).map(tuple),
    st.lists(texts, max_size=9).map(tuple),
    st.booleans(),
    st.integers(0, 10**6),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(digests, st.sampled_from([PLAIN, THREADED]))
def test_any_digest_keeps_every_limit(told, envelope):
    payload = blocks.digest(told, Rendered("Talks <!channel>", "Talks", ""), envelope)

    for frozen in (payload, blocks.again(payload, NOW, envelope)):
        made = blocks.posts(frozen)
        assert len(made) <= blocks.POSTS
        assert [list(faults(post)) for post in made] == [[] for _ in made]


@settings(max_examples=50, deadline=None)
@given(texts, st.lists(texts, max_size=30).map(tuple))
def test_any_notice_keeps_every_limit(subject, lines):
    made = blocks.posts(blocks.notice(Notice(subject, lines), PLAIN))

    assert [list(faults(post)) for post in made] == [[] for _ in made]


def test_a_parent_with_the_most_and_longest_headlines_is_one_post():
    many = tuple(Section("&" * 300, (story(number, title="&" * 500),)) for number in range(1, 31))
    told = replace(digest(), sections=many, topic_titles=("&" * 300,), health=SourceHealth(1, 9, ("&" * 300,) * 9))
    told = replace(told, spikes=("&" * 900,) * 9)
    parent, *replies = posts(told, THREADED)

    assert list(faults(parent)) == []
    assert len(replies) == 30
    assert "… and 5 more in the thread" in words(parent)


def test_a_story_is_answered_by_links_that_a_webhook_can_carry_too():
    (post,) = posts(answerable(digest([story()])))
    assert contexts([post])[1].endswith(f"\nYour story? <{LINK}/yes|Yes> · <{LINK}/no|No> · <{LINK}|Mute …>")
    assert list(faults(post)) == []
    assert "Your story?" not in words(posts(digest([story()]))[0])


@pytest.mark.parametrize("envelope", [PLAIN, THREADED])
def test_links_keep_every_limit(envelope):
    for post in posts(answerable(hostile(40)), envelope):
        assert list(faults(post)) == []


def threaded(**threads):
    marks = {f"talks-{id[1:]}": Thread("<0@x>", mark) for id, mark in threads.items()}
    return replace(THREADED, threads=marks)


def test_an_alert_is_one_post_that_begins_a_thread():
    told = digest([story(1)], kind="alert")
    for envelope in (PLAIN, THREADED, threaded(s1="")):
        (only,) = posts(told, envelope)
        assert (only["reply"], "thread" in only, "reply_broadcast" in only) == (False, False, False)
        assert "read a statement outside" in words(only)


def test_an_alert_on_a_story_that_has_a_thread_is_broadcast_from_it():
    told = digest([story(1)], kind="alert")
    (only,) = posts(told, threaded(s1="17.1@C0000NEWS1"))
    assert (only["reply"], only["thread"], only["reply_broadcast"]) == (True, "17.1@C0000NEWS1", True)
    assert list(faults(only)) == []


def test_an_update_in_a_digest_goes_into_the_thread_of_its_story_after_what_is_new():
    told = digest([story(1), story(2), story(3)])
    parent, *replies = posts(told, threaded(s1="17.1@C0000NEWS1", s9="18.1"))
    assert [post.get("thread") for post in replies] == [None, None, "17.1@C0000NEWS1"]
    assert all(post["reply"] and "reply_broadcast" not in post for post in replies)
    assert "https://news.example/1|" in words(replies[-1])
    assert "1. <https://news.example/1|Talks" in words(parent)


def test_an_alert_of_texts_beyond_all_measure_is_told():
    hostile = story(1, title=HOSTILE * 99, source=HOSTILE * 99, quote=HOSTILE * 99, why="&" * 999)
    told = digest([hostile], kind="alert", topic_titles=("&" * 999,), health=SourceHealth(1, 9, ("&" * 999,) * 9))
    for envelope in (PLAIN, THREADED, threaded(s1="17.1")):
        made = posts(told, envelope)
        assert [list(faults(post)) for post in made] == [[] for _ in made]


def test_a_headline_with_a_long_address_is_listed_without_its_link():
    parent, *_ = posts(digest([story(1), story(2, url="https://news.example/" + "x" * 200)]), THREADED)
    assert section_texts([parent])[0].split("\n")[2].startswith("2. Talks in Stockholm")


def test_each_reply_says_to_what_section_it_belongs():
    new, *_ = whole().sections
    _, *replies = posts(whole(), threaded(s7="17.1"))
    named = [contexts([reply])[0].partition(" · ")[0] for reply in replies]
    assert named == ["*New*"] * len(new.stories) + ["*Also reported*", "*Just below your threshold*", "*Updates*"]
    assert contexts([replies[-1]])[0] == "*Updates* · You have had these stories; this is new in them."


def test_what_stands_aside_is_not_quoted_and_wider_coverage_says_who_tells_it_now():
    told = whole()
    for envelope in (PLAIN, THREADED):
        made = posts(replace(told, sections=told.sections[2:]), envelope)
        assert "read a statement outside" not in "".join(map(words, made))
        assert "Now also: <https://0.example/x|Late Edition>, <https://1.example/x|한반도 오늘>" in contexts(made)
        assert any(told.startswith("*Close to it · 44:*") for told in contexts(made))
        assert not any(told.startswith("*The story · 68") for told in contexts(made))


def test_an_alert_names_its_kind_once():
    (only,) = posts(digest([story(1)], kind="alert"))
    assert only["blocks"][0]["text"]["text"] == "New: US–North Korea talks"
    assert not any(text.startswith("*New*") for text in section_texts([only]))
