"""Look at the pages as a browser shows them."""

from datetime import timedelta

import pytest

from monitor.store import feedback, mutes, recipients
from tests.chromium import SEEN
from tests.digest.samples import sightings
from tests.web.sites import DESK, NOW

PAGES = (
    *("home", "ask", "stopped", "forged", "missing", "choices", "yes", "no", "muted", "muted source", "taken back"),
    *("said", "expired", "gone", "archive", "digest"),
)
HEADLINE = f"Talks in <i>Stockholm</i> {'W' * 300} end"

pytestmark = SEEN


@pytest.fixture(scope="module")
def page(browser):
    """Give a page that is used again and again, with the faults it told: a new one would cost ten times as much."""
    context = browser.new_context()
    page = context.new_page()
    page.on("console", lambda message: page.faults.append(message.text))
    yield page
    context.close()


@pytest.fixture
def opened(page, site):
    site.tell(title=HEADLINE)
    site.archive(title=HEADLINE, also=sightings("Nordic Wire", "W" * 200))

    def open_page(name, width=600, scheme="light"):
        paths = {"home": "/", "ask": site.link(), "stopped": site.link(), "forged": "/u/forged", "missing": "/nowhere"}
        paths |= {"choices": site.story(), "no": site.story("no"), "muted": site.story("mute-story")}
        paths |= {"archive": "/archive", "digest": "/archive/1"}
        paths |= {"taken back": site.story("undo"), "yes": site.story("yes"), "said": site.story("no")}
        paths |= {"muted source": site.story("mute-source"), "gone": site.story(article=99)}
        paths["expired"] = site.story("yes", at=NOW - timedelta(days=91))
        if name == "said":
            site.ask(paths[name], "POST")
        if name in ("muted", "choices"):
            mutes.mute(site.app.db, "desk", "story", 1, NOW, NOW + timedelta(days=7))
        if name == "stopped":
            recipients.switch_off(site.app.db, "desk", "anna@example.org", "unsubscribed on 2026-11-22 by its link")
        page.faults = []
        page.set_viewport_size({"width": width, "height": 700})
        page.emulate_media(color_scheme=scheme)
        page.goto(f"http://127.0.0.1:{site.port}{paths[name]}")
        return page

    return open_page


@pytest.mark.parametrize("width", [320, 600, 1280])
def test_nothing_is_wider_than_the_screen_and_the_style_is_let_in(opened, width):
    for name in PAGES:
        page = opened(name, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") == "560px"


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(opened, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(opened(name, scheme=scheme))
    assert found.violations_count == 0, found.generate_report()


def test_buttons_are_large_enough_for_a_thumb(opened):
    for name in ("ask", "choices", "no", "said"):
        buttons = opened(name, 320).get_by_role("button").all()
        assert buttons
        assert all(button.bounding_box()["height"] >= 44 for button in buttons)


def test_dark_mode_is_dark(opened):
    page = opened("ask", scheme="dark")
    assert page.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor") == "rgb(27, 30, 33)"


def test_the_button_stops_the_digests(opened, site):
    page = opened("ask")
    page.get_by_role("button").click()
    page.get_by_role("heading", name="These digests are stopped").wait_for()
    assert recipients.reports(site.app.db, [DESK])["desk"].open == ("bo@example.org",)
    assert page.faults == []


def test_a_story_is_refused_and_that_is_undone_by_two_clicks(opened, site):
    page = opened("no")
    page.get_by_role("button", name="No, it does not belong").click()
    page.get_by_role("heading", name="You said no").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("heading", name="Nothing is said").wait_for()
    assert feedback.answers(site.app.db, ["talks"]) == []
    assert page.faults == []


def test_from_the_page_of_all_choices_a_source_is_muted_in_one_click(opened, site):
    page = opened("choices")
    page.get_by_role("button", name="Mute A").click()
    page.get_by_role("heading", name="A is muted").wait_for()
    assert mutes.muted(site.app.db, "desk", NOW).sources == {"A"}
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="Mute A").click()
    page.get_by_role("heading", name="Mute A?").wait_for()
    assert mutes.muted(site.app.db, "desk", NOW).sources == frozenset()


def test_the_button_is_reached_by_the_keyboard(opened):
    page = opened("ask")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
