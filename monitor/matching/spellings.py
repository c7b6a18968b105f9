"""Finds the names that two texts of one language spell otherwise, and reads an article as if it spelt like the seed.

    Choi Sun-hee for Choe Son Hui · Zelenskyy for Zelensky · IAEA for International Atomic Energy Agency

Each spelling has keys, and two that share one are of one name. General rules make them: what a syllable of a Korean
name may stand for, how Slavic names end, the initials of an organisation and what stands in brackets behind it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

from monitor.matching import people
from monitor.matching.article import OPENING_WORDS, Article, length, telling
from monitor.matching.names import ORGANISATIONS
from monitor.text import sound
from monitor.text.words import HYPHENS, MOST_CHARACTERS, words

_FEWEST, _MOST = 3, 7  # letters of an abbreviation
_SURE = 4  # initials from which they mean one organisation
_LONG_FORM = "…"  # before the initials of a long form
_LONGEST = 12  # words of an organisation
_LONG = 5  # letters of a given name in one piece, which another text may write in two

_CAPITAL = r"[A-ZÀ-ÖØ-ÞА-ЯЁІЇЄ]"
_SMALL = "of|for|and|on|the|in|de|du|des|la|les|et|für|und|der|del|y|para|los|las|för|och|по"  # in names
_RUN = re.compile(
    rf"(?<!\w)({_CAPITAL}\w*(?:(?:[ \u00a0](?:(?:{_SMALL}) )*|[-‐‑]){_CAPITAL}\w*|[-‐‑][^\W\d_]+)+)"
    rf"(?: \(([A-Z]{{{_FEWEST},{_MOST}}})\))?"
)
_PART = re.compile(r"[^\W_]+")
_WORD = re.compile(r"[^\W_]+(?:[-‐‑][^\W_]+)*")
_ARTICLES = frozenset({"The", "Die", "Der", "Das", "La", "Le", "Les", "El", "Los"})
_SHORT = re.compile(rf"(?<![\w-])(?:[A-Z]{{{_FEWEST},{_MOST}}}|(?:[A-Z]\.){{{_FEWEST},{_MOST}}})(?![\w-])")
_SLAVIC = re.compile(rf"(?<!\w)({_CAPITAL}\w{{2,}})(?:(sk)(?:y[yij]?|i[yij]?)|([nrl])(?:y[yij]?|i[yij]))(?!\w)")


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the seed."""

    text: str  # as the seed spells it first
    spellings: tuple[tuple[str, ...], ...]  # words of each of its spellings there


def names(texts: Iterable[str], organisations: Iterable[Mapping[str, Sequence[str]]] = ()) -> Mapping[str, Name]:
    """Return the names in the texts of a topic, by the keys that other spellings of them have."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in (*map(_spelt, texts), *organisations):
        for key, spellings in each.items():
            found[_met_by(key)] += spellings
    return {key: Name(said[0], tuple(tuple(words(each)) for each in said)) for key, said in found.items()}


def otherwise(known: Mapping[str, Name], weights: Mapping[str, float], article: Article) -> dict[str, Name]:
    """Return what an article spells otherwise than the seed, whose words weigh so much, and the seed's name for it."""
    rarity, language = article.rarity, article.language
    return {
        spelling: known[key]
        for theirs in (_spelt(article.told), article.organisations)
        if not known.keys().isdisjoint(theirs)
        for key in sorted(known.keys() & theirs.keys())
        if not any(all(word in rarity for word in each if word in weights) for each in known[key].spellings)
        for spelling in theirs[key]
        if all(word in rarity for word in telling(words(spelling), language))  # not below what was read
    }


def respelt(article: Article, spelt: Mapping[str, Name], weights: Mapping[str, float]) -> Article:
    """Return an article as if it had the seed's spelling of what it spells otherwise; `weights` are the seed's."""
    rarity, strength, opening = dict(article.rarity), dict(article.weights), dict.fromkeys(article.opening)
    opens = " ".join(article.told.split()[: len(article.title.split()) + OPENING_WORDS])
    factors = {word: value / article.rarity[word] for word, value in article.weights.items()}  # by use
    for spelling, name in spelt.items():
        own = words(spelling)
        factor = max((factors[word] for word in own if word in factors), default=min(factors.values(), default=1.0))
        theirs = sorted((word for word in own if word not in weights), key=lambda word: -article.rarity.get(word, 0.0))
        ours = sorted((word for word in name.spellings[0] if word in weights), key=lambda word: -weights[word])
        come = telling([word for word in ours if word not in article.rarity], article.language)
        for gone, (word, weight) in zip(theirs, come.items(), strict=False):  # so an abbreviation stands for one word
            for each in (rarity, strength, opening):
                each.pop(gone, None)
            rarity[word], strength[word] = weight, factor * weight
            opening |= {word: None} if spelling in opens else {}
    norm = length(strength)
    return replace(
        article,
        rarity=rarity,
        weights={word: value / norm for word, value in strength.items()},
        opening=tuple(opening),
        opening_rarity=sum(rarity[word] for word in opening),
        of_strangers={},
    )


