import zlib

from monitor.evaluation.background import frequencies, packed
from monitor.text.words import words


def test_a_table_has_a_line_for_each_tenth_of_a_magnitude():
    table = zlib.decompress(packed({"the": 0.1, "a": 0.1, "rare": 0.01, "rarer": 0.001}, 3)).decode()
    assert table.split("\n")[10] == "a the"
    assert table.split("\n")[20] == "rare"
    assert "rarer" not in table


def test_listed_words_are_cut_as_articles_are():
    counted = frequencies("sv")
    assert "us." in counted or "usa" in counted
    assert "bok" in counted
    assert not any(word[0].isdigit() for word in counted)
    assert all(words(word) == [word] for word in sorted(counted)[::5_000] if word != "us.")
