import base64
import json
import threading
from datetime import timedelta

from monitor.store import counts
from monitor.web import health
from tests.web.sites import NOW, PASSWORD


def test_a_service_that_does_its_rounds_is_well(site):
    answer = site.ask("/healthz")
    assert (answer.status, json.loads(answer.text)) == (200, {"status": "ok"})


def test_a_beat_that_fails_is_named_with_its_reason(site):
    site.pulse.faults["send"] = "disk full\x1b[2J"
    answer = site.ask("/healthz")
    assert answer.status == 503
    assert json.loads(answer.text) == {"status": "failing", "faults": {"send": "disk full[2J"}}


def test_a_fault_that_is_mended_is_forgotten(site):
    site.pulse.faults["send"] = "disk full"
    assert site.ask("/healthz").status == 503
    del site.pulse.faults["send"]
    assert site.ask("/healthz").status == 200


def test_a_beat_that_has_not_come_round_for_ten_minutes_fails(site):
    site.pulse.rounds["send"] = NOW + timedelta(minutes=5)
    site.clock.pass_by(minutes=10, seconds=1)
    assert json.loads(site.ask("/healthz").text)["faults"] == {"poll": "no good round since 2026-11-22 08:30 UTC"}


def test_a_service_that_never_came_round_fails_in_the_end(site):
    site.pulse.rounds.clear()
    assert site.ask("/healthz").status == 200
    site.clock.pass_by(minutes=11)
    assert "service" in json.loads(site.ask("/healthz").text)["faults"]


def test_reasons_are_for_those_who_know_the_password(guarded):
    guarded.pulse.faults["poll"] = "/srv/monitor/monitor.db: disk full"
    assert json.loads(guarded.ask("/healthz").text)["faults"] == {"poll": "failing: the log says why"}
    credentials = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
    assert "disk full" in guarded.ask("/healthz", Authorization=f"Basic {credentials}").text


def test_it_is_ready_once_every_beat_has_begun(site):
    assert site.ask("/readyz").status == 200
    site.pulse.ready = False
    answer = site.ask("/readyz")
    assert (answer.status, json.loads(answer.text)) == (503, {"status": "not ready", "why": "starting"})


def test_it_is_not_ready_while_it_stops(site):
    site.pulse.stopping = True
    assert json.loads(site.ask("/readyz").text)["why"] == "stopping"


def test_it_is_not_ready_without_its_database(site):
    site.app.db.close()
    site.app.db.file.write_bytes(b"this is no database, and it is long enough to be seen as none" * 99)
    answer = site.ask("/readyz")
    assert (answer.status, json.loads(answer.text)["why"]) == (503, "the database can't be read")


def test_a_database_that_is_silent_is_asked_by_one_question_at_a_time(site, monkeypatch):
    asked, free = [], threading.Event()
    monkeypatch.setattr(health, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(counts, "ping", lambda db: (asked.append(1), free.wait(10)))
    try:
        whys = [json.loads(site.ask("/readyz").text)["why"] for _ in range(3)]
    finally:
        free.set()
    assert whys == ["the database does not answer within 0.05 s"] * 3
    assert len(asked) == 1
