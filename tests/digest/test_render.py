import json
import re
import unicodedata
from dataclasses import replace
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digest.render import MOST_STORIES, as_json, notice, render
from monitor.digest.view import counts
from monitor.model import Change, Notice, Section, SourceHealth, Summary
from tests.digest import samples
from tests.digest.samples import NOW, digest, story

GMAIL_CLIPS = 102_000


def rendered(given=None):
    return render(given or samples.realistic(), as_of=NOW)


class Page(HTMLParser):
    """Collect a page's tags, and the text within each."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.texts = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


# ---------------------------------------------------------------- subject


@pytest.mark.parametrize(
    ("stories", "subject"),
    [
        ([story(title="Talks break down")], "Talks break down — 1 new story · US–North Korea talks"),
        (
            [story(1, title="Weak", score=60), story(2, title="Strong", score=90)],
            "Strong — 2 new stories · US–North Korea talks",
        ),
        ([story()], "Talks in Stockholm break down within hours… — 1 new story"),
        ([story(title="Talks\r\nBcc: a@b.example")], "Talks Bcc: a@b.example — 1 new story · US–North Korea talks"),
        ([story(title="")], "Untitled — 1 new story · US–North Korea talks"),
        ([], "All quiet · US–North Korea talks"),
    ],
)
def test_the_subject_is_the_news(stories, subject):
    assert rendered(digest(stories)).subject == subject


@given(st.text(st.characters(), max_size=600))
def test_a_subject_is_one_short_line_whatever_the_headline(title):
    subject = rendered(digest([story(title=title)])).subject

    assert len(subject) <= 60
    assert len(subject.splitlines()) == 1


def test_the_subject_is_the_story_that_stands_first():
    stories = [story(1, title="First", score=99.6), story(2, title="Second", score=99.9)]
    assert rendered(digest(stories)).subject.startswith("First")


def test_a_near_miss_is_never_the_subject():
    near = Section("Just below your threshold", (story(2, title="Near", score=99),), announced=False)

    assert rendered(replace(digest([story(title="News")]), sections=(near,))).subject.startswith("All quiet")


# ---------------------------------------------------------------- both bodies


@pytest.mark.parametrize("part", ["text", "html"])
@pytest.mark.parametrize(
    "told",
    [
        "US–North Korea talks",
        "Sat 5 Oct 08:30 – Sun 6 Oct 08:30 CEST",
        "5 new · 31 articles from 14 sources",
        "스톡홀름 북미 실무협상 결렬",
        "https://peninsula.example/world/again?id=3",
        "Nordic Wire · 3 h ago",
        "한반도 오늘 · 40 min ago · Korean",
        "김명길 순회대사는 대사관 앞에서",
        "The event itself · 87",
        "The story · 64",
        "Close to it · 44",
        "Kim Myong Gil · Stockholm",
        "+ 7 more:",
        "12 more stories did not fit: the next digest takes them up.",
        "monitor match list",
        "You get this because [recipients.desk] in monitor.toml follows US–North Korea talks.",
        "It comes at 08:30 on Monday through Friday (Europe/Stockholm).",
        "Mon 7 Oct 08:30 CEST.",
        "[recipients.desk] from monitor.toml.",
        "41 of 43 feeds healthy.",
        "한반도 오늘: silent for 9 days, usually 40 a day",
    ],
)
def test_a_digest_says(part, told):
    body = getattr(rendered(), part)

    assert told in " ".join(re.sub(r"<[^>]+>", " ", body).split()) or told in " ".join(body.split())


@pytest.mark.parametrize("part", ["text", "html"])
def test_a_first_digest_is_headed_catching_up(part):
    first = replace(samples.realistic(), first=True, window=(NOW - timedelta(days=7), NOW))

    body = " ".join(getattr(rendered(first), part).split())

    assert "Catching up" in body
    assert "Your first digest: what the last 7 days brought." in body


@pytest.mark.parametrize("part", ["text", "html"])
def test_a_digest_without_sections_is_an_all_quiet_note(part):
    body = getattr(rendered(digest()), part)

    assert "All quiet." in body
    assert "Nothing new" in body
    assert "43 of 43 feeds healthy." in body


@pytest.mark.parametrize("part", ["text", "html"])
def test_a_sign_of_life_says_why_it_came(part):
    note = rendered(replace(digest(), sign_of_life=True))

    assert note.subject == "All quiet, 43 of 43 feeds healthy · US–North Korea talks"
    assert "Nothing was sent for a week" in " ".join(getattr(note, part).split())


@pytest.mark.parametrize("part", ["text", "html"])
@pytest.mark.parametrize(
    "told",
    [
        "5 new · 1 update · 31 articles from 14 sources",
        "this is new in them.",
        "Headline changed:",
        "Sweden “ready to help” after talks in Stockholm end",
        "→ Sweden invites both delegations",
        "The foreign ministry said that the invitation had been",
        "Now also: Late Edition",
    ],
)
def test_updates_and_wider_coverage_are_told(part, told):
    body = " ".join(re.sub(r"<[^>]+>", " ", getattr(rendered(samples.whole()), part)).split())

    assert told in body


def test_a_digest_of_updates_alone_is_named_by_them():
    update = story(title="Sweden invites both", change=Change(1, "x", "It did."))

    assert rendered(digest([update])).subject == "Sweden invites both — 1 update · US–North Korea talks"
    assert counts(digest([update])) == "1 update · 1 article from 1 source"


@pytest.mark.parametrize("part", ["text", "html"])
def test_several_topics_are_named_where_a_section_mixes_them(part):
    near = Section("Just below your threshold", (story(2, topic="football", score=41),), announced=False)
    both = replace(
        digest([story()]),
        recipient=replace(samples.DESK, topics=("talks", "football")),
        topic_titles=("US–North Korea talks", "Football in Pyongyang"),
    )

    body = getattr(rendered(replace(both, sections=(*both.sections, near))), part)

    assert "Nordic Wire · 3 h ago · Football in Pyongyang" in body


@pytest.mark.parametrize("part", ["text", "html"])
def test_long_troubles_are_counted(part):
    sick = replace(digest([story()]), health=SourceHealth(1, 9, tuple(f"Feed {n}: HTTP 503" for n in range(8))))

    body = getattr(rendered(sick), part)

    assert "Feed 4: HTTP 503" in body
    assert "Feed 5: HTTP 503" not in body
    assert "3 more: monitor feed list names them." in body


def test_the_same_digest_renders_the_same():
    assert rendered() == rendered()


# ---------------------------------------------------------------- text


def test_text_is_wrapped_and_leaves_addresses_whole():
    lines = rendered().text.splitlines()

    assert max(len(line) for line in lines if "https://" not in line) <= 72
    assert "   https://peninsula.example/world/again?id=3" in lines


@pytest.mark.parametrize("made", [samples.whole(), samples.unbroken(), samples.hostile(), samples.summed_up()])
def test_no_line_of_text_has_more_than_72_columns_but_an_address(made):
    wide = {"W", "F"}
    for line in rendered(made).text.splitlines():
        columns = sum(2 if unicodedata.east_asian_width(char) in wide else 1 for char in line)
        assert columns <= 72 or re.fullmatch(r" *(Yes, no or mute: )?https?://\S+", line), line


def test_text_holds_no_control_bytes():
    text = rendered(samples.hostile()).text

    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert "javascript:" not in text


# ---------------------------------------------------------------- HTML


def test_the_page_names_its_language_and_has_real_headings():
    page = Page(rendered().html)

    assert page.all("html") == [{"lang": "en", "dir": "ltr"}]
    assert [len(page.all(level)) for level in ("h1", "h2", "h3")] == [1, 2, 6]
    assert {"name": "color-scheme", "content": "light dark"} in page.all("meta")
    assert {"name": "supported-color-schemes", "content": "light dark"} in page.all("meta")


def test_a_foreign_headline_and_quote_name_their_language():
    page = Page(rendered().html)

    headings = [(tag.get("lang"), tag["dir"]) for tag in page.all("h3")]
    assert headings == [(None, "ltr"), ("ko", "ltr"), (None, "ltr"), ("sv", "ltr"), ("ar", "rtl"), (None, "auto")]
    assert [tag.get("lang") for tag in page.all("blockquote")] == [None, "ko", None, "sv", "ar"]


def test_a_headline_links_to_the_publisher_without_tracking():
    links = [tag["href"] for tag in Page(rendered().html).all("a")]

    assert "https://peninsula.example/world/again?id=3" in links
    assert not any("utm_" in link for link in links)


def test_the_first_three_other_sources_are_linked():
    links = [tag["href"] for tag in Page(rendered().html).all("a") if tag["class"] == "other"]

    assert links[:3] == [f"https://{place}.example/x" for place in range(3)]
    assert len(links) == 4  # three of the first story, one of the third


def test_nothing_is_loaded_from_anywhere():
    html = rendered(samples.hostile()).html
    page = Page(html)

    assert not {"img", "script", "link", "iframe", "form", "object", "base"} & {tag for tag, _ in page.tags}
    assert "url(" not in html
    assert "@import" not in html
    assert all(tag["href"].startswith(("https://", "http://")) for tag in page.all("a"))
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)


def test_styles_stand_in_the_tags_so_that_the_style_block_may_go():
    page = Page(rendered().html)

    assert all("style" in tag for level in ("h1", "h2", "h3", "blockquote", "a") for tag in page.all(level))
    assert len(page.all("style")) == 1


@pytest.mark.parametrize("stories", [1, 15, 200])
def test_a_hostile_digest_stays_under_what_gmail_clips_with_its_footer(stories):
    html = rendered(samples.hostile(stories)).html

    assert len(html.encode()) < GMAIL_CLIPS
    assert "You get this because [recipients.desk]" in html
    assert "1 of 99 feeds healthy." in html


@pytest.mark.parametrize(
    "text",
    [
        "News " * 200_000,
        "W" * 1_000_000,
        "한" * 1_000_000,
        "<b>&amp;" * 125_000,
        "\u202e\u200b\r\n" * 250_000,
        "{{ 7 * 7 }}{% x %}",
    ],
    ids=["words", "one word", "no spaces", "markup", "marks that hide", "template"],
)
def test_texts_of_a_megabyte_make_a_small_page(text):
    huge = story(title=text, source=text, why=text, quote=text, change=Change(1, "x", was=text))

    made = rendered(digest([huge], topic_titles=(text,), health=SourceHealth(0, 1, (text,))))

    assert len(made.html.encode()) < 20_000
    assert len(made.subject) <= 200
    assert "\n" not in made.subject
    assert "49" not in made.subject
    assert not {"\u202e", "\u200b"} & set(made.html + made.text + made.subject)


def test_stories_that_a_page_cannot_hold_are_counted_and_stand_in_the_text():
    many = rendered(digest([story(number, title=f"Story number {number}") for number in range(1, 301)]))

    shown = many.html.count("<h3")
    assert len(many.html.encode()) < GMAIL_CLIPS
    assert f"{300 - shown} further stories of this digest stand in its plain-text version" in many.html
    assert "Story number 300" in many.text


def test_no_page_holds_more_stories_than_are_tried_however_little_they_say():
    short = [story(number, title="a", url="", source="", why="", quote="") for number in range(MOST_STORIES)]

    assert rendered(digest(short)).html.count("<h3") < MOST_STORIES


def test_a_usual_digest_of_fifteen_is_shown_in_full():
    html = rendered(digest([story(number, also=samples.sightings(*"ABCDEFG")) for number in range(1, 16)])).html

    assert html.count("<blockquote") == 15
    assert len(html.encode()) < 40_000


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(), max_size=80), st.text(st.characters(), max_size=80))
def test_markup_in_any_text_stays_text(title, source):
    plain, given = (Page(rendered(digest([made])).html) for made in (story(), story(title=title, source=source)))

    assert [tag for tag, _ in given.tags] == [tag for tag, _ in plain.tags]


# ---------------------------------------------------------------- mail programs


def test_a_list_of_mails_shows_the_other_headlines_after_the_subject():
    several = digest([story(1), story(2, title="Sweden <invites>"), story(3, title="Seoul waits")])

    assert ">Sweden &lt;invites&gt; · Seoul waits</div>" in rendered(several).html
    assert (
        ">The chief negotiator read a statement outside the embassy. The other side had"
        in rendered(digest([story()])).html.partition("<h1")[0]
    )
    assert "preview" not in rendered(digest()).html.partition("<body")[2]


def test_the_words_for_lists_of_mails_are_few_whatever_the_headlines():
    html = rendered(samples.hostile(200)).html
    hidden = re.search(r'<div class="preview"[^>]*>([^<]*)</div>', html)

    assert hidden
    assert len(unescape(hidden[1])) <= 140


def test_the_style_block_is_of_the_kind_that_mail_programs_keep():
    """Gmail drops a block of more than 8,192 characters, and one with a rule that it can't read."""
    html = rendered(samples.whole()).html
    (style,) = re.findall(r"<style>(.*?)</style>", re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL), re.DOTALL)

    assert len(style) < 8_192
    assert "[" not in style
    assert style.count("{") == style.count("}")
    assert not re.search(r"@(?!media)|url\(|<", style)


