"""Finds the countries, cities and organisations that a text names, in many languages and scripts.

    "Pyongyang sagt Gespräche in Stockholm ab"   →   KP.pyongyang, SE.stockholm
    "米朝実務協議", "северокорейский дипломат"     →   US KP, KP

A country stands for its names, adjectives, abbreviations and seat of government; a capital is both a city and its
country. Organisations that news names most count as places do. Names of scripts with small letters count only with a
capital, abbreviations only in capitals, and the longest name wins. The names are made by
`python -m monitor.evaluation.places`; their origin and licences stand in NOTICE.
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate

from monitor.matching.places import symbols
from monitor.text.words import MOST_CHARACTERS

ANY, CAPITAL, CAPITALS = "~", "", "^"  # how a name must be written: anyhow, with a capital, all in capitals
NOWHERE = "-"  # stands for names that contain a place's name and are none


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a text names."""

    id: str  # "KP" for a country and all that stands for it, "SE.stockholm" for a city
    start: int  # where its name begins
    end: int  # the place after its end

    @property
    def country(self) -> str:
        """Return the id of the country that the place is or lies in."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class _Known:
    """The shipped names."""

    titles: Mapping[str, str]  # id → its English name
    spaced: Mapping[str, tuple[tuple[str, str], ...]]  # casefolded name → how it must be written, id
    firsts: Mapping[str, int]  # first word of a name → words of the longest such name
    begun: frozenset[str]  # names of several words, and what they begin with
    most: int  # words of the longest name
    unspaced: Mapping[str, str]  # name in a script without spaces → id
    starts: Mapping[str, tuple[int, ...]]  # first two characters → lengths of such names, longest first


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands between two spaces, and names a place or may begin to."""

    places: tuple[Place, ...]  # that it names by itself, counted from its start
    tails: tuple[str, ...]  # its last words, casefolded, with which a name of more words begins
    most: int  # words of the longest such name
    unspaced: bool  # whether some of it is of a script without spaces: what that names depends on the text


_UNSPACED = symbols.UNSPACED
_WORD = re.compile(
    rf"(?P<run>[{_UNSPACED}]+(?:[·・‧ㆍ][{_UNSPACED}]+)*)|(?P<dotted>(?<!\w)(?:[A-Z]{{1,2}}\.){{2,}})|[^\W\d_{_UNSPACED}]+"
)
_JOINTS = frozenset({" ", "-", "\u2011", "\u2013", "'", "’", "\u00a0", ". ", " - "})  # between the words of one name
_LONGEST_KEPT = 40  # characters of a piece up to which it is remembered what it names
_AROUND = ".,:;!?()\"'“”‘’"  # stands around most words and is part of none
_FEW = 3  # words up to which capitals alone are no headline
_HANGUL = re.compile("[\uac00-\ud7af]")
_PARTICLES_AR = ("و", "ب", "ل", "ف", "ك")  # Arabic writes them together with the word that follows


def found(text: str) -> tuple[Place, ...]:
    """Return the places that `text` names, in order and without overlap."""
    text = text[:MOST_CHARACTERS]
    named = _in_capitals(text) if text.isupper() else _in_pieces(text)
    return tuple(place for place in named if place.id != NOWHERE)


def _in_capitals(text: str) -> list[Place]:
    tokens = list(_WORD.finditer(text))
    return _named(tokens, text, len(text), _is_korean(text), shouted=len(tokens) > _FEW)


def _in_pieces(text: str) -> list[Place]:
    """Return the places of a text piece by piece: few stand for a place, and what they stand for is remembered."""
    pieces = text.split(" ")
    starts = list(accumulate([len(piece) + 1 for piece in pieces], initial=0))
    korean = _is_korean(text)
    places: list[Place] = []
    after = 0
    looked_at = [_known_piece(piece) if len(piece) <= _LONGEST_KEPT else _piece(piece) for piece in pieces]
    for at, known in enumerate(looked_at):
        if known is None:
            continue
        start, end = starts[at], starts[at + 1] - 1
        if start < after or known.unspaced or _goes_on(known, pieces, at):
            reach = starts[min(at + 2 * known.most, len(pieces))]  # a dash may be a piece too
            tokens = list(_WORD.finditer(text, max(start, after), reach))
            places += _named(tokens, text, end, korean)
        else:
            places += [Place(place.id, start + place.start, start + place.end) for place in known.places]
        after = places[-1].end if places else 0
    return places


