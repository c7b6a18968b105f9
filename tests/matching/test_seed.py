from dataclasses import replace

import pytest

from monitor import matching
from monitor.errors import SeedError
from monitor.model import Example, Seed
from tests.documents import SEED as TALKS
from tests.matching.examples import OTHER_STRIKE, SEQUEL, STORY, document, profile, topic

KIM_JONG_UN = document("Kim Jong Un visits a farm", "Kim Jong Un praised the farm's workers on Tuesday.", language="en")


def _weights(learnt: matching.Profile) -> dict[str, float]:
    return {term.term: term.weight for term in learnt.terms}


def test_names_weigh_most_and_common_words_nothing():
    learnt = profile()
    strongest = " ".join(term.term for term in learnt.terms[:8])
    assert "Orrevik" in strongest
    assert "Velmar" in strongest
    assert not {"said", "after", "the"} & set(_weights(learnt))
    assert learnt.terms[0].weight == 1


def test_what_a_seed_opens_with_counts_more_and_what_it_says_in_passing_less():
    between = " ".join(["Workers of the harbour said on Monday that they want a longer rest."] * 15)
    learnt = profile(
        f"Ferries to Brankov are late. {between} Quelm is far, and so is the zorvat. The plink is a plink."
    )
    opening, name, passing, again = (learnt.weights[word] for word in ("brankov", "quelm", "zorvat", "plink"))
    assert opening / name == pytest.approx(1.5, abs=0.05)
    assert passing / name == pytest.approx(0.7, abs=0.01)
    assert again >= name  # small too, but not in passing


def test_noise_is_dropped_and_listed():
    learnt = profile()
    assert learnt.dropped == (
        "date 2031-04-07",
        "Read: Why the ferry fleet of Orrevik is running out of money",
        "Sign up for our newsletter",
    )
    assert not {"fleet", "money", "newsletter"} & set(_weights(learnt))


def test_terms_say_what_they_are():
    kinds = {term.term: term.kind for term in profile().terms}
    assert kinds["Marit Halvorsen"] == "person"
    assert kinds["4.5"] == "number"
    assert kinds["strike"] == "term"


def test_german_capitals_are_not_taken_for_names():
    learnt = profile("Der Streik im Hafen von Orrevik dauert an, und die Kräne stehen nach der Kündigung still.")
    kinds = {term.term: term.kind for term in learnt.terms}
    assert kinds["Streik"] == kinds["Kräne"] == kinds["Kündigung"] == "term"


def test_several_seeds_are_one_mean():
    other = Seed("b.txt", "The ferry to Sundholmen stood still on Tuesday. Ferry captain Ruud Aanders waits.")
    both = matching.learn(replace(topic(), seeds=(*topic().seeds, other)))
    assert {"halvorsen", "aander"} <= set(both.weights)
    swapped = matching.learn(replace(topic(), seeds=(other, *topic().seeds)))
    assert swapped.fingerprint != profile().fingerprint
    assert swapped.weights == pytest.approx(both.weights)


def test_what_the_person_says_counts_at_once():
    plain, said = profile(), profile(include=("crane",), weights={"Lindqvist": 3.0, "ferry": 0.0, "Yard Seven": 1.0})
    assert said.weights["crane"] == pytest.approx(2 * plain.weights["crane"])
    assert said.weights["lindqvist"] == pytest.approx(3 * plain.weights["lindqvist"])
    assert "ferry" not in said.weights
    assert {"Yard Seven", "crane", "Tomas Lindqvist"} == {term.term for term in said.terms if term.origin == "you"}
    assert {term.origin for term in plain.terms} == {"seed"}


def test_common_words_of_a_term_let_nothing_in_by_themselves():
    parents = "Working parents reach a new level of stress, survey says"
    about = document(parents, f"{parents}. Mothers and fathers talk about long hours at work.", language="en")
    talks = document("Working-level talks resume in Hanoi", language="en")
    plain, said = profile(TALKS), profile(TALKS, include=("working-level talks",))
    assert matching.judge(said, about).score < 50
    assert matching.judge(said, talks).score > matching.judge(plain, talks).score


def test_all_words_of_a_term_together_gain_what_one_alone_would():
    said = profile(include=("Quillon", "Karsk Fjordheim"))
    one, two = said.weights["quillon"], [said.weights[word] for word in ("karsk", "fjordheim")]
    assert max(two) < one == pytest.approx(sum(weight**2 for weight in two) ** 0.5)
    bank = profile(include=("Bank of Orrevik",))
    assert "of" not in bank.weights
    assert ("bank", "of") in bank.neighbours


