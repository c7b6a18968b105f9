from dataclasses import replace
from math import exp
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import matching
from monitor.encoders import open_encoder
from monitor.encoders.documents import encoded, taught
from monitor.matching.article import read
from monitor.matching.pair import pair
from monitor.model import Document, Example
from tests.matching.examples import OTHER_STRIKE, SEQUEL, STORY, UNRELATED, document, profile, topic

PROFILE = profile()


def _score(article: Document) -> float:
    return matching.judge(PROFILE, article).score


def test_the_sequel_matches_and_other_news_does_not():
    assert _score(SEQUEL) >= 50 > _score(UNRELATED)
    assert _score(SEQUEL) > _score(OTHER_STRIKE) > _score(UNRELATED)


def test_the_seed_itself_is_its_very_event():
    assert _score(document("Dockers walk out in Orrevik", STORY)) >= 75


def test_a_match_says_why_in_the_articles_own_words():
    judgement = matching.judge(PROFILE, SEQUEL)
    assert judgement.why[0] in f"{SEQUEL.title} {SEQUEL.text}"
    assert {"Orrevik", "Marit Halvorsen", "Velmar"} & set(judgement.why)
    assert judgement.quote in SEQUEL.text
    assert judgement.quote.endswith(".")


def test_evidence_names_every_signal_with_its_weight():
    judgement = matching.judge(PROFILE, SEQUEL)
    assert [evidence.signal for evidence in judgement.evidence] == [
        "core",
        "opening",
        "coverage",
        "length",
        "numbers",
        "quantities",
        "wording",
        "strange",
        "places",
        "elsewhere",
        "line",
        "event",
    ]
    assert all(evidence.why for evidence in judgement.evidence)
    assert judgement.topic == "dock"


@pytest.mark.parametrize("article", [OTHER_STRIKE, UNRELATED, SEQUEL, document("Strike at the docks of Orrevik")])
@pytest.mark.parametrize("confirmed", [0, 3])
def test_a_score_can_be_worked_out_again_from_its_evidence(article: Document, confirmed: int):
    refused = (Example(OTHER_STRIKE, wanted=False),)
    judgement = matching.judge(replace(profile(examples=refused), confirmed=confirmed, closeness=0.2), article)
    total = sum(each.value * each.weight for each in judgement.evidence)
    event = next((each.value for each in judgement.evidence if each.signal == "event"), 0.0)
    score = 50 + 50 * min(1 - exp(-2 * total), event) if total > 0 else 100 / (1 + exp(-total))
    assert judgement.score == pytest.approx(score, abs=0.02)


def test_a_judgement_is_signed_by_version_and_profile():
    judgement = matching.judge(PROFILE, UNRELATED)
    assert (
        judgement.judged_by == matching.judged_by(PROFILE) == f"{matching.MATCHER_VERSION}/none/{PROFILE.fingerprint}"
    )


def test_what_was_judged_before_changes_nothing():
    alone = matching.judge(PROFILE, SEQUEL)
    for other in (OTHER_STRIKE, UNRELATED, document("Orrevik " * 40)):
        matching.judge(PROFILE, other)
    read.cache_clear()
    assert matching.judge(PROFILE, SEQUEL) == alone


@given(st.text(max_size=200), st.text(max_size=600))
def test_any_text_has_a_score_and_a_chance(title: str, text: str):
    judgement = matching.judge(PROFILE, document(title, text))
    assert 0 <= judgement.score <= 100
    assert 0 <= judgement.chance <= 1
    assert all(0 <= evidence.value <= 1 for evidence in judgement.evidence)


@pytest.mark.parametrize(
    "article",
    [
        document(""),
        document("Monday"),
        document("strike"),
        document("", "word " * 200_000),
        document("", "Nothing happened today. " * 5_000),
        document("港 harbour гавань 항구", "ميناء port 港口 " * 50),
    ],
)
def test_hostile_documents_are_judged_quickly_and_do_not_match(article: Document):
    started = perf_counter()
    assert _score(article) < 50
    assert perf_counter() - started < 0.5


@pytest.mark.parametrize("title", ["Orrevik", "Negotiator", "Velmar strike"])
@pytest.mark.parametrize("named", ["none", "auto"])
def test_a_word_or_two_of_the_seeds_are_no_match(title: str, named: str):
    encoder = open_encoder(named)
    learnt = matching.learn(taught(topic(), encoder), encoder.name)
    (article,) = encoded([Document("1", title, "")], encoder)
    judgement = matching.judge(learnt, article)
    assert judgement.score < 50
    assert judgement.chance < 0.3
    (length,) = (evidence for evidence in judgement.evidence if evidence.signal == "length")
    assert length.why.endswith("too few for a match")


def test_saying_it_again_does_not_make_it_matter_more():
    told = replace(OTHER_STRIKE, text=OTHER_STRIKE.text + " The Velmar strike in Orrevik is another matter.")
    again = replace(told, text=told.text + " The Velmar strike in Orrevik is another matter." * 500)
    assert _score(again) == pytest.approx(_score(told), abs=2)
    assert _score(replace(UNRELATED, text=UNRELATED.text + " strike" * 5_000)) < 50


def test_keywords_hidden_below_a_long_article_change_nothing():
    long = replace(UNRELATED, text=UNRELATED.text * 40)
    hidden = replace(long, text=long.text + STORY * 3)
    assert _score(hidden) == _score(long)


def test_dates_only_order_articles():
    dated = replace(SEQUEL, title=SEQUEL.title)
    assert matching.judge(PROFILE, dated) == matching.judge(PROFILE, SEQUEL)
    assert "published" not in Document.__dataclass_fields__


def test_articles_that_title_and_description_rule_out_need_no_page():
    assert matching.may_match(PROFILE, SEQUEL)
    assert not matching.may_match(PROFILE, UNRELATED)
    assert not matching.may_match(profile(exclude=("moon",)), UNRELATED)


def test_a_bare_headline_that_shares_a_word_is_read():
    assert matching.may_match(PROFILE, document("Crane drivers decide today"))
    assert not matching.may_match(PROFILE, document("Water on a distant moon"))


def test_a_term_that_may_still_come_rules_nothing_out():
    assert matching.may_match(profile(require_any=("Sundholmen",)), SEQUEL)


def test_a_match_reaches_its_threshold_and_passes_its_filters():
    judgement = replace(matching.judge(PROFILE, SEQUEL), score=60.0)
    assert matching.is_match(topic(), judgement)
    assert not matching.is_match(topic(digest_at=60.1), judgement)
    assert not matching.is_match(topic(), replace(judgement, filtered="is muted"))


def test_included_terms_lift_an_article_that_has_them():
    lifted = matching.judge(profile(include=("telescope", "vapour", "moon")), UNRELATED).score
    assert lifted > _score(UNRELATED)


def test_what_is_remembered_of_an_article_changes_no_judgement():
    """Most topics share nothing with an article, and nearly all of their judgement is worked out once."""
    learnt = [
        PROFILE,
        profile("Bakers of three towns want shorter nights."),
        profile("Pyongyang and Seoul agree on trains.", include=("observatory",)),
        replace(PROFILE, confirmed=3, closeness=0.3),
    ]
    elsewhere = replace(UNRELATED, title=f"{UNRELATED.title} in Lima")
    assert all(pair(each, read(elsewhere)).strangers for each in learnt)
    together = [matching.judge(each, elsewhere) for each in learnt]
    apart = []
    for each in reversed(learnt):
        read.cache_clear()
        apart.insert(0, matching.judge(each, elsewhere))
    assert together == apart
    assert len({(said.score, said.evidence) for said in together}) == 3  # a seed without places is like another
