import time

import pytest

from monitor.sources.charset import decoded

KOREAN = "북한과 미국의 실무협상이 스톡홀름에서 열렸다. " * 20


def xml(encoding: str) -> str:
    return f"<?xml version='1.0' encoding='{encoding}'?><a>{KOREAN}</a>"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (xml("utf-8").encode("cp949"), "text/xml; charset=euc-kr"),
        (xml("euc-kr").encode("cp949"), "text/xml"),
        (xml("euc-kr").encode("cp949"), "text/xml; charset=no-such-thing"),
        (xml("iso-8859-1").encode(), "text/xml; charset=ISO-8859-1"),
        (xml("us-ascii").encode(), ""),
        (xml("utf-16").encode(), ""),
        (xml("utf-16").encode("utf-16"), ""),
        (b"\xef\xbb\xbf" + xml("utf-8").encode(), "text/xml; charset=us-ascii"),
        (f"<html><meta charset='cp949'>{KOREAN}".encode("cp949"), "text/html"),
        (KOREAN.encode("cp949"), "text/html"),
        (KOREAN.encode(), ""),
    ],
)
def test_text_is_found_by_header_mark_declaration_utf8_and_detector(body: bytes, content_type: str) -> None:
    assert KOREAN.strip() in decoded(body, {"content-type": content_type})


def test_latin_text_that_is_no_utf8_is_read_as_windows_writes_it() -> None:
    assert decoded(b"it\x92s caf\xe9", {"content-type": "text/html; charset=iso-8859-1"}) == "it’s café"


def test_one_broken_byte_does_not_turn_utf8_into_another_encoding() -> None:
    body = KOREAN.encode() + b"\x92" + KOREAN.encode()
    assert decoded(body, {}).count("스톡홀름") == 40


def test_a_cut_in_mid_character_does_not_either() -> None:
    assert "스톡홀름" in decoded(KOREAN.encode()[:-2], {})


@pytest.mark.parametrize("name", ["punycode", "idna", "utf-7", "unicode_escape", "hex", "zip", "rot13", "undefined"])
def test_codecs_that_are_no_charsets_are_not_used(name: str) -> None:
    began = time.process_time()
    assert decoded(b"\\u0041 plain" * 20_000, {"content-type": f"text/html; charset={name}"}).startswith(
        "\\u0041 plain"
    )
    assert time.process_time() - began < 2


def test_any_bytes_become_text() -> None:
    assert decoded(bytes(range(256)) * 3, {})
    assert decoded(b"", {}) == ""
