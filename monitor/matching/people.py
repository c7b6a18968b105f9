"""Finds the persons of a seed in articles that spell them otherwise, in any script.

    index(["Kim Myong Gil", "Mike Pompeo"])   knows   김명길은, 金明吉, キム・ミョンギル, Ким Мён Гира, 폼페이오 …

Names of Korea and China count whole: a surname of one syllable says nothing. Of other persons the surname alone counts,
outside of its own script, if it has sounds enough that no other word has them by chance.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from monitor.matching import background
from monitor.text import sound
from monitor.text.words import HYPHENS, MOST_CHARACTERS

_FEWEST_SOUNDS = 3  # of a surname that counts alone
_FEWEST_GIVEN = 3  # signs of the key of a given name of Korea or China


@dataclass(frozen=True, slots=True)
class Met:
    """A person of the seed whom a text names."""

    name: str  # as the seed spells it
    start: int  # where the text's own spelling begins
    end: int  # the place after its end


@dataclass(frozen=True, slots=True)
class Index:
    """The persons of a seed, by how their names sound."""

    eastern: Mapping[str, Mapping[str, str]]  # surname → key of the given name → name
    western: Mapping[str, tuple[tuple[str, str], ...]]  # key of the surname → the surname, name


_SURNAMES = (  # spellings of one surname of Korea or China in Latin letters and in others
    "kim gim kin ким 김 金", "lee yi ri rhee li rhie yee i ли 이 리 李", "park pak bak пак 박 朴",
    "choe choi ch'oe che чхве цой 최 崔", "jeong jung chung chong jong chŏng чон 정 鄭 郑 丁",
    "kang gang кан 강 姜 康", "cho jo чо 조 趙 赵 曺", "yun yoon юн 윤 尹", "jang chang чан 장 張 张",
    "im lim rim yim lin им лим 임 림 林", "han хан 한 韓 韩", "o oh о 오 吳 吴", "seo suh so со 서 徐",
    "sin shin син 신 申 辛", "gwon kwon квон 권 權 权", "hwang хван 황 黃 黄", "an ahn ан 안 安",
    "song сон 송 宋", "jeon jun chon chun 전 全 田", "hong хон 홍 洪", "yu yoo ryu you lyu ю рю 유 류 柳 劉 兪",
    "ko go koh ко 고 高", "mun moon мун 문 文", "yang ryang ян 양 량 梁 楊", "son sohn сон 손 孫 孙",
    "bae pae 배 裵", "baek paek baik paik пэк 백 白", "heo huh hur ho хо 허 許 许", "nam нам 남 南",
    "sim shim сим 심 沈", "no noh ro roh но 노 로 盧 卢", "ha ха 하 河", "kwak gwak 곽 郭", "seong sung 성 成",
    "cha ча 차 車 车", "ju joo chu 주 朱", "u woo wu у 우 禹", "ku koo gu 구 具", "na ra 나 라 羅 罗",
    "jin chin 진 陳 陈",
    "ji chi 지 池", "eom um om 엄 嚴", "won вон 원 元", "bang pang 방 方", "hyeon hyun hyon хён 현 玄", "ham 함 咸",
    "byeon byun pyon 변 卞", "thae tae 태 太", "ma ма 마 馬 马", "paeng 팽", "xi shi си 시 習 习", "wang ван 왕 王",
    "zhang чжан 장 張 张", "liu лю 류 劉 刘", "chen чэнь 천 陳 陈", "zhao чжао 자오 趙 赵", "zhou чжоу 저우 周",
    "hu ху 후 胡", "yang ян 양 楊 杨", "xu сюй 쉬 許 许 徐", "sun сунь 쑨 孫 孙", "zhu чжу 주 朱", "gao гао 高",
    "lin линь 린 林", "guo го 郭", "he хэ 何", "luo ло 羅 罗", "deng дэн 덩 鄧 邓", "mao мао 마오 毛",
    "jiang цзян 장 江 蒋",
    "wen вэнь 원 溫 温", "tsai cai 차이 蔡", "lai лай 라이 賴 赖", "peng пэн 펑 彭", "yeh ye 예 葉 叶", "lam lin 람 林",
)  # fmt: skip
_SYLLABLE = (
    r"(?:kk|tt|pp|ss|jj|ch|sh|zh|ts|hs|h|[bcdfgjklmnpqrstwxyz])?[yw]?"
    r"(?:yeo|yae|wae|iao|uai|eo|eu|oe|oo|ee|ae|ai|ao|ia|ie|iu|ou|ua|ue|ui|uo|oi|[aeiou])(?:ng|ck|[nmklrptgbs])?h?"
)
_GIVEN = re.compile(rf"{_SYLLABLE}(?:{_SYLLABLE})?")
_PARTING_U = re.compile("(?<=[kmprtsgbfz])u")  # which kana write between consonants

_LETTER = r"[^\W\d_\u0e00-\u0eff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_PARTS = re.compile(
    r"(?P<hangul>[\uac00-\ud7a3]+)|(?P<katakana>[\u30a1-\u30fa\u30fc]+(?:[・＝=·][\u30a1-\u30fa\u30fc]+)*)"
    rf"|(?P<han>[\u4e00-\u9fff]+)|(?P<word>{_LETTER}+)"
)
_JOINTS = frozenset({" ", "\u00a0", *HYPHENS})


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_PARTICLES = _listed(
    "에게서는 이라고 이라는 에게는 에서는 으로는 라고 라는 에게 에서 에는 에도 으로 이나 처럼 보다 까지 부터 이란 께서"
    " 측은 측이 측 은 는 이 가 을 를 의 에 와 과 도 로 만 씨 전"
)
_ADJECTIVE_CASES = ("ого", "ому", "им", "ым", "ом")  # of surnames that are adjectives: Зеленского
_RARE = 2.5  # weight in the background of a word that may be a surname
CASES = ("ом", "ем", "ым", "ой", "ого", "ому", "а", "у", "е", "ю", "я", "и", "ы")  # Russian and Ukrainian

_TITLES = "|".join(_listed(
    "대통령 위원장 총비서 비서 주석 총리 장관 차관 외무상 부상 대사 대표 특사 실장 국장 부장 의원 대변인 교수 회장"
    " 大統領 总统 總統 委員長 委员长 主席 総書記 总书记 總書記 首相 総理 总理 總理 外相 外務相 外务相 外长 外長 副相"
    " 次官 長官 大使 代表 特使 部长 部長 局長 議員 报道官 報道官 发言人 發言人"
))  # fmt: skip
_BEFORE_TITLES = "首席|巡回|外務|国務|国防|第一|特別|朝鮮|労働党"  # between a Japanese name and its title
# The peninsula, high-ranking, the Security Council, South Korea …: what reads alike in Korean and in Han characters
# would be met as what it is, and counted as a person.
_NO_NAMES = "한반도|고위급|안보리|남북한|한미일|고려대|[韓韩][国國米美日朝中半]|南[北朝]|高[官位級级度]|安保|元"
_SIGNS = "".join(spelling for line in _SURNAMES for spelling in line.split() if len(spelling) == 1)
_HANGUL, _HAN = (f"[{''.join(re.findall(script, _SIGNS))}]" for script in ("[\uac00-\ud7a3]", "[\u4e00-\u9fff]"))
_NAMED = re.compile(
    rf"(?<![가-힣])(?!{_NO_NAMES})(?P<korean>{_HANGUL}[가-힣](?![는을를에])[가-힣])"
    rf"(?:\s(?:[가-힣\d]{{1,12}}\s)?[가-힣\d]{{0,6}})?(?:{_TITLES})"
    rf"|(?<![一-鿿])(?!{_NO_NAMES})(?P<japanese>{_HAN}[一-鿿]{{2}})・?(?:{_BEFORE_TITLES})*(?:{_TITLES})"
    rf"|(?:{_TITLES})(?!{_NO_NAMES})(?P<chinese>{_HAN}[一-鿿]{{2}})"
    r"|(?<![ァ-ヺー])(?P<kana>[ァ-ヺー]+[・＝=·][ァ-ヺー]+)"
)


def index(names: Iterable[str]) -> Index:
    """Return the persons called `names`, ready to be looked for."""
    eastern: dict[str, dict[str, str]] = {}
    western: dict[str, tuple[tuple[str, str], ...]] = {}
    for name in dict.fromkeys(names):
        split = tuple(_split(name))
        for surname, given in split:
            if len(given) >= _FEWEST_GIVEN:
                eastern.setdefault(surname, {}).setdefault(given, name)
        if not split and (surname := _western(name)):
            for key in sound.keys(surname):
                if len(key) >= _FEWEST_SOUNDS:
                    western[key] = (*western.get(key, ()), (surname, name))
    return Index(eastern, western)


def named(text: str) -> tuple[str, ...]:
    """Return the persons of Korea and China whom a text in Korean, Chinese or Japanese names, each once.

    No capital shows them: they stand beside a title, or have a mark within, as kana do. What is no name costs little,
    since it would have to be met by its sound.
    """
    found = (name[name.lastgroup or ""] for name in _NAMED.finditer(text, 0, MOST_CHARACTERS))
    return tuple(name for name in dict.fromkeys(found) if any(_split(name)))


def met(index: Index, text: str) -> tuple[Met, ...]:
    """Return where `text` names persons of the index, in order and without overlap."""
    found: list[Met] = []
    tokens = [token for token in _PARTS.finditer(text, 0, MOST_CHARACTERS) if _may_name(token)]
    for at, token in enumerate(tokens):
        if found and token.start() < found[-1].end:
            continue
        person = next(_READERS[token.lastgroup or ""](index, tokens, at, text), None)
        if person:
            found.append(person)
    return tuple(found)


def _may_name(token: re.Match[str]) -> bool:
    """Tell whether a token may belong to a name: a word with a capital, or a small one behind a hyphen."""
    first = token.string[token.start()]
    return not first.islower() or token.string[token.start() - 1] in HYPHENS


def _in_hangul(index: Index, tokens: list[re.Match[str]], at: int, text: str) -> Iterator[Met]:
    token = tokens[at]
    word = token.group()
    for length in (3, 4, 2):
        name = _eastern(index, word[:1], word[1:length]) if len(word) >= length else None
        if name:
            yield Met(name, token.start(), token.start() + length)
    for bare in without(word, _PARTICLES):
        if name := _by_surname(index, bare):
            yield Met(name, token.start(), token.start() + len(bare))


def _in_katakana(index: Index, tokens: list[re.Match[str]], at: int, text: str) -> Iterator[Met]:
    token = tokens[at]
    parts = re.split("[・＝=·]", token.group())
    if len(parts) > 1 and (name := _eastern(index, parts[0], "".join(parts[1:]))):
        yield Met(name, token.start(), token.end())
    for part in reversed(parts):
        if name := _by_surname(index, part) or _by_surname(index, part.replace("チ", "ティ")):
            start = token.start() + token.group().rindex(part)
            yield Met(name, start, start + len(part))


def _in_han(index: Index, tokens: list[re.Match[str]], at: int, text: str) -> Iterator[Met]:
    token = tokens[at]
    run = token.group()
    for start, character in enumerate(run):
        if not surnames(character).isdisjoint(index.eastern):
            for length in (3, 2):
                name = _han_name(index, character, run[start + 1 : start + length])
                if name:
                    yield Met(name, token.start() + start, token.start() + start + length)


def _han_name(index: Index, surname: str, given: str) -> str | None:
    known = [index.eastern[group] for group in surnames(surname) if group in index.eastern]
    spoken = (*sound.korean(given), sound.syllables(given)) if given else ()
    return next((names[key] for names in known for key in spoken if key in names), None)


def _in_letters(index: Index, tokens: list[re.Match[str]], at: int, text: str) -> Iterator[Met]:
    token = tokens[at]
    parts = [token]
    for following in tokens[at + 1 : at + 4]:
        if following.lastgroup != "word" or text[parts[-1].end() : following.start()] not in _JOINTS:
            break
        parts.append(following)
    for count in range(len(parts), 1, -1):
        words = [part.group() for part in parts[:count]]
        for surname, given in ((words[0], words[1:]), (words[-1], words[:-1])):
            for last in without(given[-1], CASES if is_cyrillic(given[-1]) else ()):
                if name := _eastern(index, surname, " ".join([*given[:-1], last])):
                    yield Met(name, token.start(), parts[count - 1].end())
    if is_cyrillic(token.group()) and _is_rare(token.group()):
        for bare in _nominative(token.group()):
            if name := _by_surname(index, bare):
                yield Met(name, token.start(), token.end())


def _nominative(word: str) -> Iterator[str]:
    """Yield what a Russian or Ukrainian surname may be called when it is the subject."""
    yield from without(word, CASES)
    for ending in _ADJECTIVE_CASES:
        if len(word) > len(ending) + 2 and word.endswith(ending):
            yield word.removesuffix(ending) + "ий"


def _is_rare(word: str) -> bool:
    """Tell whether a word in Cyrillic letters is none of the commonest, which begin sentences with a capital."""
    return all(background.weight(word.casefold(), language) >= _RARE for language in ("ru", "uk"))


_Reader = Callable[[Index, list[re.Match[str]], int, str], Iterator[Met]]
_READERS: Mapping[str, _Reader] = {
    "hangul": _in_hangul, "katakana": _in_katakana, "han": _in_han, "word": _in_letters,
}  # fmt: skip


def _eastern(index: Index, surname: str, given: str) -> str | None:
    """Return the name of the person of Korea or China so called."""
    for group in surnames(surname):
        if group in index.eastern and (name := index.eastern[group].get(sound.syllables(given))):
            return name
    return None


def _by_surname(index: Index, word: str) -> str | None:
    """Return the name of the other person whose surname `word` spells in another script."""
    for surname, name in index.western.get(sound.key(word), ()):
        if sound.agree(surname, word):
            return name
    return None


def without(word: str, endings: Iterable[str]) -> Iterator[str]:
    """Yield what is left of a word without one of `endings`, and then the word."""
    for ending in endings:
        if len(word) > len(ending) + 1 and word.endswith(ending):
            yield word.removesuffix(ending)
    yield word


def is_eastern(name: str) -> bool:
    """Tell whether a name in Korean or Chinese characters begins with a surname, and is as long as a name."""
    return name >= "\u3400" and any(_split(name))


def _split(name: str) -> Iterator[tuple[str, str]]:
    """Yield surname and key of the given name, as often as a name can be read as one of Korea or China."""
    if re.fullmatch("[\uac00-\ud7a3]{3,4}", name):
        yield from ((group, sound.syllables(name[1:])) for group in surnames(name[0]))
        return
    if re.fullmatch("[\u4e00-\u9fff]{2,3}", name):
        given = (*sound.korean(name[1:]), sound.syllables(name[1:]))
        yield from ((group, key) for group in surnames(name[0]) for key in dict.fromkeys(given))
        return
    if "\u30a1" <= name[:1] <= "\u30fa":
        surname, *given_parts = re.split("[・＝=·]", name)
        yield from ((group, sound.syllables("".join(given_parts))) for group in surnames(surname))
        return
    words = [word for word in re.split(r"[\s\-‑]+", name) if word]
    if not 2 <= len(words) <= 4 or not all(_GIVEN.fullmatch(_latin(word)) for word in words):
        return
    for surname, given_words in ((words[0], words[1:]), (words[-1], words[:-1])):
        for last in without(given_words[-1], CASES if is_cyrillic(given_words[-1]) else ()):
            key = sound.syllables(" ".join([*given_words[:-1], last]))
            yield from ((group, key) for group in surnames(surname))


def _latin(word: str) -> str:
    return sound.roman(word) if is_cyrillic(word) else word.casefold()


def _western(name: str) -> str:
    """Return the surname of a name in Latin letters; nothing if it is in others."""
    words = re.findall(r"[^\W\d_]+", name)
    return words[-1] if words and words[-1][0] < "\u0370" else ""


@lru_cache(maxsize=1 << 14)
def surnames(written: str) -> frozenset[str]:
    """Return the surnames of Korea and China that something may spell, each by its first spelling."""
    told = written.casefold()
    if "\u30a0" <= told[:1] <= "\u30ff":
        told = "ー" + sound.roman(told).replace("'", "")
    return _groups().get(told, frozenset())


@lru_cache(maxsize=1)
def _groups() -> Mapping[str, frozenset[str]]:
    groups: dict[str, frozenset[str]] = {}
    for line in _SURNAMES:
        spellings = line.split()
        kana = ["ー" + _PARTING_U.sub("", spelling) for spelling in spellings]
        for spelling in (*spellings, *kana):
            groups[spelling] = groups.get(spelling, frozenset()) | {spellings[0]}
    return groups


def is_cyrillic(word: str) -> bool:
    """Tell whether a word begins with a Cyrillic letter."""
    return "\u0400" <= word[0] <= "\u052f"
