from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.words import LONGEST_WORD, MOST_CHARACTERS, is_paired, sentences, spans, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kim Jong-un's U.S. talks", ["kim", "jong", "un", "us.", "talk"]),
        ("working-level", ["working", "level"]),
        ("US and us", ["us.", "and", "us"]),
        ("the U.N. and the UN", ["the", "un", "and", "the", "un"]),
        ("1,200 dead, 7.5 on 2019-10-05", ["1200", "dead", "7.5", "on", "2019", "10", "05"]),
        ("O’Brien didn't say", ["o'brien", "didn't", "say"]),
        ("l’accord qu'elle aujourd'hui", ["accord", "elle", "aujourd'hui"]),
        ("companies' crisis, loss, campus", ["company", "crisis", "loss", "campus"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("Переговоры КНДР и США", ["переговоры", "кндр", "и", "сша"]),
        ("米朝実務協議", ["米朝", "朝実", "実務", "務協", "協議"]),
        ("북미 실무협상이", ["북미", "실무", "무협", "협상", "상이"]),
        ("スト。中", ["スト", "中"]),
        ("नेपाल में भूकंप", ["नेपाल", "में", "भूकंप"]),
        ("AP通信", ["ap", "通信"]),
        ("", []),
        ("— … !?", []),
    ],
)
def test_cuts_text_into_comparable_words(text: str, expected: list[str]):
    assert words(text) == expected


def test_a_particle_leaves_most_of_a_korean_word_in_common():
    assert set(words("협상이")) & set(words("협상을")) == {"협상"}


def test_stops_at_the_number_of_words_that_is_asked_for():
    assert words("one two three", 2) == ["one", "two"]
    assert words("米朝実務", 2) == ["米朝", "朝実"]


def test_reads_no_more_than_its_share_of_a_text():
    assert len(words("a " * MOST_CHARACTERS)) == MOST_CHARACTERS // 2


def test_compares_absurdly_long_words_by_their_start():
    assert words("x" * 5_000) == ["x" * LONGEST_WORD]


@given(st.text(max_size=300))
def test_spans_are_the_places_of_the_same_words(text: str):
    found = list(spans(text))
    assert [word for word, _, _ in found] == words(text)
    assert all(0 <= start < end <= len(text) for _, start, end in found)


@given(st.text(max_size=300))
def test_sentences_hold_every_word_in_order(text: str):
    assert [word for sentence in sentences(text) for word in sentence.split()] == text.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr. Lee went to the U.S. on Oct. 5. He said “No.” Then he left!", 3),
        ("D. Trump asked why? Nobody knew.", 2),
        ("Er kam z.B. nicht. Sie ging.", 2),
        ("¿Qué pasa? ¡Nada! Bien.", 3),
        ("Он приехал. Она уехала.", 2),
        ("회담이 끝났다. 대표단은 떠났다.", 2),
        ("協議は決裂した。代表は「残念だ。」と述べた。", 3),
        ("谈判破裂。美方否认！结束了吗？", 3),
        ("A headline\nIts first line goes on", 2),
        ("Rates rose 2.5 percent, e.g. in spring", 1),
        ("   ", 0),
    ],
)
def test_splits_whole_sentences(text: str, expected: int):
    found = sentences(text)
    assert len(found) == expected
    assert all(sentence == sentence.strip() for sentence in found)


@pytest.mark.parametrize(
    "hostile", ["a", "A.", "a'", ". ", "Mr. ", "!?", "\n ", "。", '."', " \t", "1.", "1,", "あ", "'", "é́"]
)
def test_hostile_repetition_costs_little(hostile: str):
    text = hostile * 200_000
    started = perf_counter()
    words(text)
    sentences(text)
    assert perf_counter() - started < 2


def test_tells_scripts_that_are_cut_into_pairs():
    assert is_paired("北")
    assert is_paired("한")
    assert not is_paired("north")
    assert not is_paired("")


@given(
    st.lists(
        st.sampled_from(["U.S.", "don't", "1,200.5", "米朝 ", "—", "\u00a0", " ", "\n", "l’", "a" * 50, "협상이", "x."])
    )
)
def test_words_are_the_same_remembered_or_read_anew(parts: list[str]):
    text = "".join(parts)
    assert words(text) == [word for word, _, _ in spans(text)]
    assert words(text, 3) == words(text)[:3]
