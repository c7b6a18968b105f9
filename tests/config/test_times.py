from datetime import UTC, datetime

import pytest
from cronsim import CronSim

from monitor.config import times


@pytest.mark.parametrize(
    "line",
    [
        *(
            "* * * * *",
            "30 8 * * mon-fri",
            "0 9,17 * * *",
            "*/15 6-22 * * *",
            "0 0 29 2 *",
            "0 0 L * *",
            "0 0 1 JAN MON",
        ),
        *("0 0 * * 0", "0 0 * * 7", "0 0 * * 5-7", "0 0 * 2 mon#5", " 0  8 * * * "),
    ],
)
def test_cron_that_fires_some_day_is_taken(line):
    assert times.schedule(line) == line


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0 0 30 2 *", "it never fires: there is no such date"),
        ("0 0 31 4,6,9,11 *", "it never fires: there is no such date"),
        ("0 8 * *", "it has 4 fields, cron has five: minute, hour, day of the month, month, day of the week"),
        ("0 0 8 * * *", "it has 6 fields"),
        ("", "it has 0 fields"),
        ("@daily", "it has 1 fields"),
        ("60 8 * * *", "'60' is no minute"),
        ("0 24 * * *", "'24' is no hour"),
        ("0 8 0 * *", "'0' is no day of the month"),
        ("0 8 * 13 *", "'13' is no month"),
        ("0 8 * * 8", "'8' is no day of the week"),
        ("0 8 * * funday", "'funday' is no day of the week"),
        ("0 8 * * fri-sun", "'fri-sun' is no day of the week; a range runs upwards"),
        ("*/0 8 * * *", "'*/0' is no minute"),
        ("0 8, * * *", "'8,' is no hour"),
        ("-5 8 * * *", "'-5' is no minute"),
    ],
)
def test_cron_that_is_malformed_or_never_fires_says_which_part(line, reason):
    with pytest.raises(ValueError) as told:
        times.schedule(line)

    assert str(told.value).startswith(reason)


@pytest.mark.parametrize("line", ["0 8 * * 0", "0 8 * * 7", "0 8 * * sun"])
def test_0_and_7_are_sunday_as_in_cron(line):
    fired = next(CronSim(times.schedule(line), datetime(2026, 11, 22, tzinfo=UTC)))

    assert fired == datetime(2026, 11, 22, 8, tzinfo=UTC)  # a Sunday


@pytest.mark.parametrize("name", ["UTC", "Europe/Stockholm", "America/Argentina/Buenos_Aires"])
def test_zones_of_the_iana_list_are_taken(name):
    assert times.timezone(name) == name


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Europe/Stokholm", "; did you mean Europe/Stockholm?"),
        ("europe/stockholm", "; did you mean Europe/Stockholm?"),
        ("Nowhere", ""),
        ("", ""),
        ("Europe", ""),
        ("../../etc/passwd", ""),
        ("/etc/passwd", ""),
        ("a\0b", ""),
    ],
)
def test_another_zone_is_refused_with_the_nearest(name, near):
    with pytest.raises(ValueError) as told:
        times.timezone(name)

    assert str(told.value).startswith("there is no such time zone" + near)


def test_quiet_hours_may_span_midnight():
    assert times.quiet_hours("22:00-07:00") == "22:00-07:00"


@pytest.mark.parametrize("span", ["22-7", "24:00-07:00", "07:00-07:00", "22:00", "22:00–07:00"])
def test_quiet_hours_are_two_different_times_of_day(span):
    with pytest.raises(ValueError, match="no two different times"):
        times.quiet_hours(span)