def test_a_name_that_is_struck_out_takes_no_word_from_another():
    plain, said = profile(TALKS), profile(TALKS, weights={"Kim Myong Gil": 0.0})
    assert said.weights["kim"] == plain.weights["kim"]
    assert not {"myong", "gil"} & said.weights.keys()
    assert "Kim Myong Gil" not in _weights(said)
    assert {term.term: term.origin for term in said.terms}["Kim Jong Un"] == "seed"
    assert matching.judge(said, KIM_JONG_UN).score > 75
    korean = document("김명길 대사 귀국", "김명길 대사는 화요일 귀국했다.", language="ko")
    assert matching.judge(plain, korean).score > 75 > 50 > matching.judge(said, korean).score


def test_of_two_names_that_are_struck_out_nothing_is_left():
    said = profile(TALKS, weights={"Kim Myong Gil": 0.0, "Kim Jong Un": 0.0})
    assert not {"kim", "myong", "gil", "jong", "un"} & said.weights.keys()


def test_a_surname_that_is_struck_out_is_not_met_in_another_script():
    korean = document("트럼프 귀국", "트럼프는 화요일 귀국했다.", language="ko")
    plain, said = profile(TALKS), profile(TALKS, weights={"Trump": 0.0})
    assert matching.judge(plain, korean).why == ("트럼프 (Donald Trump)",)
    assert matching.judge(said, korean).why == (korean.title,)


def test_a_person_who_is_included_is_one_term_and_met_in_every_script():
    said = profile(TALKS, include=("Choe Son Hui",))
    assert [(term.kind, term.origin) for term in said.terms if term.term == "Choe Son Hui"] == [("person", "you")]
    assert not {"Choe", "Son", "Hui"} & _weights(said).keys()
    english = document("Choe Son Hui returns", "Choe Son Hui returned on Tuesday.", language="en")
    assert "Choe Son Hui" in matching.judge(said, english).why
    korean = document("최선희 부상 귀국", "최선희 부상은 화요일 귀국했다.", language="ko")
    assert matching.judge(said, korean).why == ("최선희 (Choe Son Hui)",)


def test_terms_that_are_added_say_what_they_are():
    own = ("working-level talks", "Bank of Orrevik", "최선희", "북미 실무협상")
    kinds = {term.term: term.kind for term in profile(include=own).terms if term.origin == "you"}
    assert [kinds.get(term) for term in own] == ["term", "organisation", "person", "term"]


@pytest.mark.parametrize(
    ("seed", "name"),
    [
        ("북미 실무협상이 스톡홀름에서 결렬됐다. 북측 김명길 순회대사는 미국이 빈손으로 왔다고 말했다.", "김명길"),
        ("米朝実務協議は決裂した。北朝鮮の金明吉首席代表は記者団に「失望した」と述べた。", "金明吉"),
        ("米朝実務協議は決裂した。キム・ミョンギル首席代表は記者団に「失望した」と述べた。", "キム・ミョンギル"),
        ("朝美工作磋商在斯德哥尔摩破裂。朝鲜外务省巡回大使金明吉说，美国空手而来。", "金明吉"),
        ("Переговоры в Стокгольме сорваны. Глава делегации, посол Ким Мён Гиль, обвинил Вашингтон.", "Ким Мён Гиль"),
    ],
)
def test_a_person_of_a_seed_in_any_script_is_met_in_another(seed: str, name: str):
    back = document("Kim Myong Gil is back", "Kim Myong Gil went back to his post on Tuesday.", language="en")
    assert matching.judge(profile(seed), back).why[0] == f"Kim Myong Gil ({name})"
    struck = profile(seed, weights={name: 0.0})
    assert matching.judge(struck, back).why[0] == back.title


def test_the_fingerprint_moves_with_what_moves_a_judgement_only():
    learnt = profile()
    assert profile(digest_at=80.0, alert_at=99.0).fingerprint == learnt.fingerprint
    for said in (
        {"include": ("crane",)},
        {"exclude": ("bus",)},
        {"languages": ("en",)},
        {"mute_sources": ("a.example",)},
    ):
        assert profile(**said).fingerprint != learnt.fingerprint


def test_days_months_and_years_are_told_as_times():
    learnt = profile("On Saturday, 5 October 2019, some 1,900 dockers march: Orrevik may walk out in 1987 ways by May.")
    kinds = {term.term: term.kind for term in learnt.terms}
    assert [kinds.get(term) for term in ("Saturday", "October", "2019")] == ["time"] * 3
    assert (kinds["1,900"], kinds.get("march", "term"), kinds["dockers"]) == ("number", "term", "term")


def test_learning_twice_is_learning_once():
    assert profile() == profile()


def test_a_short_seed_is_learnt_with_a_warning():
    learnt = profile("Dockers strike in Orrevik")
    assert "only 3 telling words" in learnt.warnings[0]
    assert profile().warnings == ()


@pytest.mark.parametrize("text", ["", "   \n", "—", "!?…", "the of and"])
def test_a_seed_without_words_is_refused_by_name(text: str):
    with pytest.raises(SeedError, match=r"seed\.txt has no word"):
        profile(text)


