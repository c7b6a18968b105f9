import os
from ipaddress import ip_network
from pathlib import Path

import pytest

from monitor.config import load, read_seed
from monitor.errors import ConfigError
from monitor.model import Feed, PollingPolicy, Recipient, Secret, Seed, Topic
from tests.config.places import FEED, GOOD, RECIPIENT, SEED, TOPIC, configured, settings

OPML = """<opml version="2.0"><body>
<outline type="rss" text="Listed A" xmlUrl="https://a.example/rss.xml"/>
<outline type="rss" text="Listed B" xmlUrl="https://b.example/rss.xml" language="ko"/>
<outline type="rss" text="Odd" xmlUrl="gopher://c.example/"/>
</body></opml>"""


def test_a_small_configuration_becomes_nouns_with_their_defaults(tmp_path):
    read = settings(tmp_path)

    assert read.root == tmp_path
    assert read.file == tmp_path / "monitor.toml"
    assert read.timezone == "UTC"
    assert read.polling == PollingPolicy()
    assert read.feeds == (Feed(url="https://a.example/rss.xml"),)
    assert read.topics == (Topic(id="talks", title="talks", seeds=(Seed("seed.txt", SEED.strip()),)),)
    assert read.recipients == (Recipient("me", "folder", (f"{tmp_path}/digests",), ("talks",), "0 8 * * *", "UTC"),)
    assert (read.smtp, read.backup, read.language_model, read.notes) == (None, None, None, ())


def test_the_same_configuration_is_read_by_its_folder_and_by_its_file(tmp_path):
    file = configured(tmp_path)

    assert load(tmp_path, {}) == load(file, {})


def test_an_empty_configuration_loads_and_says_what_it_lacks(tmp_path):
    assert [note.split(":")[0] for note in settings(tmp_path, "").notes] == ["feeds", "topics", "recipients"]


def test_paths_start_at_the_folder_of_the_file_wherever_the_program_runs(tmp_path, monkeypatch):
    configured(tmp_path / "etc", '[database]\nurl = "sqlite:///../var/a.db"\n' + GOOD)
    monkeypatch.chdir(tmp_path)

    read = load(Path("etc"), {})

    assert read.database_url == f"sqlite:///{tmp_path}/var/a.db"
    assert read.recipients[0].addresses == (f"{tmp_path}/etc/digests",)


def test_a_linked_file_has_its_paths_start_where_the_link_stands(tmp_path):
    configured(tmp_path / "data")
    (tmp_path / "etc").mkdir()
    for name in ("monitor.toml", "seed.txt"):
        (tmp_path / "etc" / name).symlink_to(tmp_path / "data" / name)

    assert load(tmp_path / "etc", {}).root == tmp_path / "etc"


def test_a_home_folder_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/reader")

    read = settings(tmp_path, GOOD.replace('"digests"', '"~/digests"'))

    assert read.recipients[0].addresses == ("/home/reader/digests",)


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({}, "sqlite:////{root}/../var/monitor.db"),
        ({"MONITOR_DATABASE_URL": "sqlite:////srv/a.db?timeout=5"}, "sqlite:////srv/a.db?timeout=5"),
        ({"MONITOR_DATABASE_URL": "postgresql+psycopg://me:pw@host/db"}, "postgresql+psycopg://me:pw@host/db"),
    ],
)
def test_the_environment_names_the_database_before_the_file(environ, url, tmp_path):
    expected = url.replace("/{root}/..", str(tmp_path.parent))

    assert settings(tmp_path, environ=environ).database_url == expected


def test_the_database_may_be_named_by_a_file(tmp_path):
    (tmp_path / "url").write_text("postgresql+psycopg://me:pw@host/db\n")

    read = settings(tmp_path, environ={"MONITOR_DATABASE_URL_FILE": str(tmp_path / "url")})

    assert read.database_url == "postgresql+psycopg://me:pw@host/db"


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"MONITOR_DATABASE_URL": "mysql://me:hunter2@host/db"}, "it takes sqlite:///PATH or postgresql"),
        ({"MONITOR_DATABASE_URL_FILE": "/none"}, "can't be read: No such file or directory"),
    ],
)
def test_a_database_of_the_environment_that_is_wrong_stops_without_its_password(environ, words, tmp_path):
    with pytest.raises(ConfigError) as told:
        settings(tmp_path, environ=environ)

    assert "MONITOR_DATABASE_URL" in str(told.value)
    assert words in str(told.value)
    assert "hunter2" not in str(told.value)


