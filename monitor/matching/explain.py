"""Says in the article's own words why it was found, and quotes the sentences that show it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.matching import background, places, vectors
from monitor.matching.article import read
from monitor.matching.pair import Pair, pair
from monitor.matching.passages import passages
from monitor.matching.profile import Profile
from monitor.model import Document
from monitor.text.words import HYPHENS, sentences, spans, words

MOST_TERMS = 4  # on a why line
COMMON = 4.0  # weight in the background, under which a word says little alone: more than every fiftieth article has it
TELLING = 0.5  # weight in the profile, from which it does all the same
LONGEST_TERM = 4  # words
LONGEST_SENTENCE = 120  # characters of one that stands on a why line
READ = 6_000  # characters of an article in which terms and quotes are looked for
QUOTE = 320  # characters of a quote, at most; a longer sentence is not quoted
_SHORTEST = 5  # words that make a sentence worth quoting
_REPEATED = 0.7  # of the weight of a sentence that says nothing but the headline, taken off
_LEAST_SHARED = 2  # words that a quoted sentence shares with the seed


@dataclass(frozen=True, slots=True)
class _Found:
    """Words of the seed that stand side by side in an article as they do in the seed."""

    words: tuple[str, ...]  # as compared
    text: str  # as the article spells them


def why(together: Pair, document: Document) -> tuple[str, ...]:
    """Return the strongest terms that document and seed share, as the document spells them, strongest first.

    Between two languages these are people and places. The seed's name stands in brackets where the spelling differs;
    where nothing but the meaning is shared, it is the document's nearest sentence.
    """
    if together.across:
        return _across(together, document) or _sentence(together, document)
    return _within(together, document) or _across(together, document) or _sentence(together, document)


def _across(together: Pair, document: Document) -> tuple[str, ...]:
    """Return the people and places of the seed that the document names: people first, then the rarest places."""
    told = together.article.told
    met = {person.name: told[person.start : person.end] for person in together.met}
    ours = together.profile.places
    named = sorted(places.found(told), key=lambda place: (-ours.get(place.id, 0.0), place.start))
    for place in named:
        if place.id in ours:
            met.setdefault(places.names(place.id), told[place.start : place.end])
    return tuple(_with_name(text, name) for name, text in list(met.items())[:MOST_TERMS])


def _with_name(text: str, name: str) -> str:
    """Return a document's spelling, with the seed's in brackets where they differ."""
    text = _without_possession(text)
    return text if words(text) == words(name) else f"{text} ({name})"


def _sentence(together: Pair, document: Document) -> tuple[str, ...]:
    """Return the sentence that stands for the whole: the title, else the first one; nothing of an empty document."""
    said = document.title or next(iter(sentences(document.text[:READ])), "")
    return (_shortened(said),) if said else ()


def _shortened(sentence: str) -> str:
    return sentence if len(sentence) <= LONGEST_SENTENCE else sentence[: LONGEST_SENTENCE - 1].rstrip() + "…"


def _within(together: Pair, document: Document) -> tuple[str, ...]:
    """Return the strongest terms that both have, in one language; common words only where there is nothing else."""
    profile = together.profile
    people = _people(profile)
    found: dict[frozenset[str], _Found] = {}
    for text in (document.title, document.text[:READ]):
        for term in _terms(profile, text):
            if len(term.words) > 1 or term.text in people.get(term.words[0], (term.text,)):
                found.setdefault(frozenset(term.words), term)
    for spelling, name in together.otherwise.items():
        found.setdefault(frozenset(words(name)), _Found(tuple(words(name)), f"{spelling} ({name})"))
    telling = {key: term for key, term in found.items() if not _is_common(together, term)} or found
    ranked = sorted(telling.items(), key=lambda item: -sum(profile.weights.get(word, 0.0) for word in item[0]))
    chosen: list[str] = []
    said: set[str] = set()
    for key, term in ranked:
        if len(chosen) < MOST_TERMS and not key & said:
            chosen.append(term.text)
            said |= key
    return tuple(chosen)


def _people(profile: Profile) -> dict[str, set[str]]:
    """Return how the seed writes each word of a person's name: what is written otherwise is no part of it, as "UN"."""
    written: dict[str, set[str]] = {}
    for term in profile.terms:
        if term.kind == "person":
            for word, start, end in spans(term.term):
                written.setdefault(word, {profile.spelling.get(word, "")}).add(term.term[start:end])
    return written


def _is_common(together: Pair, term: _Found) -> bool:
    """Tell whether a term is one word that says little, as "told" does: no name, nothing that was asked for."""
    word, profile = term.words[0], together.profile
    alone = len(term.words) == 1 and profile.spelling.get(word, "").islower()
    if not alone or any(word in words(included) for included in profile.topic.include):
        return False
    return profile.weights[word] < TELLING and background.weight(word, together.article.language) < COMMON


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
    """Tell whether the word at `start` belongs to the run: "Kim Myong Gil" is complete before a small letter.

    One behind a hyphen goes on with it: "Kim Myong-gil".
    """
    if told:
        hyphened = text[start - 1] in HYPHENS
        return hyphened or not (len(run) > 1 and text[run[-1][1]].isupper() and text[start].islower())
    return text[run[-1][1]].isupper() and text[start].isupper()