def test_a_topic_without_seeds_is_refused():
    with pytest.raises(SeedError, match="no seed"):
        matching.learn(replace(topic(), seeds=()))


def test_weights_that_take_everything_out_are_refused():
    with pytest.raises(SeedError, match="every term"):
        profile("Orrevik Velmar", weights={"Orrevik": 0.0, "Velmar": -1.0})


def test_a_book_as_seed_is_read_from_its_start():
    assert profile(STORY + "\n\nzanzibar" * 200_000).core == profile(STORY + "\n\nzanzibar" * 300).core


def test_a_seed_of_which_most_is_not_read_is_told_of():
    long = Seed("long.txt", STORY + "\n\nThey said nothing more about it." * 2_000)
    one = matching.learn(replace(topic(), seeds=(long,)))
    assert one.warnings[0].startswith("only the first 600 of 12,1")
    assert "words of long.txt were read" in one.warnings[0]
    assert profile(STORY + "\n\nThey said nothing more about it." * 100).warnings == ()
    other = Seed("b.txt", "Astronomers found water on a distant moon. A telescope measured vapour above the ice.")
    both = matching.learn(replace(topic(), seeds=(long, other)))
    assert ["only the first" in both.warnings[0], "nothing in common" in both.warnings[1]] == [True, True]


def _answered(*examples: Example) -> matching.Profile:
    return matching.learn(replace(topic(), examples=examples))


def test_a_confirmed_article_adds_its_terms_and_a_refused_one_takes_none_away():
    ferry = document("Ferry captain Ruud Aanders waits", "The ferry to Sundholmen stood still while Aanders waited.")
    confirmed, refused = _answered(Example(ferry, wanted=True)), _answered(Example(ferry, wanted=False))
    assert "aander" in confirmed.weights
    assert confirmed.confirmed == 1
    assert "feedback" in {term.origin for term in confirmed.terms}
    assert (refused.weights, refused.confirmed) == (profile().weights, 0)
    assert len({confirmed.fingerprint, refused.fingerprint, profile().fingerprint}) == 3


def test_confirmed_articles_are_close_to_the_seed_by_their_words():
    near, far = (_answered(Example(each, wanted=True)).closeness for each in (SEQUEL, OTHER_STRIKE))
    assert 0 < far < near < 1
    assert profile().closeness == 0


def test_a_confirmed_article_counts_less_than_a_seed():
    told = "Ferry captain Ruud Aanders waits\nThe ferry to Sundholmen stood still while Aanders waited."
    answered = _answered(Example(document(*told.split("\n")), wanted=True))
    seeded = matching.learn(replace(topic(), seeds=(*topic().seeds, Seed("b.txt", told))))
    assert 0 < answered.weights["aander"] < seeded.weights["aander"]


def test_a_confirmed_article_in_a_language_of_no_seed_teaches_places_and_no_words():
    korean = document(
        "오레빅 항만 파업", "스톡홀름에서 노르웨이 항만 노동자들이 협상을 이어갔다고 노조가 밝혔다.", language="ko"
    )
    said = _answered(Example(korean, wanted=True))
    assert (said.weights, said.tongues, said.confirmed) == (profile().weights, profile().tongues, 0)
    assert said.places.keys() > profile().places.keys()
    assert said.answered == {"오레빅 항만 파업"}


def test_answers_that_tell_nothing_change_nothing():
    nothing = document("", "")
    said = _answered(Example(nothing, wanted=True), Example(nothing, wanted=False))
    assert said.weights == profile().weights
    assert said.confirmed == 0


def test_two_seeds_that_have_nothing_in_common_are_told_of():
    other = Seed(
        "b.txt", "Astronomers found water on a distant moon. " + "A telescope measured vapour above the ice. " * 3
    )
    assert "nothing in common" in matching.learn(replace(topic(), seeds=(*topic().seeds, other))).warnings[0]


def test_the_places_and_people_of_a_seed_are_learnt():
    learnt = profile(
        "Envoy Kim Myong Gil said in Stockholm that North Korea would not wait. Kim Myong Gil left Sweden."
    )
    kinds = {term.term: term.kind for term in learnt.terms}
    assert kinds["Stockholm"] == kinds["North Korea"] == "place"
    assert kinds["Kim Myong Gil"] == "person"


def test_an_organisation_known_by_many_names_is_shown_once():
    learnt = profile(
        "Officials of the World Health Organization flew to Orrevik on Monday, when its harbour was closed. Later the "
        "WHO and the Red Cross said that the plague was over; dockers of Orrevik wept."
    )
    shown = [(term.kind, term.term) for term in learnt.terms if term.term in ("World Health Organization", "Red Cross")]
    assert sorted(shown) == [("organisation", "Red Cross"), ("organisation", "World Health Organization")]
