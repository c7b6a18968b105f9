"""How common words are in running text of each language: shipped counts, read when first asked for.

The tables are made by `python -m monitor.evaluation.background`; their origin and licence stand in NOTICE.
"""

import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from math import expm1, log

from monitor.text.words import is_paired

STEPS = 10  # lines of a table per power of ten of frequency
ARTICLE = 300.0  # words of the article in which chances are taken
RAREST = 9.5  # weight of a word that stands in no table
FALLBACK = "en"
LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nb", "nl", "pl", "pt", "ru", "sv", "uk", "zh")

_PAIRED = frozenset({"ja", "ko", "zh"})
_ALSO = {"no": "nb", "nn": "nb", "da": "nb"}  # languages that share another's table
_NUMBER_WEIGHTS = {1: 3.0, 2: 3.0, 4: 5.0}  # by digits: small numbers are everywhere, four digits are often a year
_OTHER_NUMBER = 6.0
_BEYOND_LATIN = "\u0370"  # the first letter that is not Latin: Greek
_THAI = "\u0e00"  # the first letter of a script that is cut into pairs
_SAMPLE = 200  # words by which a language is guessed


@cache
def weights(language: str) -> Mapping[str, float]:
    """Return the weight of each common word of `language`: the logarithm of 1 / the share of articles that have it.

    A word with the frequency f stands in an article of L words with a chance of 1 - exp(-f·L).
    """
    table = files(__package__).joinpath(f"{language}.z").read_bytes()
    known: dict[str, float] = {}
    for step, line in enumerate(zlib.decompress(table).decode().split("\n")):
        weight = min(RAREST, -log(-expm1(-ARTICLE * 10 ** (-step / STEPS))))
        known.update(dict.fromkeys(line.split(), weight))
    return known


def weight(word: str, language: str) -> float:
    """Return how much a word tells in `language` (one of `LANGUAGES`): 0 if every article has it, `RAREST` at most."""
    known = weights(language).get(word)
    if known is None and word[0].isdigit():
        return _NUMBER_WEIGHTS.get(len(word), _OTHER_NUMBER)
    if known is None and language != FALLBACK:
        known = weights(FALLBACK).get(word)  # names and loan words
    return RAREST if known is None else known


def table_for(language: str, words: Sequence[str]) -> str:
    """Return whose table serves a text: by its language (BCP 47) if that is known, else by its words."""
    told = tongue(language, words)
    return told if told in LANGUAGES else FALLBACK


def tongue(language: str, words: Sequence[str]) -> str:
    """Return the language of a text (its first subtag): as it is told, else by its words.

    It is "" for words in Latin letters that don't show it, and "und" for those of a script that no table has.

    Feeds that call themselves English and write in Korean are common, so a script that the told language is never
    written in overrules it.
    """
    told = language.casefold().replace("_", "-").split("-")[0]
    told = _ALSO.get(told, told)
    if told and (told not in LANGUAGES or not words or _is_paired(words[:_SAMPLE]) == (told in _PAIRED)):
        return told
    return _guess(words[:_SAMPLE])


def _is_paired(words: Sequence[str]) -> bool:
    """Tell whether most words are of a script that is cut into pairs of characters."""
    return 2 * len([word for word in words if word[0] >= _THAI and is_paired(word)]) > len(words)


def _guess(words: Sequence[str]) -> str:
    """Return the language whose script, or whose smallest words, are met most often."""
    if _is_paired(words):
        return _of_script("".join(filter(is_paired, words)))
    met = {language: len([word for word in words if word in small]) for language, small in _small_words().items()}
    best = max(met, key=lambda language: (met[language], language == FALLBACK))
    if met[best] - met[FALLBACK] == 1:  # one small word proves little: "over" is Dutch too
        best = min((best, FALLBACK), key=lambda language: _strangeness(words, language))
    if met[best]:
        return best
    return "" if sum(word[0] < _BEYOND_LATIN for word in words) * 2 >= len(words) else "und"


def _strangeness(words: Sequence[str], language: str) -> float:
    """Return how little the words are those of a language: the sum of their weights in its table alone."""
    known = weights(language)
    return sum(known.get(word, RAREST) for word in words)


def _of_script(text: str) -> str:
    if any("\uac00" <= character <= "\ud7af" for character in text):
        return "ko"
    return "ja" if any("\u3040" <= character <= "\u30ff" for character in text) else "zh"


@cache
def _small_words() -> Mapping[str, frozenset[str]]:
    lines = files(__package__).joinpath("small_words.txt").read_text(encoding="utf-8").splitlines()
    return {line.split()[0]: frozenset(line.split()[1:]) for line in lines}
