import time
from itertools import combinations

import pytest

from monitor import matching
from monitor.matching import explain, spellings
from monitor.matching.article import read
from monitor.matching.combine import combine
from monitor.matching.pair import pair
from tests.matching.examples import document, profile

SEED = (
    "Choe Son Hui and Kim Myong Gil told reporters in Stockholm that Pyongyang had nothing more to say to Ri To Hun. "
    "The Organization for the Prohibition of Chemical Weapons sent inspectors to Halvorsen, who wrote to Zelensky."
)
LEARNT = profile(SEED)
PEOPLE = (
    "Kim Jong Un", "Kim Jong Nam", "Kim Jong Il", "Kim Jong Chol", "Kim Yo Jong", "Kim Yong Chol", "Kim Yong Nam",
    "Kim Kye Gwan", "Kim Myong Gil", "Kim Hyok Chol", "Kim Song Hye", "Kim Tok Hun", "Ri Yong Ho", "Ri Su Yong",
    "Ri Son Gwon", "Ri Tae Song", "Ri Man Gon", "Choe Ryong Hae", "Choe Son Hui", "Choe Kang Il", "Choe Pu Il",
    "Pak Pong Ju", "Pak Jong Chon", "Pak Kwang Ho", "Moon Jae-in", "Chung Eui-yong", "Suh Hoon", "Lee Do-hoon",
    "Kang Kyung-wha", "Lee Nak-yon", "Lee Jae-myung", "Yoon Suk-yeol", "Park Geun-hye",
)  # fmt: skip


def _met(text, seed=SEED):
    learnt = profile(seed)
    met = spellings.otherwise(learnt.names, learnt.weights, read(document("Envoys", text, language="en")))
    return {spelling: name.text for spelling, name in met.items()}


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("Choi Sun-hee", "Choe Son Hui"),
        ("Choi Sun Hee", "Choe Son Hui"),
        ("Sun-hee Choi", "Choe Son Hui"),
        ("Kim Myung-gil", "Kim Myong Gil"),
        ("Kim Myeong-gil", "Kim Myong Gil"),
        ("Lee Do-hoon", "Ri To Hun"),
        ("Lee Do\u2011hoon", "Ri To Hun"),
        ("Zelenskyy", "Zelensky"),
        ("Zelenskiy", "Zelensky"),
        ("Selenskyj", "Zelensky"),
        ("OPCW", "Organization for the Prohibition of Chemical Weapons"),
        ("O.P.C.W.", "Organization for the Prohibition of Chemical Weapons"),
    ],
)
def test_a_name_is_met_in_another_spelling_of_its_language(spelling, name):
    assert _met(f"Yesterday {spelling} spoke.") == {spelling: name}


@pytest.mark.parametrize(
    ("seed", "article"),
    [
        ("Choe Son Hui, Kim Myong-gil", "Choe Son Hui, Kim Myong Gil"),
        ("Kim Jong Un", "Kim Jong Nam, Kim Jong-won, Kim Song Un, Kim Yong Un, Kim Jung, Kim Jong-hun, Park Jong-un"),
        ("Kim Yo Jong", "Kim Ye Jong, Kim Yu-jong, Kim Yo-seong, Kim Jong Yo"),
        ("Lee Seung-ho", "Lee Song-ho, Lee Sang-ho"),
        ("Bruce Lee, Robin Lee, John Park", "Bruce Li, Robin Rhee, John Pak"),
        ("Zhang Zhijun, Wang Qishan", "Zhang Qijun, Wang Jishan, Chang Zhijun"),
        ("Dmitry Kovalsky, Henry Barry", "Kovalev, Henri, Barri, Kovalska"),
        ("The Centre for Public Policy and the Joint Printing Committee met", "CPP JPC PPP"),
        ("The OPCW met", "Old People Can Win, the Organisation of Pacific Coast Wineries in Ohio"),
        ("So No One, In Ha Park", "so no one in the park had an oh moment, he said"),
    ],
)
def test_other_persons_and_words_are_not_met(seed, article):
    assert _met(f"{article} arrived.", f"Yesterday {seed} travelled to Stockholm.") == {}


def test_no_two_of_many_persons_are_taken_for_one_another():
    texts = {person: f"{person} spoke." for person in PEOPLE}
    for one, other in combinations(PEOPLE, 2):
        assert spellings.names([texts[one]]).keys().isdisjoint(spellings.names([texts[other]])), (one, other)


