import pytest

from monitor.errors import ParseError
from monitor.sources.page import read

URL = "https://news.e.co.uk/talks?ref=7"
HTML = {"content-type": "text/html; charset=utf-8"}
TEXT = "".join(f"<p>Sentence {n} about the talks in Stockholm, which ended on Saturday.</p>" for n in range(9))


def page(head: str = "", body: str = TEXT, lang: str = "en") -> bytes:
    return (
        f"<!DOCTYPE html><html lang='{lang}'><head>{head}</head><body><nav>Menu</nav><article>{body}</article>".encode()
    )


def test_title_text_and_language_are_read() -> None:
    read_page = read(
        page("<title>Talks &amp; more - Site</title><meta property='og:title' content='Talks &amp; more'>"), URL, HTML
    )
    assert read_page.title == "Talks & more"
    assert read_page.text.splitlines()[0] == "Sentence 0 about the talks in Stockholm, which ended on Saturday."
    assert len(read_page.text.splitlines()) == 9
    assert read_page.language == "en"
    assert read(page("<title>Plain</title>"), URL, HTML).title == "Plain"


@pytest.mark.parametrize(
    ("claimed", "address"),
    [
        ("/talks", "https://news.e.co.uk/talks"),
        ("https://www.e.co.uk/talks", "https://www.e.co.uk/talks"),
        ("https://other.co.uk/talks", URL),
        ("javascript:alert(1)", URL),
        ("", URL),
    ],
)
def test_a_canonical_address_counts_within_its_registrable_domain(claimed: str, address: str) -> None:
    assert read(page(f"<link rel='canonical' href='{claimed}'>"), URL, HTML).url == address


def test_plain_text_is_its_own_text() -> None:
    seed = read(b"Talks fail.\r\n\r\nIn Stockholm\x00.", URL, {"content-type": "text/plain"})
    assert (seed.text, seed.title) == ("Talks fail.\nIn Stockholm.", "")


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (b"", "text/html", "an empty document, in which no text was found"),
        (b"<html><head><title>Hollow</title></head><body></body></html>", "text/html", "“Hollow”"),
        (b"\x89PNG\r\n", "image/png", "not a page but a PNG image"),
        (b"%PDF-1.7", "application/pdf", "not a page but a PDF document"),
        (b'{"a": 1}', "application/json", "not a page but a JSON document"),
    ],
)
def test_what_has_no_text_is_told(body: bytes, content_type: str, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        read(body, URL, {"content-type": content_type})


def test_long_pages_are_cut_and_strange_ones_cleaned() -> None:
    long = read(page(body="<p>Some words\u202e\u200b here.</p><p>" + "Many more words. " * 9_000 + "</p>"), URL, HTML)
    assert len(long.text) <= 100_000
    assert "\u202e" not in long.text


@pytest.mark.parametrize(
    "lure",
    [
        "<div style='Font-Size: 0'>LURE</div>",
        "<p hidden>LURE<p>Seen.</p>",
        "<noscript><p>LURE</p></noscript>",
        "<div style='opacity:0'><p>LURE</p></div>",
        "<p>Seen. <span aria-hidden='TRUE'>LURE</span></p>",
    ],
)
@pytest.mark.parametrize("text", [TEXT, "<p>The home side won.</p>"], ids=["long", "short"])
def test_what_a_page_hides_is_not_read(lure: str, text: str) -> None:
    words = "Nuclear talks in Stockholm broke off. " * 20
    found = read(page(body=lure.replace("LURE", words) + text), URL, HTML).text
    assert "Nuclear" not in found
    assert found.endswith(("Saturday.", "won."))


def test_a_page_that_hides_itself_until_its_scripts_have_run_is_read() -> None:
    body = page().replace(b"<body>", b"<body style='opacity:0'>").replace(b"<html", b"<html hidden")
    assert len(read(body, URL, HTML).text.splitlines()) == 9


def test_no_entity_is_opened() -> None:
    body = b"<!DOCTYPE html [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>" + page(
        body=TEXT + "<p>And &f; was said here.</p>"
    )
    assert "root:" not in read(body, URL, HTML).text
