from dataclasses import replace

import numpy as np
import pytest

from monitor.matching.article import read
from monitor.matching.pair import Companion, Pair, pair
from monitor.matching.signals import (
    SIGNALS,
    circle,
    company,
    core,
    coverage,
    crowd,
    elsewhere,
    kinship,
    length,
    meaning,
    nearest,
    numbers,
    opening,
    people,
    quantities,
    strange,
    where,
    wording,
)
from monitor.model import Document
from tests.matching.examples import OTHER_STRIKE, SEQUEL, STORY, UNRELATED, document, profile

PROFILE = profile()
TALKS = profile("Kim Myong Gil told reporters in Stockholm that talks between North Korea and Washington had failed.")


def _pair(article: Document, learnt=PROFILE) -> Pair:
    return pair(learnt, read(article))


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
@pytest.mark.parametrize("article", [SEQUEL, OTHER_STRIKE, UNRELATED, document(""), document("", STORY)])
def test_every_signal_keeps_its_contract(signal, article: Document):
    measured = signal.measure(_pair(article))
    assert 0 <= measured.value <= 1
    assert measured.why
    assert signal.languages
    assert signal.within or signal.across


@pytest.mark.parametrize("measure", [core.measure, opening.measure, coverage.measure])
def test_likeness_grows_towards_the_story(measure):
    values = [measure(_pair(article)).value for article in (UNRELATED, OTHER_STRIKE, SEQUEL)]
    assert values == sorted(values)
    assert values[0] < values[2]


def test_the_opening_names_what_is_shared_in_the_seeds_spelling():
    assert opening.measure(_pair(SEQUEL)).why.startswith("opens with Velmar, Orrevik")
    assert opening.measure(_pair(document(""))).why == "title and opening share no telling word with the seed"


def test_the_story_itself_has_the_whole_core():
    found = core.measure(_pair(document("", STORY)))
    assert found.value == 1
    assert found.why == "has 30 of the seed's 30 strongest terms"


def test_a_word_or_two_do_not_make_an_opening():
    assert opening.measure(_pair(document("strike"))).value < 0.5


def test_length_counts_different_words_only():
    once, again = document("Orrevik dockers"), document("Orrevik dockers " * 20)
    assert length.measure(_pair(once)) == length.measure(_pair(again))


def test_numbers_of_the_seed_speak_for_an_article():
    same, other = document("A rise of 4.5 percent for 1,900"), document("A rise of 6.5 percent for 2,700")
    assert numbers.measure(_pair(same)).value > numbers.measure(_pair(other)).value == 0
    assert "1900" in numbers.measure(_pair(same)).why.replace(",", "")


@pytest.mark.parametrize(
    "title", ["DPRK envoy in Stockholm", "북한, 스톡홀름에서", "КНДР и Стокгольм", "Nordkorea: Stockholm"]
)
def test_places_are_met_in_any_language(title: str):
    found = where.measure(_pair(document(title), TALKS))
    assert found.value > 0.5
    assert "North Korea" in found.why


def test_places_that_the_seed_does_not_know_count_against_an_article():
    there, here = document("Quake in Jakarta, Indonesia"), document("Talks in Stockholm")
    assert elsewhere.measure(_pair(there, TALKS)).value > elsewhere.measure(_pair(here, TALKS)).value == 0
    assert "Indonesia" in elsewhere.measure(_pair(there, TALKS)).why


@pytest.mark.parametrize("title", ["김명길 대사 기자회견", "北朝鮮の金明吉大使", "Ким Мён Гир заявил"])
def test_people_are_met_in_other_scripts(title: str):
    assert people.measure(_pair(document(title, language="xx"), TALKS)).why == "names Kim Myong Gil"


def _with_vectors(one: list[float], other: list[float]) -> Pair:
    packed = np.array(other, dtype="<f2").tobytes()
    return _pair(replace(SEQUEL, vector=packed), replace(PROFILE, vector=np.array(one, dtype=np.float32)))


def test_meaning_is_the_cosine_of_the_vectors():
    assert meaning.measure(_with_vectors([1, 0], [0.6, 0.8])).value == pytest.approx(0.6, abs=1e-3)
    assert meaning.measure(_with_vectors([1, 0], [-1, 0])).value == 0


def test_vectors_of_two_encoders_are_not_compared():
    assert meaning.measure(_with_vectors([1, 0], [0, 0, 1])).value == 0


def _company(*held: Companion) -> Pair:
    return _pair(SEQUEL)._replace(company=held)


def test_company_that_fits_better_speaks_for_an_article_and_company_that_fits_worse_against_it():
    alone, good, bad = (
        company.measure(_company(*held)).value
        for held in ((), (Companion(0.9, 4.0, 0.0, 0.0),), (Companion(0.9, -4.0, 0.0, 0.0),))
    )
    assert bad < alone == 0.5 < good
    assert company.measure(_company(Companion(0.3, 9.0, 0.0, 0.0))).value == 0.5  # not alike


