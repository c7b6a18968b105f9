"""Look at digests as a browser shows them."""

from dataclasses import replace
from itertools import pairwise

import pytest

from monitor.digest import blocks, spikes
from monitor.digest.render import again, notice, render
from monitor.model import Envelope, Notice, Pace, Rendered
from tests.chromium import SEEN
from tests.digest import channel, samples

PLAIN = Envelope("a@b.example", "desk", "<1@x>", samples.NOW, "desk.x")

SPIKE = "Talks: 24 stories in 24 hours, usually 6 at this time of the week; what rose: Yongbyon, Sŏhae"
PACE = Pace("talks", 24, 6.0, 4, spike=True, terms=("Yongbyon", "Sŏhae"), titles=("Talks <b> end", "Seoul waits"))
DIGESTS = {
    "realistic": samples.realistic(),
    "hostile": samples.hostile(),
    "answerable": samples.answerable(samples.realistic()),
    "hostile and answerable": samples.answerable(samples.hostile()),
    "whole": samples.whole(),
    "whole and answerable": samples.answerable(samples.whole()),
    "alert": samples.alert(),
    "unbroken": samples.unbroken(),
    "spiking": replace(samples.realistic(), spikes=(SPIKE,)),
    "summed up": samples.summed_up(),
    "quiet": samples.digest(),
    "sign of life": replace(samples.digest(), sign_of_life=True),
    "first": replace(samples.realistic(), first=True),
}
NOTICES = {
    "notice": Notice(
        "Mail to desk@paper.example is refused", ("550 5.1.1 no such user.", "monitor recipient resume desk")
    ),
    "spike": spikes.notice(samples.TALKS, PACE),
    "hostile notice": Notice("W" * 500, ("<img src=x onerror=alert(1)>" * 20, "w" * 5_000)),
}
PAGES = {
    name: render(each, as_of=samples.NOW, unsubscribe_url="https://a.example/u/t").html
    for name, each in DIGESTS.items()
}
PAGES |= {name: notice(each).html for name, each in NOTICES.items()}
PAGES |= {f"{name} again": again(Rendered("", "", PAGES[name]), samples.NOW).html for name in ("whole", "notice")}
CHANNELS = {  # what Slack would show
    f"{name} {way}": channel.page(blocks.posts(blocks.digest(told, render(told, as_of=samples.NOW), envelope)))
    for name, told in (
        ("whole", samples.answerable(samples.whole())),
        ("hostile", samples.answerable(samples.hostile())),
    )
    for way, envelope in (("by webhook", PLAIN), ("in threads", replace(PLAIN, threaded=True)))
}

pytestmark = SEEN


@pytest.fixture(scope="module")
def page(browser):
    """Give a page that is used again and again: a new one would cost ten times as much."""
    context = browser.new_context(offline=True)
    yield context.new_page()
    context.close()


@pytest.fixture
def opened(page):
    def open_page(name, width, scheme="light"):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.set_content((PAGES | CHANNELS)[name])
        return page

    return open_page


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 600, 1280])
def test_nothing_is_wider_than_the_screen(opened, name, width):
    page = opened(name, width)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelector('.page').getBoundingClientRect().width") <= 600


@pytest.mark.parametrize("name", ["hostile", "unbroken", "whole and answerable"])
def test_it_is_as_narrow_without_its_style_block(opened, name):
    page = opened(name, 320)

    page.evaluate("document.querySelector('style').remove()")

    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(opened, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")

    found = axe.Axe().run(opened(name, 600, scheme))

    assert found.violations_count == 0, found.generate_report()


def test_it_says_the_same_with_images_off_and_its_style_block_gone(opened):
    page = opened("whole", 600)
    before = page.evaluate("document.body.innerText")

    page.evaluate("document.querySelector('style').remove()")

    assert page.evaluate("document.images.length") == 0
    assert page.evaluate("document.body.innerText") == before
    assert page.evaluate("getComputedStyle(document.querySelector('.page')).maxWidth") == "600px"


def test_dark_mode_is_dark(opened):
    page = opened("realistic", 600, "dark")

    assert page.evaluate("getComputedStyle(document.querySelector('.page')).backgroundColor") == "rgb(27, 30, 33)"
    assert page.evaluate("getComputedStyle(document.querySelector('.headline a')).color") == "rgb(185, 213, 244)"


@pytest.mark.parametrize("name", ["hostile", "hostile notice"])
def test_no_markup_of_a_headline_runs(opened, name):
    page = opened(name, 600)

    assert page.evaluate("document.querySelectorAll('script, img, iframe, [onerror]').length") == 0


def test_what_answers_a_story_is_large_enough_for_a_thumb(opened):
    page = opened("whole and answerable", 320)

    links = page.locator("a.answer, .leave a").all()

    assert len(links) == 4 * 8 + 1
    sizes = [link.bounding_box() for link in links]
    assert all(size["height"] >= 44 and size["width"] >= 44 for size in sizes)


def test_the_words_for_lists_of_mails_are_not_seen_also_without_the_style_block(opened):
    page = opened("whole", 600)
    page.evaluate("document.querySelector('style').remove()")

    assert not page.locator(".preview").is_visible()
    assert "스톡홀름" in page.evaluate("document.querySelector('.preview').textContent")


def test_headings_leave_no_level_out(opened):
    for name in PAGES:
        levels = opened(name, 600).evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(e => +e.tagName[1])")
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), name


@pytest.mark.parametrize("name", CHANNELS)
def test_a_channel_fits_a_telephone_and_axe_finds_no_fault(opened, name):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(name, 320)

    found = axe.Axe().run(page)

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert found.violations_count == 0, found.generate_report()