def test_an_abbreviation_in_brackets_stands_for_the_name_before_it():
    seed = "The Reserve Bank of Orrevik (RBO) raised rates. Dockers of Sundholmen wait."
    assert _met("RBO raised rates", seed) == {"RBO": "Reserve Bank of Orrevik"}
    assert _met("Officials of the Reserve Bank of Orrevik raised rates", "Dockers fear the RBO of Sundholmen") == {}
    bracketed = "Officials of the Reserve Bank of Orrevik (RBO) raised rates"
    assert _met(bracketed, "Dockers fear the RBO of Sundholmen") == {}  # has the seed's word itself


def test_a_long_name_is_met_where_the_seed_abbreviates():
    name = "Organisation for the Prohibition of Chemical Weapons"
    assert _met(f"The {name} met.", "Inspectors of the OPCW went to Sundholmen") == {name: "OPCW"}


@pytest.mark.parametrize(
    ("seed", "article"),
    [
        ("The World Health Organization warned Orrevik.", "WHO"),
        ("The European Commission warned Orrevik.", "EU Commission"),
        ("Die Internationale Atomenergiebehörde warnte am Montag die Reederei von Orrevik.", "IAEO"),
    ],
)
def test_an_organisation_is_met_under_its_other_names(seed, article):
    assert list(_met(f"The {article} warned of Orrevik", seed)) == [article]


def test_parts_of_an_organisation_are_not_taken_for_it():
    assert _met("The European Parliament and the EU warned", "The European Commission warned Orrevik") == {}


def test_an_article_counts_as_if_it_had_the_seeds_spelling():
    other = document("Choi Sun-hee meets envoys", "Choi Sun-hee and Kim Myung-gil left Stockholm.", language="en")
    same = document("Choe Son Hui meets envoys", "Choe Son Hui and Kim Myong Gil left Stockholm.", language="en")
    one, two = (combine(pair(LEARNT, read(each))) for each in (other, same))
    assert one.story == pytest.approx(two.story, abs=0.1)
    assert set(one.pair.shared) == set(two.pair.shared)
    assert matching.judge(LEARNT, other).score == pytest.approx(matching.judge(LEARNT, same).score, abs=0.5)


def test_it_is_told_which_spelling_was_met():
    article = document("Choi Sun-hee meets envoys", "The minister left Stockholm. Choi Sun-hee told reporters nothing.")
    together = pair(LEARNT, read(article))
    assert explain.why(together, article)[0] == "Choi Sun-hee (Choe Son Hui)"
    assert "Choi Sun-hee for Choe Son Hui" in combine(together).evidence[0].why
    assert "Choi Sun-hee" in explain.quote(together, article)


def test_a_name_further_down_than_words_are_read_does_not_count():
    assert _met(f"{'Fish swim. ' * 200} Choi Sun-hee") == {}


def test_a_name_that_the_person_struck_out_is_not_met():
    article = read(document("Choi Sun-hee speaks", language="en"))
    struck = profile(SEED, weights={"Choe Son Hui": 0})
    assert spellings.otherwise(struck.names, struck.weights, article) == {}


def test_a_term_of_the_person_is_met_too():
    own = profile(include=("Choe Son Hui",))
    assert pair(own, read(document("Choi Sun-hee speaks", language="en"))).otherwise == {"Choi Sun-hee": "Choe Son Hui"}


def test_russian_names_are_met_in_their_cases():
    russian = profile("Посол Ким Мён Гиль заявил в Стокгольме, что переговоры с американской делегацией провалились.")
    article = read(document("Посла Ким Мён Гиля ждут", "Переговоры с американской делегацией.", language="ru"))
    assert pair(russian, article).otherwise == {"Ким Мён Гиля": "Ким Мён Гиль"}


@pytest.mark.parametrize(
    "piece", ["Kim ", "Kim-", "A of ", "Court ", "Court of ", "Of of ", "(ABC) ", "Ab-", "A.", "Zelensky", "Ким "]
)
def test_hostile_text_takes_linear_time(piece):
    begun = time.process_time()
    spellings.names([piece * 40_000])
    assert time.process_time() - begun < 5
