"""Writes names of any script so that spellings of one name meet: Romanised, and reduced to what all spellings keep.

    key("Trump") == key("트럼프") == key("トランプ") == key("Трамп")
    syllables("Kim Jong Un") == syllables("김정은") == syllables("キム・ジョンウン")

A key keeps classes of consonants: g, k and q are one, so are d and t, p, b, f and v, l and r, all hisses. Vowels go,
because every spelling has its own; `agree` compares them where two keys are equal.
"""

import re
from functools import lru_cache

from anyascii import anyascii

from monitor.text.hanja import readings

LONGEST = 60  # characters of a name that are read

_CONSONANTS: tuple[tuple[str, str], ...] = (  # longest spellings first; their class, of which h and y come and go
    ("chzh", "S"), ("shch", "S"), ("tsch", "S"), ("dzh", "S"), ("tsz", "S"), ("tch", "S"), ("sch", "S"), ("zh", "S"),
    ("sh", "S"),
    ("ch", "S"), ("ts", "S"), ("tz", "S"), ("dj", "S"), ("dz", "S"), ("cz", "S"), ("th", "T"), ("ph", "P"),
    ("kh", "H"), ("gh", "K"), ("ck", "K"), ("ng", "N"), ("j", "S"), ("z", "S"), ("s", "S"), ("c", "K"), ("k", "K"),
    ("g", "K"), ("q", "K"), ("x", "KS"), ("t", "T"), ("d", "T"), ("p", "P"), ("b", "P"), ("f", "P"), ("v", "P"),
    ("l", "R"), ("r", "R"), ("m", "M"), ("n", "N"), ("h", "H"),
)  # fmt: skip
_SPELT = dict(_CONSONANTS)
_SOUND = re.compile("|".join(spelling for spelling, _ in _CONSONANTS) + "|[aeiouyw]+")
_SOFT_C = re.compile(r"c(?=[eiy])")
_TELLING = re.compile("[^AEI]")
_LETTERS = re.compile(r"[^a-z']+")
_SILENT_R = re.compile(r"(?<=[aeiou])r+(?![aeiouy])")
_CYRILLIC_E = re.compile(r"(?<=[бвгджзйклмнпрстфхцчшщБВГДЖЗКЛМНПРСТФХЦЧШЩ])е")
_KOREAN_VOWELS = (
    ("oo", "u"), ("ee", "i"), ("eo", "o"), ("eu", "u"), ("ui", "i"), ("ae", "e"), ("oe", "e"), ("oi", "e"), ("ay", "e"),
)  # fmt: skip
_KANA_VOWELLESS = re.compile(r"(?<=[kmprtsgbfz])u|(?<=[td])o(?![aeiou])")

