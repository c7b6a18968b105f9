from importlib.resources import files
from math import expm1, log
from time import perf_counter

import pytest

from monitor.matching import background
from monitor.text.words import words


def test_the_weight_is_how_rare_an_article_with_the_word_is():
    known = background.weights("en")
    line = round(log(1 / 0.0001, 10) * background.STEPS)
    assert -log(-expm1(-background.ARTICLE * 10 ** (-line / background.STEPS))) in known.values()
    assert known["the"] < 0.001 < known["talk"] < known["stockholm"]


@pytest.mark.parametrize("language", background.LANGUAGES)
def test_every_table_loads_quickly_and_is_cut_as_articles_are(language: str):
    background.weights.cache_clear()
    started = perf_counter()
    known = background.weights(language)
    assert perf_counter() - started < 0.5
    assert len(known) >= 15_000
    assert all(0 <= weight <= background.RAREST for weight in known.values())
    sample = sorted(known)[:: len(known) // 500]
    cut_alike = [words(word.upper() if word.endswith(".") else word) for word in sample]
    assert sum(len(cut) == 1 for cut in cut_alike) > 0.99 * len(sample)


def test_a_word_common_in_one_language_is_rare_in_another():
    assert background.weight("die", "de") < 0.5 < 2 < background.weight("die", "en")


def test_unknown_words_weigh_most_and_names_are_looked_up_in_english():
    assert background.weight("halvorsenqvist", "en") == background.RAREST
    assert background.weight("pyongyang", "ko") == background.weight("pyongyang", "en")


def test_numbers_weigh_by_their_digits():
    assert background.weight("7", "en") < background.weight("2031", "en") < background.weight("19000", "en")


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ko-KR", "", "ko"),
        ("zh_Hant", "", "zh"),
        ("no", "", "nb"),
        ("", "The talks between the two sides are over and the strike is not", "en"),
        ("", "Die Gespräche sind vorbei und der Streik ist es nicht", "de"),
        ("", "Los sindicatos y la empresa no están de acuerdo en el puerto", "es"),
        ("", "Förhandlingarna är slut och det är inte strejken som vi ser", "sv"),
        ("", "Переговоры закончились, но они не могли это сказать", "ru"),
        ("", "협상이 결렬됐다", "ko"),
        ("", "協議は決裂した", "ja"),
        ("", "谈判破裂", "zh"),
        ("tlh", "", "en"),
        ("", "", "en"),
    ],
)
def test_a_text_is_weighed_by_the_table_of_its_language(language: str, text: str, expected: str):
    assert background.table_for(language, words(text)) == expected


@pytest.mark.parametrize(
    ("headline", "language"),
    [
        ("Dockers snap over Lindqvist question during hearing", "en"),  # "over" is Dutch too, "die" German
        ("Three people die as ferry capsizes near Orrevik", "en"),
        ("Havenarbeiders staken over lonen in Orrevik", "nl"),
        ("Drei Menschen sterben bei Fährunglück", "de"),
        ("Les dockers en grève : un accord est trouvé", "fr"),
    ],
)
def test_one_small_word_does_not_make_a_headline_foreign(headline: str, language: str):
    assert background.table_for("", words(headline)) == language


def test_origin_and_licence_stand_beside_the_tables():
    notice = files(background).joinpath("NOTICE").read_text(encoding="utf-8")
    assert "wordfreq" in notice
    assert "Attribution-ShareAlike 4.0" in notice
    assert "SUBTLEX" in notice
