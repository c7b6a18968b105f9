"""What is shipped and what is written agree with what is read."""

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from monitor.config import load
from monitor.config.shape import Root
from monitor.config.unknown import inner_table, keys

HOUSE = Path(__file__).parents[2]
CONFIG = HOUSE / "config"
DOCS = (HOUSE / "docs" / "configuration.md").read_text("utf-8")
SECRETS = (
    *("FEED_USERNAME", "FEED_PASSWORD", "SMTP_USERNAME", "SMTP_PASSWORD"),
    *("SLACK_WEBHOOK_URL", "SLACK_TOKEN", "HOOK_SECRET", "APPRISE_URL", "LANGUAGE_MODEL_KEY"),
)
OFF = re.compile(r"^#(?=\S)", re.MULTILINE)  # "#key = …" is switched off, "# words" is a comment

# The example of the contract: every key that there is, each in a place of its own.
WHOLE = """
timezone = "Europe/Stockholm"
opml = ["feeds.opml"]

[database]
url = "sqlite:///../var/monitor.db"

[polling]
min_interval_minutes = 15
max_interval_minutes = 720
per_host_gap_seconds = 2
concurrency = 64
contact = "ops@example.org"
catch_up_days = 7
full_text = true

[network]
allow_private = []

[[feeds]]
url = "https://example.org/world/rss.xml"

[matching]
encoder = "auto"
story_window_hours = 72

[topics.us-dprk-talks]
title = "US–North Korea talks"
seeds = ["seeds/us-dprk-talks.txt"]
scope = "story"
digest_at = 50
alert_at = 85
include = []
weights = { "Yongbyon" = 2.0 }
exclude = []
require_any = []
languages = []
sources = []
mute_sources = []

[recipients.desk]
email = "desk@example.org"
topics = ["us-dprk-talks"]
schedule = "30 8 * * mon-fri"
timezone = "Asia/Seoul"
quiet = "22:00-07:00"
alerts = true
max_stories = 15
when_empty = "skip"

[recipients.newsroom]
slack_webhook_env = "SLACK_WEBHOOK_URL"
topics = ["us-dprk-talks"]
schedule = "0 9,17 * * *"

[recipients.hook]
webhook = "https://example.org/hook"
topics = ["us-dprk-talks"]
schedule = "0 * * * *"

[recipients.me]
folder = "../var/digests"
topics = ["us-dprk-talks"]
schedule = "0 * * * *"

[smtp]
host = "smtp.example.org"
port = 587
security = "starttls"
username_env = "SMTP_USERNAME"
password_env = "SMTP_PASSWORD"
from = "News monitor <monitor@example.org>"

[server]
listen = "127.0.0.1:8080"
public_url = ""
password_env = "MONITOR_PASSWORD"
secret_env = "MONITOR_SECRET"
allowed_hosts = []

[operator]
recipient = "me"
ping_env = "MONITOR_PING_URL"

[backup]
folder = "../var/backups"
keep_days = 14

[language_model]
url = ""
model = ""
key_env = ""

[retention]
articles_days = 180
rejected_days = 30
"""


def copied(folder, text):
    shutil.copytree(CONFIG, folder, dirs_exist_ok=True)
    (folder / "monitor.toml").write_text(text, "utf-8")
    (folder / "feeds.opml").write_text('<opml version="2.0"><body><outline xmlUrl="https://o.example/"/></body></opml>')
    return load(folder, dict.fromkeys(SECRETS, "secret"))


def tables():
    """Every kind of table as (heading in the docs, its kind)."""
    yield "Top level", Root
    for key, info in keys(Root).items():
        table, kind = inner_table(info)
        if table:
            yield {dict: f"`[{key}.NAME]`", list: f"`[[{key}]]`"}.get(kind, f"`[{key}]`"), table


def all_fields():
    for heading, table in tables():
        for key, info in keys(table).items():
            if inner_table(info)[0] is None:
                yield pytest.param(heading, key, info, id=f"{heading} {key}")


def section(heading):
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", DOCS, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[0]


def test_the_shipped_configuration_loads_without_a_secret_and_without_a_note():
    read = load(CONFIG, {})

    assert read.notes == ()
    assert [topic.id for topic in read.topics] == ["us-dprk-talks"]
    assert [recipient.channel for recipient in read.recipients] == ["folder"]
    assert len(read.feeds) >= 12
    assert {feed.language for feed in read.feeds} == {"en", "ko"}
    assert all(feed.title and feed.url.startswith("https://") for feed in read.feeds)


def test_the_shipped_seed_is_the_article_it_was_given():
    (topic,) = load(CONFIG, {}).topics

    assert topic.seeds[0].name == "seeds/us-dprk-talks.txt"
    assert topic.seeds[0].text.startswith("date 2019-10-08 Read: Trump is running out of time")
    assert len(topic.seeds[0].text.splitlines()) == 7


def test_everything_that_is_switched_off_in_the_shipped_file_can_be_switched_on(tmp_path):
    read = copied(tmp_path, OFF.sub("", (CONFIG / "monitor.toml").read_text("utf-8")))

    assert len(read.recipients) == 6
    assert read.notes == ()


def test_the_shipped_file_shows_every_key():
    raw = tomllib.loads(OFF.sub("", (CONFIG / "monitor.toml").read_text("utf-8")))
    shown = {
        "Top level": set(raw),
        "`[[feeds]]`": set().union(*raw["feeds"]),
        "`[topics.NAME]`": set().union(*raw["topics"].values()),
        "`[recipients.NAME]`": set().union(*raw["recipients"].values()),
    }
    for heading, table in tables():
        assert set(keys(table)) == shown.get(heading) or set(keys(table)) == set(raw[heading.strip("`[]")])


def test_the_whole_contract_loads(tmp_path):
    read = copied(tmp_path, WHOLE)

    assert read.notes == ()
    assert read.smtp
    assert read.smtp.sender == "News monitor <monitor@example.org>"


def test_the_defaults_are_those_of_the_contract(tmp_path):
    bare = '[topics.us-dprk-talks]\nseeds = ["seeds/us-dprk-talks.txt"]\n'
    read, whole = copied(tmp_path, bare), copied(tmp_path, WHOLE)

    assert read.database_url == whole.database_url
    assert (read.server, read.retention, read.encoder) == (whole.server, whole.retention, whole.encoder)
    assert read.story_window_hours == whole.story_window_hours
    assert read.topics[0].alert_at == whole.topics[0].alert_at


@pytest.mark.parametrize(("heading", "key", "info"), list(all_fields()))
def test_each_key_has_its_row_with_its_default_in_the_docs(heading: str, key: str, info: FieldInfo):
    row = re.search(rf"^\| `{key}` \| (.*?) \|", section(heading), re.MULTILINE)

    assert row
    default = info.get_default()
    if info.is_required():
        assert row[1] == "required"
    elif default is not None:
        expected = f"{default:g}" if type(default) in (int, float) else json.dumps(default)
        assert row[1].split(";")[0] == f"`{expected}`"