def test_no_style_is_one_that_mail_programs_lack():
    styles = " ".join(attrs.get("style", "") for _, attrs in Page(rendered(samples.whole()).html).tags)

    assert not re.search(r"(margin|padding)[a-z-]*: [^;]*-\d", styles)
    assert not re.search(r"url\(|@|var\(|\b(flex|grid|position|float)\b", styles)


def test_outlook_gets_a_table_of_600_pixels_with_its_margin_since_it_knows_neither_of_a_div():
    for html in (rendered().html, notice(Notice("It stopped", ("Look.",))).html):
        assert '<!--[if mso]><table role="presentation" width="600" align="center" cellpadding="32"' in html
        assert "<!--[if mso]></td></tr></table><![endif]-->" in html
        assert '[if mso]><style>body, div, h1, h2, h3, p, li, a, blockquote { font-family: "Segoe UI"' in html
        assert "a.answer { text-decoration: underline !important; }" in html  # it draws no frame around a link


def test_an_alert_names_its_kind_once_and_its_headline_is_the_second_heading():
    html, text = rendered(samples.alert()).html, rendered(samples.alert()).text

    assert html.count("Alert") == 1
    assert re.search(r'<h2 class="headline"[^>]*><a [^>]*>Talks in Stockholm', html)
    assert text.startswith("Alert: US–North Korea talks\n")
    assert "ALERT" not in text
    assert "\n\n\n\n" not in text


