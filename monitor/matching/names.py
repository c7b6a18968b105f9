"""Tells names from other words, as far as capital letters tell, and roughly what a name stands for.

"… said Leif-Eric Easley of Ewha Womans University in Seoul"
    →   Leif-Eric Easley, a person · Ewha Womans University, an organisation · Seoul, a place
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from monitor.matching import background, places
from monitor.text.words import MOST_CHARACTERS

_CAPITAL_NOUNS = frozenset({"de"})  # languages that write every noun with a capital


PERSON, ORGANISATION, PLACE, OTHER = "person", "organisation", "place", "other"
NO_NAME = "no name"  # what a person may write all the same
_LONGEST = 6  # words of a name


@dataclass(frozen=True, slots=True)
class Phrase:
    """A name of one or more words, as a text spells it."""

    text: str
    kind: str  # PERSON, ORGANISATION, PLACE, OTHER or NO_NAME
    times: int  # how often the text has it
    start: int  # where it stands first


_WORD = re.compile(r"(?<!\w)(?:[A-Z]\.){1,4}(?!\w)|[^\W\d_]+(?:['’][^\W\d_]+)*(?:-[^\W\d_]+)*")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_JOINING = _set("of de del della di da do dos das du van von der den zu bin ibn al el la le for")
ORGANISATIONS = _set(
    "university college school institute institutes institution academy"
    " centers control commission department ministry party"
    " agency"
    " council committee commission court bank corporation corp company inc ltd llc plc group association federation"
    " union organization organisation foundation fund center centre office bureau service forces army navy police"
    " guard parliament congress senate house assembly embassy authority administration board league club team press"
    " news times post journal herald tribune radio television network studios airlines airways hospital church society"
    " front brigade movement alliance coalition treaty forum summit universität ministerium partei behörde rat"
    " ausschuss gericht gesellschaft verband bundestag bundesrat université ministère parti agence conseil comité"
    " tribunal banque société assemblée universidad ministerio partido agencia consejo comité banco universidade"
    " ministério conselho università ministero partito agenzia consiglio universitet universitetet departement"
    " departementet partiet myndighet verket rådet университет министерство партия агентство совет комитет суд банк"
    " служба дума міністерство університет партія рада"
)
_TITLES = _set(
    "mr mrs ms miss dr prof professor president vice prime minister secretary senator sen rep representative gov"
    " governor general gen colonel col captain capt lieutenant lt sergeant sgt officer detective judge justice king"
    " queen prince princess pope bishop archbishop ambassador envoy chairman chairwoman chief director spokesman"
    " spokeswoman spokesperson leader chancellor premier deputy former coach actor actress singer ceo negotiator"
    " analyst sir lord lady herr frau präsident präsidentin kanzler kanzlerin minister ministerin madame monsieur"
    " président présidente ministre señor señora presidente presidenta ministro herr fru statsminister president"
    " presidenten statsministern президент министр премьер посол госпожа господин"
)
_SAID = _set(
    "said says told tells added argued wrote warned claimed announced tweeted asked replied noted sagte sagt erklärte"
    " dit déclaré affirmé dijo afirmó declaró sade säger sa disse сказал сказала заявил заявила сообщил"
)
CALENDAR = _set(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august"
    " september october november december"
)


def phrases(text: str, language: str) -> tuple[Phrase, ...]:
    """Return the names in `text`, in the order in which they first stand, each once and with its kind.

    A name is one or more words with capitals, which "of", "von" and the like may join. A capital at the start of a
    sentence counts only where the word is never small; a line of capitals alone confirms names but gives none. In
    `language`s that write every noun with a capital, one word alone is a name only if it is a place.
    """
    text = text[:MOST_CHARACTERS]
    small = {word.group() for word in _WORD.finditer(text) if word.group().islower()}
    where = {(place.start, place.end) for place in places.found(text)}
    found: dict[str, Phrase] = {}
    times: Counter[str] = Counter()
    for line in _LINE.finditer(text):
        told = not _is_title(line.group(), language)
        for start, end, before, after in _runs(text, line.start(), line.end(), small):
            name, is_place = text[start:end], (start, end) in where
            times[name] += 1
            if told and name not in found and _is_telling(name, language, is_place):
                found[name] = Phrase(name, _kind(name, before, after, is_place), 1, start)
    surnames = {name.split(" ")[-1] for name, phrase in found.items() if phrase.kind == PERSON}
    return tuple(
        replace(phrase, times=times[name], kind=PERSON if phrase.kind == OTHER and name in surnames else phrase.kind)
        for name, phrase in found.items()
    )


def alone(words: str) -> Phrase:
    """Return words that stand in no text, with the kind of name that they are by themselves."""
    telling = [word for word in _WORD.findall(words) if word not in _JOINING]
    is_name = telling and all(word[0].isupper() for word in telling)
    return Phrase(words, _kind(words, "", "", is_place=False) if is_name else NO_NAME, 1, 0)


_LINE = re.compile(r"[^\n]+")


def _is_title(line: str, language: str) -> bool:
    """Tell whether a line has so many capitals that they say nothing."""
    words = [word.group() for word in _WORD.finditer(line) if len(word.group()) > 3]
    most = _TITLE_CASE_OF_NOUNS if language in _CAPITAL_NOUNS else _TITLE_CASE_OF_LINE
    return len(words) > 1 and sum(not word[0].islower() for word in words) > most * len(words)


def _is_telling(name: str, language: str, is_place: bool) -> bool:
    """Tell whether a name has several words, or is a single one that its language shows to be a name."""
    if is_place or " " in name or "-" in name:
        return True
    if language in _CAPITAL_NOUNS or sum(map(str.isalpha, name)) < 2 or "'" in name or "’" in name:
        return False
    return background.weight(name.casefold(), _table(language)) >= _COMMON


def _table(language: str) -> str:
    return language if language in background.LANGUAGES else background.FALLBACK


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
        titles = max((n for n in range(width) if _is_said_of_persons(words[first + n].group())), default=-1) + 1
        first, width = first + titles, width - titles
        while titles and width > 0 and words[first].group() in _JOINING:  # Secretary of State Ann Example
            first, width = first + 2, width - 2
        if width > 0:
            before = words[first - 1].group() if first else ""
            after = words[first + width].group() if first + width < len(words) else ""
            yield words[first].start(), _end(words[first + width - 1]), before, after
        at = max(first + width, at + 1)


def _is_said_of_persons(word: str) -> bool:
    return _plain(word) in _TITLES


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
        if (
            (between.strip() and not _is_abbreviated(previous.group(), between))
            or "\n" in between
            or previous.group().endswith(("'s", "’s"))
        ):
            break
        if _has_capital(word):
            width = place - at + 1
        elif word not in _JOINING:
            break
        place += 1
    return width


def _is_abbreviated(word: str, between: str) -> bool:
    """Tell whether a stop after a word only abbreviates a title: Sen. Warren."""
    return between.strip() == "." and word.casefold() in _TITLES


def _has_capital(word: str) -> bool:
    return word[0].isupper() and _plain(word) not in CALENDAR and word != "I"


def _plain(word: str) -> str:
    return word.casefold().replace("’", "'").removesuffix("'s").rstrip(".")


def _begins_sentence(text: str, words: list[re.Match[str]], at: int, line: int) -> bool:
    between = text[words[at - 1].end() if at else line : words[at].start()]
    return at == 0 or not _continues(between)


def _continues(between: str) -> bool:
    """Tell whether what stands between two words leaves them in one sentence."""
    return between != "" and not any(mark in between for mark in '.!?:\n"“”‘«»')


def _is_common(word: str, small: set[str]) -> bool:
    """Tell whether a word at the start of a sentence is one that the text or the language also writes small."""
    plain = word.casefold()
    return plain in small or background.weight(plain, background.FALLBACK) < _COMMON


_TITLE_CASE_OF_LINE, _TITLE_CASE_OF_NOUNS = 0.75, 0.9  # shares of a line's longer words
_COMMON = 4.0  # weight in the background below which a word may begin a sentence without being a name


def _kind(name: str, before: str, after: str, is_place: bool) -> str:
    words = [word.casefold().rstrip(".") for word in name.split()]
    if not ORGANISATIONS.isdisjoint(words) and (len(words) > 1 or not is_place):
        return ORGANISATION
    named = places.found(name)
    if is_place or any(place.start == 0 and place.end == len(name) for place in named):
        return PLACE
    if len(words) == 1 and name.isupper():
        return ORGANISATION
    told = before.casefold().rstrip(".") in _TITLES or after in _SAID or before in _SAID
    return PERSON if told or (2 <= len(words) <= 4 and not named) else OTHER
