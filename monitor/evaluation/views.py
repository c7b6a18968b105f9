"""Shows documents as the service may see them: whole, as a feed tells them, by their title alone."""

from dataclasses import replace
from typing import Literal, get_args

from monitor.model import Document

View = Literal["full", "feed", "title"]
VIEWS: tuple[View, ...] = get_args(View)
FEED_WORDS = 50


def seen(document: Document, view: View) -> Document:
    """Return a document with as much of its text as the view shows."""
    if view == "full":
        return document
    return replace(document, text=" ".join(document.text.split()[:FEED_WORDS]) if view == "feed" else "")
