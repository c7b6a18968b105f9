"""Inflects names of countries and adjectives made of them, by rules that are rough but finite.

"suédois", "fr"   →   suédois, suédoise, suédoises
"шведский", "ru"  →   шведский, шведского, шведскому …
"Швеция", "ru"    →   Швеция, Швеции, Швецию, Швецией
"""

from collections.abc import Callable, Mapping

_ADJECTIVE_RU = ("ий", "ого", "ому", "им", "ом", "ая", "ой", "ую", "ое", "ие", "их", "ими")
_ADJECTIVE_UK = ("ий", "ого", "ому", "им", "а", "ої", "ій", "у", "ою", "е", "і", "их", "ими")
_ADJECTIVE_PL = ("i", "iego", "iemu", "im", "a", "iej", "ą", "ie", "ich", "imi")
_ENDINGS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {  # language → ending of the lemma, its replacements
    "de": (("", ("", "e", "en", "er", "es", "em")),),
    "fr": (
        ("en", ("en", "ens", "enne", "ennes")),
        ("ain", ("ain", "ains", "aine", "aines")),
        ("is", ("is", "ise", "ises")),
        ("grec", ("grec", "grecs", "grecque", "grecques")),
        ("turc", ("turc", "turcs", "turque", "turques")),
        ("e", ("e", "es")),
        ("", ("", "s", "e", "es")),
    ),
    "es": (
        ("o", ("o", "os", "a", "as")),
        ("és", ("és", "esa", "eses", "esas")),
        ("án", ("án", "ana", "anes", "anas")),
        ("í", ("í", "íes", "ís")),
        ("", ("", "s")),
    ),
    "it": (
        ("sco", ("sco", "schi", "sca", "sche")),
        ("co", ("co", "ci", "chi", "ca", "che")),
        ("o", ("o", "i", "a", "e")),
        ("ese", ("ese", "esi")),
        ("nse", ("nse", "nsi")),
        ("a", ("a", "i", "e")),
        ("", ("",)),
    ),
    "pt": (
        ("ão", ("ão", "ã", "ães", "ãs")),
        ("o", ("o", "os", "a", "as")),
        ("ês", ("ês", "esa", "eses", "esas")),
        ("", ("", "s")),
    ),
    "sv": (("ska", ("sk", "skt", "ska", "skar", "skarna")), ("", ("",))),
    "nb": (("sk", ("sk", "ske")), ("", ("",))),
    "nl": (("", ("", "e")),),
    "ru": (("ий", _ADJECTIVE_RU),),
    "uk": (("а", _ADJECTIVE_UK),),
    "pl": (("i", _ADJECTIVE_PL),),
}
LANGUAGES = tuple(_ENDINGS)

_CASES = (  # ending of a country's name in Cyrillic letters → its endings in the other cases
    ("ия", ("ия", "ии", "ию", "ией")),
    ("ія", ("ія", "ії", "ію", "ією")),
    ("ея", ("ея", "еи", "ее", "ею", "еей")),
    ("ая", ("ая", "ой", "ую")),
    ("на", ("на", "ны", "не", "ну", "ной", "ни", "ні", "ною")),
    ("да", ("да", "ды", "де", "ду", "дой", "ди", "ді", "дою")),
    ("ла", ("ла", "лы", "ле", "лу", "лой", "ли", "лі", "лою")),
    ("ма", ("ма", "мы", "ме", "му", "мой", "ми", "мі", "мою")),
    ("ра", ("ра", "ры", "ре", "ру", "рой", "ри", "рі", "рою")),
    ("ша", ("ша", "ши", "ше", "шу", "шей", "ші", "шею")),
    ("ка", ("ка", "ки", "ке", "ку", "кой", "ці", "кою")),
    ("ва", ("ва", "вы", "ве", "ву", "вой", "ви", "ві", "вою")),
    ("ь", ("ь", "я", "ю", "ем", "е", "и", "ью")),
    ("й", ("й", "я", "ю", "ем", "е")),
)
_CONSONANTS = "бвгґджзклмнпрстфхцчшщ"
_AFTER_CONSONANT = ("", "а", "у", "ом", "е", "і")


def adjectives(lemma: str, language: str) -> tuple[str, ...]:
    """Return the forms of an adjective of `language` (one of `LANGUAGES`), given as a dictionary has it."""
    for ending, forms in _ENDINGS[language]:
        if lemma.endswith(ending):
            stem = lemma.removesuffix(ending)
            return tuple(stem + form for form in forms)
    return (lemma,)


def _cyrillic(name: str) -> tuple[str, ...]:
    """Return the cases of a one-word name in Cyrillic letters."""
    for ending, forms in _CASES:
        if name.endswith(ending):
            return tuple(name.removesuffix(ending) + form for form in forms)
    if name[-1] in _CONSONANTS and not name.isupper():
        return tuple(name + form for form in _AFTER_CONSONANT)
    return (name,)


def _with_s(name: str) -> tuple[str, ...]:
    return (name,) if name.endswith(("s", "x", "z")) else (name, name + "s")


_INFLECTED: Mapping[str, Callable[[str], tuple[str, ...]]] = {
    "de": _with_s,
    "sv": _with_s,
    "nb": _with_s,
    "da": _with_s,
    "ru": _cyrillic,
    "uk": _cyrillic,
}


def cases(name: str, language: str) -> tuple[str, ...]:
    """Return the forms that a place's name takes in `language`; names of several words stay as they are."""
    if " " in name or language not in _INFLECTED:
        return (name,)
    return _INFLECTED[language](name)