def _piece(piece: str) -> _Piece | None:
    """Return what is known of a piece by itself, None if it names nothing and begins no name."""
    known = _known()
    word = piece.strip(_AROUND)
    if word.isascii() and word.isalpha() and word.casefold() not in known.firsts:
        return None
    tokens = list(_WORD.finditer(piece))
    spelt = [_spelt(token) for token in tokens]
    most = max((known.firsts.get(word, 1) for word in spelt), default=1)
    if any(token.lastgroup == "run" for token in tokens):
        return _Piece((), (), most, unspaced=True)
    tails = [" ".join(spelt[at:]) for at in range(max(0, len(spelt) - known.most), len(spelt))]
    places = tuple(_named(tokens, piece, len(piece), korean=False))
    begun = tuple(tail for tail in tails if tail in known.begun)
    return _Piece(places, begun, most, unspaced=False) if places or begun else None


_known_piece = lru_cache(maxsize=1 << 15)(_piece)


def _goes_on(known: _Piece, pieces: list[str], at: int) -> bool:
    """Tell whether a name that begins in the piece `at` may go on in the next one."""
    if not known.tails or at + 1 == len(pieces):
        return False
    word = _first_word(pieces[at + 1][:_LONGEST_KEPT])
    if word is None:
        return True
    begun = _known().begun
    return any(f"{tail} {word}" in begun for tail in known.tails)


@lru_cache(maxsize=1 << 14)
def _first_word(piece: str) -> str | None:
    """Return the word with which a piece begins, casefolded; None if it has none."""
    token = _WORD.search(piece)
    return token and _spelt(token)


def _is_korean(text: str) -> bool:
    return not text.isascii() and _HANGUL.search(text) is not None


def _named(tokens: list[re.Match[str]], text: str, end: int, korean: bool, shouted: bool = False) -> list[Place]:
    """Return the places whose names begin with one of the `tokens` that stand in `text` before `end`."""
    places: list[Place] = []
    known = _known()
    at = 0
    while at < len(tokens) and tokens[at].start() < end:
        token = tokens[at]
        if token.lastgroup == "run":
            places.extend(_in_run(token.group(), token.start(), korean))
            at += 1
            continue
        met, width = _spaced(tokens, at, text, known, shouted)
        if met is not None:
            places.append(Place(met, token.start(), tokens[at + width - 1].end()))
        at += width
    return places


def _spelt(token: re.Match[str]) -> str:
    """Return a token as names are spelt: casefolded, an abbreviation without its points."""
    return token.group().replace(".", "").casefold() if token.lastgroup else token.group().casefold()


def is_organisation(id: str) -> bool:
    """Tell whether an id stands for an organisation: one in small letters, or of those that CLDR lists too."""
    return id[0].islower() or id.partition(".")[0] in ("UN", "EU")


def names(id: str) -> str:
    """Return the English name of a place, the id itself where none is known."""
    return _known().titles.get(id, id)


def _spaced(tokens: list[re.Match[str]], at: int, text: str, known: _Known, shouted: bool) -> tuple[str | None, int]:
    """Return the id of the longest name that begins with the token `at`, or None, and how many tokens to go on by."""
    word, first = tokens[at].group(), _spelt(tokens[at])
    most = known.firsts.get(first)
    if most is None:
        return _without_particle(word, known), 1
    spelt = [first]
    while len(spelt) < most and (following := _joined(tokens, at + len(spelt), text)):
        spelt.append(following)
    for width in range(len(spelt), 0, -1):
        written = known.spaced.get(" ".join(spelt[:width]))
        if written:
            last = tokens[at + width - 1].group()
            for how, id in written:
                if _is_written(how, word, last, shouted):
                    return id, width
    return None, 1


