import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import sound


@pytest.mark.parametrize(
    "spellings",
    [
        "Trump 트럼프 トランプ Трамп",
        "Pompeo 폼페이오 ポンペオ Помпео",
        "Biegun 비건 ビーガン Биган",
        "Bolton 볼턴 ボルトン Болтон",
        "Macron 마크롱 マクロン Макрон",
        "Merkel 메르켈 メルケル Меркель",
        "Obama 오바마 オバマ Обама",
        "Johnson 존슨 ジョンソン Джонсон",
        "Clinton 클린턴 クリントン Клинтон",
        "Stockholm 스톡홀름 ストックホルム Стокгольм",
        "Zelensky 젤렌스키 ゼレンスキー Зеленский",
        "Lavrov 라브로프 ラブロフ Лавров",
    ],
)
def test_spellings_of_one_name_sound_alike(spellings):
    latin, *others = spellings.split()
    for other in others:
        assert sound.key(other) in sound.keys(latin), other
        assert sound.agree(latin, other), other


@pytest.mark.parametrize(
    "pair", ["Putin 바이든", "Biden Путин", "Trump トランペット", "Merkel Могли", "Johnson 정상", "Biegun 보건"]
)
def test_names_that_differ_do_not(pair):
    latin, other = pair.split()
    assert sound.key(other) not in sound.keys(latin) or not sound.agree(latin, other)


@pytest.mark.parametrize(
    "spellings",
    [
        "Jong Un|Jong-un|Jeong-eun|정은|ジョンウン|Чен Ын",
        "Myong Gil|Myong-gil|Myung-gil|명길|ミョンギル|Мён Гир",
        "Jae-in|재인|ジェイン|Чжэ Ин",
        "Jinping|진핑|近平|ジンピン|Цзиньпин",
    ],
)
def test_given_names_of_korea_and_china_share_their_syllables(spellings):
    assert len({sound.syllables(spelling) for spelling in spellings.split("|")}) == 1


def test_han_characters_are_read_in_korean():
    assert sound.syllables("명길") in sound.korean("明吉")
    assert sound.korean("☃") == ()


@given(st.text(max_size=80))
def test_any_text_has_a_key(text):
    assert sound.key(text).isascii()
    assert sound.syllables(text).isascii()
    assert sound.korean(text) is not None


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_any_two_texts_can_be_compared(one, two):
    assert sound.agree(one, two) in (True, False)
