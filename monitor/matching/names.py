"""Tells names from other words, as far as capital letters tell, and roughly what a name stands for.

    "… said Leif-Eric Easley of Ewha Womans University in Seoul"
        →   Leif-Eric Easley, a person · Ewha Womans University, an organisation · Seoul, a place
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.matching import background, places
from monitor.text.words import MOST_CHARACTERS, spans

_CAPITAL_NOUNS = frozenset({"de"})  # languages that write every noun with a capital
_TITLE_CASE = 0.5  # share of capitalised words from which capitals say nothing


def names(text: str, language: str) -> frozenset[str]:
    """Return the words of `text`, as compared, that have a capital in the middle of a sentence more often than not."""
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    before = 0
    for word, start, end in spans(text):
        if text[start].islower():
            small[word] += 1
        elif text[start].isupper() and _continues(text[before:start]):
            capital[word] += 1
        before = end
    if language in _CAPITAL_NOUNS or sum(capital.values()) > _TITLE_CASE * (
        sum(capital.values()) + sum(small.values())
    ):
        return frozenset()
    return frozenset(word for word in capital if capital[word] > small[word])


def _continues(between: str) -> bool:
    """Tell whether what stands between two words leaves them in one sentence."""
    return between != "" and not any(mark in between for mark in '.!?:\n"“”‘«»')


PERSON, ORGANISATION, PLACE, OTHER = "person", "organisation", "place", "other"
_LONGEST = 6  # words of a name


@dataclass(frozen=True, slots=True)
class Phrase:
    """A name of one or more words, as a text spells it."""

    text: str
    kind: str  # PERSON, ORGANISATION, PLACE or OTHER
    times: int  # how often the text has it
    start: int  # where it stands first


_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*(?:-[^\W\d_]+)*|(?<!\w)(?:[A-Z]\.){1,4}")
_INSIDE = frozenset("of de del della di da do dos das du des van von der den zu bin ibn al el la le and for the y e et und of".split())
_JOINING = frozenset("of de del della di da do dos das du van von der den zu bin ibn al el la le for".split())
_ORGANISATIONS = frozenset(
    "university college school institute institution academy department ministry ministerium minister party agency"
    " council committee commission court bank corporation corp company inc ltd llc plc group association federation"
    " union organization organisation foundation fund center centre office bureau service forces army navy police"
    " guard parliament congress senate house assembly embassy authority administration board league club team press"
    " news times post journal herald tribune radio television network studios airlines airways hospital church society"
    " front brigade movement alliance coalition treaty forum summit universität ministerium partei behörde rat"
    " ausschuss gericht gesellschaft verband bundestag bundesrat université ministère parti agence conseil comité"
    " tribunal banque société assemblée universidad ministerio partido agencia consejo comité banco universidade"
    " ministério conselho università ministero partito agenzia consiglio universitet universitetet departement"
    " departementet partiet myndighet verket rådet университет министерство партия агентство совет комитет суд банк"
    " служба дума міністерство університет партія рада".split()
) - {"minister"}
_TITLES = frozenset(
    "mr mrs ms miss dr prof professor president vice prime minister secretary senator sen rep representative gov"
    " governor general gen colonel col captain capt lieutenant lt sergeant sgt officer detective judge justice king"
    " queen prince princess pope bishop archbishop ambassador envoy chairman chairwoman chief director spokesman"
    " spokeswoman spokesperson leader chancellor premier deputy former coach actor actress singer ceo negotiator"
    " analyst sir lord lady herr frau präsident präsidentin kanzler kanzlerin minister ministerin madame monsieur"
    " président présidente ministre señor señora presidente presidenta ministro herr fru statsminister president"
    " presidenten statsministern президент министр премьер посол госпожа господин".split()
)
_SAID = frozenset(
    "said says told tells added argued wrote warned claimed announced tweeted asked replied noted sagte sagt erklärte"
    " dit déclaré affirmé dijo afirmó declaró sade säger sa disse ha сказал сказала заявил заявила сообщил".split()
) - {"ha"}
_CALENDAR = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august"
    " september october november december".split()
)


def phrases(text: str, language: str) -> tuple[Phrase, ...]:
    """Return the names in `text`, in the order in which they first stand, each once and with its kind.

    A name is one or more words with capitals, which "of", "von" and the like may join. A capital at the start of a
    sentence counts only where the word is never small; a line of capitals alone confirms names but gives none. In
    `language`s that write every noun with a capital, one word alone is a name only if it is a place.
    """
    text = text[:MOST_CHARACTERS]
    small = {word.group() for word in _WORD.finditer(text) if word.group().islower()}
    starts: dict[str, tuple[int, str]] = {}
    times: Counter[str] = Counter()
    where = {(place.start, place.end) for place in places.found(text)}
    for line in _LINE.finditer(text):
        told = not _is_title(line.group())
        for start, end, before, after in _runs(text, line.start(), line.end(), small):
            name = text[start:end]
            times[name] += 1
            if told and name not in starts and _is_telling(name, language, (start, end) in where):
                starts[name] = (start, _kind(name, before, after, (start, end) in where))
    return tuple(Phrase(name, kind, times[name], start) for name, (start, kind) in starts.items())


_LINE = re.compile(r"[^\n]+")


def _is_title(line: str) -> bool:
    """Tell whether a line has so many capitals that they say nothing."""
    words = [word.group() for word in _WORD.finditer(line) if len(word.group()) > 3]
    return bool(words) and sum(not word[0].islower() for word in words) > _TITLE_CASE * len(words) + 3 * (len(words) > 12)


def _is_telling(name: str, language: str, is_place: bool) -> bool:
    """Tell whether a name has several words, or is a single one that its language shows to be a name."""
    return " " in name or "-" in name or is_place or language not in _CAPITAL_NOUNS


def _runs(text: str, start: int, end: int, small: set[str]) -> Iterator[tuple[int, int, str, str]]:
    """Yield start and end of each name in a line, with the word before and the word after it."""
    words = list(_WORD.finditer(text, start, end))
    at = 0
    while at < len(words):
        width = _width(text, words, at)
        first = at
        if width and _begins_sentence(text, words, at, start) and _is_common(words[at].group(), small):
            first, width = at + 1, width - 1
            if width and words[first].group() in _JOINING:
                width = 0
        if width:
            before = words[first - 1].group() if first else ""
            after = words[first + width].group() if first + width < len(words) else ""
            yield words[first].start(), _end(words[first + width - 1]), before, after
        at = max(first + width, at + 1)


def _end(word: re.Match[str]) -> int:
    """Return where a word ends, without the s of possession."""
    return word.end() - 2 if word.group().endswith(("'s", "’s")) else word.end()


def _width(text: str, words: list[re.Match[str]], at: int) -> int:
    """Return how many words, from `at` on, make one name."""
    if not _has_capital(words[at].group()):
        return 0
    width = 1
    place = at + 1
    while place < len(words) and place - at < _LONGEST:
        previous, word = words[place - 1], words[place].group()
        between = text[previous.end() : words[place].start()]
        if between.strip() or "\n" in between or previous.group().endswith(("'s", "’s")):
            break
        if _has_capital(word):
            width = place - at + 1
        elif word not in _JOINING:
            break
        place += 1
    return width


def _has_capital(word: str) -> bool:
    return word[0].isupper() and word.casefold() not in _CALENDAR and word != "I"


def _begins_sentence(text: str, words: list[re.Match[str]], at: int, line: int) -> bool:
    between = text[words[at - 1].end() if at else line : words[at].start()]
    return at == 0 or not _continues(between)


def _is_common(word: str, small: set[str]) -> bool:
    """Tell whether a word at the start of a sentence is one that the text or the language also writes small."""
    plain = word.casefold()
    return plain in small or background.weight(plain, background.FALLBACK) < _COMMON or plain in _INSIDE


_COMMON = 4.0  # weight in the background below which a word may begin a sentence without being a name


def _kind(name: str, before: str, after: str, is_place: bool) -> str:
    words = [word.casefold().rstrip(".") for word in name.split()]
    if is_place:
        return PLACE
    if not _ORGANISATIONS.isdisjoint(words) or (len(words) == 1 and name.isupper() and len(name) > 1):
        return ORGANISATION
    if any(place.start == 0 and place.end == len(name) for place in places.found(name)):
        return PLACE
    titled = before.casefold().rstrip(".") in _TITLES or words[0] in _TITLES
    if titled or after in _SAID or before in _SAID or (2 <= len(words) <= 4 and not places.found(name)):
        return PERSON
    return OTHER