# ---------------------------------------------------------------- JSON


def test_json_has_sections_of_stories():
    told = as_json(samples.realistic())

    assert json.loads(json.dumps(told)) == told
    assert [section["name"] for section in told["sections"]] == ["New", "Just below your threshold"]
    assert [section["announced"] for section in told["sections"]] == [True, False]
    first = told["sections"][0]["stories"][0]
    assert {"id", "title", "url", "source", "score", "why", "quote", "also"} <= first.keys()
    assert first["also"][0] == {"source": "Peninsula Herald", "url": "https://0.example/x"}
    assert told["sections"][0]["stories"][2]["url"] == "https://peninsula.example/world/again?id=3"


def test_each_story_is_answered_by_links_where_there_are_any():
    told = rendered(samples.answerable(digest([story(1), story(2, source="A & B")])))
    links = [attrs["href"].rpartition("/")[2] for attrs in Page(told.html).all("a") if samples.LINK in attrs["href"]]
    assert links == ["yes", "no", "mute-story", "mute-source"] * 2
    assert "Mute A &amp; B" in told.html
    assert told.text.count(f"Yes, no or mute: {samples.LINK}\n") == 2
    assert "Yes, no or mute" not in rendered().text
    assert "Your story?" not in rendered().html


@pytest.mark.parametrize("stories", [15, 300])
def test_links_never_make_it_too_long(stories):
    assert len(rendered(samples.answerable(samples.hostile(stories))).html.encode()) < GMAIL_CLIPS
    many = samples.answerable(digest(story(number) for number in range(stories)))
    assert ("Your story?" in rendered(many).html) is (stories == 15)


