"""Tells which elements a page does not show: what nobody sees counts for nothing.

Hidden are what `hidden`, `aria-hidden="true"`, `<noscript>` or a style attribute says: display:none, opacity:0,
visibility:hidden, font-size:0. The last two are handed down, until an element within takes them back. Style sheets
are not read, and white on white is not looked for.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from monitor.text.markup import attributes, tags

Reasons = frozenset[str]  # why an element is not shown; none if it is
SHOWN: Reasons = frozenset()

_SIGNS = (  # one of these stands in every style attribute that hides something
    re.compile(r"display\s*:\s*none"),
    re.compile(r"visibility\s*:\s*collapse"),
    re.compile(r"opacity\s*:\s*\+?[0.]"),
    re.compile(r"font-size\s*:\s*\+?[0.]"),
    re.compile(r"style\s*=\s*(?:\"[^\"]*&|'[^']*&)"),  # an entity may be any letter of them
)
_ZERO = r"\+?(?:0+\.?0*|\.0+)"
_HIDING = {
    "display": re.compile("none"),
    "opacity": re.compile(f"{_ZERO}%?"),
    "visibility": re.compile("hidden|collapse"),
    "font-size": re.compile(f"{_ZERO}(?:[a-z]+|%)?"),
}
_HANDED_DOWN = frozenset(("visibility", "font-size"))
_DECLARED = re.compile(rf"(?<![^;])({'|'.join(_HIDING)}):([^;!]+)")
_AS_AROUND = re.compile(r"inherit|unset|smaller|larger|.*(?:[\d.]em|%)")  # a part of nothing is nothing
_WHOLE = frozenset(("html", "body"))  # hidden by some pages until their scripts have run

_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
_BLOCKS = frozenset(  # where one begins, an open paragraph ends
    {"address", "article", "aside", "blockquote", "center", "dd", "details", "div", "dl", "dt", "fieldset"}
    | {"figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main"}
    | {"menu", "nav", "ol", "p", "pre", "section", "summary", "table", "td", "th", "tr", "ul"}
)
_NEXT = {  # what ends where this begins
    "dd": ("dd", "dt"),
    "dt": ("dd", "dt"),
    "li": ("li",),
    "option": ("option",),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "tr": ("td", "th", "tr"),
}


def may_hide(markup: str) -> bool:
    """Tell at a glance whether markup may hide something; most markup of feeds can't."""
    lowered = markup.lower()
    if "hidden" in lowered or "noscript" in lowered:
        return True
    return "style" in lowered and any(sign.search(lowered) for sign in _SIGNS)


def reasons(name: str, given: Mapping[str, str], around: Reasons) -> Reasons:
    """Return why an element is not shown, `given` its attributes, and `around` why what it stands in is not."""
    if name in _WHOLE:
        return around
    style = dict(_DECLARED.findall("".join(given.get("style", "").lower().split())))  # the last of two counts
    hiding = {key for key, value in style.items() if _HIDING[key].fullmatch(value)}
    if name == "noscript" or "hidden" in given or given.get("aria-hidden", "").strip().lower() == "true":
        hiding.add("hidden")
    taken_back = {key for key in _HANDED_DOWN & style.keys() - hiding if not _AS_AROUND.fullmatch(style[key])}
    return around - taken_back | hiding


def shown_tags(markup: str) -> Iterator[tuple[str, str, str]]:
    """Yield what `tags` does, without text that is not shown."""
    found = tags(markup)
    return _shown(found) if may_hide(markup) else found


def _shown(found: Iterator[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    opened = _Opened()
    for text, name, written in found:
        yield "" if opened.reasons[-1] else text, name, written
        if name.startswith("/"):
            opened.end(name[1:])
        elif name:
            opened.begin(name, written)


class _Opened:
    """The elements that are open where HTML, which leaves out end tags, has come to."""

    def __init__(self) -> None:
        self.names = [""]  # of the page itself, then of each element
        self.reasons = [SHOWN]  # of the same
        self._counts: Counter[str] = Counter()  # of the names, so that an end tag without a beginning costs nothing

    def begin(self, name: str, written: str) -> None:
        """Open an element, and end those that do not go on beside it; a void or self-closed one holds nothing."""
        if name in _BLOCKS:
            self.end("p")
        while self.names[-1] in _NEXT.get(name, ()):
            self.end(self.names[-1])
        if name not in _VOID and not written.endswith("/"):
            around = self.reasons[-1]
            told = around or name == "noscript" or may_hide(written)
            self.reasons.append(reasons(name, attributes(written), around) if told else around)
            self.names.append(name)
            self._counts[name] += 1

    def end(self, name: str) -> None:
        """End the innermost element of that name, with all within it."""
        while self._counts[name]:
            self.reasons.pop()
            self._counts[ended := self.names.pop()] -= 1
            if ended == name:
                return
