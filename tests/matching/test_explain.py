from monitor.matching import explain
from tests.matching.examples import SEQUEL, document, profile

PROFILE = profile()


def test_terms_that_stand_together_in_both_are_told_together():
    told = explain.why(PROFILE, document("Marit Halvorsen: no Velmar offer", "The container terminal is empty."))
    assert {"Marit Halvorsen", "Velmar", "container terminal"} == set(told)


def test_a_name_is_complete_before_a_small_letter():
    assert "Marit Halvorsen" in explain.why(PROFILE, document("Marit Halvorsen told reporters"))
    united = profile("The United States sent Marit Halvorsen. Dockers of the United States applauded Halvorsen.")
    assert "United States" in explain.why(united, document("United States calls Halvorsen"))


def test_terms_keep_the_articles_spelling_and_none_is_told_twice():
    told = explain.why(PROFILE, document("ORREVIK strikes", "Orrevik, Orrevik and the strike. Halvorsen spoke."))
    assert told[0] == "ORREVIK"
    assert len(told) == len(set(map(str.casefold, told)))
    assert "Halvorsen" in told


def test_at_most_four_terms_are_told():
    assert len(explain.why(PROFILE, SEQUEL)) == explain.MOST_TERMS


def test_scripts_without_spaces_are_told_in_whole_runs():
    korean = profile("북미 실무협상이 스톡홀름에서 결렬됐다. 북한 대표는 미국이 빈손으로 나왔다고 말했다.")
    assert "실무협상" in " ".join(explain.why(korean, document("북미 실무협상 재개되나")))


def test_quotes_the_sentences_nearest_to_the_seed():
    text = "It was a rainy day in town. Marit Halvorsen said the Orrevik dockers would go on. Nobody else was there."
    assert explain.quote(PROFILE, document("", text)) == "Marit Halvorsen said the Orrevik dockers would go on."


def test_a_second_sentence_of_the_story_is_quoted_with_it():
    text = "Marit Halvorsen and Tomas Lindqvist met in Orrevik. The Velmar strike goes on at the terminal. Rain fell."
    assert explain.quote(PROFILE, document("", text)) == text.removesuffix(" Rain fell.")


def test_nothing_is_quoted_where_nothing_is_told():
    assert explain.quote(PROFILE, document("Orrevik", "")) == ""
    assert explain.quote(PROFILE, document("", "Orrevik. Velmar!")) == ""
    assert explain.quote(PROFILE, document("", "Orrevik and Velmar " * 400)) == ""
