from contextlib import closing
from datetime import timedelta

import pytest

from monitor.errors import DeliveryError, UsageError
from monitor.model import DeliveryState, Update
from monitor.store import articles, outbox, polls, upkeep
from monitor.store.database import open_database
from monitor.store.rows import ArticleRow, DeliveryRow
from monitor.store.upkeep import Pruned
from tests.store.samples import NOW, OTHER, claim, draft, judgement, poll
from tests.store.test_outbox import freeze, frozen

DAY = timedelta(days=1)


def prune(db, now, **options):
    known = {"articles_days": 180, "rejected_days": 30, "keep_days": 8, "thresholds": {"t": 50.0}}
    return upkeep.prune(db, now, **{**known, **options})


@pytest.fixture
def filled(db):
    """A match that was told, one that was not, a rejected article, a filtered one; all seen at NOW."""
    state = claim(db)
    filtered = judgement(90, filtered="it has “tennis”")
    drafts = (draft(state, 1), draft(state, 2), draft(state, 3, score=49), draft(state, 4, judgements=(filtered,)))
    polls.record(db, poll(state, *drafts))
    freeze(db, told=("t-1",))
    outbox.finish(db, outbox.claim(db, NOW), None)
    return db


def texts(db):
    with db.read() as session:
        return [bool(session.get_one(ArticleRow, id).text) for id in (1, 2, 3, 4)]


def judged(db):
    return {match.article_id for match in articles.matches(db, {"t": 0.0})}


def test_a_match_that_waits_to_be_told_stays_however_old(filled):
    assert prune(filled, NOW + 365 * DAY, told={"t": 1}) == Pruned(articles=3, judgements=3, messages=1)
    assert (judged(filled), texts(filled)) == ({2}, [False, True, False, False])
    assert [m.article_id for m in articles.matches(filled, {"t": 50.0}, baseline=False)] == [2]
    assert prune(filled, NOW + 365 * DAY, told={"t": 2}) == Pruned(articles=1, judgements=1, messages=0)


def test_what_is_young_stays(filled):
    assert prune(filled, NOW + 30 * DAY) == Pruned(0, 0, 0)


def test_what_was_rejected_goes_first(filled):
    assert prune(filled, NOW + 31 * DAY) == Pruned(articles=0, judgements=2, messages=0)
    assert judged(filled) == {1, 2}
    assert texts(filled) == [True] * 4


def test_texts_judgements_and_messages_go_after_their_time(filled):
    assert prune(filled, NOW + 181 * DAY) == Pruned(articles=4, judgements=4, messages=1)
    assert (judged(filled), texts(filled)) == (set(), [False] * 4)
    record, _, payload = outbox.digest(filled, "1")
    assert (record.subject, record.told, payload) == ("Talks end", ("t-1",), b"")
    assert prune(filled, NOW + 182 * DAY) == Pruned(0, 0, 0)


def test_a_dry_run_counts_the_same_and_changes_nothing(filled):
    later = NOW + 181 * DAY
    assert prune(filled, later, dry_run=True) == Pruned(articles=4, judgements=4, messages=1)
    assert (judged(filled), texts(filled)) == ({1, 2, 3}, [True] * 4)
    assert prune(filled, later) == Pruned(articles=4, judgements=4, messages=1)


def test_nothing_goes_that_a_first_digest_may_still_tell(filled):
    assert prune(filled, NOW + 8 * DAY, articles_days=0, rejected_days=0) == Pruned(0, 0, 0)
    assert prune(filled, NOW + 8.1 * DAY, articles_days=0, rejected_days=0) == Pruned(4, 4, 1)


def test_a_topic_that_left_the_configuration_keeps_its_judgements_as_long_as_articles(filled):
    assert prune(filled, NOW + 31 * DAY, thresholds={}).judgements == 1  # the filtered one


def test_an_article_that_was_told_otherwise_lately_stays(filled):
    state = claim(filled, now=NOW + DAY)
    changed = draft(state, 2, text="They met again. " * 20)
    update = Update(2, changed.item, changed.document, changed.judgements)
    polls.record(filled, poll(state, updates=(update,), at=NOW + 179 * DAY))
    prune(filled, NOW + 181 * DAY)
    assert texts(filled) == [False, True, False, False]


