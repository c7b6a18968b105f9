"""Writes down the XHTML of an Atom feed as feedparser 6 does."""

from itertools import accumulate
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from monitor.sources.vocabulary import expect

_NAMESPACE = "{http://www.w3.org/1999/xhtml}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_ODD = frozenset(("body", "svg", "math"))  # which feedparser ends otherwise, or tells the namespace of
_DEEPEST = 100


def written(element: Element) -> str:
    """Return what stands in an element as markup, without a `div` that is around all of it.

    :raises UnusualError: where it holds anything but plain XHTML
    """
    pieces: list[str] = []
    _write(element, pieces, 0)
    filled = [at for at, piece in enumerate(pieces) if piece.strip()]
    pieces = pieces[filled[0] : filled[-1] + 1] if filled else []
    if pieces and pieces[0].startswith(("<div>", "<div ")) and pieces[-1] == "</div>":
        open_tags = accumulate((piece[:1] == "<") - 2 * (piece[:2] == "</") for piece in pieces[:-1])
        pieces = pieces if 0 in open_tags else pieces[1:-1]
    return "".join(pieces).strip()


def _write(element: Element, pieces: list[str], depth: int) -> None:
    expect(depth < _DEEPEST)
    pieces.append(escape(element.text or ""))
    for each in element:
        name = each.tag.removeprefix(_NAMESPACE).lower()
        expect(each.tag.startswith(_NAMESPACE) and name not in _ODD)
        given = {_attribute(key): value for key, value in each.items()}
        pieces.append("".join([f"<{name}", *(f' {key}="{_escaped(key, value)}"' for key, value in given.items()), ">"]))
        _write(each, pieces, depth + 1)
        pieces += [f"</{name}>", escape(each.tail or "")]


def _attribute(written: str) -> str:
    """Return feedparser's name of an attribute."""
    expect((not written.startswith("{") or written == _LANGUAGE) and written.lower() != "base")
    return "xml:lang" if written == _LANGUAGE else written.lower()


def _escaped(name: str, value: str) -> str:
    return escape(value.lower() if name in ("rel", "type") else value, {'"': "&quot;"})
