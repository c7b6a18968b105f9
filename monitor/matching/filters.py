"""Stops articles that the person does not want, whatever their score, and says which wish stopped them."""

from monitor import urls
from monitor.matching.article import read
from monitor.model import Document, Topic
from monitor.text.words import is_paired, words


def stopped(topic: Topic, document: Document) -> str:
    """Return in words which filter of the topic stops a document, "" if none does."""
    return stopped_for_good(topic, document) or _by_terms(topic, document)


def stopped_for_good(topic: Topic, document: Document) -> str:
    """Return in words which filter stops a document, whatever more of its text may come; "" if none does."""
    return _by_source(topic, document) or _by_language(topic, document) or _by_excluded(topic, document)


def _by_source(topic: Topic, document: Document) -> str:
    if not topic.mute_sources and not topic.sources:
        return ""
    if any(_is_from(document, source) for source in topic.mute_sources):
        return f"{_source(document)} is muted"
    if topic.sources and not any(_is_from(document, source) for source in topic.sources):
        return f"{_source(document)} is none of the topic's sources"
    return ""


def _source(document: Document) -> str:
    return document.source or urls.host(document.url) or "a source without a name"


def _is_from(document: Document, source: str) -> bool:
    """Tell whether a document comes from `source`: a feed's title, or a domain with all below it."""
    wanted = source.casefold().strip()
    host = urls.host(document.url)
    known = document.source.casefold().strip()
    return wanted == known or any(name == wanted or name.endswith("." + wanted) for name in (host, known) if name)


def _by_language(topic: Topic, document: Document) -> str:
    if not topic.languages:
        return ""
    language = _primary(document.language) or read(document).language
    wanted = {_primary(each) for each in topic.languages}
    return "" if language in wanted else f"its language is {language}, not {' or '.join(topic.languages)}"


def _primary(language: str) -> str:
    return language.casefold().replace("_", "-").split("-")[0]


def _by_excluded(topic: Topic, document: Document) -> str:
    if not topic.exclude:
        return ""
    searched = _Searched(document)
    named = [term for term in topic.exclude if searched.has(term)]
    return f"has {named[0]}, which is excluded" if named else ""


def _by_terms(topic: Topic, document: Document) -> str:
    if not topic.require_any:
        return ""
    searched = _Searched(document)
    if any(searched.has(term) for term in topic.require_any):
        return ""
    return f"has none of {', '.join(topic.require_any)}"


class _Searched:
    """A document in which terms are looked for, as whole words in their order."""

    def __init__(self, document: Document) -> None:
        self._plain = f"{document.title}\n{document.text}".casefold()
        self._words = f" {' '.join(words(document.title))} | {' '.join(words(document.text))} "

    def has(self, term: str) -> bool:
        """Tell whether the document has `term`; one in a script without spaces counts wherever it stands."""
        if any(is_paired(character) for character in term):
            return term.casefold().strip() in self._plain
        wanted = " ".join(words(term))
        return wanted != "" and f" {wanted} " in self._words
