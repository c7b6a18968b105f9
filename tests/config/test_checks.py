import pytest

from monitor.config import load
from monitor.errors import ConfigError, SeedError
from tests.config.places import FEED, GOOD, RECIPIENT, TOPIC, configured


def told(folder, text, kind=ConfigError, environ=None):
    file = configured(folder, text)
    with pytest.raises(kind) as raised:
        load(folder, environ or {})
    lines = str(raised.value).split("\n")
    assert all(line.startswith(f"{file}: ") for line in lines)
    return [line.removeprefix(f"{file}: ") for line in lines]


def only_line(folder, text, **more):
    (line,) = told(folder, text, **more)
    return line


RECIPIENT_WITHOUT_CHANNEL = RECIPIENT.replace('folder = "digests"\n', "")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        # unknown keys, with the nearest known one
        ('timezon = "UTC"', "timezon: this key is unknown; did you mean timezone?"),
        ("[pollin]\nconcurrency = 3", "pollin: this key is unknown; did you mean polling?"),
        (
            "[polling]\nmin_intervall_minutes = 3",
            "polling.min_intervall_minutes: this key is unknown; did you mean min_",
        ),
        ('contact = "a@b"', "contact: this key is unknown; did you mean contact in [polling]?"),
        (
            FEED + 'lang = "en"',
            "feeds[1].lang (https://a.example/rss.xml): this key is unknown; did you mean language?",
        ),
        (FEED + 'password = "hunter2"', "feeds[1].password (https://a.example/rss.xml): this key is unknown; did you"),
        (TOPIC + "sede = []", "topics.talks.sede: this key is unknown; did you mean seeds?"),
        # wrong types: nothing is bent
        ("timezone = 2", 'timezone = 2: it takes a time zone, such as "Europe/Stockholm"'),
        ("timezone = 2019-10-08", 'timezone = "2019-10-08": it takes a time zone'),
        ("polling = 3", "polling = 3: it takes a table headed [polling]"),
        ('[polling]\nconcurrency = "64"', 'polling.concurrency = "64": it takes a whole number from 1 to 1000'),
        ("[polling]\nconcurrency = 6.5", "polling.concurrency = 6.5: it takes a whole number from 1 to 1000"),
        ("[polling]\nfull_text = 1", "polling.full_text = 1: it takes true or false"),
        (
            "[polling]\nmin_interval_minutes = true",
            "polling.min_interval_minutes = true: it takes minutes from 0 to 1440",
        ),
        ('opml = "feeds.opml"', 'opml = "feeds.opml": it takes a list of files, such as ["feeds.opml"]'),
        (
            '[feeds]\nurl = "https://a.example/"',
            'feeds = {"url": "https://a.example/"}: it takes tables, each headed [[f',
        ),
        ('feeds = ["https://a.example/"]', 'feeds[1] = "https://a.example/": it takes tables, each headed [[feeds]]'),
        ('topics = ["talks"]', 'topics = ["talks"]: it takes tables headed [topics.NAME]'),
        ("[topics]\ntalks = 3", "topics.talks = 3: it takes tables headed [topics.NAME]"),
        # out of range
        ("[polling]\nmin_interval_minutes = -1", "polling.min_interval_minutes = -1: it takes minutes from 0 to 1440"),
        (
            "[polling]\nper_host_gap_seconds = nan",
            "polling.per_host_gap_seconds = NaN: it takes seconds from 0 to 3600",
        ),
        ("[polling]\ncatch_up_days = inf", "polling.catch_up_days = Infinity: it takes days from 0 to 365"),
        ("[polling]\nconcurrency = 0", "polling.concurrency = 0: it takes a whole number from 1 to 1000"),
        (
            "[polling]\nmin_interval_minutes = 800",
            "polling.min_interval_minutes = 800: it takes no more than max_interval_minutes, which is 720",
        ),
        (
            "[polling]\nmax_interval_minutes = 5.5",
            "polling.max_interval_minutes = 5.5: it takes no less than min_interval_minutes, which is 15",
        ),
        (
            '[polling]\ncontact = "a\\r\\nX-Evil: 1"',
            'polling.contact = "a\\r\\nX-Evil: 1": a header holds printable ASCII',
        ),
        (TOPIC + "digest_at = 101", "topics.talks.digest_at = 101: it takes a score from 0 to 100"),
        (TOPIC + 'scope = "stories"', 'topics.talks.scope = "stories": it takes "story" or "event"'),
        (TOPIC + 'weights = { "a" = -1 }', "topics.talks.weights.a = -1: it takes terms with factors from 0 to 100"),
        (TOPIC + 'include = ["a", ""]', 'topics.talks.include[2] = "": it is empty; it takes a list of terms'),
        (TOPIC + 'languages = ["english"]', 'topics.talks.languages[1] = "english": this is no language tag; it takes'),
        ("[retention]\narticles_days = 0", "retention.articles_days = 0: it takes a whole number of days, 1 or more"),
        ("[smtp]\nhost = 'h'\nfrom = 'a@b'\nport = 0", "smtp.port = 0: it takes a port from 1 to 65535"),
        # zones and cron
        (
            'timezone = "Europe/Stokholm"',
            'timezone = "Europe/Stokholm": there is no such time zone; did you mean Europe/S',
        ),
        (
            (TOPIC + RECIPIENT).replace("0 8 * * *", "0 0 30 2 *"),
            'recipients.me.schedule = "0 0 30 2 *": it never fires: there is no such date; it takes five-field',
        ),
        ((TOPIC + RECIPIENT).replace("0 8 * * *", "hourly"), 'recipients.me.schedule = "hourly": it has 1 fields'),
        (TOPIC + RECIPIENT + 'timezone = "Seoul"', 'recipients.me.timezone = "Seoul": there is no such time zone'),
        (TOPIC + RECIPIENT + 'quiet = "late"', 'recipients.me.quiet = "late": these are no two different times of day'),
        # addresses
        ('[[feeds]]\nurl = "ftp://a.example/"', 'feeds[1].url = "ftp://a.example/": only http and https are fetched'),
        (
            '[[feeds]]\ntitle = "A"',
            'feeds[1].url: is missing; it takes an http(s) address, such as "https://example.org',
        ),
        (FEED + FEED, 'feeds[2].url = "https://a.example/rss.xml": feeds[1] has it already; keep one of the two'),
        (
            '[network]\nallow_private = ["10.0.0.1/8"]',
            'network.allow_private[1] = "10.0.0.1/8": bits are set behind the',
        ),
        (
            '[database]\nurl = "monitor.db"',
            'database.url = "monitor.db": this is no address of a database that is supp',
        ),
        ('[server]\nlisten = "8080"', 'server.listen = "8080": this is no HOST:PORT; it takes HOST:PORT'),
        # what keys say about each other
        (
            FEED + 'topics = ["talk"]',
            'feeds[1].topics (https://a.example/rss.xml) = "talk": there is no such topic; there',
        ),
        (
            TOPIC + FEED + 'topics = ["talk"]',
            'feeds[1].topics (https://a.example/rss.xml) = "talk": there is no such topic',
        ),
        (
            TOPIC + RECIPIENT.replace('["talks"]', '["talk"]'),
            'recipients.me.topics = "talk": there is no such topic; did you mean talks?',
        ),
        (
            TOPIC + RECIPIENT.replace('["talks"]', "[]"),
            "recipients.me.topics = []: it takes one or more names of topics",
        ),
        (TOPIC + RECIPIENT.replace('topics = ["talks"]', ""), "recipients.me.topics: is missing; it takes one or more"),
        (
            TOPIC + RECIPIENT_WITHOUT_CHANNEL,
            "recipients.me: has no channel; it takes one of folder, email, slack_webhook",
        ),
        (
            TOPIC + RECIPIENT + 'email = "a@b.example"',
            "recipients.me: has 2 channels (folder, email); it takes one, so make two recipients",
        ),
        (TOPIC + RECIPIENT_WITHOUT_CHANNEL + 'email = ["a@b", "c"]', 'recipients.me.email[2] = "c": this is no e-mail'),
        (
            TOPIC + RECIPIENT_WITHOUT_CHANNEL + 'slack_token_env = "T"',
            'recipients.me.slack_channel: is missing; with slack_token_env it takes a channel, such as "#news"',
        ),
        (
            TOPIC + RECIPIENT + 'webhook_secret_env = "S"',
            "recipients.me.webhook_secret_env: belongs to webhook, which is",
        ),
        (
            FEED + 'password_env = "P"',
            "feeds[1].username_env (https://a.example/rss.xml): is missing; it goes together",
        ),
        (
            "[smtp]\nhost = 'h'\nfrom = 'a@b'\nusername_env = 'U'",
            "smtp.password_env: is missing; it goes together with us",
        ),
        (
            '[operator]\nrecipient = "mee"\n' + TOPIC + RECIPIENT,
            'operator.recipient = "mee": there is no such recipient;',
        ),
        ('[topics."a b"]\nseeds = ["seed.txt"]', 'topics."a b": a name takes up to 64 letters'),
        (
            "[topics.talks]",
            'topics.talks.seeds: is missing; it takes one or more files or addresses, such as ["seeds/a',
        ),
        (TOPIC.replace('"seed.txt"', ""), "topics.talks.seeds = []: it takes one or more files or addresses"),
        (
            TOPIC.replace("seed.txt", "ftp://a/b"),
            'topics.talks.seeds[1] = "ftp://a/b": it takes a file, or the http(s) a',
        ),
        (TOPIC.replace("seed.txt", "a\\u0000b"), 'topics.talks.seeds[1] = "a\\u0000b": it holds a control character'),
        ('opml = ["none.opml"]', "opml[1]: "),
        ('opml = ["seed.txt"]', "opml[1]: seed.txt: not an OPML list"),
        (
            "[recipients.me]\n[recipients.me]",
            "line 2, column 15: [recipients.me] stands twice; give one of them another na",
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_line_with_key_value_and_what_is_allowed(text, line, tmp_path):
    assert only_line(tmp_path, text).startswith(line)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("none.txt", "none.txt does not exist"),
        ("empty.txt", "empty.txt is empty; a seed is"),
        (".", " is no file; a seed is"),
    ],
)
def test_a_seed_that_can_not_be_used_is_an_error_of_seeds(name, line, tmp_path):
    (tmp_path / "empty.txt").touch()

    said = only_line(tmp_path, TOPIC.replace("seed.txt", name), kind=SeedError)

    assert said.startswith("topics.talks.seeds[1]: ")
    assert line in said


