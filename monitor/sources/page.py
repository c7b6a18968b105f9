"""Reads a web page for its text, through trafilatura."""

from collections.abc import Iterator, Mapping
from typing import Any

from monitor.errors import ParseError
from monitor.model import Page
from monitor.sources import contents, language
from monitor.sources.charset import decoded
from monitor.text.clean import PAGE_LIMIT, TITLE_LIMIT, clean, plain
from monitor.text.hidden import SHOWN, Reasons, may_hide, reasons
from monitor.text.markup import attributes, tags
from monitor.urls import domain, web_link

_HEAD = 300_000  # characters in which a page may say what it is


def read(body: bytes, url: str, headers: Mapping[str, str]) -> Page:
    """Return title, text and language of the page at `url`; plain text is taken as it is.

    Its own canonical address counts within its registrable domain only. Raises ParseError where there is no page, or
    no text in it.
    """
    if contents.is_page(body[: contents.HEAD]) or "html" in headers.get("content-type", ""):
        return _page(decoded(body, headers), url, headers, body)
    if headers.get("content-type", "").startswith("text/plain"):
        text = clean(decoded(body, headers), PAGE_LIMIT, paragraphs=True)
        return Page(url=url, title="", text=text, language=language.tag(headers.get("content-language")))
    raise ParseError(f"not a page but {contents.describe(body, headers)}")


def _page(markup: str, url: str, headers: Mapping[str, str], body: bytes) -> Page:
    text = clean(_extracted(markup, url), PAGE_LIMIT, paragraphs=True)
    if not text:
        raise ParseError(f"{contents.describe(body, headers)}, in which no text was found")
    said = dict(_said(markup[:_HEAD]))
    return Page(
        url=_own_address(said.get("canonical", "") or said.get("og:url", ""), url),
        title=plain(said.get("og:title", "") or said.get("title", ""), TITLE_LIMIT),
        text=text,
        language=language.tag(said.get("language") or said.get("og:locale") or headers.get("content-language")),
    )


def _extracted(markup: str, url: str) -> str:
    from trafilatura import extract

    try:
        shown = _shown(markup) if may_hide(markup) else markup
        return extract(shown, url=url, fast=True, include_comments=False) or ""
    except MemoryError:  # concerns the process, which is replaced
        raise
    except Exception as error:  # trafilatura names none: whatever it meets is a fault of this page
        raise ParseError(f"a page that can't be read ({type(error).__name__}: {clean(str(error), 200)})") from error


def _shown(markup: str) -> Any:
    """Return a page as lxml's tree, without the text that it does not show; the page as it is if it has no tree."""
    from trafilatura import load_html

    tree: Any = load_html(markup)
    found: dict[Any, Reasons] = {}
    for element in tree.iter() if tree is not None else ():
        around = found.get(element.getparent(), SHOWN)
        found[element] = reasons(element.tag, element.attrib, around) if isinstance(element.tag, str) else around
        if found[element]:
            element.text = None
        if around:
            element.tail = None
    return markup if tree is None else tree


def _said(markup: str) -> Iterator[tuple[str, str]]:
    """Yield what a page says of itself: language, title, canonical, og:title, og:url, og:locale."""
    for before, name, written in tags(markup):
        if name == "/title":
            yield "title", before
        elif name == "html":
            yield "language", attributes(written).get("lang", "")
        elif name == "link":
            given = attributes(written)
            if "canonical" in given.get("rel", "").lower().split():
                yield "canonical", given.get("href", "")
        elif name == "meta":
            given = attributes(written)
            if given.get("property", "").startswith("og:"):
                yield given["property"], given.get("content", "")
        elif name == "body":
            return


def _own_address(claimed: str, url: str) -> str:
    """Return the address a page claims if it may: one owner's pages can't speak for another's."""
    address = web_link(claimed, url) if claimed else ""
    return address if address and domain(address) == domain(url) else url