def _joined(tokens: list[re.Match[str]], at: int, text: str) -> str:
    """Return the token `at`, casefolded, if it may belong to one name with the token before it; else nothing."""
    if at >= len(tokens) or tokens[at].lastgroup or text[tokens[at - 1].end() : tokens[at].start()] not in _JOINTS:
        return ""
    return tokens[at].group().casefold()


def _is_written(how: str, first: str, last: str, shouted: bool) -> bool:
    if how == CAPITALS:
        return first.isupper() and last.isupper() and not (shouted and len(first) < 3)
    return how == ANY or not (first[0].islower() and last[0].islower())


def _without_particle(word: str, known: _Known) -> str | None:
    """Return what an Arabic word names after its one-letter particle."""
    if word[0] not in _PARTICLES_AR:
        return None
    written = known.spaced.get(word[1:])
    return written[0][1] if written else None


def _in_run(run: str, offset: int, korean: bool) -> Iterator[Place]:
    """Yield the places in a run of a script without spaces, or of Korean words."""
    at = 0
    while at < len(run):
        name = _longest(run, at)
        if name:
            yield Place(_known().unspaced[name], offset + at, offset + at + len(name))
            at += len(name)
            continue
        pair = symbols.at(run, at, korean, lambda place: bool(_longest(run, place)))
        for start, country in pair:
            yield Place(country, offset + start, offset + start + 1)
        at = pair[-1][0] + 1 if pair else at + 1


def _longest(run: str, at: int) -> str:
    """Return the longest name that stands in `run` from `at` on."""
    known = _known()
    for length in known.starts.get(run[at : at + 2], ()):
        name = run[at : at + length]
        if len(name) == length and name in known.unspaced and _is_whole(run, at, length):
            return name
    return ""


def _is_whole(run: str, at: int, length: int) -> bool:
    """Tell whether a name is no chance part of a longer word, as far as its script shows."""
    first, end = run[at], at + length
    if symbols.is_hangul(first):
        return symbols.is_korean_word(run, at, end)
    if symbols.is_katakana(first):
        before, after = run[at - 1 : at], run[end : end + 1]
        return not symbols.is_katakana(before) and not symbols.is_katakana(after)
    return True


@cache
def _known() -> _Known:
    """Read the shipped names: a line a place, its id, its English name, and its names behind the sign of each."""
    lines = zlib.decompress(files(__package__).joinpath("places.z").read_bytes()).decode().split("\n")
    titles: dict[str, str] = {}
    spaced: dict[str, tuple[tuple[str, str], ...]] = {}
    firsts: dict[str, int] = {}
    unspaced: dict[str, str] = {}
    begun: set[str] = set()
    for line in lines:
        id, title, written = line.split("\t")
        titles[id] = title
        for entry in written.split("|"):
            if symbols.is_unspaced(entry[0]):
                unspaced[entry] = id
                continue
            how = entry[0] if entry[0] in (ANY, CAPITALS) else CAPITAL
            name = entry.removeprefix(how)
            spaced[name] = (*spaced.get(name, ()), (how, id))
            spelt = name.split(" ")
            firsts[spelt[0]] = max(firsts.get(spelt[0], 0), len(spelt))
            begun |= {" ".join(spelt[:count]) for count in range(1, len(spelt))} | ({name} if len(spelt) > 1 else set())
    lengths: dict[str, set[int]] = {}
    for name in unspaced:
        lengths.setdefault(name[:2], set()).add(len(name))
    starts = {start: tuple(sorted(found, reverse=True)) for start, found in lengths.items()}
    return _Known(titles, spaced, firsts, frozenset(begun), max(firsts.values()), unspaced, starts)
