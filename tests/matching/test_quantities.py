from hypothesis import given
from hypothesis import strategies as st

from monitor.matching.quantities import quantities


def test_a_unit_stands_behind_its_number_or_before_it():
    assert quantities("A magnitude 6.1 quake killed 21 people", 50) == {
        "<magnit": frozenset({"6.1"}),
        "quake": frozenset({"6.1"}),
        "<killed": frozenset({"21"}),
        "people": frozenset({"21"}),
    }


def test_numbers_are_compared_however_they_are_written():
    for told in ("the second rounds", "the 2nd round", "the 2 nd", "the two"):
        found = quantities(told, 50).get("rounds") or quantities(told, 50).get("round", frozenset())
        assert found == (frozenset({"2th"}) if "round" in told else frozenset())
    assert quantities("1,900 dockers", 50) == quantities("1, 900 dockers", 50) == {"docker": frozenset({"1900"})}


def test_no_more_is_read_than_asked():
    assert quantities("word " * 10 + "7 dockers", 10) == {}


@given(st.text(), st.integers(0, 200))
def test_any_text_is_read(text: str, tokens: int):
    assert all(numbers and unit for unit, numbers in quantities(text, tokens).items())
