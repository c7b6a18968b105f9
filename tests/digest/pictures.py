"""Make the pictures of docs/digest.md anew: `python -m tests.digest.pictures docs/pictures`.

The machine needs letters for Korean and Japanese, e.g. Debian's fonts-nanum and fonts-ipafont-gothic; afterwards
`pngquant --force --ext .png --strip 48 docs/pictures/*.png` makes the files a third as large.
"""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from monitor.digest import blocks
from monitor.digest.render import render
from monitor.model import Change, Digest, Envelope, Section, SourceHealth, Story, Thread
from tests.chromium import CHROMIUM
from tests.digest import channel, samples

HEIGHT = 400
PICTURES: dict[str, tuple[str, int, Literal["light", "dark"]]] = {  # file → page, width and colours
    "digest-600.png": ("digest", 600, "light"),
    "digest-600-dark.png": ("digest", 600, "dark"),
    "digest-320.png": ("digest", 320, "light"),
    "digest-320-dark.png": ("digest", 320, "dark"),
    "alert-600.png": ("alert", 600, "light"),
    "slack-thread.png": ("slack in threads", 760, "light"),
    "slack-webhook-dark.png": ("slack by webhook", 760, "dark"),
}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-lcd-text"]  # the last: letters without colours make small files
ENVELOPE = Envelope("monitor@news.example", "desk", "<1@news.example>", samples.NOW, "desk.news.example")
ANSWERED = "https://monitor.example/s/signed"


def story(number: int, minutes: int, **said: object) -> Story:
    """Return a story that was published so many minutes ago."""
    when = samples.NOW - timedelta(minutes=minutes)
    return samples.story(number, published=when, answer_url=ANSWERED, **said)


def abroad(
    number: int, minutes: int, score: float, language: str, source: str, title: str, why: str, quote: str
) -> Story:
    """Return a story in another language, published so many minutes ago."""
    return story(number, minutes, language=language, source=source, title=title, why=why, quote=quote, score=score)


BREAKDOWN = story(
    1,
    180,
    title="North Korean envoy says talks with the United States in Stockholm have broken down",
    quote="Chief negotiator Kim Myong Gil came out of the North Korean embassy in the evening and read a statement. "
    "The negotiations had not met his country's expectations and had finally broken off, he said.",
    also=samples.sightings("Peninsula Herald", "Harbour Post", "Blick Nord", "Die Lage", "Late Edition"),
)
KOREAN = abroad(
    2,
    40,
    81.0,
    "ko",
    "세 해안",
    "스톡홀름 북미 실무협상 결렬…김명길 대사 “미국, 빈손으로 나왔다”",
    "김명길 · 스톡홀름 · 실무협상",
    "북측 수석대표인 김명길 순회대사는 토요일 저녁 북한대사관 앞에서 성명을 읽었다.",
)
JAPANESE = abroad(
    3,
    95,
    78.0,
    "ja",
    "三海新報",
    "米朝実務協議が決裂 北朝鮮代表「米国は手ぶらで来た」",
    "金明吉 · ストックホルム · 実務協議",
    "北朝鮮の金明吉巡回大使は大使館前で声明を読み上げ、協議は期待に応えるものではなかったと述べた。",
)
INVITED = story(
    4,
    150,
    title="Sweden invites both delegations to return to Stockholm in two weeks",
    source="Harbour Post",
    score=76.0,
    quote="The foreign ministry said that one side had accepted the invitation and the other had noted it.",
    why="Sweden · Stockholm · delegations",
    change=Change(4, "x", was="Sweden “ready to help” after talks in Stockholm end"),
    also=samples.sightings("Blick Nord"),
)
MISSILE = story(
    5,
    400,
    title="North Korea fires a submarine-launched missile days before the talks",
    source="Peninsula Herald",
    also=samples.sightings("Late Edition", "세 해안"),
)
EXERCISES = story(
    6,
    500,
    title="Seoul weighs smaller exercises with American troops in spring",
    source="Peninsula Herald",
    score=44.0,
    why="Seoul · North Korea",
)


def sample() -> Digest:
    """Return a digest with something in each section, in three languages."""
    sections = (
        Section("New", (BREAKDOWN, KOREAN, JAPANESE)),
        Section("Updates", (INVITED,)),
        Section("Also reported", (MISSILE,), announced=False),
        Section("Just below your threshold", (EXERCISES,), announced=False),
    )
    troubles = ("세 해안: silent for 9 days, usually 40 a day", "Late Edition: a web page came instead of a feed")
    health = SourceHealth(41, 43, troubles)
    return samples.digest(sections=sections, more=4, articles=31, sources=14, health=health)


def pages() -> dict[str, str]:
    """Return the pages that are taken."""
    told = sample()
    alert = samples.digest([BREAKDOWN], kind="alert", sections=(Section("Alert", (BREAKDOWN,)),))
    threads = {INVITED.id: Thread("<0@news.example>", "17.1")}
    ways = {"slack by webhook": ENVELOPE, "slack in threads": replace(ENVELOPE, threaded=True, threads=threads)}
    mails = {"digest": told, "alert": alert}
    written = {
        name: render(each, as_of=samples.NOW, unsubscribe_url="https://monitor.example/u/t")
        for name, each in mails.items()
    }
    posted = {
        name: channel.page(blocks.posts(blocks.digest(told, written["digest"], envelope)))
        for name, envelope in ways.items()
    }
    return {name: each.html for name, each in written.items()} | posted


def take(browser: Browser, html: str, file: Path, width: int, colours: Literal["light", "dark"]) -> None:
    """Write one picture of a page."""
    with browser.new_context(
        viewport={"width": width, "height": HEIGHT}, color_scheme=colours, offline=True
    ) as context:
        page = context.new_page()
        page.set_content(html)
        page.screenshot(path=file, full_page=True)


def main(folder: Path) -> None:
    """Write all pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = pages()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, (page, width, colours) in PICTURES.items():
            take(browser, shown[page], folder / name, width, colours)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
