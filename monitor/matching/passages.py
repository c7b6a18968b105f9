"""Cuts what a dense encoder reads: the gist of an article, and the passages of a seed."""

from monitor.matching import noise
from monitor.model import Document, Seed

GIST_WORDS = 50  # of the text behind the title: what a feed tells
PASSAGE_WORDS = 60
MOST_PASSAGES = 12
MOST_CHARACTERS = 800  # of one passage: languages without spaces, and text made to be slow


def gist(document: Document) -> str:
    """Return the title and the first words of a document, of which its vector is made."""
    text = " ".join(document.text[: 4 * MOST_CHARACTERS].split()[:GIST_WORDS])
    return f"{document.title}. {text}"[:MOST_CHARACTERS]


def passages(seed: Seed) -> tuple[str, ...]:
    """Return what a seed's vectors are made of: its gist, then its paragraphs, noise left out."""
    words = noise.cleaned(seed.text).text.split()
    return tuple(
        " ".join(words[start : start + PASSAGE_WORDS])[:MOST_CHARACTERS]
        for start in range(0, min(len(words), PASSAGE_WORDS * MOST_PASSAGES), PASSAGE_WORDS)
    )
