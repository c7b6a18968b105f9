from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sources.dates import from_parts, from_text

MOMENT = datetime(2019, 10, 5, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2019-10-05T09:30:00Z",
        "2019-10-05T18:30:00+09:00",
        "2019-10-05 09:30",
        " 2019-10-05T09:30:00.000+00:00 ",
        "Sat, 05 Oct 2019 09:30:00 GMT",
        "Sat, 5 Oct 2019 18:30:00 +0900",
        "Sat, 5 Oct 2019 18:30:00 KST",
        "Sat, 5 Oct 2019 11:30:00 CEST",
    ],
)
def test_written_moments_are_read_in_utc(written: str) -> None:
    assert from_text(written) == MOMENT


@pytest.mark.parametrize("written", ["", "yesterday", "0001-01-01T00:00:00+09:00", "99999-01-01", "2019-13-45", "\x00"])
def test_unreadable_moments_are_none(written: str) -> None:
    assert from_text(written) is None


def test_a_day_is_its_first_moment_in_utc() -> None:
    assert from_text("2019-10-05") == datetime(2019, 10, 5, tzinfo=UTC)


def test_numbers_in_utc_become_a_moment() -> None:
    assert from_parts((2019, 10, 5, 9, 30, 0, 5, 278, 0)) == MOMENT
    assert from_parts((2019, 10, 5, 18, 30, 0, 5, 278, 0), "Sat, 05 Oct 2019 18:30:00 JST") == MOMENT
    assert from_parts(None) is None


@pytest.mark.parametrize("year", [-1, 0, 10_000, 99_999_999])
def test_years_that_no_calendar_has_are_none(year: int) -> None:
    assert from_parts((year, 1, 1, 0, 0, 0)) is None


@given(st.text())
def test_any_text_is_a_moment_in_utc_or_none(written: str) -> None:
    moment = from_text(written)
    assert moment is None or moment.utcoffset() == timedelta(0)