def _found(run: list[tuple[str, int, int]], text: str) -> _Found:
    return _Found(tuple(word for word, _, _ in run), _without_possession(text[run[0][1] : run[-1][2]]))


def _without_possession(name: str) -> str:
    """Return a name without the s of possession: it stands alone on a why line."""
    return name.removesuffix("'s").removesuffix("’s")


def quote(together: Pair, document: Document) -> str:
    """Return one or two whole sentences of the text, neighbours as they stand there, "" if none tells of the story.

    They are those that share most with the seed, early ones and ones that say more than the headline before others.
    Of a document in another language they are those that name most of the seed's people and places, else the first.
    """
    told, headline = sentences(document.text[:READ]), words(document.title)
    if told and words(told[0]) == headline:  # many pages begin with their headline, which stands above the quote
        del told[0]
    whole = told[:-1] if len(document.text) > READ else told  # the last one may have been cut
    nearness = _named if together.across else _shared
    weighed = [
        (sentence, nearness(together, sentence) * _early(at) * _beyond(headline, sentence))
        for at, sentence in enumerate(whole)
    ]
    passages = [*_passages(weighed)]
    if not passages and together.across:
        passages = [*_passages([(sentence, _early(at)) for at, sentence in enumerate(whole[:2])])]
    return max(passages, key=lambda passage: passage[1], default=("", 0.0))[0]


def _passages(weighed: Sequence[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    """Yield every sentence that may be quoted, alone and with the next one, with its weight."""
    for at, (sentence, weight) in enumerate(weighed):
        if weight > 0 and len(sentence) <= QUOTE:
            yield sentence, weight
            after, more = weighed[at + 1] if at + 1 < len(weighed) else ("", 0.0)
            if more > 0 and len(sentence) + len(after) < QUOTE:
                yield f"{sentence} {after}", weight + more


def _early(at: int) -> float:
    """Return how much the place of a sentence counts: news opens with what matters."""
    return 1.0 + 1.0 / (1.0 + at)


def _beyond(headline: Sequence[str], sentence: str) -> float:
    """Return how much of a sentence the reader has not just read: little of one that repeats the headline."""
    said = set(words(sentence))
    return 1.0 - _REPEATED * len(said.intersection(headline)) / max(1, len(said))


def _shared(together: Pair, sentence: str) -> float:
    """Return how much a sentence shares with the profile, 0 if it is no sentence or shares too little."""
    weights = together.profile.weights
    names = [name for spelling, name in together.otherwise.items() if spelling in sentence]
    found: Mapping[str, None] = dict.fromkeys(words(" ".join([sentence, *names])))
    met = [weights[word] for word in found if word in weights]
    return sum(met) if len(met) >= _LEAST_SHARED and len(found) >= _SHORTEST else 0.0


def _named(together: Pair, sentence: str) -> float:
    """Return how much a sentence names of the seed's people and places, whatever its language."""
    ours, told = together.profile.places, together.article.told
    people = sum(told[person.start : person.end] in sentence for person in together.met)
    return people + sum(ours.get(id, 0.0) for id in {place.id for place in places.found(sentence)})


def nearest_passage(profile: Profile, document: Document) -> str:
    """Return the passage of the seeds nearest to a document, "" if none is.

    It is the one that shares most words with it, by the profile's weights; across two languages, or where none shares
    one, the nearest by meaning; without vectors the one that names most of the same people and places.
    """
    together = pair(profile, read(document))
    told = [passage for seed in profile.topic.seeds for passage in passages(seed)]
    said = {*words(document.title), *words(document.text)} if not together.across else set[str]()
    ways = (
        [sum(profile.weights.get(word, 0.0) for word in said & {*words(passage)}) for passage in told],
        [_alike(together, vector) for seed in profile.topic.seeds for vector in seed.vectors],
        [_same_names(together, passage) for passage in told],
    )
    near = next((way for way in ways if max(way, default=0.0) > 0), None)
    return told[near.index(max(near))] if near else ""


def _alike(together: Pair, packed: bytes) -> float:
    return vectors.cosine(vectors.unpacked(packed), together.article.vector)


def _same_names(together: Pair, passage: str) -> float:
    """Return how much a passage of the seed names of the people and places that the article names."""
    people = sum(person.name in passage for person in together.met)
    ours, theirs = together.profile.places, together.article.places
    named = {place.id for place in places.found(passage)} & theirs.keys()
    return people + sum(ours.get(id, 0.0) for id in named)
