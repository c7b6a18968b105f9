from dataclasses import replace

import numpy as np

from monitor import matching
from monitor.matching import explain
from monitor.matching.article import read
from monitor.matching.pair import pair
from monitor.model import Seed
from tests.matching.examples import SEQUEL, document, profile, topic

PROFILE = profile()
TALKS = profile("Kim Myong Gil told reporters in Stockholm that talks between North Korea and Washington had failed.")


def _why(learnt, article):
    return explain.why(pair(learnt, read(article)), article)


def _quote(learnt, article):
    return explain.quote(pair(learnt, read(article)), article)


def test_between_two_languages_people_and_places_are_named_with_the_seeds_spelling():
    korean = document("김명길, 스톡홀름서 결렬 선언", "북한 대사가 밝혔다.", language="ko")
    assert set(_why(TALKS, korean)) == {"김명길 (Kim Myong Gil)", "스톡홀름 (Stockholm)", "북한 (North Korea)"}
    assert _quote(TALKS, korean) == "북한 대사가 밝혔다."


def test_where_only_the_meaning_is_shared_a_sentence_stands_for_it():
    assert _why(TALKS, document("核を巡る話し合い、物別れ", language="ja")) == ("核を巡る話し合い、物別れ",)
    assert len(_why(TALKS, document("話" * 400, language="ja"))[0]) <= explain.LONGEST_SENTENCE


def test_terms_that_stand_together_in_both_are_told_together():
    told = _why(PROFILE, document("Marit Halvorsen: no Velmar offer", "The container terminal is empty."))
    assert {"Marit Halvorsen", "Velmar", "container terminal"} == set(told)


def test_a_name_is_complete_before_a_small_letter():
    assert "Marit Halvorsen" in _why(PROFILE, document("Marit Halvorsen told reporters"))
    united = profile("The United States sent Marit Halvorsen. Dockers of the United States applauded Halvorsen.")
    assert "United States" in _why(united, document("United States calls Halvorsen"))


def test_a_name_with_a_hyphen_is_told_whole():
    seed = "Kim Myong Gil told reporters in Stockholm that Kim Jong Un wanted more of the nuclear talks with the US."
    for name in ("Kim Jong-un", "Kim Myong-gil", "Kim Myong\u2010gil", "Kim Myong\u2011gil"):
        assert name in _why(profile(seed), document(f"Today {name} left Stockholm"))


def test_a_part_of_a_persons_name_is_not_told_as_another_thing():
    seed = "Kim Jong Un let the US wait in Stockholm. Denuclearization is far, says Kim Jong Un of the Stockholm talks."
    told = _why(profile(seed), document("UN tells US of Stockholm", "Jong said so, and Un did."))
    assert "UN" not in told
    assert {"US", "Stockholm", "Un"} <= set(told)
    both = profile(f"The UN met in Stockholm. {seed}")
    assert "UN" in _why(both, document("UN tells US of it"))


def test_common_words_are_told_only_where_there_is_nothing_else():
    assert _why(TALKS, document("Talks in Stockholm", "Reporters were told soon.")) == ("Stockholm", "Reporters")
    assert set(_why(TALKS, document("Talks on trade", "They told us."))) == {"Talks", "told"}
    wanted = profile("Kim Myong Gil told reporters in Stockholm that the talks had failed.", include=("talks",))
    assert "talks" in _why(wanted, document("They met", "The talks in Stockholm go on."))


def test_terms_keep_the_articles_spelling_and_none_is_told_twice():
    told = _why(PROFILE, document("ORREVIK strikes", "Orrevik, Orrevik and the strike. Halvorsen spoke."))
    assert told[0] == "ORREVIK"
    assert len(told) == len(set(map(str.casefold, told)))
    assert "Halvorsen" in told


def test_names_are_told_without_the_s_of_possession():
    told = _why(PROFILE, document("Marit Halvorsen’s offer", "Orrevik's container terminal is empty."))
    assert {"Marit Halvorsen", "Orrevik", "container terminal"} <= set(told)
    assert not [term for term in told if term.endswith(("'s", "’s"))]


def test_at_most_four_terms_are_told():
    assert len(_why(PROFILE, SEQUEL)) == explain.MOST_TERMS


def test_scripts_without_spaces_are_told_in_whole_runs():
    korean = profile("북미 실무협상이 스톡홀름에서 결렬됐다. 북한 대표는 미국이 빈손으로 나왔다고 말했다.")
    assert "실무협상" in " ".join(_why(korean, document("북미 실무협상 재개되나")))


