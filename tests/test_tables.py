"""Walk every row of every table: it keeps its contract, is shown in `config/`, and is named in the README."""

import asyncio
import inspect
from pathlib import Path

import pytest

from monitor.delivery import CHANNELS, Means, open_channel
from monitor.digest.forms import FORMS
from monitor.encoders import AUTO
from monitor.encoders.kinds import ENCODERS
from monitor.matching.signals import SIGNALS, Signal
from monitor.model import Smtp
from monitor.net.client import Client
from monitor.sources.kinds import SOURCES, Kind

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "config" / "monitor.toml"
DOCS = ROOT / "docs" / "configuration.md"
README = ROOT / "README.md"
MATCHER = ROOT / "docs" / "matcher.md"

SMTP = Smtp("127.0.0.1", 25, "none", "Monitor <monitor@example.org>")  # nobody connects before a message is sent
IN_CONFIG = {"slack": "slack_token_env", "slack_webhook": "slack_webhook_env", "apprise": "apprise_env"}
IN_README = {
    "feed": ("RSS", "Atom", "RDF"),
    "jsonfeed": ("JSON Feed",),
    "sitemap": ("news sitemaps",),
    "folder": ("folder",),
    "email": ("e-mail",),
}
IN_README |= {"slack": ("Slack", "token"), "slack_webhook": ("Slack", "webhook")}
IN_README |= {name: (f"`{name}`",) for name in ENCODERS}
IN_README |= {"webhook": ("webhooks", "Signed JSON"), "apprise": ("Apprise",)}


@pytest.mark.parametrize("name", CHANNELS)
def test_a_channel_delivers_and_can_be_checked(name):
    channel = asyncio.run(opened(name))

    assert list(inspect.signature(channel.deliver).parameters) == ["delivery", "recipient", "now"]
    assert list(inspect.signature(channel.check).parameters) == ["recipient"]


async def opened(name):
    async with Client() as client, open_channel(name, Means(client, SMTP, keep=None)) as channel:
        return channel


def test_every_channel_has_a_form_and_every_form_a_channel():
    assert set(FORMS) == set(CHANNELS)


@pytest.mark.parametrize("name", CHANNELS)
def test_a_channel_has_an_example(name):
    assert f"\n{IN_CONFIG.get(name, name)} = " in CONFIG.read_text(encoding="utf-8").replace("\n#", "\n")


@pytest.mark.parametrize("kind", SOURCES, ids=lambda kind: kind.name)
def test_a_source_recognises_and_reads(kind: Kind):
    assert not kind.recognises(b"<html><p>A page.</p></html>", {"content-type": "text/html"})
    assert list(inspect.signature(kind.read).parameters) == ["body", "url", "headers", "hashes"]


@pytest.mark.parametrize("name", [*CHANNELS, *(kind.name for kind in SOURCES), *ENCODERS])
def test_a_row_is_named_in_the_readme(name):
    readme = README.read_text(encoding="utf-8")

    assert all(word in readme for word in IN_README[name])


@pytest.mark.parametrize("name", ENCODERS)
def test_an_encoder_loads_a_model_and_says_its_languages(name):
    kind = ENCODERS[name]

    assert list(inspect.signature(kind.load).parameters) == ["model"]
    assert f"`pip install {kind.package}`" in DOCS.read_text(encoding="utf-8") or name == AUTO
    assert kind.languages


@pytest.mark.parametrize("name", ENCODERS)
def test_an_encoder_has_an_example(name):
    assert f' "{name}' in CONFIG.read_text(encoding="utf-8").partition("\n[matching]\n")[2]


def test_rows_have_names_of_their_own():
    names = [kind.name for kind in SOURCES]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_a_signal_is_told_with_the_languages_that_it_serves(signal: Signal):
    rows = [line for line in MATCHER.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    (row,) = [row for row in rows if f"`{signal.name}`" in row.split("|")[1]]
    _, _, serves, within, across, _ = (cell.strip() for cell in row.removeprefix("|").split("|"))
    assert (serves, within == "✓", across == "✓") == (signal.languages, signal.within, signal.across)