def test_the_environment_says_where_to_listen_before_the_file(tmp_path):
    text = GOOD + '[server]\nlisten = "127.0.0.1:9000"\n'

    assert settings(tmp_path, text).server.listen == "127.0.0.1:9000"
    assert settings(tmp_path, text, {"MONITOR_LISTEN": "0.0.0.0:8080"}).server.listen == "0.0.0.0:8080"


def test_a_place_to_listen_that_is_none_is_an_error_in_one_line(tmp_path):
    with pytest.raises(ConfigError, match=r'MONITOR_LISTEN = "8080": this is no HOST:PORT; it takes one, such as'):
        settings(tmp_path, environ={"MONITOR_LISTEN": "8080"})


def test_polling_takes_decimals_and_zero(tmp_path):
    read = settings(
        tmp_path, GOOD + "[polling]\nmin_interval_minutes = 0\nper_host_gap_seconds = 0.25\ncatch_up_days = 0"
    )

    assert read.polling == PollingPolicy(min_interval_minutes=0, per_host_gap_seconds=0.25, catch_up_days=0)


def test_private_networks_are_networks(tmp_path):
    read = settings(tmp_path, GOOD + '[network]\nallow_private = ["10.0.0.0/8", "::1"]')

    assert read.allow_private == (ip_network("10.0.0.0/8"), ip_network("::1"))


@pytest.mark.parametrize(
    ("line", "digest_at"),
    [("", 50), ('scope = "event"', 75), ('scope = "event"\ndigest_at = 60', 60), ("digest_at = 0", 0)],
)
def test_a_topic_matches_from_50_and_one_event_from_75(line, digest_at, tmp_path):
    assert settings(tmp_path, TOPIC + line).topics[0].digest_at == digest_at


def test_what_a_person_says_about_a_topic_is_kept(tmp_path):
    text = TOPIC + 'include = ["a"]\nexclude = ["b"]\nrequire_any = ["c"]\nlanguages = ["ko"]\nsources = ["d"]\n'
    topic = settings(tmp_path, text + 'mute_sources = ["e"]\nweights = { "Yongbyon" = 2 }').topics[0]

    assert (topic.include, topic.exclude, topic.require_any) == (("a",), ("b",), ("c",))
    assert (topic.languages, topic.sources, topic.mute_sources) == (("ko",), ("d",), ("e",))
    assert topic.weights == {"Yongbyon": 2.0}


def test_a_seed_that_is_an_address_is_left_to_be_fetched(tmp_path):
    read = settings(tmp_path, TOPIC.replace('"seed.txt"', '"https://example.org/story", "seed.txt"'))

    assert read.topics[0].seeds[0] == Seed("https://example.org/story", "")
    assert read.topics[0].seeds[1].text


def test_a_short_seed_is_taken_with_a_note(tmp_path):
    read = settings(tmp_path, GOOD.replace("seed.txt", "short.txt"), short_txt="Talks failed.")

    assert read.notes == (
        "topics.talks.seeds[1]: short.txt has only 13 characters; a whole article finds its story better",
    )


def test_a_seed_is_read_without_a_configuration(tmp_path):
    (tmp_path / "seed.txt").write_text(SEED)

    assert read_seed(tmp_path / "seed.txt").text == SEED.strip()


def test_feeds_of_an_opml_file_stand_behind_those_of_the_file_that_win(tmp_path):
    read = settings(tmp_path, 'opml = ["feeds.opml"]\n' + GOOD, feeds_opml=OPML)

    assert read.feeds == (
        Feed(url="https://a.example/rss.xml"),
        Feed(url="https://b.example/rss.xml", title="Listed B", language="ko"),
    )
    assert read.opml == (tmp_path / "feeds.opml",)
    assert len(read.notes) == 1
    assert read.notes[0].startswith("feeds.opml: ")
    assert "gopher://c.example/" in read.notes[0]


