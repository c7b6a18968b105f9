from tests.cli.shapes import STATUS, fits
from tests.home import Home


def test_its_document_has_every_key(polled):
    document = polled.run("status", "--json").json
    assert fits(document, STATUS)
    assert document["feeds"] == {"ok": 1, "failing": 1, "dead": 0, "paused": 0, "new": 0}
    assert document["next_digest"].endswith("T08:00:00Z")


def test_before_the_first_turn_all_is_due(home):
    document = home.run("status", "--json").json
    assert document["feeds"]["new"] == 1
    assert document["next_poll"]
    assert document["next_digest"]
    assert document["problems"] == []


def test_people_read_what_wants_them_and_what_leaves_the_machine(polled):
    ran = polled.run("status")
    assert "1 ok, 1 failing" in ran.out
    assert "HTTP 500" in ran.out
    assert "leaves this machine: requests to feeds and to pages that may matter; nothing else" in ran.out


def test_a_message_that_failed_says_how_to_send_it(home):
    home.digests.write_text("a file where the folder should be")
    home.run("once")
    document = home.run("status", "--json").json
    assert document["outbox"]["waiting"] + document["outbox"]["failed"] == 1
    assert any("message 1 to me" in problem for problem in document["problems"])


def test_a_configuration_that_lacks_all_is_told_and_no_fault(tmp_path):
    home = Home(tmp_path)
    ran = home.run("status", "--json")
    assert ran.code == 0
    assert ran.json["next_poll"] is None
    assert any("feeds: there are none" in problem for problem in ran.json["problems"])
