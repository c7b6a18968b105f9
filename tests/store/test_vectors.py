from dataclasses import replace
from datetime import timedelta

from monitor.model import Update
from monitor.store import polls, upkeep, vectors
from tests.store.samples import NOW, OTHER, claim, draft, poll


def with_vector(drafted, vector):
    return replace(drafted, document=replace(drafted.document, vector=vector))


def test_an_articles_vector_is_written_with_it(db):
    state = claim(db)
    drafts = (with_vector(draft(state, 1), b"one"), draft(state, 2), with_vector(draft(state, 3), b"three"))
    polls.record(db, poll(state, *drafts, encoder="e"))
    assert vectors.vectors(db, [1, 2, 3, 4], "e") == {1: b"one", 3: b"three"}


def test_vectors_of_another_encoder_are_none(db):
    polls.record(db, poll(claim(db), with_vector(draft(claim(db, OTHER), 1), b"one"), encoder="e"))
    assert vectors.vectors(db, [1], "f") == {}


def test_an_article_has_one_vector_of_the_encoder_that_was_asked_last(db):
    state = claim(db)
    polls.record(db, poll(state, with_vector(draft(state, 1), b"one"), encoder="e"))
    vectors.keep(db, {1: b"uno"}, "f")
    assert (vectors.vectors(db, [1], "e"), vectors.vectors(db, [1], "f")) == ({}, {1: b"uno"})
    vectors.keep(db, {}, "f")


def test_a_vector_of_newer_words_is_not_replaced_by_one_of_older_words(db):
    state = claim(db)
    polls.record(db, poll(state, with_vector(draft(state, 1), b"newer"), encoder="e"))
    vectors.keep(db, {1: b"older"}, "e")
    assert vectors.vectors(db, [1], "e") == {1: b"newer"}
    vectors.keep(db, {1: b"another size"}, "e")
    assert vectors.vectors(db, [1], "e") == {1: b"another size"}


def test_what_is_told_otherwise_has_a_new_vector_or_none(db):
    state = claim(db)
    polls.record(db, poll(state, *(with_vector(draft(state, n), b"old") for n in (1, 2)), encoder="e"))
    new, lost = draft(state, 1, text="Otherwise. " * 30), draft(state, 2, text="Otherwise too. " * 30)
    updates = (
        Update(1, new.item, replace(new.document, vector=b"new"), new.judgements),
        Update(2, lost.item, lost.document, lost.judgements),
    )
    polls.record(db, poll(state, updates=updates, encoder="e"))
    assert vectors.vectors(db, [1, 2], "e") == {1: b"new"}


def test_a_vector_goes_with_its_articles_text(db):
    state = claim(db)
    polls.record(db, poll(state, with_vector(draft(state, 1), b"one"), encoder="e"))
    known = {"articles_days": 180, "rejected_days": 30, "keep_days": 8, "thresholds": {"t": 50.0}}
    upkeep.prune(db, NOW + timedelta(days=181), dry_run=True, **known)
    assert vectors.vectors(db, [1], "e") == {1: b"one"}
    upkeep.prune(db, NOW + timedelta(days=181), **known)
    assert vectors.vectors(db, [1], "e") == {}


def test_many_are_read_and_kept_at_once(db):
    state = claim(db)
    polls.record(db, poll(state, *(draft(state, number) for number in range(1, 902))))
    many = {number: str(number).encode() for number in range(1, 902)}
    vectors.keep(db, many, "e")
    assert vectors.vectors(db, list(many), "e") == many
