import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.markup import attributes, tags


def test_tags_come_with_the_text_before_them() -> None:
    assert list(tags("<p class=x>One <B>two</B><br/>three")) == [
        ("", "p", " class=x"),
        ("One ", "b", ""),
        ("two", "/b", ""),
        ("", "br", "/"),
        ("three", "", ""),
    ]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a < b > c", "a < b > c"),
        ("a<!-- <p>hidden</p> -->b", "ab"),
        ("a<!-- never closed <p>b</p>", "a"),
        ("a<script>var x = '<p>';</script>b", "ab"),
        ("a<STYLE>p {}</STYLE >b", "ab"),
        ("a<script>never closed", "a"),
        ("a<?php echo 1 ?>b", "ab"),
        ("<!DOCTYPE html>a", "a"),
        ("<![CDATA[1 <b> 2]]>", "1 &lt;b> 2"),
        ('<a title="x > y">b</a>', "b"),
        ("<p don't>it's</p>", "it's"),
        ('<p title="never closed>text</p>', "text"),
        ("<a x='>' y=\">\" never closed", '\' y=">" never closed'),
        ("cut <a href='htt", "cut "),
        ("cut </di", "cut "),
        ("p<0.05", "p<0.05"),
        ("", ""),
    ],
)
def test_what_is_not_shown_is_no_text(markup: str, text: str) -> None:
    assert "".join(piece for piece, _, _ in tags(markup)) == text


def test_attributes_are_read_as_html_reads_them() -> None:
    written = """ HREF="/a?x=1&amp;y=2" rel='alternate nofollow' type = text/html hidden href="/other" """
    assert attributes(written) == {
        "href": "/a?x=1&y=2",
        "rel": "alternate nofollow",
        "type": "text/html",
        "hidden": "",
    }


HOSTILE: dict[str, Callable[[int], str]] = {
    "formatting left open": lambda n: "".join(f"<font a={i}>" for i in range(n)) + "<p>" * n,
    "depth": lambda n: "<div>" * n,
    "comments left open": lambda n: "<!--" * n + ">",
    "quotes left open": lambda n: "<a x=\"'>" * n,
    "brackets in quotes": lambda n: '<a x=">" ' * n,
    "no end in sight": lambda n: ">" + "<a " * n,
    "scripts left open": lambda n: "<script>" * n,
    "CDATA left open": lambda n: "<![CDATA[" * n + ">",
    "many attributes": lambda n: "<a " + "x=1 " * n + ">",
    "equal signs": lambda n: "<a " + "=" * n + ">",
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_markup_takes_linear_time(hostile: Callable[[int], str]) -> None:
    began = time.process_time()
    for _, name, written in tags(hostile(100_000)):
        if name:
            attributes(written)
    assert time.process_time() - began < 3  # quadratic cost would be minutes


MARKUP = st.lists(
    st.sampled_from(["<p>", "</p>", "<a b=", '"', "'", ">", "<", "x", " ", "=", "<br/>", "<A B='c'>", "/"])
)


@given(MARKUP.map("".join))
def test_the_fast_way_says_the_same_as_the_careful_one(markup: str) -> None:
    assert list(tags(markup)) == list(tags("<!-- uneasy -->" + markup))


@given(st.text("<>/!-=\"' ab[]CDAT&;script"))
def test_any_markup_is_taken_apart(markup: str) -> None:
    pieces = list(tags(markup))
    assert pieces[-1][1] == ""
    assert all(name for _, name, _ in pieces[:-1])
