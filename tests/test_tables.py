"""Walk every row of every table: it keeps its contract, is shown in `config/`, and is named in the README."""

import inspect
from pathlib import Path

import pytest

from monitor.delivery import CHANNELS
from monitor.sources.kinds import SOURCES, Kind

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "config" / "monitor.toml"
README = ROOT / "README.md"

IN_README = {"feed": ("RSS", "Atom", "RDF"), "jsonfeed": ("JSON Feed",), "folder": ("folder",)}


@pytest.mark.parametrize("name", CHANNELS)
def test_a_channel_delivers(name):
    deliver = CHANNELS[name]().deliver

    assert inspect.iscoroutinefunction(deliver)
    assert list(inspect.signature(deliver).parameters) == ["delivery"]


@pytest.mark.parametrize("name", CHANNELS)
def test_a_channel_has_an_example(name):
    assert f"\n{name} = " in CONFIG.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", SOURCES, ids=lambda kind: kind.name)
def test_a_source_recognises_and_reads(kind: Kind):
    assert not kind.recognises(b"<html><p>A page.</p></html>", {"content-type": "text/html"})
    assert list(inspect.signature(kind.read).parameters) == ["body", "url", "headers"]


@pytest.mark.parametrize("name", [*CHANNELS, *(kind.name for kind in SOURCES)])
def test_a_row_is_named_in_the_readme(name):
    readme = README.read_text(encoding="utf-8")

    assert all(word in readme for word in IN_README[name])


def test_rows_have_names_of_their_own():
    names = [kind.name for kind in SOURCES]

    assert len(set(names)) == len(names)
