import time
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.clean import plain
from monitor.text.hidden import shown_tags
from monitor.text.markup import tags

HIDING = (
    *("hidden", "HIDDEN=''", "hidden=until-found", "aria-hidden='true'", "ARIA-HIDDEN = True"),
    *("style='display:none'", 'style="color:red; DISPLAY : None !important"', "style=display:none;"),
    *("style='display:block;display:none'", "style='d&#105;splay:n&#x6f;ne'", "style='visibility:hidden'"),
    *("style='opacity:0'", "style='opacity: .0;'", "style='font-size:0'", "style='font-size: 0.0px!important'"),
)
SHOWING = (
    *("", "class=hidden", "title='hidden'", "aria-hidden=false", "data-style='display:none'", "style='display:block'"),
    *("style='display:none;display:block'", "style='opacity:0.5'", "style='font-size:0.9em'", "style='x-display:none'"),
    *("style='overflow:hidden'", "style='stroke-opacity:0'", "style='font-size:inherit'"),
)


@pytest.mark.parametrize("attribute", HIDING)
def test_what_a_page_hides_is_no_text(attribute: str) -> None:
    assert plain(f"<p>seen</p><div {attribute}>a <b>lure</b></div><p>seen too", 500) == "seen seen too"


@pytest.mark.parametrize("attribute", SHOWING)
def test_what_a_page_shows_is_text(attribute: str) -> None:
    assert plain(f"<p>one <span {attribute}>two</span> three", 500) == "one two three"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p hidden>lure<p>seen", "seen"),
        ("<p hidden>lure<div>seen</div>", "seen"),
        ("<div><p hidden>lure</div>seen", "seen"),
        ("<p>a <span hidden>lure</p>seen", "a seen"),
        ("<ul><li hidden>lure<li>seen<ul><li hidden>lure</ul>too</ul>", "seen too"),
        ("<ul><li hidden>lure<ul><li>lure</ul>lure</ul>seen", "seen"),
        ("<table><tr><td hidden>lure<td>seen<tr hidden><td>lure<tr><td>too</table>", "seen too"),
        ("<dl><dt hidden>lure<dd>seen</dl>", "seen"),
        ("<img hidden>seen", "seen"),
        ("<br hidden></br>seen", "seen"),
        ("<i aria-hidden=true />seen", "seen"),
        ("<div hidden>lure</b></section>lure</div>seen", "seen"),
        ("<div hidden><div>lure</div>lure</div>seen", "seen"),
        ("<noscript>lure</noscript>seen", "seen"),
        ("<NOSCRIPT><p>lure</NOSCRIPT>seen", "seen"),
        ("<div hidden><!-- </div> -->lure</div>seen", "seen"),
        ("<body style='opacity:0'><p>seen</body>", "seen"),
        ("&lt;p hidden&gt;lure&lt;/p&gt;&lt;p&gt;seen&lt;/p&gt;", "seen"),
        ("<div style='font-size:0'>lure<div style='font-size:16px'>seen</div></div>", "seen"),
        ("<div style='font-size:0'>lure<b style='font-size:2em'>lure</b></div>seen", "seen"),
        ("<div style='visibility:hidden'>lure<b style='visibility:visible'>seen</b></div>", "seen"),
        ("<div style='display:none'>lure<b style='display:inline'>lure</b></div>seen", "seen"),
    ],
)
def test_a_hidden_element_ends_where_html_ends_it(markup: str, text: str) -> None:
    assert plain(markup, 500) == text


def test_an_element_that_is_never_ended_hides_as_much_as_in_a_browser() -> None:
    assert plain("<article>one<div hidden>two</article>three", 500) == "one three"
    assert plain("one<div hidden>two <b>three</b>", 500) == "one"


class Piece(NamedTuple):
    """A piece of a page, and the words of it that people see."""

    markup: str
    seen: tuple[str, ...]


def within(pieces: st.SearchStrategy[Piece]) -> st.SearchStrategy[Piece]:
    def element(name: str, attribute: str, inside: list[Piece]) -> Piece:
        markup = f"<{name} {attribute}>{''.join(piece.markup for piece in inside)}</{name}>"
        return Piece(markup, () if attribute in HIDING else tuple(word for piece in inside for word in piece.seen))

    attribute = st.sampled_from(("", "hidden", "style='display:none'", "aria-hidden='true'", "style='opacity:.5'"))
    return st.builds(element, st.sampled_from(("div", "span", "b", "section")), attribute, st.lists(pieces, max_size=4))


WORDS = st.sampled_from(("talks", "broke", "off")).map(lambda word: Piece(f" {word} ", (word,)))
VOID = st.sampled_from(("<br hidden>", "<img aria-hidden=true>", "</i>", "<hr style='display:none'/>", "<!-- b -->"))
PAGES = st.recursive(WORDS | VOID.map(lambda markup: Piece(markup, ())), within, max_leaves=30)


@given(PAGES)
def test_all_that_is_shown_is_text_and_nothing_else_is(page: Piece) -> None:
    assert plain(page.markup, 5_000).split() == list(page.seen)


MARKUP = st.lists(
    st.sampled_from(("<p hidden>", "<p>", "</p>", "<div hidden>", "</div>", "<li>", "</b>", "<b", ">", "x", "'"))
)


@given(MARKUP.map("".join))
def test_nothing_but_text_is_left_out(markup: str) -> None:
    shown, whole = list(shown_tags(markup)), list(tags(markup))
    assert [tag[1:] for tag in shown] == [tag[1:] for tag in whole]
    assert all(text in ("", before) for (text, _, _), (before, _, _) in zip(shown, whole, strict=True))


@given(MARKUP.map(lambda pieces: "".join(piece.replace(" hidden", "") for piece in pieces)))
def test_where_nothing_is_hidden_nothing_is_left_out(markup: str) -> None:
    assert list(shown_tags(markup + "<!-- hidden -->")) == list(tags(markup + "<!-- hidden -->"))


HOSTILE: dict[str, Callable[[int], str]] = {
    "depth": lambda n: "<div hidden>" * n + "</b>" * n + "</div>" * n,
    "paragraphs": lambda n: "<p hidden><b>" * n,
    "items left open": lambda n: "<ul><li hidden>" * n + "<b>" * n + "<li>" * n,
    "styles left open": lambda n: "<b style='" * n,
    "entities": lambda n: '<b style="&quot;display:none' * n,
    "declarations": lambda n: "<b style='" + "display:" * n + "'>" + "font-size :" * n,
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_markup_takes_linear_time(hostile: Callable[[int], str]) -> None:
    began = time.process_time()
    assert list(shown_tags(hostile(50_000)))
    assert time.process_time() - began < 3  # quadratic cost would be minutes
