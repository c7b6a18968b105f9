import pytest

from monitor.stories.copies import are_copies, signature, wording

WIRE = " ".join(f"word{n} of the agency's long report on ferry number{n}," for n in range(20))


def test_a_wire_copy_is_known_under_another_headline_and_cut_at_its_end():
    assert are_copies(wording("Ferry runs aground", WIRE), wording("Dozens saved off coast", WIRE[:-60]))


def test_a_report_that_quotes_one_sentence_of_it_is_no_copy():
    other = " ".join(f"our reporter{n} saw the harbour{n} empty that night" for n in range(20))
    assert not are_copies(wording("Ferry runs aground", WIRE), wording("Dozens saved", f"{other} {WIRE[:60]}"))


def test_a_text_of_few_words_has_no_signature_and_is_nobodys_copy():
    assert signature("Only a few words.") is None
    assert not are_copies(wording("Weather", "Only a few words."), wording("Weather", "Only a few words."))


@pytest.mark.parametrize(
    ("one", "other", "copies"),
    [
        (
            "Two trains collide near Orrevik, dozens taken to hospital",
            "UPDATE: Two trains collide near Orrevik; dozens taken to a hospital",
            True,
        ),
        (
            "Two trains collide near Orrevik, dozens taken to hospital",
            "Dozens in hospital as two trains meet near Orrevik",
            False,
        ),
        ("Orrevik harbour strike ends", "Orrevik harbour strike ends", False),  # too few words to tell
    ],
)
def test_headlines_are_copies_by_the_order_of_their_words(one, other, copies):
    assert are_copies(wording(one, ""), wording(other, "")) is copies
    assert are_copies(wording(other, ""), wording(one, "")) is copies


def test_a_signature_tells_how_much_two_texts_share():
    half = " ".join(f"word{n} of the agency's long report on ferry number{n}," for n in range(10, 30))
    one, other = signature(WIRE), signature(half)
    assert one is not None
    assert other is not None
    assert 0.15 < float((one == other).mean()) < 0.55  # a third of all runs