def test_a_message_on_its_way_keeps_its_bytes(db):
    freeze(db)
    outbox.finish(db, outbox.claim(db, NOW), DeliveryError("busy"), NOW + 400 * DAY)
    assert prune(db, NOW + 300 * DAY).messages == 0


def test_a_message_without_its_bytes_is_not_sent_again(db):
    freeze(db)
    outbox.finish(db, outbox.claim(db, NOW), DeliveryError("gone", permanent=True))
    prune(db, NOW + 200 * DAY)
    with pytest.raises(UsageError, match="pruned, there is nothing to send"):
        outbox.retry(db, "1", NOW + 200 * DAY)


def told_now(db, now):
    """Return the ids of the articles that a digest at `now` could announce to a recipient."""
    newest = articles.newest(db, now)
    found = articles.matches(db, {"t": 50.0}, since=newest.first_seen - 7 * DAY, after=6, until=now, baseline=False)
    return {match.article_id for match in found if match.story not in outbox.had(db, "me")}


@pytest.mark.parametrize("words", ["", "Both sides now say that the talks will go on in two weeks. " * 3])
@pytest.mark.parametrize("feed", ["the same", "another"])
def test_what_was_pruned_and_comes_back_is_not_announced_again(filled, feed, words):
    later = NOW + 181 * DAY
    prune(filled, later)
    state = claim(filled, now=later) if feed == "the same" else claim(filled, OTHER, now=later)
    back = [draft(state, number, text=words, baseline=True) for number in (1, 2)]
    known = polls.known(filled, state, [key for one in back for key in one.item.keys])
    assert {one.article_id for one in known.values()} == {1, 2}
    if feed == "another":
        came = {"sighted": tuple((id, one) for id, one in enumerate(back, 1))}
    elif words:
        came = {"updates": tuple(Update(id, o.item, o.document, o.judgements) for id, o in enumerate(back, 1))}
    else:
        came = {"renamed": tuple((id, one.item) for id, one in enumerate(back, 1))}
    recorded = polls.record(filled, poll(state, at=later, thresholds={"t": 50.0}, **came))
    assert recorded.new == 0
    assert told_now(filled, later) == set()


def test_many_rows_go_in_batches(db, monkeypatch):
    monkeypatch.setattr(upkeep, "BATCH", 7)
    state = claim(db)
    polls.record(db, poll(state, *(draft(state, number, score=10) for number in range(30))))
    assert prune(db, NOW + 181 * DAY) == Pruned(articles=30, judgements=30, messages=0)


def test_messages_of_a_restored_database_wait_for_a_person(db):
    freeze(db, addresses=("a", "b", "c"))
    outbox.finish(db, outbox.claim(db, NOW), None)
    outbox.claim(db, NOW)
    assert upkeep.hold_messages(db, NOW + DAY) == 2
    assert outbox.claim(db, NOW + 9 * DAY) is None
    held = [one for one in outbox.deliveries(db) if one.state is DeliveryState.UNCERTAIN]
    assert [(one.address, one.next_attempt) for one in held] == [("c", None), ("b", None)]
    assert "may have been sent since" in held[0].last_error
    with db.read() as session:
        assert [session.get_one(DeliveryRow, id).unsure for id in (1, 2, 3)] == [False, True, True]
    outbox.retry(db, held[0].id, NOW + DAY)
    assert outbox.claim(db, NOW + DAY).message_id == held[0].message_id


def test_digests_after_a_restore_have_numbers_of_their_own(tmp_path):
    with closing(open_database(f"sqlite:///{tmp_path / 'm.db'}", NOW)) as db:
        freeze(db)
        upkeep.hold_messages(db, NOW)
        later = outbox.freeze(db, frozen("next", told=("t-2",)), NOW, settles=True)
        assert int(later) > upkeep.ID_GAP
        assert [record.id for record in outbox.digests(db)] == [later, "1"]