_HANGUL = re.compile("[\uac00-\ud7a3]+")
_LEADS = ("g", "k", "n", "d", "t", "r", "m", "b", "p", "s", "s", "", "j", "j", "ch", "k", "t", "p", "h")
_VOWELS = (
    "a", "e", "ya", "ye", "eo", "e", "yeo", "ye", "o", "wa", "we", "we", "yo", "u", "weo", "we", "wi", "yu", "u", "i",
    "i",
)  # fmt: skip
_EU = 18  # the place of the vowel eu
_TAILS = (
    "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "l", "l", "m", "p", "p", "t", "t", "ng",
    "t", "t", "k", "t", "p", "t",
)  # fmt: skip
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc]+")
_KANA_SPELT = {
    "ジェ": "je", "シェ": "she", "チェ": "che", "ティ": "ti", "ディ": "di", "トゥ": "tu", "ドゥ": "du", "ファ": "fa",
    "フィ": "fi", "フェ": "fe", "フォ": "fo", "フュ": "fyu", "ヴァ": "va", "ヴィ": "vi", "ヴェ": "ve", "ヴォ": "vo",
    "ヴ": "v", "ツァ": "tsa", "ウィ": "wi", "ウェ": "we", "ウォ": "wo", "クォ": "kwo", "グァ": "gwa", "イェ": "ye",
    "デュ": "dyu", "テュ": "tyu", "キョ": "kyo", "キュ": "kyu", "キャ": "kya", "ギョ": "gyo", "ギュ": "gyu",
    "ギャ": "gya", "ショ": "sho", "シュ": "shu", "シャ": "sha", "ジョ": "jo", "ジュ": "ju", "ジャ": "ja", "チョ": "cho",
    "チュ": "chu", "チャ": "cha", "ニョ": "nyo", "ニュ": "nyu", "ニャ": "nya", "ヒョ": "hyo", "ヒュ": "hyu",
    "ヒャ": "hya", "ミョ": "myo", "ミュ": "myu", "ミャ": "mya", "リョ": "ryo", "リュ": "ryu", "リャ": "rya",
    "ビョ": "byo", "ピョ": "pyo", "ビュ": "byu", "ピュ": "pyu", "ピャ": "pya", "ビャ": "bya", "ッ": "", "ー": "",
    "チ": "chi", "ツ": "ts", "シ": "shi", "ジ": "ji", "フ": "f", "ズ": "z", "ン": "n'", "・": " ",
}  # fmt: skip
_KANA_PARTS = re.compile("|".join(sorted(_KANA_SPELT, key=len, reverse=True)))
_CYRILLIC = {"ё": "yo", "ж": "zh", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ы": "u", "ь": "", "ъ": "",
             "ю": "yu", "я": "ya", "й": "y", "э": "e", "є": "ye", "ї": "yi", "ґ": "g", "і": "i"}  # fmt: skip


@lru_cache(maxsize=1 << 14)
def roman(name: str) -> str:
    """Return a name in small Latin letters, its words parted by spaces, in a spelling near to how it sounds."""
    name = name[:LONGEST]
    name = _HANGUL.sub(lambda run: _roman_hangul(run.group()), name)
    name = _KANA.sub(lambda run: _roman_kana(run.group()), name.replace("・", " "))
    name = "".join(_CYRILLIC.get(character, character) for character in name.casefold())
    return _LETTERS.sub(" ", anyascii(name).casefold().replace("`", "")).strip()


def _roman_hangul(run: str) -> str:
    """Return Korean syllables in Latin letters, as they are written rather than as they melt together."""
    spelt = []
    for syllable in run:
        lead, rest = divmod(ord(syllable) - 0xAC00, 588)
        vowel, tail = divmod(rest, 28)
        silent = vowel == _EU and _LEADS[lead]  # it only parts consonants: 트럼프 for Trump
        spelt.append(_LEADS[lead] + ("" if silent else _VOWELS[vowel]) + _TAILS[tail])
    return "'".join(spelt)


def _roman_kana(run: str) -> str:
    """Return kana in Latin letters, without the vowels that only part consonants."""
    katakana = "".join(chr(ord(kana) + 0x60) if kana < "ゟ" else kana for kana in run)
    parts = _KANA_PARTS.sub(lambda part: _KANA_SPELT[part.group()], katakana)
    latin = "".join(anyascii(character) for character in parts)
    return _KANA_VOWELLESS.sub("'", latin)


def key(name: str) -> str:
    """Return the classes of the consonants of a name, with an A where it begins with a vowel."""
    return "".join(_sounds(roman(name))[0])


def keys(name: str) -> frozenset[str]:
    """Return the keys that other scripts may give to a name in Latin letters: those that leave out a silent r too."""
    latin = roman(name)
    return frozenset("".join(_sounds(spelt)[0]) for spelt in (latin, _SILENT_R.sub("", latin)))


def syllables(name: str) -> str:
    """Return a key that keeps a, e and i as well: for names of Korea and China, whose spellings agree on those."""
    if _CYRILLIC_E.search(name):
        name = _CYRILLIC_E.sub("о", name)  # Ким Чен Ын writes with it what Seoul spells eo
    return "".join(_syllable(part) for part in re.split(r"[\s'-]+", roman(name)))


