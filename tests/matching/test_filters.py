import pytest

from monitor.matching.filters import stopped, stopped_for_good
from tests.matching.examples import document, topic

ARTICLE = document(
    "Dockers in Orrevik strike",
    "The working-level talks failed. 북미 실무협상이 결렬됐다.",
    url="https://news.harbour.example/strike?id=1",
    source="Harbour Post",
    language="en-GB",
)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"exclude": ("orrevik",)}, "has orrevik, which is excluded"),
        ({"exclude": ("Working Level talk",)}, "has Working Level talk, which is excluded"),
        ({"exclude": ("실무협상",)}, "has 실무협상, which is excluded"),
        ({"require_any": ("Velmar", "Karlsby")}, "has none of Velmar, Karlsby"),
        ({"languages": ("de", "sv")}, "its language is en, not de or sv"),
        ({"sources": ("other.example",)}, "Harbour Post is none of the topic's sources"),
        ({"mute_sources": ("harbour.example",)}, "Harbour Post is muted"),
        ({"mute_sources": ("harbour post",)}, "Harbour Post is muted"),
    ],
)
def test_a_filter_says_in_words_what_it_stopped(said: dict[str, tuple[str, ...]], why: str):
    assert stopped(topic(**said), ARTICLE) == why


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"exclude": ("strikers", "level working", "—", "")},
        {"exclude": ("strike the",)},
        {"require_any": ("Velmar", "talks")},
        {"require_any": ("결렬",)},
        {"languages": ("ko", "EN")},
        {"sources": ("news.harbour.example",)},
        {"sources": ("Harbour Post",)},
        {"mute_sources": ("our.example", "Post")},
    ],
)
def test_what_is_not_meant_passes(said: dict[str, tuple[str, ...]]):
    assert stopped(topic(**said), ARTICLE) == ""


def test_a_language_that_nobody_told_is_guessed():
    german = document("Streik", "Der Streik der Hafenarbeiter ist vorbei, und die Kräne laufen wieder.")
    assert stopped(topic(languages=("de",)), german) == ""
    assert stopped(topic(languages=("en",)), german) == "its language is de, not en"


def test_an_article_from_nowhere_is_none_of_the_sources():
    assert (
        stopped(topic(sources=("a.example",)), document("x"))
        == "a source without a name is none of the topic's sources"
    )


def test_a_required_term_may_still_come_with_the_page():
    assert stopped_for_good(topic(require_any=("Velmar",)), ARTICLE) == ""
