import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from monitor.errors import DeliveryError, UsageError
from monitor.model import DeliveryState, Had, Thread
from monitor.store import articles, outbox, polls
from monitor.store.database import Database
from monitor.store.rows import DeliveryRow, JudgementRow
from tests.store.samples import NOW, claim, draft, judgement, poll

HOUR = timedelta(hours=1)
SECTIONS = [{"name": "New", "stories": []}]


def frozen(slot="first", *, told=("t-1",), addresses=("a",), recipient="me"):
    messages = tuple(
        outbox.Message("folder", address, f"<{recipient}{slot}{address}@m>", b"bytes") for address in addresses
    )
    return outbox.Frozen(recipient, slot, ("t",), "Talks end", len(told), SECTIONS, told, 7, messages)


def freeze(db, *args, now=NOW, settles=True, **options):
    return outbox.freeze(db, frozen(*args, **options), now, settles=settles)


def states(db):
    return [delivery.state for delivery in outbox.deliveries(db)]


def test_a_digest_is_frozen_with_its_messages_and_its_claims(db):
    digest_id = freeze(db, addresses=("a", "b"))
    assert states(db) == ["waiting", "waiting"]
    assert outbox.had(db, "me") == {"t-1"}
    assert outbox.standing(db, "me") == outbox.Standing(NOW, NOW, 7, NOW)
    record, _, payload = outbox.digest(db, digest_id)
    assert (record.subject, record.slot, record.state, payload) == ("Talks end", "first", "waiting", b"bytes")
    assert list(record.sections) == SECTIONS


def test_the_past_is_as_it_was(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state, 1), draft(state, 2)))
    later = NOW + timedelta(hours=1)
    freeze(db)
    freeze(db, "later", told=("t-2",), now=later)
    assert outbox.told_since(db, "me", NOW - timedelta(seconds=1)) == {"t-1", "t-2"}
    assert outbox.told_since(db, "me", NOW) == {"t-2"}
    assert outbox.told_since(db, "me", later) == outbox.told_since(db, "other", NOW) == frozenset()
    assert outbox.standing_at(db, "me", NOW - timedelta(seconds=1)) == outbox.Standing(None)
    assert outbox.standing_at(db, "me", NOW) == outbox.Standing(NOW, NOW)
    assert outbox.standing_at(db, "me", later) == outbox.standing(db, "me")


def test_a_slot_is_told_once(db):
    assert freeze(db)
    assert freeze(db, told=("t-2",)) is None
    assert len(outbox.digests(db)) == 1
    assert outbox.had(db, "me") == {"t-1"}


def test_a_story_is_told_once(db):
    assert freeze(db)
    assert freeze(db, "2026-11-22T09:00", told=("t-2", "t-1")) is None
    assert outbox.had(db, "me") == {"t-1"}
    assert freeze(db, recipient="other")


def test_a_topic_with_dashes_keeps_its_name(db):
    freeze(db, told=("us-dprk-talks-17",))
    assert outbox.had(db, "me") == {"us-dprk-talks-17"}


def test_a_message_is_leased_sent_and_finished(db):
    freeze(db)
    claimed = outbox.claim(db, NOW)
    assert (claimed.state, claimed.attempts, claimed.payload) == (DeliveryState.SENDING, 1, b"bytes")
    assert outbox.claim(db, NOW) is None
    outbox.finish(db, claimed, None)
    assert states(db) == ["sent"]
    assert outbox.claim(db, NOW + timedelta(days=9)) is None


def test_a_message_whose_sender_died_is_uncertain_and_sent_again_as_it_was(db):
    freeze(db)
    first = outbox.claim(db, NOW)
    assert outbox.claim(db, NOW + outbox.LEASE - timedelta(seconds=1)) is None
    again = outbox.claim(db, NOW + outbox.LEASE)
    assert (again.message_id, again.payload, again.attempts) == (first.message_id, first.payload, 2)
    assert "stopped between" in again.last_error


def test_a_failed_attempt_waits_and_a_permanent_one_ends(db):
    freeze(db)
    later = NOW + timedelta(minutes=1)
    waiting = outbox.finish(db, outbox.claim(db, NOW), DeliveryError("full"), later)
    assert (waiting.state, waiting.last_error, waiting.next_attempt) == (DeliveryState.WAITING, "full", later)
    assert outbox.claim(db, NOW) is None
    outbox.finish(db, outbox.claim(db, later), DeliveryError("no such folder", permanent=True))
    assert states(db) == ["failed"]
    assert outbox.digests(db)[0].state == "failed"