def _syllable(part: str) -> str:
    found = ["Y"] if part.startswith("y") else []
    for spelling, plain in _KOREAN_VOWELS:
        part = part.replace(spelling, plain)
    if part.startswith("x"):  # pinyin
        part = "s" + part[1:]
    found.extend(_SPELT.get(sound) or _TELLING.sub("", sound.upper()) for sound in _SOUND.findall(part))
    return "".join(found)


@lru_cache(maxsize=1 << 14)
def _sounds(latin: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return a Romanised name's consonants by class, the same as spelt, and the vowels before, between, after them."""
    classes: list[str] = []
    spelt: list[str] = []
    vowels: list[str] = [""]
    for sound in _SOUND.findall(_SOFT_C.sub("s", latin)):
        heard = _SPELT.get(sound, "")
        if not heard:
            if not classes and sound[0] not in "yw":
                classes.append("A")
                spelt.append("")
                vowels.append("")
            vowels[-1] += sound
        elif not (heard == "H" and classes) and not (classes and classes[-1] == heard and not vowels[-1]):
            if heard == "P" and classes and classes[-1] == "N" and not vowels[-1]:
                classes[-1], spelt[-1] = "M", "m"
            classes.append(heard)
            spelt.append(sound)
            vowels.append("")
    return tuple(classes), tuple(spelt), tuple(vowels)


_MAY_BE = {  # consonants as written in Latin letters → as all other scripts may write them
    "b": "b", "v": "v b", "f": "f", "ph": "f", "p": "p", "d": "d", "t": "t", "th": "t s z", "k": "k", "c": "k",
    "ck": "k", "q": "k", "x": "ks", "g": "g j zh", "gh": "g", "kh": "h k", "j": "j zh dzh h", "dj": "j zh dzh",
    "dzh": "j dzh", "s": "s z sh", "sh": "sh s", "sch": "sh s", "zh": "zh j", "z": "z j s ts", "ts": "ts ch s",
    "tz": "ts ch", "ch": "ch sh k h", "tch": "ch", "tsch": "ch", "cz": "ch", "l": "l r", "r": "l r", "m": "m",
    "n": "n m", "ng": "ng n", "h": "h g", "": "",
}  # fmt: skip
_IN_EAST_ASIA = {"v": "b p", "f": "p h", "ph": "p h", "s": "j", "t": "ch ts", "d": "j"}  # what kana and hangul add
_INSIDE = {
    "b": "p",
    "d": "t",
    "g": "k",
    "v": "f",
    "k": "g",
    "n": "ng",
}  # hangul closes syllables without a voice; 마크롱
_MAY_SOUND = {  # vowels as written in Latin letters → as other scripts write them
    "a": "ae", "e": "ei", "i": "iy", "o": "ou", "u": "uao", "y": "iy", "w": "uo",
}  # fmt: skip
_TOGETHER = {"ie": "i", "ee": "i", "ea": "ie", "oo": "u", "ou": "uao", "eau": "o", "au": "ao", "ai": "eya", "ei": "yei"}
_WEAK = frozenset("aeou")  # vowels that hangul may write eo


def agree(latin: str, other: str) -> bool:
    """Tell whether a name in Latin letters and one in another script that share a key may differ only in spelling."""
    heard = _sounds(roman(other))
    east = "\u3040" <= other[0] <= "\ud7af"
    written = {roman(latin), _SILENT_R.sub("", roman(latin))} if east else {roman(latin)}
    return any(_agree(_sounds(spelling), heard, east) for spelling in written)


def _agree(one: tuple[tuple[str, ...], ...], two: tuple[tuple[str, ...], ...], east: bool) -> bool:
    """Tell whether the second may be how a script of East Asia (`east`), or another, writes the sounds of the first."""
    if one[0] != two[0]:
        return False
    last = len(one[0]) - 1
    return all(
        _is_consonant(written, heard, east, at == 0, at == last)
        for at, (written, heard) in enumerate(zip(one[1], two[1], strict=True))
    ) and all(_is_vowel(written, heard, east) for written, heard in zip(one[2], two[2], strict=True))


def _is_consonant(written: str, heard: str, east: bool, first: bool, last: bool) -> bool:
    possible = _MAY_BE.get(written, written)
    if east:
        possible += " " + _IN_EAST_ASIA.get(written, "")
        if not first and (written != "n" or last):
            possible += " " + _INSIDE.get(written, "")
    return heard == written or heard in possible.split(" ")


def _is_vowel(written: str, heard: str, east: bool) -> bool:
    """Tell whether two groups of vowels may be one."""
    if not written or not heard:
        return written == heard or written == "e" or (east and written in ("u", "o", "ou", "oo"))
    if "eo" in heard and heard.strip("yw'") == "eo":
        return not _WEAK.isdisjoint(written) and written not in _TOGETHER
    possible = set(_TOGETHER.get(written, "")) or {sound for letter in written for sound in _MAY_SOUND[letter]}
    if heard.strip("'") in ("ai", "ay", "aiu"):
        return "y" in possible
    return not {*heard.replace("y", "i").replace("w", "u"), *_GLIDES.get(heard, "")}.isdisjoint(possible)


_GLIDES = {"yu": "u", "ya": "a", "yo": "o", "ye": "e"}


def korean(name: str) -> tuple[str, ...]:
    """Return how a name in Han characters sounds in Korean, as `syllables` has it."""
    return tuple(dict.fromkeys(syllables(reading) for reading in readings(name)))


_KOREAN_SYLLABLE = re.compile(
    r"(?P<lead>kk|tt|pp|ss|jj|ch|sh|th|[bcdghjklmnprst])?(?P<glide>[yw])?"
    r"(?P<vowel>eo|eu|ae|ai|ay|oe|oi|ui|ee|oo|ou|uh|oh|[aeiou])(?P<tail>ng|ck|[nmklrptgb])?h?"
)
_MAY_STAND_FOR = {  # vowels as Koreans write them in Latin letters → the sounds that they may stand for
    "o": ("o", "eo"), "u": ("u", "eu"), "ou": ("u", "eo"), "eo": ("eo",), "uh": ("eo",), "oh": ("o",), "eu": ("eu",),
    "oo": ("u",), "ae": ("e",), "ai": ("e",), "ay": ("e",), "oe": ("e",), "oi": ("e",), "ui": ("i",), "ee": ("i",),
}  # fmt: skip


@lru_cache(maxsize=1 << 14)
def korean_syllables(written: str) -> frozenset[str]:
    """Return which syllables of Korean names one in Latin or Cyrillic letters may stand for; none if it is no such one.

    Unlike `syllables` it keeps apart what one script keeps apart: Un may be Eun, but not Won, Seung Sung, but not Song.
    """
    spelt = _KOREAN_SYLLABLE.fullmatch(roman(written))
    if spelt is None:
        return frozenset()
    lead, glide, vowel, tail = (spelt[part] or "" for part in ("lead", "glide", "vowel", "tail"))
    sounds = _MAY_STAND_FOR.get(vowel, (vowel,))
    if vowel == "u" and tail:  # Sun is 선 too
        sounds = (*sounds, "eo")
    if (glide == "w" and vowel in ("oo", "u")) or (glide == "y" and vowel in ("i", "ee")):
        glide = ""
    heard = _SPELT.get(lead, lead) if lead not in ("j", "jj", "ch") else lead[0]
    return frozenset(f"{heard}{glide}{sound}{_SPELT.get(tail, tail) if tail != 'ng' else tail}" for sound in sounds)