@pytest.mark.parametrize(
    ("mine", "everyones", "expected"), [("", "", True), ("", "false", False), ("true", "false", True)]
)
def test_a_feed_reads_pages_as_all_do_unless_it_says_otherwise(mine, everyones, expected, tmp_path):
    text = f"[polling]\nfull_text = {everyones}\n" if everyones else ""

    read = settings(tmp_path, text + TOPIC + RECIPIENT + FEED + (f"full_text = {mine}" if mine else ""))

    assert read.feeds[0].full_text is expected


def test_a_feed_of_an_opml_file_reads_pages_as_all_do(tmp_path):
    read = settings(tmp_path, 'opml = ["feeds.opml"]\n[polling]\nfull_text = false', feeds_opml=OPML)

    assert not any(feed.full_text for feed in read.feeds)


LOCKED = GOOD + 'username_env = "FEED_USER"\npassword_env = "FEED_PASSWORD"\n'


def test_credentials_of_a_feed_come_from_the_environment_and_show_nowhere(tmp_path):
    read = settings(tmp_path, LOCKED, {"FEED_USER": "me", "FEED_PASSWORD": "hunter2"})

    assert (read.feeds[0].username, read.feeds[0].password) == (Secret("me"), Secret("hunter2"))
    assert "hunter2" not in repr(read) + str(read)


def test_a_feed_whose_password_is_missing_is_polled_without_and_says_so(tmp_path):
    read = settings(tmp_path, LOCKED, {"FEED_USER": "me"})

    assert (read.feeds[0].username, read.feeds[0].password) == (None, None)
    assert read.notes == (
        "feeds[1].password_env (https://a.example/rss.xml): neither FEED_PASSWORD nor FEED_PASSWORD_FILE is set; "
        "polled without credentials",
    )


def test_a_secret_whose_file_can_not_be_read_holds_up_nothing(tmp_path):
    environ = {"FEED_USER": "me", "FEED_PASSWORD_FILE": "/none", "MONITOR_PASSWORD_FILE": "/none"}

    read = settings(tmp_path, LOCKED, environ)

    assert (read.feeds[0].password, read.server.password) == (None, None)
    assert [note.rpartition(";")[0] or note for note in read.notes] == [
        "feeds[1].password_env (https://a.example/rss.xml): the file that FEED_PASSWORD_FILE names can't be read: "
        "No such file or directory",
        "the file that MONITOR_PASSWORD_FILE names can't be read: No such file or directory",
    ]


def test_no_secret_of_any_kind_stands_in_the_representation_of_settings(tmp_path):
    text = GOOD + (
        '[smtp]\nhost = "h"\nfrom = "a@b"\nusername_env = "A"\npassword_env = "A"\n'
        '[server]\npassword_env = "A"\nsecret_env = "A"\n[operator]\nping_env = "A"\n'
        '[language_model]\nurl = "https://a.example/"\nkey_env = "A"\n'
    )
    environ = {"A": "hunter2", "MONITOR_DATABASE_URL": "postgresql+psycopg://me:hunter2@host/db"}

    read = settings(tmp_path, text, environ)

    assert read.smtp
    assert read.smtp.password == read.server.secret == read.operator.ping == Secret("hunter2")
    assert "hunter2" not in repr(read)


@pytest.mark.parametrize(
    ("address", "password"),
    [
        ("postgresql+psycopg://me:hunter2@host/db", "hunter2"),
        ("postgresql+psycopg://me:hun/ter2@host/db", "hun/ter2"),
        ("postgresql+psycopg://me:hunter%2F2@host/db", "hunter/2"),
        ("postgresql+psycopg://host/db?user=me&password=hunter2", "hunter2"),
    ],
)
def test_a_databases_password_is_a_secret_wherever_its_address_holds_it(address, password, tmp_path):
    read = settings(tmp_path, GOOD, {"MONITOR_DATABASE_URL": address})
    assert Secret(password) in read.secrets