def test_wording_is_the_cosine_of_the_weighed_words():
    values = [
        wording.measure(_pair(article)).value for article in (UNRELATED, OTHER_STRIKE, SEQUEL, document("", STORY))
    ]
    assert values == sorted(values)
    assert values[-1] > 0.9  # less than 1, since the seed makes more of what it opens with


def test_the_circle_is_what_article_and_company_share_with_the_seed():
    alone = circle.measure(_company()).value
    assert alone == wording.measure(_pair(SEQUEL)).value
    near, far = (circle.measure(_company(Companion(0.9, 0.0, to_seed, 0.5))).value for to_seed in (0.9, 0.0))
    assert far < alone < near


def test_kinship_is_what_an_article_shares_with_its_company():
    assert kinship.measure(_company()).value == 0
    close, loose = (kinship.measure(_company(Companion(0.9, 0.0, 0.5, words))).value for words in (0.9, 0.1))
    assert loose < close < 0.9
    assert kinship.measure(_company(Companion(0.3, 0.0, 0.5, 0.9))).value == 0  # not alike


def test_what_is_nearest_decides_whether_it_is_the_story_or_something_else():
    alone = nearest.measure(_company()).value
    story, other = (nearest.measure(_company(Companion(0.9, total, 0.5, 0.9))) for total in (2.0, -2.0))
    assert other.value < 0.5 <= alone < story.value
    assert story.why.endswith("tells of the story")
    assert other.why.endswith("tells of something else")
    both = _company(Companion(0.9, 2.0, 0.5, 0.9), Companion(0.8, -2.0, 0.5, 0.9))
    assert 0.5 < nearest.measure(both).value < story.value


def test_what_is_farther_than_the_seed_decides_nothing():
    alone = nearest.measure(_company()).value
    assert nearest.measure(_company(Companion(0.1, 2.0, 0.0, 0.0), Companion(0.1, -2.0, 0.0, 0.0))).value == alone


@pytest.mark.parametrize(
    ("around", "value"),
    [
        ((), 0.0),
        ((0.9,) * 8, 0.0),
        ((1.5,) * 4, 2 / 3),
        ((1.5,) * 3, 0.0),
        ((1.15,) * 5 + (0.2,) * 3, 0.5),
        ((2.0,) * 8, 1.0),
    ],
)
def test_it_is_crowded_where_five_earlier_articles_came_near_to_the_seed(around: tuple[float, ...], value: float):
    found = crowd.measure(_pair(SEQUEL)._replace(around=around))
    assert found.value == pytest.approx(value)
    assert ("more is asked" in found.why) is (value > 0)


@pytest.mark.parametrize(("total", "value"), [(-30.0, 1.0), (0.0, 0.5), (30.0, 0.0)])
def test_a_crowd_asks_nothing_of_an_article_whose_nearest_is_of_the_story(total: float, value: float):
    nearest_first = (Companion(0.8, total, 0.0, 0.0), Companion(0.7, -total, 0.0, 0.0))
    found = crowd.measure(_pair(SEQUEL)._replace(around=(1.5,) * 5, company=nearest_first))
    assert found.value == pytest.approx(value, abs=1e-9)


ROUND = profile("Klasson stopped Ferrer in the sixth round in Bern. The fight of magnitude saw 21 punches.")


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ("Klasson wins in the sixth round", 0.0),
        ("Klasson wins in the 6th round", 0.0),
        ("Klasson wins in the seventh round", 1 / 3),
        ("Klasson wins in the seventh round after 40 punches", 1 / 2),
        ("Klasson wins in round 7 of 12", 0.0),
        ("Others had 40 punched holes", 0.0),  # no telling word is shared
    ],
)
def test_other_numbers_of_the_same_things_tell_of_another_event(told: str, value: float):
    assert quantities.measure(_pair(document("", told), ROUND)).value == pytest.approx(value)


def test_the_numbers_that_differ_are_named():
    found = quantities.measure(_pair(document("", "Klasson wins in the seventh round"), ROUND))
    assert found.why == "tells other numbers: 7th round…"


def test_rare_words_that_the_seed_lacks_are_strange():
    known, other = (strange.measure(_pair(article)) for article in (document("", STORY), OTHER_STRIKE))
    assert known.value == 0 < other.value
    assert other.why.endswith("which the seed lacks")


def test_numbers_that_agree_are_told_of_as_many_things_as_have_one():
    assert quantities.measure(_pair(document("", "Klasson wins"), ROUND)).why == "tells no number of the same thing"
    one = quantities.measure(_pair(document("", "Klasson wins in the sixth round"), ROUND)).why
    two = quantities.measure(_pair(document("", "Klasson wins in the sixth round after 21 punches"), ROUND)).why
    assert one == "tells the number of one thing as the seed does, none otherwise"
    assert two == "tells the number of 2 things as the seed does, none otherwise"
