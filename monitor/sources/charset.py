"""Turns bytes of an unsure encoding into text.

Asked in turn: what HTTP said, the byte order mark, what the document says of itself, UTF-8, and a detector. The first
that fits the bytes wins, with two exceptions met daily: what is called Latin-1 but is valid UTF-8 is UTF-8, and
UTF-8 with a rare broken byte stays UTF-8.
"""

import codecs
import re
from collections.abc import Iterator, Mapping

_HTTP = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)")
_META = re.compile(rb"<meta[^>]*?charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_HEAD = 4_096  # bytes in which a document may name its encoding
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: it begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
)
# What browsers read under these names (https://encoding.spec.whatwg.org/#names-and-labels): the larger set.
_LARGER = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
}
_LATIN = frozenset(("ascii", "cp1252"))
_NO_CHARSETS = frozenset(("utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"))
_RARE = 1_000  # one broken byte in so many characters is a fault, not another encoding


def decoded(body: bytes, headers: Mapping[str, str]) -> str:
    """Return the text of a document by its bytes and its HTTP headers (names in lower case); never fails."""
    for name in _proposed(body, headers):
        text = _strictly(body, name)
        if text is not None:
            return text.removeprefix("\ufeff")
    return body.decode("latin-1")


def _proposed(body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    http = _HTTP.search(headers.get("content-type", ""))
    if http:
        yield http[1]
    yield from (name for mark, name in _MARKS if body.startswith(mark))
    own = _XML.search(body[:_HEAD]) or _META.search(body[:_HEAD])
    if own and not own[1].lower().startswith((b"utf-16", b"utf-32")):  # these were seen above, or are not true
        yield own[1].decode("ascii")
    yield "utf-8"
    if _nearly_utf8(body):
        yield "utf-8 with faults"
    yield from _detected(body)
    yield "cp1252"


def _strictly(body: bytes, name: str) -> str | None:
    """Return the text if `name` is an encoding and the bytes are valid in it, else None."""
    if name == "utf-8 with faults":
        return body.decode("utf-8", "replace")
    codec = _codec(name)
    if codec in _LATIN and (text := _attempt(body, "utf-8")) is not None:
        return text
    return None if codec is None else _attempt(body, codec)


def _codec(name: str) -> str | None:
    """Return Python's name of an encoding, None if it knows none or it is no charset."""
    try:
        found = codecs.lookup(name.lower().removeprefix("x-")).name
    except LookupError:
        return None
    return None if found in _NO_CHARSETS else _LARGER.get(found, found)


def _attempt(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except (UnicodeError, LookupError):  # LookupError: "hex" and its like are codecs, but not of text
        return None


def _nearly_utf8(body: bytes) -> bool:
    """Tell whether the bytes are UTF-8 but for a few: a cut at the end, or one bad quotation among thousands."""
    text = body.decode("utf-8", "replace")
    faults = text.count("\ufffd")
    letters = sum(1 for char in text[:200_000] if char > "\x7f") - faults
    return faults * _RARE <= len(text) + _RARE - 1 and letters > 4 * faults


def _detected(body: bytes) -> list[str]:
    from trafilatura.utils import detect_encoding

    return detect_encoding(body)[:3]