def test_quotes_the_sentences_nearest_to_the_seed():
    text = "It was a rainy day in town. Marit Halvorsen said the Orrevik dockers would go on. Nobody else was there."
    assert _quote(PROFILE, document("", text)) == "Marit Halvorsen said the Orrevik dockers would go on."


def test_a_second_sentence_of_the_story_is_quoted_with_it():
    text = "Marit Halvorsen and Tomas Lindqvist met in Orrevik. The Velmar strike goes on at the terminal. Rain fell."
    assert _quote(PROFILE, document("", text)) == text.removesuffix(" Rain fell.")


NEAR = "Marit Halvorsen said that the Orrevik dockers would go on striking against Velmar."


def test_a_headline_that_a_page_repeats_is_not_quoted():
    said = "Marit Halvorsen said the Orrevik dockers would go on."
    headline = "Orrevik dockers go on strike against Velmar"
    assert _quote(PROFILE, document(headline, f"{headline}\n{said}")) == said
    korean = document(
        "김명길, 스톡홀름서 결렬 선언", "김명길, 스톡홀름서 결렬 선언\n북한 대사가 밝혔다.", language="ko"
    )
    assert _quote(TALKS, korean) == "북한 대사가 밝혔다."


def test_of_equally_near_sentences_the_early_one_is_quoted():
    late = NEAR.replace("Marit Halvorsen", "Halvorsen, Marit,")
    assert _quote(PROFILE, document("", f"{NEAR} It rained. Nobody else came by that day. {late}")) == NEAR


def test_a_sentence_that_repeats_the_headline_gives_way_to_one_that_says_more():
    more = "In Orrevik the Velmar terminal stays shut, Tomas Lindqvist told reporters on Monday."
    text = f"{NEAR} Rain fell all day long. {more}"
    assert _quote(PROFILE, document("", text)) == NEAR
    assert _quote(PROFILE, document(NEAR.rstrip("."), text)) == more


def test_a_quote_stands_in_the_article_as_it_is_quoted():
    text = f"Rain fell. {NEAR} The Velmar strike goes on at the Orrevik terminal. Then the sun came out."
    assert _quote(PROFILE, document("Strike", text)) in text


def test_between_two_languages_the_sentences_that_name_people_and_places_are_quoted():
    named = "김명길 대사는 스톡홀름에서 협상이 결렬됐다고 말했다."
    text = f"비가 내렸다. 아무도 말하지 않았다. {named} 기자들이 기다렸다."
    assert _quote(TALKS, document("협상", text, language="ko")) == named
    assert _quote(TALKS, document("협상", "비가 내렸다. 아무도 말하지 않았다. 끝.", language="ko")) == (
        "비가 내렸다. 아무도 말하지 않았다."
    )


def test_nothing_is_quoted_where_nothing_is_told():
    assert _quote(PROFILE, document("Orrevik", "")) == ""
    assert _quote(PROFILE, document("", "Orrevik. Velmar!")) == ""
    assert _quote(PROFILE, document("", "Orrevik and Velmar " * 400)) == ""


FIRST = "Dockers in Orrevik struck on Monday. " * 10  # 60 words, which make a passage
SECOND = "Kim Myong Gil left the talks in Stockholm. " * 8
KOREAN = document("김명길, 스톡홀름서 결렬 선언", "북한 대사가 밝혔다.", language="ko")


def _packed(*numbers):
    return np.array(numbers, dtype="<f2").tobytes()


def test_the_nearest_passage_of_the_seed_shares_most_words():
    learnt = profile(FIRST + SECOND)
    assert matching.nearest_passage(learnt, document("Gil spoke in Stockholm")).startswith("Kim Myong Gil")
    assert matching.nearest_passage(learnt, document("Orrevik: dockers go on")).startswith("Dockers")
    assert matching.nearest_passage(learnt, document("Rain fell", language="en")) == ""


def test_between_two_languages_the_nearest_passage_names_the_same_people_and_places():
    assert matching.nearest_passage(profile(FIRST + SECOND), KOREAN).startswith("Kim Myong Gil")
    assert matching.nearest_passage(profile(FIRST), KOREAN) == ""


def test_with_vectors_the_nearest_passage_is_the_one_of_like_meaning():
    seeds = (Seed("seed.txt", FIRST + SECOND, (_packed(0, 1), _packed(1, 0))),)
    learnt = matching.learn(replace(topic(), seeds=seeds), encoder="some")
    far = document("核を巡る話し合い、物別れ", language="ja")
    assert matching.nearest_passage(learnt, replace(far, vector=_packed(1, 0.5))).startswith("Kim Myong Gil")
    assert matching.nearest_passage(learnt, replace(far, vector=_packed(0.5, 1))).startswith("Dockers")
