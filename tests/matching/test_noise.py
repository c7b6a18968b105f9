from time import perf_counter

import pytest

from monitor.matching.noise import cleaned


def test_a_date_and_a_link_at_the_start_of_one_paragraph_are_both_dropped():
    found = cleaned(" date 2031-04-07 Read: Why the ferry fleet is running out of money\n\nDockers walked out.")
    assert found.text == "Dockers walked out."
    assert found.dropped == ("date 2031-04-07", "Read: Why the ferry fleet is running out of money")


@pytest.mark.parametrize(
    "noise",
    [
        "Posted: May 24, 2031",
        "Tuesday, April 8th, 2031 at 10:30 am EST",
        "Veröffentlicht am 12. März 2031, 14:05",
        "8 de abril de 2031",
        "2031年4月7日",
        "입력 2031년 4월 7일 09:30",
        "Read more: Strike enters day two",
        "Related: Strike enters day two",
        "Lesen Sie auch: Der Streik geht weiter",
        "Lire aussi : La grève continue",
        "Läs också: Strejken fortsätter",
        "Читайте также: Забастовка продолжается",
        "関連記事：港のスト",
        "相关阅读：港口罢工",
        "관련 기사: 항만 파업",
        "By Jane Doe, Harbour Correspondent",
        "Sign up for our newsletter and never miss a ship",
        "© 2031 Orrevik Post. All rights reserved.",
        "https://example.org/harbour?id=5",
        "newsdesk@example.org",
    ],
)
def test_finds_noise_in_many_forms(noise: str):
    found = cleaned(f"{noise}\nDockers walked out.")
    assert found.text == "Dockers walked out."
    assert " ".join(found.dropped).split() == noise.split()


def test_the_agency_goes_and_the_place_stays():
    assert cleaned("ORREVIK (Reuters) - Dockers walked out.").text == "ORREVIK Dockers walked out."


@pytest.mark.parametrize(
    "story",
    [
        "By Monday evening the harbour was empty, and no ship had left it since the walkout began.",
        "Read aloud, the statement took ten minutes.",
        "Watch keepers on the ferry saw it first.",
        "The union said 1,900 dockers took part on 7 April and that 40 ships were waiting outside.",
        "Subscribers to the pension plan " + "are worried about the strike and its consequences " * 5,
    ],
)
def test_leaves_the_story_alone(story: str):
    assert cleaned(story).text == story.strip()
    assert cleaned(story).dropped == ()


def test_a_text_of_noise_alone_is_kept():
    assert cleaned("Read: A harbour without ships").text == "Read: A harbour without ships"


@pytest.mark.parametrize("hostile", ["a", "1 ", "May ", "x@", "1:", "Monday, ", "www.", "by A", "|"])
def test_hostile_repetition_costs_little(hostile: str):
    started = perf_counter()
    cleaned(hostile * 50_000)
    assert perf_counter() - started < 2
