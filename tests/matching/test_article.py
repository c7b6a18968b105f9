from math import log

from monitor.matching.article import BODY_WORDS, length, read, strengths
from tests.matching.examples import document


def test_a_word_counts_again_only_behind_another_word():
    rarity = {"strike": 2.0}
    assert strengths(["strike", "strike", "strike"], rarity) == {"strike": (1 + log(2)) * 2.0}
    assert strengths(["dock", "strike", "bus", "strike"], rarity) == {"strike": (1 + log(2)) * 2.0}
    assert strengths(["dock", "strike"] * 9, rarity) == {"strike": 2.0}


def test_reads_title_and_start_of_the_text():
    article = read(document("Orrevik dockers", "crane " * BODY_WORDS + "Velmar"))
    assert set(article.rarity) == {"orrevik", "docker", "crane"}
    assert article.opening == ("orrevik", "docker", "crane")


def test_an_empty_document_has_no_words_and_a_length_that_divides():
    article = read(document(""))
    assert article.rarity == {}
    assert length({}) == 1
    assert length({"a": 3.0, "b": 4.0}) == 5
