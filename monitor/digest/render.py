"""Put a digest in words: subject, plain text and HTML for mail programs, and JSON for scripts.

The HTML stays under what Gmail clips at (102 kB, with its footer): what is too long is shown shorter, step by step.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from monitor.digest import words
from monitor.digest.alerts import UPDATE
from monitor.digest.view import MACHINE_MADE, Limits, announced, healthy, link, new, view
from monitor.model import Digest, Notice, Rendered, Section, Story, Summary
from monitor.urls import web_link

if TYPE_CHECKING:
    from css_inline import CSSInliner
    from jinja2 import Environment

SUBJECT_LENGTH = 60  # characters that most lists of mails show
ALERT_SUBJECT_LENGTH = 150
HTML_BYTES = 80_000  # 102 kB is the edge; the rest is for what a mail server adds
TEXT_LIMITS = Limits(title=500, quote=800, summary=800, why=300, name=100)
MOST_STORIES = 170  # more never fit into so many bytes, however little each says
NOTICE_LENGTH = 2_000  # characters of a paragraph
SHORTER = (
    Limits(),
    Limits(title=160, quote=240, summary=240, why=120, url=500, also=3),
    Limits(title=120, quote=0, summary=0, why=80, name=40, url=300, also=0, answers=False),
)


def render(digest: Digest, *, as_of: datetime, unsubscribe_url: str = "") -> Rendered:
    """Return `digest` in words for a reader who gets it at `as_of`; its footer leads to `unsubscribe_url`, if given."""
    subject = _subject(digest)
    link = web_link(unsubscribe_url)
    return Rendered(subject=subject, text=_text(digest, as_of, link), html=_html(digest, as_of, subject, link))


def notice(notice: Notice) -> Rendered:
    """Return a notice in words, in the look of a digest."""
    subject = words.cut(notice.subject, 200) or "Untitled"
    lines = [line for each in notice.lines if (line := words.cut(each, NOTICE_LENGTH))]
    text = _templates().get_template("notice.txt").render(subject=subject, lines=lines)
    html = _templates().get_template("notice.html").render(subject=subject, lines=lines)
    return Rendered(subject=subject, text=text, html=_inliner().inline(html) + "\n")


def again(was: Rendered, made: datetime) -> Rendered:
    """Return a digest that was made at `made` in words that say it is sent once more."""
    note = f"Sent again on request: you may have had this on {made:%Y-%m-%d at %H:%M} UTC."
    return Rendered(
        subject=f"Again: {was.subject}",
        text=f"{note}\n\n{was.text}",
        html=re.sub(
            r'(<div [^>]*role="banner"[^>]*>)', rf'\1<p style="margin: 0 0 16px"><strong>{note}</strong></p>', was.html
        ),
    )


def as_json(digest: Digest) -> dict[str, Any]:
    """Return a digest's sections as plain values for `json.dumps`."""
    return {"sections": [_section_json(section) for section in digest.sections]}


def _subject(digest: Digest) -> str:
    """Return the top headline, the count and the topics; what is too long loses the topics, then the headline's end."""
    if digest.kind == "alert":
        return _headline(digest)
    template = _templates().get_template("subject.txt")
    topics = words.cut(" · ".join(digest.topic_titles), SUBJECT_LENGTH)
    stories = announced(digest)
    if not stories:
        health = healthy(digest) if digest.sign_of_life else ""
        return template.render(headline="", health=health, topics=topics).strip()
    headline = words.plain(max(new(digest) or stories, key=lambda story: round(story.score)).title) or "Untitled"
    fresh = len(new(digest))
    count = words.counted(fresh, "new story", "new stories") if fresh else words.counted(len(stories), "update")
    whole = template.render(headline=headline, count=count, topics=topics).strip()
    if len(whole) <= SUBJECT_LENGTH:
        return whole
    room = SUBJECT_LENGTH - len(template.render(headline="-", count=count, topics="").strip()) + 1
    return template.render(headline=words.cut(headline, room), count=count, topics="").strip()


def _headline(alert: Digest) -> str:
    """Return the subject of an alert: its headline; of one that goes on with a story, that it does."""
    (section,) = alert.sections
    headline = words.cut(section.stories[0].title, ALERT_SUBJECT_LENGTH) or "Untitled"
    return f"{section.name}: {headline}" if section.name == UPDATE else headline


def _text(digest: Digest, as_of: datetime, unsubscribe_url: str) -> str:
    told = view(digest, as_of=as_of, limits=TEXT_LIMITS, unsubscribe_url=unsubscribe_url)
    return _templates().get_template("digest.txt").render(view=told)


def _html(digest: Digest, as_of: datetime, subject: str, unsubscribe_url: str) -> str:
    """Return the fullest HTML that fits."""
    stories = sum(len(section.stories) for section in digest.sections)
    pages = (_page(digest, as_of, subject, limits, unsubscribe_url) for limits in _ladder(stories))
    return next(filter(None, pages))  # one short headline always fits


def _page(digest: Digest, as_of: datetime, subject: str, limits: Limits, unsubscribe_url: str) -> str:
    """Return the HTML with its styles inlined, "" as soon as it is too long: what is told shorter is tried next."""
    told = view(digest, as_of=as_of, limits=limits, unsubscribe_url=unsubscribe_url)
    pieces, size = [], 0
    for piece in _templates().get_template("digest.html").generate(view=told, subject=subject):
        pieces.append(piece)
        size += len(piece.encode())
        if size > HTML_BYTES:
            return ""
    html = _inliner().inline("".join(pieces)) + "\n"
    return html if len(html.encode()) <= HTML_BYTES else ""


def _ladder(stories: int) -> Iterator[Limits]:
    """Yield ever tighter limits: first shorter stories, then fewer; none that so many stories can't fit under."""
    if stories <= MOST_STORIES:
        yield from SHORTER
    while stories > 1:
        stories = stories * 3 // 4
        if stories <= MOST_STORIES:
            yield replace(SHORTER[-1], stories=stories)


def _section_json(section: Section) -> dict[str, Any]:
    stories = [_story_json(story) for story in section.stories]
    return {"name": section.name, "announced": section.announced, "stories": stories}


def _story_json(story: Story) -> dict[str, Any]:
    return {
        "id": story.id,
        "topic": story.topic,
        "title": story.title,
        "url": link(story.url),
        "source": story.source,
        "language": story.language,
        "score": round(story.score, 1),
        "why": story.why,
        "quote": story.quote,
        "also": [{"source": other.feed, "url": link(other.url)} for other in story.also],
        "was": story.change.was if story.change else "",
        "summary": _summary_json(story.summary),
    }


def _summary_json(made: Summary | None) -> dict[str, Any] | None:
    return {"text": made.text, "language": made.language, "machine_made": True} if made else None


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    templates = Environment(
        loader=PackageLoader("monitor.digest"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.globals["MACHINE_MADE"] = MACHINE_MADE
    templates.filters |= {"wrap": words.wrap, "counted": words.counted}
    return templates


@cache
def _inliner() -> "CSSInliner":
    from css_inline import CSSInliner

    sheet = _templates().get_template("digest.css").render()
    return CSSInliner(
        inline_style_tags=False,  # the one <style> holds what can't be inlined: dark mode, narrow screens
        keep_style_tags=True,
        extra_css=sheet,
        load_remote_stylesheets=False,
    )
