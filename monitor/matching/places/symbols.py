"""Reads the one-character names of countries that headlines put together, and knows where an East Asian word ends.

    米朝, 日米韓, 中美, 북미, 한·미·일, 美·北   →   the countries they stand for

General usage of Japanese, Chinese and Korean newspapers. One such character alone says nothing, except Han in Korean.
"""

from collections.abc import Callable, Mapping

UNSPACED = "\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\uff66-\uff9f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"

_HAN: Mapping[str, str] = {
    "米": "US", "美": "US", "朝": "KP", "韓": "KR", "韩": "KR", "日": "JP", "中": "CN", "露": "RU", "俄": "RU",
    "英": "GB", "仏": "FR", "法": "FR", "独": "DE", "德": "DE", "印": "IN", "豪": "AU", "澳": "AU", "台": "TW",
    "欧": "EU", "歐": "EU", "加": "CA", "越": "VN", "伊": "IR", "以": "IL", "土": "TR", "乌": "UA", "烏": "UA",
}  # fmt: skip
_CORE = frozenset({"US", "KP", "KR", "JP", "CN", "RU"})  # the others count beside the two that news is full of
_BESIDE = frozenset({"US", "CN", "RU"})
_CHANCE = frozenset(  # everyday words, or where two others meet
    {"中台", "中加", "加中", "中以", "以中", "中土", "土中", "中法", "法中", "中独", "中乌", "以美", "中伊", "美加"}
)
_HANGUL: Mapping[str, str] = {
    "미": "US", "북": "KP", "한": "KR", "남": "KR", "중": "CN", "일": "JP", "러": "RU", "영": "GB", "불": "FR",
    "독": "DE", "호": "AU", "대": "TW",
}  # fmt: skip
_KOREAN_CORE = frozenset("미북한중일러")
_CHANCE_KOREAN = frozenset({"일중", "중북", "일한", "일미", "중한", "북한", "일북", "한북", "남한"})
_HANJA: Mapping[str, str] = {"美": "US", "北": "KP", "中": "CN", "日": "JP", "韓": "KR", "英": "GB", "佛": "FR",
                             "獨": "DE", "俄": "RU", "露": "RU"}  # fmt: skip
_DOTS = "·・‧ㆍ"
_NOT_BEFORE = frozenset("今昨翌本当當同何毎每某数數半平休祝连連即近往次前后後一二三四五六七八九十終其心")
_MOST = 4  # countries named together


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PARTICLES = _set(
    "은 는 이 가 을 를 의 에 와 과 도 로 으로 에서 에게 에는 에도 에선 서 만 까지 부터 보다 처럼 이나 이란 라는 이라는"
    " 이라고 이라며 측 측은 측이 측의 간 산 군 인 발 내 전 행 계 제 식 형 및 등 등이 등은"
)
_COMPOUNDS = (
    "정상회담", "정상", "회담", "관계", "실무", "협상", "대화", "무역", "연합", "동맹", "갈등", "전쟁", "군사", "양국",
    "접촉", "합의", "당국", "정부", "외교", "고위급", "북핵", "비핵화", "핵", "간", "공조", "협력", "경제", "방위",
    "안보", "훈련", "공동", "미사일", "대통령", "총리", "장관", "국무", "국방", "외무", "대사", "국민", "주민", "선수",
    "대표", "언론", "매체", "노동", "최고", "국적", "여행", "시장", "기업", "증시", "영화", "통일", "전역", "사회",
)  # fmt: skip


def is_unspaced(character: str) -> bool:
    """Tell whether a character is Han, kana or hangul."""
    return "\u3005" <= character <= "\u9fff" or is_hangul(character) or "\uf900" <= character <= "\ufaff"


def is_hangul(character: str) -> bool:
    """Tell whether a character is a Korean syllable."""
    return "\uac00" <= character <= "\ud7af"


def is_katakana(character: str) -> bool:
    """Tell whether a character is katakana or the mark of a long vowel."""
    return "\u30a1" <= character <= "\u30fa" or character == "ー"


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def is_korean_word(run: str, start: int, end: int) -> bool:
    """Tell whether `run[start:end]` begins a word, and ends it but for particles and what is compounded with places."""
    if start and is_hangul(run[start - 1]):
        return False
    rest = _hangul_from(run, end)
    return not rest or rest in _PARTICLES or end - start > 2 or rest.startswith(_COMPOUNDS)


def _hangul_from(run: str, at: int) -> str:
    end = at
    while end < len(run) and is_hangul(run[end]):
        end += 1
    return run[at:end]


def at(run: str, start: int, korean: bool, begins_name: Callable[[int], bool]) -> list[tuple[int, str]]:
    """Return the places and countries of the one-character names in `run` from `start` on; `korean` is the text."""
    if run[start] in _HANGUL:
        return _korean(run, start)
    if start and run[start - 1] in _NOT_BEFORE:
        return []
    met = _together(run, start, begins_name) if run[start] in _HAN else []
    if not met and korean and run[start] in _HANJA and _stands_alone(run, start):
        return [(start, _HANJA[run[start]])]
    return met


def _stands_alone(run: str, at: int) -> bool:
    """Tell whether one Han character begins a word and has no other beside it: 北 비핵화, 美서."""
    before, after = run[at - 1 : at], run[at + 1 : at + 2]
    return (not before or before in _DOTS) and not _is_han(after)


def _together(run: str, start: int, begins_name: Callable[[int], bool]) -> list[tuple[int, str]]:
    """Return the Han characters that follow each other from `start` on, if they are a known kind of pair."""
    met: list[tuple[int, str]] = []
    place = start
    while place < len(run) and len(met) < _MOST:
        if run[place] in _DOTS and met:
            place += 1
            continue
        if run[place] not in _HAN or (met and not _is_pair(run[met[-1][0]], run[place])):
            break
        if met and begins_name(place):  # 集中美国: the second character begins 美国
            break
        met.append((place, _HAN[run[place]]))
        place += 1
    return met if len(met) > 1 else []


def _is_pair(first: str, second: str) -> bool:
    one, two = _HAN[first], _HAN[second]
    if one == two or first + second in _CHANCE:
        return False
    return (one in _CORE and two in _CORE) or one in _BESIDE or two in _BESIDE


def _korean(run: str, start: int) -> list[tuple[int, str]]:
    """Return the countries of 북미, 한미일, 한·미·일 at the beginning of a word."""
    if start and is_hangul(run[start - 1]):
        return []
    met: list[tuple[int, str]] = []
    place = start
    while place < len(run) and len(met) < _MOST:
        if run[place] in _DOTS and met:
            place += 1
            continue
        if run[place] not in _HANGUL:
            break
        met.append((place, _HANGUL[run[place]]))
        place += 1
    while len(met) > 1:
        if _is_korean_group(run, met):
            return met
        met.pop()
    return []


def _is_korean_group(run: str, met: list[tuple[int, str]]) -> bool:
    characters = [run[place] for place, _ in met]
    if len({country for _, country in met}) < len(met) and characters[:2] != ["남", "북"]:
        return False
    dotted = met[-1][0] - met[0][0] >= len(met)
    if not dotted and ("".join(characters) in _CHANCE_KOREAN or not _KOREAN_CORE.issuperset(characters[1:])):
        return False
    if not dotted and not (_KOREAN_CORE | {"남"}).issuperset(characters):
        return False
    rest = _hangul_from(run, met[-1][0] + 1)
    return not rest or rest in _PARTICLES or rest.startswith(_COMPOUNDS)
