"""Tells what the articles of a story say now that they did not say before.

    before  They met in Stockholm. Nobody spoke.
    now     They met in Stockholm. Nobody spoke. The delegation left for the airport at noon.   →  the third sentence

Clocks, counters, case, punctuation, mended spelling and moved sentences are no news: words are compared, and numbers
are left out.
"""

from collections.abc import Collection, Iterable, Mapping
from difflib import SequenceMatcher
from hashlib import blake2b
from itertools import pairwise

from monitor.matching import background
from monitor.matching.article import telling
from monitor.model import Change, Wording
from monitor.text.words import sentences, words

READ = 20_000  # characters of an article in which a new sentence is looked for
LONGEST = 420  # characters of a sentence that is quoted
SHORTEST = 5  # words of one
KNOWN_SHARE = 0.5  # of a sentence's word pairs: with more of them told before, it is no news
ALIKE = 0.75  # how like a word must be to another for being a mended spelling of it
HEADLINE_WORDS = 60
LABELS = frozenset(
    {"breaking", "developing", "exclusive", "gmt", "latest", "live", "update", "updated", "utc", "video"}
)


def change(
    before: Mapping[int, Wording],
    now: Mapping[int, Wording],
    near: Iterable[str],
    *,
    language: str = "",
    said: Collection[str] = (),
) -> Change | None:
    """Return what the articles of a story say `now` that they did not `before` (both by article id), None if nothing.

    `near` has words by which the story is known: of several new sentences, the one that has most of them is taken,
    and one that has none tells of something else. A headline counts where its own article had another one before.
    Changes whose names are in `said` are passed over.
    """
    told = _pairs(word for wording in before.values() for word in _spoken(f"{wording.title}\n{wording.text}"))
    known = _telling(" ".join(near), language)
    found = [
        (shared, -place, -id, sentence)
        for id, wording in now.items()
        for place, sentence in enumerate(_quotable(wording.text))
        if (shared := len(known.intersection(words(sentence))))
        and _is_new(sentence, told)
        and _name(sentence) not in said
    ]
    if found:
        _, _, id, sentence = max(found)
        return Change(-id, _name(sentence), sentence, _headline_before(before.get(-id), now[-id], language))
    for id, wording in now.items():
        was = _headline_before(before.get(id), wording, language)
        if was and _name(wording.title) not in said:
            return Change(id, _name(wording.title), was=was)
    return None


def _quotable(text: str) -> list[str]:
    found = sentences(text[:READ])
    whole = found[:-1] if len(text) > READ else found  # the last one may have been cut
    return [sentence for sentence in whole if len(sentence) <= LONGEST]


def _is_new(sentence: str, told: set[tuple[str, str]]) -> bool:
    spoken = _spoken(sentence)
    pairs = _pairs(spoken)
    return len(spoken) >= SHORTEST and len(pairs & told) <= KNOWN_SHARE * len(pairs)


def _headline_before(before: Wording | None, now: Wording, language: str) -> str:
    """Return an article's earlier headline if the one that it has now says something else, "" if not.

    Something has come and something has gone: one that only grew, or was only cut, says the same.
    """
    if before is None:
        return ""
    came = _beyond(now.title, before.title, language)
    return before.title if came and _beyond(before.title, now.title, language) else ""


def says_more(title: str, other: str) -> bool:
    """Tell whether one headline says something that another one does not: clocks, counters and spelling are nothing."""
    return _beyond(title, other, "")


def _beyond(title: str, other: str, language: str) -> bool:
    """Tell whether a headline has a word that tells something and does not stand in the other, however spelled."""
    there = words(other, HEADLINE_WORDS)
    fresh = _telling(title, language) - LABELS - set(there)
    return any(not word[0].isdigit() and not _is_mended(word, there) for word in fresh)


def _is_mended(word: str, others: Iterable[str]) -> bool:
    return any(SequenceMatcher(None, word, other).ratio() >= ALIKE for other in others)


def _telling(text: str, language: str) -> set[str]:
    found = words(text, 4 * HEADLINE_WORDS)
    return set(telling(found, background.table_for(language, found)))


def _spoken(text: str) -> list[str]:
    """Return the words of `text` in order, without numbers."""
    return [word for word in words(text) if not word[0].isdigit()]


def _pairs(found: Iterable[str]) -> set[tuple[str, str]]:
    return set(pairwise(found))


def _name(text: str) -> str:
    """Return what names a change: the same for the same words, whatever their numbers."""
    return blake2b(" ".join(_spoken(text)).encode("utf-8", "replace"), digest_size=16).hexdigest()
