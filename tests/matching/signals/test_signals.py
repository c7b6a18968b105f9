import pytest

from monitor.matching.article import read
from monitor.matching.pair import pair
from monitor.matching.signals import SIGNALS, core, length, opening, terms
from monitor.model import Document
from tests.matching.examples import OTHER_STRIKE, SEQUEL, STORY, UNRELATED, document, profile

PROFILE = profile()


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
@pytest.mark.parametrize("article", [SEQUEL, OTHER_STRIKE, UNRELATED, document(""), document("", STORY)])
def test_every_signal_keeps_its_contract(signal, article: Document):
    measured = signal.measure(pair(PROFILE, read(article)))
    assert 0 <= measured.value <= 1
    assert measured.why
    assert signal.languages
    assert isinstance(signal.weight, float)


@pytest.mark.parametrize("measure", [terms.measure, core.measure, opening.measure])
def test_likeness_grows_towards_the_story(measure):
    values = [measure(pair(PROFILE, read(article))).value for article in (UNRELATED, OTHER_STRIKE, SEQUEL)]
    assert values == sorted(values)
    assert values[0] < values[2]


def test_terms_name_what_is_shared_in_the_seeds_spelling():
    assert terms.measure(pair(PROFILE, read(SEQUEL))).why.startswith("shares Velmar, Halvorsen")
    assert terms.measure(pair(PROFILE, read(document("")))).why == "shares no telling word with the seed"


def test_the_story_itself_has_the_whole_core():
    found = core.measure(pair(PROFILE, read(document("", STORY))))
    assert found.value == 1
    assert found.why == "has 30 of the seed's 30 strongest terms"


def test_a_word_or_two_do_not_make_an_opening():
    assert opening.measure(pair(PROFILE, read(document("strike")))).value < 0.5


def test_length_counts_different_words_only():
    once, again = document("Orrevik dockers"), document("Orrevik dockers " * 20)
    assert length.measure(pair(PROFILE, read(once))) == length.measure(pair(PROFILE, read(again)))
