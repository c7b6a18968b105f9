"""What `docs/operations.md` tells a person at three in the morning is there when they type it."""

import re
from pathlib import Path

import pytest

from tests.home import monitor

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "operations.md").read_text("utf-8")
GROUPS = ("outbox", "digest", "recipient", "feed", "match", "topic", "db", "story")
NAMED = re.findall(r"(?:`|\$ |/)monitor (?:--config \S+ )?([a-z]+)(?: ([a-z]+))?", TEXT)
COMMANDS = sorted({(noun, verb) if noun in GROUPS else (noun,) for noun, verb in NAMED})


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_that_is_named_is_one_that_there_is(command):
    assert monitor(*command, "--help").code == 0


def test_it_begins_with_what_tells_most():
    assert [line.split()[2] for line in TEXT.splitlines() if line.startswith("$ monitor")][:2] == ["status", "doctor"]


def test_every_metric_of_the_alerts_is_one_that_is_served():
    served = (ROOT / "monitor" / "web" / "metrics.py").read_text("utf-8")

    for metric in set(re.findall(r"\b(monitor_(?!password)[a-z_]+)", TEXT)):
        name = metric.removesuffix("_total")
        assert f'"{name}"' in served or f'"{name.removeprefix("monitor_")}"' in served, metric


def test_every_file_that_is_linked_is_there():
    for link in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / "docs" / link).exists()


def test_every_state_of_a_message_has_its_row():
    from monitor.model import DeliveryState

    assert re.findall(r"^\| `([a-z]+)` \|", section("The outbox"), re.MULTILINE) == [
        *("waiting", "sending", "sent", "uncertain", "failed", "dropped")
    ]
    assert {f"{state}" for state in DeliveryState} <= set(re.findall(r"`([a-z]+)`", section("The outbox")))


def section(heading):
    return re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)[1]
