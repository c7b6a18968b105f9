import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.matching.people import index, met, named

PEOPLE = (
    "Kim Jong Un", "Kim Yo Jong", "Choe Son Hui", "Moon Jae-in", "Xi Jinping", "Donald Trump", "Mike Pompeo", "Biegun",
    "Angela Merkel", "Emmanuel Macron", "Vladimir Putin", "Joe Biden", "Volodymyr Zelensky", "Boris Johnson",
    "Leif-Eric Easley", "Lee Jae-myung",
)  # fmt: skip
KNOWN = index(PEOPLE)


def persons(text):
    return [person.name for person in met(KNOWN, text)]


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        (
            "Kim Jong Un",
            "Kim Jong-un said|Jong-un Kim|김정은은|金正恩委員長|キム・ジョンウン委員長|Ким Чен Ын|с Ким Чен Ыном",
        ),
        ("Kim Yo Jong", "Kim Yo-jong|김여정 부부장|金與正|金与正|キム・ヨジョン|Ким Ё Чжон"),
        ("Choe Son Hui", "Choi Sun-hee|최선희 제1부상|崔善姬|チェ・ソンヒ|Чхве Сон Хи|Цой Сон Хи"),
        ("Moon Jae-in", "문재인 대통령|文在寅|ムン・ジェイン|Мун Чжэ Ин"),
        ("Lee Jae-myung", "이재명|李在明|イ・ジェミョン|Yi Jae Myong"),
        ("Xi Jinping", "习近平|習近平|시진핑|シー・ジンピン|Си Цзиньпин|Си Цзиньпином"),
        ("Donald Trump", "트럼프는|トランプ大統領|Трампа|Трамп"),
        ("Mike Pompeo", "폼페이오 장관|ポンペオ氏|Помпео"),
        ("Biegun", "비건 대표|ビーガン|Биган"),
        ("Angela Merkel", "메르켈|メルケル|Меркель"),
        ("Vladimir Putin", "푸틴이|プーチン|Путина|Путін"),
        ("Joe Biden", "바이든의|バイデン|Байден"),
        ("Volodymyr Zelensky", "젤렌스키|ゼレンスキー|Зеленского|Зеленський"),
        ("Boris Johnson", "존슨|ボリス・ジョンソン|Джонсона"),
        ("Leif-Eric Easley", "이즐리 교수는"),
    ],
)
def test_a_person_is_met_under_other_spellings(name, texts):
    assert {text: persons(text) for text in texts.split("|")} == {text: [name] for text in texts.split("|")}


@pytest.mark.parametrize(
    "text",
    [
        "Kim, 김 위원장, 金委員長, Ким",
        "김정남 김종인 金正男 Kim Jong Nam",
        "the trumpet and the pompous",
        "정상 회담, 보건 복지",
        "トランペット",
        "Если могли",
        "",
        "\x00\x01 -- ・・・",
    ],
)
def test_other_words_and_other_persons_are_not_met(text):
    assert persons(text) == []


def test_a_surname_of_one_syllable_is_not_looked_for_alone():
    known = index(["Kim", "Lee", "김", "Xi"])
    assert met(known, "Kim 김 金 キム Ким 이 리 Си") == ()


def test_seeds_in_korean_and_chinese_are_met_in_latin_letters():
    assert [person.name for person in met(index(["김명길"]), "Kim Myong Gil spoke")] == ["김명길"]
    assert [person.name for person in met(index(["习近平"]), "President Xi Jinping spoke")] == ["习近平"]


def test_seeds_in_kana_and_cyrillic_are_met_in_latin_letters():
    for seed in ("キム・ミョンギル", "Ким Мён Гиль", "Ким Мён Гилем"):
        assert [person.name for person in met(index([seed]), "Kim Myong Gil spoke")] == [seed]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("북측 김명길 순회대사가 최선희 외무성 제1부상과 김정은위원장을 만났다", "김명길 최선희 김정은"),
        ("金明吉首席代表と崔善姫外務次官、金正恩朝鮮労働党委員長", "金明吉 崔善姫 金正恩"),
        ("文在寅（ムン・ジェイン）大統領と金・大使", "ムン・ジェイン"),
        ("朝鲜外务省巡回大使金明吉说，国家主席习近平", "金明吉 习近平"),
        ("한반도 평화교섭본부장, 한미일 외교장관, 정부는 대통령의 고위급 대표", ""),
        ("韓国首席代表、南北代表、高官級代表、元国務長官、安保理議長、ドナルド・トランプ大統領", ""),
        ("Kim Myong Gil, the ambassador", ""),
        ("", ""),
    ],
)
def test_persons_are_found_beside_their_titles(text, names):
    assert named(text) == tuple(names.split())


def test_the_span_is_the_text_s_own_spelling():
    text = "그는 김정은과 만났다"
    [person] = met(KNOWN, text)
    assert text[person.start : person.end] == "김정은"


@pytest.mark.parametrize(
    "piece", ["김", "金", "キム・", "Kim-", "Kim ", "Ким ", "a", "\x00", "ト", "李明", "Кимом", "김명길 대", "金首席"]
)
def test_hostile_text_takes_linear_time(piece):
    begun = time.process_time()
    met(KNOWN, (piece * 200_000)[:200_000])
    named((piece * 200_000)[:200_000])
    assert time.process_time() - begun < 5


@given(st.text(alphabet=st.sampled_from("Kim JongUn-김정은金正恩キム・ジョンКимЧенЫн트럼프 \x00"), max_size=40))
def test_spans_lie_inside_the_text_in_order(text):
    at = 0
    for person in met(KNOWN, text):
        assert at <= person.start < person.end <= len(text)
        assert person.name in PEOPLE
        at = person.end
    index([text, text[:5]])
