"""Says in the article's own words why it was found, and quotes the sentences that show it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from monitor.matching.profile import Profile
from monitor.model import Document
from monitor.text.words import sentences, spans, words

MOST_TERMS = 4  # on a why line
LONGEST_TERM = 4  # words
READ = 6_000  # characters of an article in which terms and quotes are looked for
QUOTE = 320  # characters of a quote, at most; a longer sentence is not quoted
_SHORTEST = 5  # words that make a sentence worth quoting
_LEAST_SHARED = 2  # words that a quoted sentence shares with the seed


@dataclass(frozen=True, slots=True)
class _Found:
    """Words of the seed that stand side by side in an article as they do in the seed."""

    words: tuple[str, ...]  # as compared
    text: str  # as the article spells them


def why(profile: Profile, document: Document) -> tuple[str, ...]:
    """Return the strongest terms that document and seed share, as the document spells them, strongest first."""
    found: dict[frozenset[str], _Found] = {}
    for text in (document.title, document.text[:READ]):
        for term in _terms(profile, text):
            found.setdefault(frozenset(term.words), term)
    ranked = sorted(found.items(), key=lambda item: -sum(profile.weights.get(word, 0.0) for word in item[0]))
    chosen: list[str] = []
    said: set[str] = set()
    for key, term in ranked:
        if len(chosen) < MOST_TERMS and not key & said:
            chosen.append(term.text)
            said |= key
    return tuple(chosen)


def _terms(profile: Profile, text: str) -> Iterator[_Found]:
    """Yield the seed's words in `text`, joined where seed and text have them side by side.

    Of words that tell nothing alone, a capitalised one behind a capitalised one is joined too: "United States".
    """
    run: list[tuple[str, int, int]] = []
    for word, start, end in spans(text):
        told = word in profile.weights
        if run and _joins(profile, run, (word, start)) and _reads_on(text, run, start, told):
            run.append((word, start, end))
            continue
        if run:
            yield _found(run, text)
        run = [(word, start, end)] if told else []
    if run:
        yield _found(run, text)


def _joins(profile: Profile, run: list[tuple[str, int, int]], following: tuple[str, int]) -> bool:
    word, start = following
    last, _, end = run[-1]
    return start - end <= 1 and len(run) < LONGEST_TERM and (last, word) in profile.neighbours


def _reads_on(text: str, run: list[tuple[str, int, int]], start: int, told: bool) -> bool:
    """Tell whether the word at `start` belongs to the run: "Kim Myong Gil" is complete before a small letter."""
    if told:
        return not (len(run) > 1 and text[run[-1][1]].isupper() and text[start].islower())
    return text[run[-1][1]].isupper() and text[start].isupper()


def _found(run: list[tuple[str, int, int]], text: str) -> _Found:
    return _Found(tuple(word for word, _, _ in run), text[run[0][1] : run[-1][2]])


def quote(profile: Profile, document: Document) -> str:
    """Return one or two whole sentences of the text that share most with the seed, "" if none shares enough."""
    told = list(enumerate(sentences(document.text[:READ])))
    whole = told[:-1] if len(document.text) > READ else told  # the last one may have been cut
    weighed = [(_shared(profile, sentence), -at, sentence) for at, sentence in whole if len(sentence) <= QUOTE]
    best = max(weighed, default=(0.0, 0, ""))
    if best[0] <= 0:
        return ""
    after = _next(weighed, 1 - best[1])
    together = f"{best[2]} {after}" if after else best[2]
    return together if len(together) <= QUOTE else best[2]


def _next(weighed: list[tuple[float, int, str]], at: int) -> str:
    """Return the sentence at place `at` if it too tells of the story, else ""."""
    return next((sentence for weight, place, sentence in weighed if -place == at and weight > 0), "")


def _shared(profile: Profile, sentence: str) -> float:
    """Return how much a sentence shares with the profile, 0 if it is no sentence or shares too little."""
    found: Mapping[str, None] = dict.fromkeys(words(sentence))
    met = [profile.weights[word] for word in found if word in profile.weights]
    return sum(met) if len(met) >= _LEAST_SHARED and len(found) >= _SHORTEST else 0.0