def test_everything_that_is_wrong_is_told_at_once(tmp_path):
    text = """
        timezone = "Nowhere"
        [polling]
        concurrency = 0
        [topics.talks]
        seeds = ["none.txt"]
        [recipients.me]
        topics = ["talk"]
        schedule = "0 8 * *"
        """

    lines = told(tmp_path, text)

    assert [line.split(":")[0].split(" =")[0] for line in lines] == [
        "timezone",
        "polling.concurrency",
        "recipients.me.schedule",
        "recipients.me.topics",
        "recipients.me",
        "topics.talks.seeds[1]",
    ]


@pytest.mark.parametrize(
    "text",
    [
        '[[feeds]]\nurl = "https://me:hunter2@a.example/"',
        FEED + 'username_env = "U"\npassword_env = "hunter2 !"',
        FEED + 'password = "hunter2"',
        '[database]\nurl = "postgresql+psycopg://me:hunter2@host/db"',
        '[smtp]\nhost = "h"\nfrom = "a@b"\npassword = "hunter2"',
    ],
)
def test_a_secret_that_was_written_into_the_file_is_refused_and_not_repeated(text, tmp_path):
    assert "hunter2" not in only_line(tmp_path, text)


def test_a_long_value_is_cut(tmp_path):
    assert len(only_line(tmp_path, f'timezone = "{"x" * 10_000}"')) < 250


def test_a_wrong_value_stays_on_its_line(tmp_path):
    assert "\\n" in only_line(tmp_path, 'timezone = "a\\nb"')


@pytest.mark.parametrize(
    "text",
    [
        "feeds = 3",
        "feeds = [3, [4], {}]",
        "topics = 3",
        "topics = { a = 3, b = { seeds = 4 } }",
        "recipients = { a = [], b = { topics = [1, []] } }",
        'operator = "x"',
        "smtp = []",
        "polling = []",
        'polling = { min_interval_minutes = "x" }',
        "opml = [1]",
    ],
)
def test_any_shape_is_refused_without_a_traceback(text, tmp_path):
    assert told(tmp_path, text)


def test_a_good_configuration_is_no_fault(tmp_path):
    configured(tmp_path, GOOD)

    assert load(tmp_path, {}).notes == ()