def test_a_person_retries_and_drops(db):
    freeze(db)
    outbox.finish(db, outbox.claim(db, NOW), DeliveryError("no"))
    outbox.retry(db, "1", NOW)
    assert outbox.claim(db, NOW).message_id == "<mefirsta@m>"
    outbox.finish(db, outbox.deliveries(db)[0], DeliveryError("no"))
    outbox.drop(db, "1")
    assert states(db) == ["dropped"]
    assert outbox.claim(db, NOW + timedelta(days=1)) is None


@pytest.mark.parametrize("verb", [lambda db, id: outbox.retry(db, id, NOW), outbox.drop])
def test_what_is_sent_or_unknown_is_not_touched(db, verb):
    freeze(db)
    outbox.finish(db, outbox.claim(db, NOW), None)
    for delivery_id, words in (("1", "is sent"), ("2", "no message 2"), ("x", "no message x")):
        with pytest.raises(UsageError, match=words):
            verb(db, delivery_id)
    assert states(db) == ["sent"]


def test_a_quiet_slot_is_settled_without_a_digest(db):
    outbox.settle(db, "me", NOW)
    assert outbox.standing(db, "me") == outbox.Standing(NOW, heard=NOW)
    assert outbox.standing(db, "other") == outbox.Standing(None)


def test_a_quiet_recipient_was_heard_of_when_its_slots_began_or_with_its_last_digest(db):
    for hours in range(3):
        outbox.settle(db, "me", NOW + timedelta(hours=hours))
    assert outbox.standing(db, "me").heard == NOW
    freeze(db, now=NOW + timedelta(hours=4))
    outbox.settle(db, "me", NOW + timedelta(hours=5))
    assert outbox.standing(db, "me").heard == NOW + timedelta(hours=4)


def test_a_digest_by_hand_settles_no_slot(db):
    freeze(db, "manual-1", settles=False)
    assert outbox.standing(db, "me").settled is None


def test_digests_are_newest_first_and_by_recipient(db):
    freeze(db)
    freeze(db, "later", told=("t-2",), now=NOW + timedelta(hours=1))
    freeze(db, recipient="other")
    assert [digest.slot for digest in outbox.digests(db, "me")] == ["later", "first"]
    assert len(outbox.digests(db)) == 3
    with pytest.raises(UsageError, match="no digest 99"):
        outbox.digest(db, "99")


def test_an_article_that_was_told_counts_as_had_under_every_topic(db):
    state = claim(db)
    both = draft(state, judgements=(judgement(), judgement(topic="other-topic")))
    polls.record(db, poll(state, both))
    (match,) = articles.matches(db, {"t": 50.0})
    freeze(db, told=(match.story,))
    assert outbox.had(db, "me") == {match.story, f"other-topic-{match.article_id}"}
    assert outbox.had(db, "you") == frozenset()


def test_what_is_not_sent_yet_can_be_given_up(db):
    freeze(db, addresses=("a", "b", "c"))
    outbox.finish(db, outbox.claim(db, NOW), None)
    outbox.claim(db, NOW)
    outbox.drop_open(db)
    assert sorted(states(db)) == ["dropped", "dropped", "sent"]


def test_a_lost_message_that_another_worker_claims_meanwhile_stays_its_own(db, monkeypatch):
    freeze(db)
    outbox.claim(db, NOW)
    later, other = NOW + outbox.LEASE, Database(db.url)
    if db.file is not None:
        pytest.skip("SQLite has one writer at a time")
    with other.write() as session:
        row = session.get(DeliveryRow, 1, with_for_update=True)
        row.state, row.attempts, row.leased_until = DeliveryState.SENDING, 2, later + outbox.LEASE
        session.flush()
        claims = ThreadPoolExecutor(1).submit(outbox.claim, db, later)
        time.sleep(0.3)
    other.close()
    assert claims.result(10) is None
    assert [(row.state, row.attempts) for row in outbox.deliveries(db)] == [("sending", 2)]


def freeze_change(db, slot, now):
    change = replace(frozen(slot, told=()), updates=(("t-1", "x"),), article=9, version=3)
    return outbox.freeze(db, change, now, settles=True)


def test_a_change_is_told_once(db):
    freeze(db)
    assert outbox.how_far(db, "me") == {"t-1": Had(1, 0)}

    assert freeze_change(db, "second", NOW)

    assert outbox.how_far(db, "me") == {"t-1": Had(9, 3, frozenset({"x"}))}
    assert freeze_change(db, "third", NOW) is None
    assert outbox.had(db, "me") == {"t-1"}


