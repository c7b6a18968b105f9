import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.clean import clean, plain

PERSIAN = "می\u200cخواهم"  # joined by a zero-width non-joiner
FAMILY = "👩\u200d👩\u200d👧"
SINHALA = "ශ්\u200dරී"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("a\x85b\u2028c\td\r\ne", "a b c d e"),
        ("  much \u00a0\u3000 space  ", "much space"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("safe\u202egpj.exe", "safegpj.exe"),
        ("\u2066turned\u2069", "turned"),
        ("zero\u200bwidth\ufeff so\u00adft", "zerowidth soft"),
        ("in\u200dvis\u200cible", "invisible"),
        ("tag\U000e0041\U000e0042s", "tags"),
        ("cafe\u0301", "café"),
        (PERSIAN, PERSIAN),
        (FAMILY, FAMILY),
        (SINHALA, SINHALA),
        ("", ""),
    ],
)
def test_text_is_plain_once_cleaned(raw: str, expected: str) -> None:
    assert clean(raw, 500) == expected


def test_line_breaks_stay_between_paragraphs_only_when_asked_for() -> None:
    assert clean("one\r\n\r\n  two \n\n\nthree", 500, paragraphs=True) == "one\ntwo\nthree"
    assert clean("one\n\ntwo", 500) == "one two"


def test_long_text_ends_after_a_word() -> None:
    assert clean("one two three four", 15) == "one two three…"
    assert clean("x" * 600, 500) == "x" * 499 + "…"
    assert clean("one two", 7) == "one two"


def test_a_cut_keeps_letters_and_their_marks_together() -> None:
    assert clean("x\u0301" * 20, 10) == "x\u0301" * 4 + "…"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>Talks <b>br</b>oke down</p><p>in Stockholm", "Talks broke down\nin Stockholm"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<tr><td>a</td><td>b</td></tr>", "a b"),
        ("<p>a line\nbroken in the source</p>", "a line broken in the source"),
        ("plain text\nwith lines", "plain text\nwith lines"),
        ("AT&amp;T &eacute; &#8217;", "AT&T é ’"),
        ("a < b", "a < b"),
        ("<script>alert(1)</script>x<style>p{}</style>", "x"),
        ('<img src="https://pixel.example/1.gif" onerror="x()">seen', "seen"),
        ("&lt;p&gt;escaped &lt;b&gt;twice&lt;/b&gt;&lt;/p&gt;", "escaped twice"),
        ("<p>Use the &lt;b&gt; tag and &lt;/b&gt;</p>", "Use the <b> tag and </b>"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;&lt;p&gt;x&lt;/p&gt;", "x"),
        ("", ""),
    ],
)
def test_markup_becomes_the_text_people_see(markup: str, expected: str) -> None:
    assert plain(markup, 500, paragraphs=True) == expected


def test_markup_after_the_limit_is_not_read() -> None:
    assert plain("<p>word</p>" * 1_000_000, 100).endswith("word…")


SPICE = st.text(
    st.one_of(st.characters(), st.sampled_from("\u200d\u200c\u0301\u0627\u0653 \n<>&;👩\ufe0f\u0958\x00\u202e"))
)


@given(SPICE, st.integers(1, 30), st.booleans())
def test_clean_text_is_plain_and_stays_the_same(raw: str, limit: int, paragraphs: bool) -> None:
    text = clean(raw, limit, paragraphs)
    assert len(text) <= limit
    assert text == text.strip()
    assert text.encode("utf-8").decode("utf-8") == text
    assert unicodedata.is_normalized("NFC", text)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in text if char != "\n")
    assert clean(text, limit, paragraphs) == text


@given(SPICE)
def test_no_markup_is_too_strange(markup: str) -> None:
    assert len(plain(markup, 200)) <= 200


@given(SPICE, st.booleans())
def test_what_is_told_at_a_glance_is_what_a_careful_look_finds(raw: str, paragraphs: bool) -> None:
    assert clean(raw, 200, paragraphs) == clean("\u202e" + raw, 200, paragraphs)  # which must be dropped
    assert clean(raw, 200, paragraphs) == clean(raw + "\u3000", 200, paragraphs)  # white space
