import pytest

from monitor.model import Recipient
from monitor.store import recipients

DESK = Recipient("desk", "email", ("a@x.example", "b@x.example"), ("talks",), "0 8 * * *", "UTC")


def is_open(db):
    return recipients.reports(db, [DESK])["desk"].open


def test_a_recipient_that_nothing_was_written_of_is_open(db):
    assert is_open(db) == DESK.addresses


def test_a_pause_lasts_until_it_is_ended(db):
    recipients.pause(db, "desk")
    assert is_open(db) == ()
    recipients.resume(db, "desk")
    assert is_open(db) == DESK.addresses


def test_an_address_that_is_off_takes_no_other_with_it(db):
    recipients.switch_off(db, "desk", "a@x.example", "550 no such user")
    assert is_open(db) == ("b@x.example",)
    recipients.resume(db, "desk")
    assert is_open(db) == DESK.addresses


@pytest.mark.parametrize(("wanted_again", "there"), [(False, ("b@x.example",)), (True, DESK.addresses)])
def test_whoever_unsubscribed_is_written_to_again_only_if_that_is_meant(db, wanted_again, there):
    recipients.switch_off(db, "desk", "a@x.example", f"{recipients.UNSUBSCRIBED} 2026-11-22 by its link")
    recipients.resume(db, "desk", unsubscribed=wanted_again)
    assert is_open(db) == there
