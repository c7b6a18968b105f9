from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.store import recipients
from monitor.tokens import UNSUBSCRIBE, sign
from monitor.web.links import Named, masked
from tests.web.sites import DESK, NOW, SECRET


def off(site, address="anna@example.org"):
    report = recipients.reports(site.app.db, [DESK])["desk"]
    return next(each.off for each in report.addresses if each.address == address)


def test_a_link_asks_before_it_acts(site):
    answer = site.ask(site.link())
    assert answer.status == 200
    assert "Stop these digests to a***@example.org" in answer.text
    assert "<em>Talks</em>" in answer.text
    assert "anna" not in answer.text
    assert off(site) == ""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_never_acts(site, method):
    for _ in range(3):
        assert site.ask(site.link(), method).status == 200
    assert off(site) == ""


def test_one_click_of_a_mail_program_stops_that_address_alone(site):
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    answer = site.ask(site.link(), "POST", b"List-Unsubscribe=One-Click", **form)
    assert answer.status == 200
    assert "monitor recipient resume desk" in answer.text
    assert off(site) == "unsubscribed on 2026-11-22 by its link"
    assert off(site, "bo@example.org") == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null"},
        {"Origin": "https://mail.example", "Sec_Fetch_Site": "cross-site"},
        {"Content_Type": "multipart/form-data; boundary=x"},
    ],
    ids=["no origin", "a web mail's page", "multipart"],
)
def test_the_token_alone_is_asked_for(site, headers):
    assert site.ask(site.link(), "POST", b"--x--", **headers).status == 200
    assert off(site)


def test_a_second_click_changes_nothing(site):
    site.ask(site.link(), "POST")
    site.clock.pass_by(days=3)
    assert site.ask(site.link(), "POST").status == 200
    assert off(site) == "unsubscribed on 2026-11-22 by its link"
    assert "are stopped" in site.ask(site.link()).text


def test_after_being_resumed_the_link_works_again(site):
    site.ask(site.link(), "POST")
    recipients.resume(site.app.db, "desk", unsubscribed=True)
    assert "<button" in site.ask(site.link()).text


def test_an_address_that_bounced_can_still_be_stopped_by_its_owner(site):
    recipients.switch_off(site.app.db, "desk", "anna@example.org", "3 messages in a row were refused")
    assert "<button" in site.ask(site.link()).text
    site.ask(site.link(), "POST")
    assert off(site).startswith("unsubscribed")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_ends_after_a_year(site, method):
    answer = site.ask(site.link(at=NOW - timedelta(days=365)), method)
    assert (answer.status, "too old" in answer.text) == (410, True)
    assert off(site) == ""


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("junk", ["x", "x.y", "%00", "%F0%9F%92%A9", "a" * 8000, "..%2f..", "%3Cscript%3E"])
def test_a_forged_link_is_refused(site, method, junk):
    answer = site.ask(f"/u/{junk}", method)
    assert answer.status in (403, 404)
    assert "script" not in answer.text


def test_a_link_for_something_else_stops_nothing(site):
    other = sign(SECRET, "feedback", ("desk", "x"), NOW + timedelta(days=1))
    assert site.ask(f"/u/{other}", "POST").status == 403


@pytest.mark.parametrize(("recipient", "address"), [("gone", "anna@example.org"), ("desk", "left@example.org")])
def test_who_left_the_configuration_has_nothing_to_stop(site, recipient, address):
    answer = site.ask(site.link(recipient, address), "POST")
    assert (answer.status, "Nothing to stop" in answer.text) == (404, True)


def test_a_database_that_can_not_be_written_says_so_and_is_tried_again(site):
    with site.app.db.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE address RENAME TO elsewhere")
    answer = site.ask(site.link(), "POST")
    assert (answer.status, answer.headers["retry-after"]) == (503, "60")
    assert "address" not in answer.text.replace("addresses", "")


@pytest.mark.parametrize(
    ("channel", "address", "shown"),
    [
        ("email", "anna@example.org", "a***@example.org"),
        ("email", '"@"@example.org', '"***@example.org'),
        ("slack", "#desk", "desk"),
        ("webhook", "https://user@hook.example/secret", "desk"),
        ("folder", "/srv/digests", "desk"),
    ],
)
def test_an_address_is_shown_only_to_who_knows_it(channel, address, shown):
    assert masked(Named(replace(DESK, channel=channel), address)) == shown


def test_the_token_of_another_installation_is_refused(site):
    forged = sign(b"another secret", UNSUBSCRIBE, ("desk", "x"), NOW + timedelta(days=1))
    assert site.ask(f"/u/{forged}").status == 403