def test_a_change_whose_message_failed_is_to_be_told_again(db):
    freeze(db)
    outbox.finish(db, outbox.claim(db, NOW), None)
    freeze_change(db, "second", NOW)

    outbox.finish(db, outbox.claim(db, NOW), DeliveryError("no such folder", permanent=True))

    assert outbox.how_far(db, "me") == {"t-1": Had(1, 0)}
    outbox.retry(db, "2", NOW)
    assert outbox.how_far(db, "me")["t-1"].said == {"x"}
    outbox.finish(db, outbox.claim(db, NOW), DeliveryError("no such folder", permanent=True))
    assert freeze_change(db, "third", NOW)
    with pytest.raises(UsageError, match="would repeat"):
        outbox.retry(db, "2", NOW)


def alert(db, article, told=(), now=NOW, recipient="me", **options):
    made = replace(frozen(f"alert-{article}", told=told, recipient=recipient), kind="alert", told_article=None)
    return outbox.freeze(db, replace(made, **options), now, settles=False)


def test_an_alert_counts_as_had_and_leaves_the_slots_alone(db):
    freeze(db, told=())
    alert(db, 3, ["t-3"], NOW + HOUR)
    assert outbox.had(db, "me") == {"t-3"}
    assert outbox.standing(db, "me") == outbox.Standing(NOW, NOW, 7, NOW)
    assert alert(db, 3) is None  # one alert an article
    assert freeze(db, "next", told=("t-3",)) is None


def test_what_was_made_is_known_by_its_slot(db):
    alert(db, 3, now=NOW)
    alert(db, 10, now=NOW + HOUR)
    alert(db, 4, now=NOW - HOUR)
    alert(db, 5, recipient="other")
    freeze(db, "again-7", told=())
    freeze(db, "2026-11-22T08:30", told=())
    assert outbox.made(db, "me", "alert-", NOW) == {"3": NOW, "10": NOW + HOUR}


def test_in_quiet_hours_alerts_wait_and_nothing_else_does(db):
    alert(db, 3, first_attempt=NOW + HOUR)
    alert(db, 4, recipient="other")
    freeze(db, told=())
    late = NOW + 2 * HOUR
    assert [lane.recipient for lane in outbox.due_lanes(db, late, quiet={"me"})] == ["me", "other"]
    claimed = [outbox.claim(db, late, quiet={"me"}) for _ in range(3)]
    assert [each and (each.recipient, each.digest) for each in claimed] == [("other", "2"), ("me", "3"), None]
    assert outbox.claim(db, late).digest == "1"


def test_an_alert_goes_before_what_waits_longer(db):
    freeze(db, told=())
    alert(db, 3, now=NOW + HOUR)
    assert [outbox.claim(db, NOW + HOUR).digest for _ in range(2)] == ["2", "1"]


def test_an_alert_that_is_refused_for_good_gives_its_story_back(db):
    freeze(db, told=())
    alert(db, 3, ["t-3"])
    outbox.finish(db, outbox.claim(db, NOW), DeliveryError("no", permanent=True))
    assert outbox.had(db, "me") == frozenset()
    assert outbox.made(db, "me", "alert-", NOW) == {"3": NOW}


def test_a_thread_begins_where_the_address_was_told_first(db):
    freeze(db, told=("t-1", "us-talks-2"), addresses=("a", "b"))
    first = outbox.claim(db, NOW)
    outbox.progress(db, first, ["17.1@C1", "17.2@C1"])
    found = outbox.threads(db, "me", "a", ["t-1", "us-talks-2", "t-9"])
    assert found == {
        "t-1": Thread("<mefirsta@m>", "17.1@C1"),
        "us-talks-2": Thread("<mefirsta@m>", "17.1@C1"),
    }
    assert outbox.threads(db, "me", "b", ["t-1"]) == {"t-1": Thread("<mefirstb@m>")}
    assert outbox.threads(db, "me", "c", ["t-1"]) == {}
    assert outbox.threads(db, "other", "a", ["t-1"]) == {}


def test_a_story_that_was_merged_goes_on_where_the_first_of_both_was_told(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state, 1), draft(state, 2), draft(state, 3)))
    freeze(db, told=("t-2",))
    freeze(db, "next", told=("t-1", "t-3"))
    with db.write() as session:
        row = session.exec(select(JudgementRow).where(JudgementRow.article_id == 2)).one()
        row.story = 1
        session.add(row)
    found = outbox.threads(db, "me", "a", ["t-1", "t-3"])
    assert found == {"t-1": Thread("<mefirsta@m>"), "t-3": Thread("<menexta@m>")}
