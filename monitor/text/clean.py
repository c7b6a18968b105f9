"""Cleans what came from outside, once, at the boundary: past it, texts are trusted to be plain.

What is dropped: NUL and the other controls, lone surrogates, the characters that turn the direction of writing,
invisible ones (zero width, soft hyphen, tags, annotations). The two joiners stay where they are part of writing:
between letters of the scripts of Arabia and South Asia, and inside an emoji.
"""

import re
from html import unescape
from unicodedata import combining, normalize

from monitor.text.hidden import shown_tags

TITLE_LIMIT = 500  # characters
TEXT_LIMIT = 20_000
PAGE_LIMIT = 100_000

_DROPPED = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_ASCII_DROPPED = bytes(code for code in range(128) if _DROPPED.match(chr(code)))
_JOINED = r"[\u0600-\u18af\ua800-\uabff\ufb50-\ufdff\ufe0f\ufe70-\ufefc\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
_STRAY_JOINER = re.compile(rf"(?<!{_JOINED})[\u200c\u200d]|[\u200c\u200d](?!{_JOINED})")

_BREAKS = frozenset(  # the tags that begin or end a line
    {"address", "article", "aside", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt", "fieldset"}
    | {"figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li"}
    | {"main", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "title", "tr", "ul"}
)
_SPACES = frozenset(("td", "th", "img", "input", "button"))
_GAPS = {opening + tag + closing: "\u2029" for tag in _BREAKS for opening in ("", "/") for closing in ("", "/")}
_GAPS |= {opening + tag + closing: " " for tag in _SPACES for opening in ("", "/") for closing in ("", "/")}
_LEFTOVER = re.compile(  # markup that was escaped once too often
    r"</(?:a|b|blockquote|div|em|figure|font|h\d|i|li|ol|p|span|strong|table|td|u|ul)>|<(?:br|hr)\s*/?>|<(?:img|a)\s[^<>]*=|<p>",
    re.IGNORECASE,
)


def clean(value: str, limit: int, paragraphs: bool = False) -> str:
    """Return `value` as plain text of at most `limit` characters: no controls, NFC, white space folded.

    With `paragraphs` line breaks stay, one at a time; without, they are spaces. What is too long ends with "…",
    after a whole word where the last fifth has one.
    """
    text = _kept(value[: 8 * limit + 1_000])
    lines = text.splitlines() if paragraphs else [text]
    return _cut("\n".join(filter(None, map(_folded, lines))), limit)


def _kept(text: str) -> str:
    """Return text without what is dropped, in NFC; the usual text, which has nothing of it, is told at a glance."""
    if text.isascii():
        return text.encode().translate(None, _ASCII_DROPPED).decode()
    shown = text.replace("\n", "").replace("\u2029", "").replace("\xa0", "")
    if not shown.isprintable():  # nothing that is dropped is printable
        text = _DROPPED.sub("", text)
        if "\u200c" in text or "\u200d" in text:
            text = _STRAY_JOINER.sub("", text)
    return normalize("NFC", text)


def _folded(line: str) -> str:
    """Return a line with one space for each stretch of white space, none at its ends."""
    if line.isprintable() and "  " not in line:  # no white space but the space is printable
        return line.strip(" ")
    return " ".join(line.split())


def plain(markup: str, limit: int, paragraphs: bool = False) -> str:
    """Return the text of raw HTML, cleaned: tags, scripts and what is hidden out, blocks apart, entities decoded.

    Markup that was escaped twice is unwrapped once more: it has no tags until its entities are decoded. The cost is
    linear in the length of `markup`.
    """
    if "<" not in markup and "&" not in markup:
        return clean(markup, limit, paragraphs)
    text, tagged = _text(markup, 8 * limit + 1_000)
    if not tagged and _LEFTOVER.search(text):
        text, _ = _text(text, 8 * limit + 1_000)
    return clean(text, limit, paragraphs)


def _text(markup: str, enough: int) -> tuple[str, bool]:
    """Return the text between tags until it is `enough`, entities decoded, and whether there were tags."""
    parts: list[str] = []
    length, tagged = 0, False
    for text, name, _ in shown_tags(markup):
        parts.append(text)
        if name:
            tagged = True
            parts.append(_GAPS.get(name, ""))
        length += len(text)
        if length > enough:
            break
    joined = "".join(parts)
    # In markup a line break is a space; the breaks that tags make are another character, until `clean` sees to them.
    return unescape(joined.replace("\n", " ").replace("\r", " ") if tagged else joined), tagged


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    end = limit - 1
    word = max(text.rfind(" ", 0, end + 1), text.rfind("\n", 0, end + 1))
    if word >= limit * 4 // 5:
        end = word
    while end > 0 and (combining(text[end]) or text[end] in "\u200c\u200d\ufe0f" or text[end - 1] in "\u200c\u200d"):
        end -= 1  # a letter keeps its marks
    return text[:end].rstrip() + "…" if limit > 0 else ""
