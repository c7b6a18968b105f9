import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.matching.names import ORGANISATION, PERSON, PLACE, phrases

ARTICLE = """Ferry Talks Break Down In Bergen
Kari Halvorsen, the dockers' chief negotiator, said the talks in Bergen broke down on Saturday. The Norwegian \
Labour Ministry rejected that. "They have no plan," said Jean-Luc Moreau, a professor at Orrevik University in Oslo. \
President Omar bin Khaled and Mr. Velmar's aide met. On Monday Moreau flew home. Talks were hard. \
The United Nations Security Council met."""


def kinds(text, language="en"):
    return {phrase.text: phrase.kind for phrase in phrases(text, language)}


def test_names_of_several_words_have_a_kind():
    assert kinds(ARTICLE) == {
        "Kari Halvorsen": PERSON,
        "Bergen": PLACE,
        "Norwegian Labour Ministry": ORGANISATION,
        "Jean-Luc Moreau": PERSON,
        "Orrevik University": ORGANISATION,
        "Oslo": PLACE,
        "Omar bin Khaled": PERSON,
        "Velmar": PERSON,
        "Moreau": PERSON,
        "United Nations Security Council": ORGANISATION,
    }


def test_a_headline_confirms_a_name_and_gives_none():
    counted = {
        phrase.text: phrase.times
        for phrase in phrases("Kari Halvorsen Wins\nYesterday Kari Halvorsen won again.", "en")
    }
    assert counted == {"Kari Halvorsen": 2 - 1}
    assert phrases("Dockers Strike In Orrevik As Talks Fail", "en") == ()


def test_german_names_of_several_words_are_found_among_its_nouns():
    found = kinds("Gestern sprach die Unterhändlerin Kari Halvorsen in Bergen mit der Firma. Das Schiff fuhr ab.", "de")
    assert found["Bergen"] == PLACE
    assert "Schiff" not in found


@given(
    st.text(alphabet=st.sampled_from("Kari Halvorsen of.U.S. said\n\"'’-éЖ\x00"), max_size=80),
    st.sampled_from(["en", "de", "ru", ""]),
)
def test_names_stand_where_they_are_said_to(text, language):
    for phrase in phrases(text, language):
        assert text[phrase.start :].startswith(phrase.text)
        assert phrase.times > 0


@pytest.mark.parametrize("piece", ["Kari ", "Kari of ", "Kari\n", "a", "K.", "K-", "’s", "\x00", "Kari's "])
def test_hostile_text_takes_linear_time(piece):
    begun = time.process_time()
    phrases((piece * 200_000)[:200_000], "en")
    assert time.process_time() - begun < 3


def test_what_a_person_is_secretary_of_is_no_part_of_the_name():
    found = phrases("Talks with Secretary of State Ann Example were short. She met Minister of Justice.", "en")
    assert [phrase.text for phrase in found if phrase.kind == "person"] == ["Ann Example"]
