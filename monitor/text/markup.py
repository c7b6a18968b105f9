"""Takes markup apart: tags, attributes and the text between, in one pass whose cost is linear whatever it is fed.

Written by hand because each reader at hand is quadratic on hostile input: html5ever (nh3) on formatting tags
left open, `html.parser` on comments left open, libxml2's handlers on depth. It builds no tree, opens no DTD and
resolves no entity but the characters HTML names.
"""

import re
from collections.abc import Iterator
from html import unescape
from itertools import chain

# A quote opens a value only after "=", as in HTML: `<p don't>` ends at its ">". Possessive, so nothing is tried twice.
_TAG = re.compile(r"<(/?[a-zA-Z][^\s/>]*+)((?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+)>")
_SIMPLE_TAG = re.compile(r"<(/?[a-zA-Z][^\s/>]*+)([^>]*+)>")
_ATTRIBUTE = re.compile(r"([^\s=/>\"']++)\s*+(?:=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>\"']++)))?+")
_EASY_TAG = re.compile(r"<(/?[a-zA-Z][^\s/<>]*+)([^<>]*+)>")
_TAG_OPENS = re.compile(r"</?[a-zA-Z]")
_UNEASY = re.compile(r"<(?:[!?]|script|style|template|iframe|noframes|noembed|svg|xmp)", re.IGNORECASE)
_CUT_TAG = re.compile(r"<(?:/[a-zA-Z]|[a-zA-Z]++[\s/]|!--)[^<>]*+$")
_LONGEST_ATTRIBUTES = 65_536  # characters of one tag that are read
_UNREAD = {
    name: re.compile(rf"</{name}\b", re.IGNORECASE)
    for name in ("script", "style", "template", "iframe", "noframes", "noembed", "svg", "xmp")
}


def tags(markup: str) -> Iterator[tuple[str, str, str]]:
    """Yield each tag of `markup` as (text before it, its name, its attributes as written).

    Names are in lower case, `/p` closes a paragraph; the last one is "", with the text after all tags. Text is as
    written, entities and all. Comments and the contents of scripts, styles and frames are left out, and so is what
    follows a comment, script or tag that never ends; what is no tag ("a < b") is text.
    """
    return _easy_tags(markup) or _any_tags(markup)


def _easy_tags(markup: str) -> Iterator[tuple[str, str, str]] | None:
    """Split at the tags in one call, six times as fast; None if something stands there that this would misread."""
    if _UNEASY.search(markup):
        return None
    pieces = _EASY_TAG.split(markup)
    texts, names, writings = pieces[0::3], pieces[1::3], pieces[2::3]
    if markup.count("<") > len(names) and any(map(_TAG_OPENS.search, texts)):  # a tag cut off, or a bracket within one
        return None
    if any(written.count('"') % 2 or written.count("'") % 2 for written in set(writings)):  # a bracket within quotes
        return None
    return chain(zip(texts[:-1], map(str.lower, names), writings, strict=True), [(texts[-1], "", "")])


def _any_tags(markup: str) -> Iterator[tuple[str, str, str]]:
    text: list[str] = []
    start, at, last = 0, markup.find("<"), markup.rfind(">")
    tag = _TAG
    while 0 <= at < last:
        after = _unshown(markup, at) if markup[at + 1] in "!?" else at
        found = tag.match(markup, at) if after == at else None
        if found is None and after == at and tag is _TAG and _SIMPLE_TAG.match(markup, at):
            tag = _SIMPLE_TAG  # no ">" outside of quotes is left: from here on, quotes do not count
            continue
        if after > at:
            text += [markup[start:at], _literal(markup, at, after)]
            start = after
        elif found:
            yield "".join([*text, markup[start:at]]), (name := found[1].lower()), found[2]
            text.clear()
            start = _past_contents(markup, name, found.end()) if name in _UNREAD else found.end()
        at = markup.find("<", max(start, at + 1))
    yield "".join([*text, _CUT_TAG.sub("", markup[start:])]), "", ""


def attributes(written: str) -> dict[str, str]:
    """Return a tag's attributes, names in lower case, entities decoded; the first of two of one name counts."""
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(written[:_LONGEST_ATTRIBUTES]):
        found.setdefault(name.lower(), unescape(values[0] or values[1] or values[2]))
    return found


def _unshown(markup: str, at: int) -> int:
    """Return where a comment, declaration or CDATA section that begins at `at` ends; `at` itself if none does."""
    for opening, closing in (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<!", ">"), ("<?", ">")):
        if markup.startswith(opening, at):
            end = markup.find(closing, at + (2 if opening == "<!--" else len(opening)))
            return len(markup) if end < 0 else end + len(closing)
    return at


def _literal(markup: str, at: int, after: int) -> str:
    """Return the text of a CDATA section; tags and comments have none."""
    if not markup.startswith("<![CDATA[", at):
        return ""
    return markup[at + 9 : after].removesuffix("]]>").replace("&", "&amp;").replace("<", "&lt;")


def _past_contents(markup: str, name: str, after: int) -> int:
    """Return where the contents of a script or style end, which begin behind its start tag."""
    end = _UNREAD[name].search(markup, after)
    return end.start() if end else len(markup)