@lru_cache(maxsize=64)
def _spelt(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return the names that a text may spell otherwise than another: key → spellings. The last few texts are kept."""
    text = text[:MOST_CHARACTERS]
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for run in _RUN.finditer(text):
        for key, spelling in _of_run(*run.groups()):
            found[key][spelling] = None
    for name in _SLAVIC.finditer(text):
        found[_slavic(name)][name.group()] = None
    if not text.isupper():
        for short in _SHORT.finditer(text):
            found[short.group().replace(".", "")][short.group()] = None
    return {key: tuple(spellings) for key, spellings in found.items()}


@lru_cache(maxsize=1 << 14)
def _of_run(run: str, short: str | None) -> tuple[tuple[str, str], ...]:
    """Return keys and spellings of the names in words with capitals; `short` stands in brackets behind them."""
    return (*_persons(run), *_organisations(run, short))


def _persons(run: str) -> Iterator[tuple[str, str]]:
    """Yield keys and spelling of each name of Korea or China: a surname before or behind the given name."""
    parts = list(_PART.finditer(run))
    for at, surname in enumerate(parts):
        groups = people.surnames(surname.group())
        for first, last in ((at + 1, at + 3), (at - 2, at), (at + 1, at + 2)) if groups else ():
            named = parts[max(0, min(at, first)) : max(at + 1, last)]
            if first < 0 or last > len(parts) or not all(_belongs(part) for part in named):
                continue
            given, spelling = [part.group() for part in parts[first:last]], run[named[0].start() : named[-1].end()]
            if len(given) > 1 or len(given[0]) >= _LONG:
                yield f"{surname.group()} {''.join(given)}".casefold(), spelling
            for key in _given(*given) if len(given) > 1 else ():
                yield from ((f"{group} {key}", spelling) for group in groups)


def _belongs(part: re.Match[str]) -> bool:
    """Tell whether a word may belong to a person's name: with a capital, or small behind a hyphen."""
    return part.group()[0].isupper() or part.string[part.start() - 1] in HYPHENS


def _given(first: str, second: str) -> Iterator[str]:
    """Yield what a Korean given name of two syllables may sound like, without the case that Russian may put it in."""
    for bare in people.without(second, people.CASES if people.is_cyrillic(second) else ()):
        yield from map("-".join, product(sound.korean_syllables(first), sound.korean_syllables(bare)))


def _organisations(run: str, behind: str | None) -> Iterator[tuple[str, str]]:
    """Yield key and spelling of what initials or the abbreviation behind it may stand for.

    It is a run with a word for organisations, or what its "of" joins. Three initials alone mean too many things.
    """
    parts = [part for part in _WORD.finditer(run) if part.group() not in _ARTICLES]
    small = [part.group().islower() for part in parts]
    of_kind = [part.group().casefold() in ORGANISATIONS for part in parts]
    if not (behind or any(of_kind)):
        return
    for start in (at for at in range(len(parts)) if not small[at] and (at == 0 or small[at - 1])):
        for end in range(start + 2, min(start + _LONGEST, len(parts)) + 1):
            whole = end == len(parts)
            if whole or (of_kind[end - 1] and not small[end]):
                name = run[parts[start].start() : parts[end - 1].end()]
                short = "".join(part.group()[0] for part in parts[start:end] if part.group()[0].isupper())
                if any(of_kind[start:end]) and _SURE <= len(short) <= _MOST:
                    yield f"{_LONG_FORM}{short}", name
                if whole and behind and _abbreviates(behind, name):
                    yield f"{_LONG_FORM}{behind}", name


def _abbreviates(short: str, name: str) -> bool:
    """Tell whether the letters of an abbreviation stand in a name in their order, from its first one on."""
    letters = iter(name.casefold())
    return short[0] == name[0] and all(letter in letters for letter in short.casefold())


def _met_by(key: str) -> str:
    """Return the key of what is spelt otherwise: an abbreviation is met by its long form, and this by that."""
    if key.startswith(_LONG_FORM):
        return key.removeprefix(_LONG_FORM)
    return f"{_LONG_FORM}{key}" if key.isupper() and len(key) >= _FEWEST else key


def _slavic(name: re.Match[str]) -> str:
    """Return what transliterations of a Slavic name in -y keep: Zelensky, Zelenskyy, Selenskyj."""
    stem, surname, other = name.groups()
    stem = stem.casefold()
    if surname:
        for written, plain in (("tsch", "ch"), ("tch", "ch"), ("w", "v"), ("z", "s")):
            stem = stem.replace(written, plain)
    return f"{stem}{surname or other}y"