def test_a_script_is_no_link_to_answer_by():
    told = rendered(digest([story(answer_url="javascript:alert(1)")]))
    assert "javascript" not in told.html + told.text


def test_the_links_are_for_the_reader_and_not_for_scripts():
    assert samples.LINK not in json.dumps(as_json(samples.answerable(samples.realistic())))


def test_the_footer_says_what_was_muted_so_that_nobody_forgets():
    muted = (
        "the source “A <b>” until that is undone",
        *(f"the story “{number}” until 2026-11-29" for number in range(4)),
    )
    told = rendered(replace(samples.realistic(), muted=muted))
    words = "Muted: the source “A <b>” until that is undone; the story “0” until 2026-11-29; the story “1”"
    assert words in " ".join(told.text.split())
    assert "2 more." in told.text
    assert "A &lt;b&gt;" in told.html
    assert "Muted" not in rendered().text


def test_json_says_what_is_machine_made_and_null_where_nothing_is():
    made = story(summary=Summary("Die Gespräche endeten.", "de"))

    first, second = as_json(digest([made, story(2)]))["sections"][0]["stories"]

    assert first["summary"] == {"text": "Die Gespräche endeten.", "language": "de", "machine_made": True}
    assert second["summary"] is None


@pytest.mark.parametrize("part", ["text", "html"])
def test_a_summary_is_marked_as_machine_made(part):
    body = " ".join(re.sub(r"<[^>]+>", " ", getattr(rendered(samples.summed_up()), part)).split())

    assert body.count("Machine-made summary: Both sides left Stockholm within hours") == 5
    assert body.count("Machine-made summary: ") == 6


def test_a_summary_bears_its_language():
    html = rendered(digest([story(summary=Summary("Die Gespräche endeten.", "de"))])).html

    assert re.search(r'Machine-made summary:</strong> <span lang="de" dir="ltr">Die Gespräche', html)
