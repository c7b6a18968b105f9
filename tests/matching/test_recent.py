import numpy as np
import pytest

from monitor import matching
from monitor.matching.article import read
from monitor.matching.combine import combine
from monitor.matching.pair import pair
from monitor.matching.recent import NEAREST
from monitor.model import Document
from tests.matching.examples import OTHER_STRIKE, SEQUEL, profile, topic


def _article(id: str, *vector: float) -> Document:
    packed = np.array(vector, dtype="<f2").tobytes() if vector else b""
    return Document(id=id, title=f"Article {id}", text="", vector=packed)


def test_the_most_alike_come_first_and_strangers_not_at_all():
    recent = matching.Recent()
    for article in (_article("a", 1, 0.2), _article("b", 1, 0.9), _article("c", -1, 0), _article("d")):
        recent.add(article)
    near = recent.near(_article("e", 1, 0.1))
    assert [one.earlier.id for one in near] == ["a", "b"]
    assert near[0].similarity > near[1].similarity > 0


def test_the_same_text_once_more_is_no_company():
    recent = matching.Recent()
    recent.add(_article("a", 1, 0))
    assert recent.near(_article("b", 2, 0)) == ()


def test_around_a_seed_are_those_nearest_to_its_vector():
    recent = matching.Recent()
    for number in range(20):
        recent.add(_article(str(number), 1, 0.1 * number))
    seed = np.array([1, 0], dtype=np.float32)
    around = recent.around(seed)
    assert [earlier.id for _, earlier in around] == [str(number) for number in range(NEAREST)]
    assert around[0][0] == pytest.approx(1.0)
    left_out = frozenset({"0", "2"})
    assert [earlier.id for _, earlier in recent.around(seed, left_out)][:3] == ["1", "3", "4"]
    assert len(recent.around(seed, left_out)) == NEAREST
    assert recent.around(None) == recent.around(np.ones(3, dtype=np.float32)) == []


def test_the_past_leaves_out_what_does_not_count():
    recent = matching.Recent()
    recent.add(_article("a", 1, 0.2))
    recent.add(_article("b", 1, 0.9))
    past = recent.before(_article("e", 1, 0.1)).without(frozenset({"a"}))
    assert [one.earlier.id for one in past.near] == ["b"]
    assert [earlier.id for _, earlier in past.around(np.array([1, 0], dtype=np.float32))] == ["b"]


def test_the_window_forgets_the_oldest_and_names_no_more_than_the_nearest():
    recent = matching.Recent(window=20)
    for number in range(50):
        recent.add(_article(str(number), 1, 0.01 * (number + 1)))
    near = recent.near(_article("new", 1, 0))
    assert len(near) == NEAREST
    assert near[0].earlier.id == "30"


def test_another_encoder_begins_a_new_window():
    recent = matching.Recent()
    recent.add(_article("a", 1, 0))
    recent.add(_article("b", 1, 0, 0.5))
    assert recent.near(_article("c", 1, 0.5)) == ()
    assert [one.earlier.id for one in recent.near(_article("d", 1, 0.3, 0.2))] == ["b"]


@pytest.mark.parametrize("vector", [b"", b"x", b"\x00\x00\x00\x00", np.array([np.nan, 1], dtype="<f2").tobytes()])
def test_without_a_vector_of_some_length_there_is_no_company(vector: bytes):
    recent = matching.Recent()
    recent.add(Document("a", "t", "", vector=vector))
    assert recent.near(Document("b", "t", "", vector=vector)) == ()


def test_a_neighbour_says_how_near_its_words_are():
    recent = matching.Recent()
    recent.add(Document("a", "Dockers strike in Orrevik", "", "en", vector=_packed(1, 0.2)))
    same, other = (
        recent.near(Document("b", title, "", "en", vector=_packed(1, 0.1)))[0].wording
        for title in ("Dockers strike in Orrevik", "Moon mission postponed")
    )
    assert same == pytest.approx(1.0)
    assert other == 0


def _packed(*vector: float) -> bytes:
    return np.array(vector, dtype="<f2").tobytes()


def _judged(*earlier: Document) -> float:
    recent = matching.Recent()
    for document in earlier:
        recent.add(document)
    learnt = matching.learn(matching_topic(profile().topic, _packed(1, 0)), encoder="use-multilingual")
    article = Document("x", SEQUEL.title, SEQUEL.text, "en", vector=np.array([0.7, 0.7], dtype="<f2").tobytes())
    return combine(pair(learnt, read(article)), recent.before(article)).story


def matching_topic(topic, vector: bytes):
    from dataclasses import replace

    return replace(topic, seeds=tuple(replace(seed, vectors=(vector,)) for seed in topic.seeds))


def test_an_article_in_the_company_of_another_story_scores_less():
    stranger = Document(
        "y", OTHER_STRIKE.title, OTHER_STRIKE.text, "en", vector=np.array([0.6, 0.8], dtype="<f2").tobytes()
    )
    assert _judged(stranger) < _judged()


def _in(language: str) -> Document:
    return Document("x", "Orrevik: Velmar", "", language, vector=_packed(1, 0.1))


@pytest.mark.parametrize(("language", "understood"), [("de", True), ("sv", False), ("en", True), ("und", False)])
@pytest.mark.parametrize("encoder", ["use-multilingual", "another"])
def test_across_languages_meaning_counts_where_the_encoder_learnt_them(encoder: str, language: str, understood: bool):
    learnt = matching.learn(matching_topic(profile().topic, _packed(1, 0)), encoder=encoder)
    said = {each.signal for each in matching.judge(learnt, _in(language)).evidence}
    assert ("meaning" in said) is (understood or encoder == "another")


def test_the_vector_of_a_seed_in_a_language_that_the_encoder_did_not_learn_says_nothing_of_another():
    swedish = topic("Hamnarbetarna i Orrevik strejkar och facket har inte kommit överens med Velmar om lönen i hamnen.")
    learnt = matching.learn(matching_topic(swedish, _packed(1, 0)), encoder="use-multilingual")
    assert learnt.tongues == {"sv"}
    said = {
        language: {each.signal for each in matching.judge(learnt, _in(language)).evidence} for language in ("sv", "en")
    }
    assert "meaning" in said["sv"]
    assert "meaning" not in said["en"]