CHANNELS = [
    ('email = ["a@b.example", "c@d.example"]', "email", ("a@b.example", "c@d.example")),
    ('email = "a@b.example"', "email", ("a@b.example",)),
    ('slack_webhook_env = "HOOK"', "slack_webhook", ("HOOK",)),
    ('slack_token_env = "T"\nslack_channel = "#news"', "slack", ("#news",)),
    ('webhook = "https://a.example/hook"', "webhook", ("https://a.example/hook",)),
    ('apprise_env = "URL"', "apprise", ("URL",)),
]


@pytest.mark.parametrize(("lines", "channel", "addresses"), CHANNELS)
def test_a_recipient_is_reached_by_the_channel_it_names(lines, channel, addresses, tmp_path):
    read = settings(
        tmp_path, GOOD.replace('folder = "digests"', lines), HOOK="https://h.example", T="xoxb-1", URL="a://"
    )

    assert (read.recipients[0].channel, read.recipients[0].addresses) == (channel, addresses)


@pytest.mark.parametrize("lines", ['slack_webhook_env = "HOOK"', 'apprise_env = "HOOK"'])
def test_a_secret_that_is_not_set_is_said_and_holds_up_nothing(lines, tmp_path):
    read = settings(tmp_path, GOOD.replace('folder = "digests"', lines))

    assert read.recipients[0].secret is None
    assert read.notes == ("recipients.me: neither HOOK nor HOOK_FILE is set; nothing is sent to it until then",)


def test_mail_without_a_server_is_said(tmp_path):
    read = settings(tmp_path, GOOD.replace('folder = "digests"', 'email = "a@b.example"'))

    assert read.notes == ("smtp: there is no [smtp], so me can't be sent mail",)


def test_a_recipient_has_its_own_zone_or_the_services(tmp_path):
    text = 'timezone = "Asia/Seoul"\n' + TOPIC + RECIPIENT + RECIPIENT.replace("me]", "you]") + 'timezone = "UTC"'

    assert [recipient.timezone for recipient in settings(tmp_path, text).recipients] == ["Asia/Seoul", "UTC"]


def test_reading_changes_nothing(tmp_path):
    configured(tmp_path)
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in os.listdir(tmp_path)}

    load(tmp_path, {})

    assert {name: (tmp_path / name).stat().st_mtime_ns for name in os.listdir(tmp_path)} == before


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("topics = []", "recipients.you.topics = []: it takes one or more names of topics"),
        ('timezone = "Europe/Stokholm"', 'recipients.you.timezone = "Europe/Stokholm": '),
        ("max_storys = 3", "recipients.you.max_storys: this key is unknown"),
        ('schedule = "61 * * * *"', 'recipients.you.schedule = "61 * * * *": '),
    ],
)
def test_a_lenient_reading_serves_all_but_the_recipient_that_is_wrong(wrong, said, tmp_path):
    key = wrong.partition(" =")[0]
    other = "".join(line + "\n" for line in RECIPIENT.replace("me]", "you]").splitlines() if not line.startswith(key))
    path = configured(tmp_path, TOPIC + RECIPIENT + other + wrong + '\n[operator]\nrecipient = "you"\n')

    read = load(path, {}, lenient=True)

    assert [recipient.id for recipient in read.recipients] == ["me"]
    assert len(read.left_out) == 1
    assert read.left_out[0].startswith(said)
    assert read.operator.recipient == ""
    with pytest.raises(ConfigError):
        load(path, {})


def test_a_lenient_reading_excuses_nothing_but_recipients(tmp_path):
    with pytest.raises(ConfigError, match=r"polling\.concurrency"):
        load(configured(tmp_path, "[polling]\nconcurrency = 0\n" + TOPIC + RECIPIENT), {}, lenient=True)
    with pytest.raises(ConfigError, match=r"recipients\.me\.topics"):
        load(configured(tmp_path, TOPIC + RECIPIENT.replace('["talks"]', "[]")), {}, lenient=True)
