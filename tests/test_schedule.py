from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import schedule
from monitor.model import Feed, FeedHealth, FeedState, PollingPolicy, PollOutcome, Wishes

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
POLICY = PollingPolicy(min_interval_minutes=15, max_interval_minutes=720)
DAY = timedelta(days=1)


def state(**values):
    defaults = {"id": 1, "feed": Feed("https://a.example/feed"), "address": "https://a.example/feed"}
    return FeedState(**{**defaults, "last_success": NOW - DAY, "interval_minutes": 60.0, **values})


def wait(plan):
    return plan.next_poll - NOW


def test_news_shortens_the_interval_and_silence_lengthens_it():
    with_news = schedule.plan(state(), PollOutcome(new=3, validators=True), POLICY, NOW)
    without = schedule.plan(state(), PollOutcome(validators=True), POLICY, NOW)
    unconditional = schedule.plan(state(), PollOutcome(), POLICY, NOW)
    assert with_news.interval_minutes == 30
    assert without.interval_minutes == 90
    assert unconditional.interval_minutes == 120


def test_the_first_poll_is_followed_at_the_floor():
    plan = schedule.plan(state(last_success=None, interval_minutes=0.0), PollOutcome(new=20), POLICY, NOW)
    assert plan.interval_minutes == 15
    assert plan.health is FeedHealth.OK


@given(
    interval=st.floats(0, 720),
    new=st.integers(0, 3),
    asked=st.floats(0, 1e9),
    asks=st.floats(0, 525_600),
    hours=st.frozensets(st.integers(0, 23)),
    days=st.frozensets(st.integers(0, 6)),
    error=st.sampled_from(["", "HTTP 500"]),
    failures=st.integers(0, 10_000),
)
def test_a_poll_is_never_sooner_than_the_floor_nor_later_than_a_day(
    interval, new, asked, asks, hours, days, error, failures
):
    outcome = PollOutcome(
        new=new, asked_minutes=asked, wishes=Wishes(asks, tuple(hours), tuple(days)), error=error, validators=True
    )
    plan = schedule.plan(state(interval_minutes=interval, failures=failures), outcome, POLICY, NOW)
    assert timedelta(minutes=15) <= wait(plan) <= DAY


DAYTIME = (1,) * 6 + (20,) * 12 + (1,) * 6  # articles by hour, UTC


def at(hour, minute=0):
    return NOW.replace(hour=hour, minute=minute)


def test_a_feed_is_polled_by_the_hours_it_keeps():
    assert schedule.by_hour(60, DAYTIME, POLICY, at(12)) < 40
    assert schedule.by_hour(60, DAYTIME, POLICY, at(20)) == pytest.approx(240)  # a quarter as busy as the mean
    morning = schedule.by_hour(120, DAYTIME, POLICY, at(2))  # most of what is awaited comes with the day
    assert timedelta(hours=4) < timedelta(minutes=morning) < timedelta(hours=6)
    news = PollOutcome(new=1, validators=True)
    plan = schedule.plan(state(hours=DAYTIME, interval_minutes=120.0), news, POLICY, at(12))
    assert (plan.interval_minutes, plan.next_poll < at(12, 45)) == (60, True)
    gap = schedule.plan(state(hours=DAYTIME), PollOutcome(new=1, gap=True), POLICY, at(20))
    assert gap.next_poll < at(20, 30)


@pytest.mark.parametrize("hours", [(), (0,) * 24, (3,) * 24, (0,) * 23 + (49,), (2, 4) * 12])
def test_too_few_articles_or_an_even_day_have_no_shape(hours):
    assert schedule.by_hour(60, hours, POLICY, NOW) == 60


counts = st.lists(st.integers(0, 500), min_size=24, max_size=24)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))


@given(counts, st.floats(15, 720), moments, st.floats(0, 1_440))
def test_hours_bend_a_wait_between_floor_and_ceiling_and_never_below_what_is_asked(hours, interval, now, asked):
    assert 15 <= schedule.by_hour(interval, hours, POLICY, now) <= 720
    outcome = PollOutcome(validators=True, asked_minutes=asked)
    plan = schedule.plan(state(hours=tuple(hours), interval_minutes=interval), outcome, POLICY, now)
    assert timedelta(minutes=max(15, asked)) <= plan.next_poll - now <= DAY


@given(counts, st.floats(15, 360), st.floats(0, 360), moments)
def test_a_longer_interval_is_never_a_shorter_wait(hours, interval, more, now):
    longer = schedule.by_hour(interval + more, hours, POLICY, now)
    assert longer >= schedule.by_hour(interval, hours, POLICY, now) - 1e-6


def test_a_feed_may_ask_for_longer_waits_only():
    longer = schedule.plan(state(), PollOutcome(validators=True, asked_minutes=300), POLICY, NOW)
    shorter = schedule.plan(state(), PollOutcome(validators=True, asked_minutes=1), POLICY, NOW)
    assert wait(longer) >= timedelta(minutes=300)
    assert wait(shorter) >= timedelta(minutes=90)


def test_hours_that_a_feed_skips_are_left_alone():
    plan = schedule.plan(state(), PollOutcome(new=1, wishes=Wishes(skip_hours=(8, 9, 10))), POLICY, NOW)
    assert plan.next_poll.hour == 11


@pytest.mark.parametrize("outcome", [PollOutcome(new=1), PollOutcome(error="HTTP 500")], ids=["read", "failed"])
def test_feeds_that_skip_the_same_hours_share_the_first_that_is_free(outcome):
    addresses = [f"https://a.example/{n}" for n in range(50)]
    wishes = Wishes(skip_hours=(8, 9, 10))
    feeds = [state(address=each, wishes=wishes) for each in addresses]
    polls = {schedule.plan(feed, outcome, POLICY, NOW).next_poll for feed in feeds}
    assert len(polls) == 50
    assert {moment.hour for moment in polls} == {11}
    assert max(polls) - min(polls) > timedelta(minutes=50)


def test_the_first_free_hour_ends_a_day_after_the_last_poll():
    daily = Wishes(skip_hours=tuple(hour for hour in range(24) if hour != NOW.hour))
    feeds = [state(address=f"https://a.example/{n}", interval_minutes=60, wishes=daily) for n in range(50)]
    polls = {schedule.plan(feed, PollOutcome(validators=True), POLICY, NOW).next_poll for feed in feeds}
    assert len(polls) == 50
    assert at(8) + DAY <= min(polls) < max(polls) <= at(8, 30) + DAY


def test_feeds_that_were_not_asked_because_their_host_rests_do_not_line_up():
    feeds = [state(address=f"https://a.example/{n}") for n in range(50)]
    polls = {schedule.after_rest(feed, POLICY, NOW) for feed in feeds}
    assert len(polls) == 50
    assert timedelta(minutes=15) <= min(polls) - NOW < max(polls) - NOW < timedelta(minutes=30)


def test_a_feed_that_skips_every_hour_is_not_heeded():
    plan = schedule.plan(state(), PollOutcome(new=1, wishes=Wishes(skip_hours=tuple(range(24)))), POLICY, NOW)
    assert wait(plan) < timedelta(hours=1)


def test_failures_back_off_exponentially_up_to_a_day():
    waits = [wait(schedule.plan(state(failures=n), PollOutcome(error="HTTP 500"), POLICY, NOW)) for n in range(12)]
    assert waits == sorted(waits)
    assert timedelta(minutes=15) <= waits[0] <= timedelta(minutes=19)
    assert 0.9 * DAY <= waits[-1] <= DAY


def waits_of_fifty(outcome, policy, **values):
    """Return when feeds come again whose last poll was at one instant."""
    feeds = [state(address=f"https://{n}.example/", **values) for n in range(50)]
    return [wait(schedule.plan(feed, outcome, policy, NOW)) for feed in feeds]


DAILY = PollingPolicy(min_interval_minutes=15, max_interval_minutes=1_440)
QUIET = PollOutcome(validators=True)


@pytest.mark.parametrize(
    ("outcome", "policy", "values"),
    [
        (QUIET, DAILY, {"interval_minutes": 1_440.0}),
        (QUIET, DAILY, {"interval_minutes": 1_000.0}),
        (QUIET, PollingPolicy(15, 1_380), {"interval_minutes": 1_380.0}),
        (PollOutcome(error="HTTP 500"), POLICY, {"failures": 30}),
        (PollOutcome(error="HTTP 503", rate_limited=True), POLICY, {"failures": 30}),
    ],
)
def test_feeds_that_come_once_a_day_are_spread_over_the_tenth_before_it(outcome, policy, values):
    waits = waits_of_fifty(outcome, policy, **values)
    assert len(set(waits)) == 50
    assert 0.9 * DAY <= min(waits) < 0.93 * DAY
    assert 0.97 * DAY < max(waits) <= DAY


@pytest.mark.parametrize(
    ("outcome", "policy", "values"),
    [
        (PollOutcome(validators=True, asked_minutes=1_440), DAILY, {}),
        (PollOutcome(validators=True, asked_minutes=1e9), DAILY, {"last_success": None}),
        (QUIET, PollingPolicy(1_440, 1_440), {"interval_minutes": 1_440.0}),
        (PollOutcome(error="HTTP 429", rate_limited=True, retry_after=DAY), POLICY, {"failures": 30}),
        (PollOutcome(error="HTTP 500"), PollingPolicy(1_440, 1_440), {"failures": 30}),
        (PollOutcome(error="HTTP 500"), POLICY, {"failing_since": NOW - 8 * DAY}),  # dead: one request a day
    ],
)
def test_who_asks_for_a_whole_day_is_never_polled_sooner(outcome, policy, values):
    assert set(waits_of_fifty(outcome, policy, **values)) == {DAY}


def test_who_asks_for_nearly_a_day_is_polled_between_that_and_a_day():
    waits = waits_of_fifty(PollOutcome(validators=True, asked_minutes=1_400), DAILY)
    assert timedelta(minutes=1_400) <= min(waits) < timedelta(minutes=1_405)
    assert timedelta(minutes=1_435) < max(waits) <= DAY


def test_a_rate_limit_holds_the_host_that_answered_as_long_as_it_asks():
    limited = PollOutcome(error="HTTP 429", status=429, rate_limited=True, retry_after=timedelta(hours=3))
    plan = schedule.plan(state(), replace(limited, answered_by="https://b.example/feed"), POLICY, NOW)
    assert (plan.hold_host, plan.hold_host_until) == ("https://b.example/feed", NOW + timedelta(hours=3))
    assert plan.next_poll == plan.hold_host_until


def test_a_rate_limit_without_a_time_holds_the_host_for_the_backoff():
    plan = schedule.plan(state(), PollOutcome(error="HTTP 503", status=503, rate_limited=True), POLICY, NOW)
    assert plan.hold_host_until == plan.next_poll


def test_a_gone_feed_is_never_polled_again():
    plan = schedule.plan(state(), PollOutcome(error="HTTP 410", status=410), POLICY, NOW)
    assert plan.next_poll is None
    assert plan.health is FeedHealth.DEAD


def test_a_feed_is_dead_after_a_week_of_failures_and_then_costs_one_request_a_day():
    sick = state(failures=30, failing_since=NOW - timedelta(days=7))
    plan = schedule.plan(sick, PollOutcome(error="timed out"), POLICY, NOW)
    assert plan.health is FeedHealth.DEAD
    assert wait(plan) == DAY


def test_success_heals():
    plan = schedule.plan(state(failures=30, failing_since=NOW - DAY), PollOutcome(new=1), POLICY, NOW)
    assert (plan.health, plan.failures, plan.failing_since, plan.error) == (FeedHealth.OK, 0, None, "")


def test_a_permanent_redirect_is_trusted_after_three_feeds_over_a_day():
    there = PollOutcome(moved_to="https://b.example/feed")
    first = schedule.plan(state(), there, POLICY, NOW)
    second = schedule.plan(state(moved=first.moved), there, POLICY, NOW + timedelta(hours=12))
    hasty = schedule.plan(state(moved=second.moved), there, POLICY, NOW + timedelta(hours=13))
    third = schedule.plan(state(moved=second.moved), there, POLICY, NOW + timedelta(hours=25))
    assert [first.new_address, second.new_address, hasty.new_address] == ["", "", ""]
    assert third.new_address == "https://b.example/feed"


def test_another_target_starts_the_count_again():
    first = schedule.plan(state(), PollOutcome(moved_to="https://b.example/"), POLICY, NOW)
    other = schedule.plan(state(moved=first.moved), PollOutcome(moved_to="https://c.example/"), POLICY, NOW)
    assert (other.moved.to, other.moved.count) == ("https://c.example/", 1)


def test_feeds_that_line_up_are_spread():
    polls = {
        schedule.plan(state(address=f"https://{n}.example/"), PollOutcome(new=1), POLICY, NOW).next_poll
        for n in range(100)
    }
    assert len(polls) > 95


def test_no_second_has_three_times_the_mean_after_all_have_begun_at_one_instant():
    policy = PollingPolicy(min_interval_minutes=10, max_interval_minutes=15)
    feeds = [state(address=f"https://{n}.example/", last_success=None, interval_minutes=0.0) for n in range(8_000)]
    due = dict.fromkeys(range(len(feeds)), NOW)
    for _ in range(3):  # after 10, 15 and 15 minutes
        for at, feed in enumerate(feeds):
            plan = schedule.plan(feed, PollOutcome(validators=True), policy, due[at])
            feeds[at] = replace(feed, last_success=due[at], interval_minutes=plan.interval_minutes)
            assert plan.next_poll - due[at] >= timedelta(minutes=plan.interval_minutes)
            due[at] = plan.next_poll
        seconds = Counter(moment.replace(microsecond=0) for moment in due.values())
        assert max(seconds.values()) < 3 * len(feeds) / (60 * feeds[0].interval_minutes)


def test_feeds_of_one_host_that_came_at_one_instant_do_not_again():
    addresses = [f"https://a.example/{n}" for n in range(50)]
    polls = {schedule.plan(state(address=each), PollOutcome(new=1), POLICY, NOW).next_poll for each in addresses}
    failed = {schedule.plan(state(address=each), PollOutcome(error="HTTP 500"), POLICY, NOW) for each in addresses}
    assert len(polls) == len({plan.next_poll for plan in failed}) == 50


def test_validators_are_dropped_after_eight_days_of_nothing_but_304():
    assert not schedule.validators_stale(state(validators_since=None), NOW)
    assert not schedule.validators_stale(state(validators_since=NOW - 7 * DAY), NOW)
    assert schedule.validators_stale(state(validators_since=NOW - 8.1 * DAY), NOW)


@pytest.mark.parametrize(
    ("cron", "zone", "since", "now", "name"),
    [
        ("30 8 * * *", "UTC", NOW - DAY, NOW, "2026-11-22T08:30"),
        ("30 8 * * *", "UTC", NOW, NOW + timedelta(hours=1), None),
        ("0 7 * * 1", "UTC", NOW - 7 * DAY, NOW, "2026-11-16T07:00"),  # 1 is Monday, as in cron
        ("0 7 * * 7", "UTC", NOW - 7 * DAY, NOW, "2026-11-22T07:00"),  # 0 and 7 are Sunday
        ("0 17 * * *", "Asia/Seoul", NOW - DAY, NOW, "2026-11-22T17:00"),
    ],
)
def test_a_digest_is_due_once_for_its_latest_slot(cron, zone, since, now, name):
    slot = schedule.due_slot(cron, zone, since, now)
    assert (slot.name if slot else None) == name


def test_many_missed_slots_are_one():
    assert schedule.due_slot("0 * * * *", "UTC", NOW - 30 * DAY, NOW).name == "2026-11-22T08:00"


def test_both_halves_of_a_repeated_hour_are_one_slot():
    first = schedule.next_slot("0 2 * * *", "Europe/Stockholm", datetime(2026, 10, 24, 22, tzinfo=UTC))
    hourly = schedule.due_slot(
        "0 * * * *",
        "Europe/Stockholm",
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, tzinfo=UTC),
    )
    assert first.name == hourly.name == "2026-10-25T02:00"


def test_a_time_that_does_not_exist_is_the_first_moment_after_the_gap():
    slot = schedule.next_slot("30 2 * * *", "Europe/Stockholm", datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert slot.name == "2026-03-29T03:00"


def test_messages_are_tried_again_for_five_days():
    waits = []
    while (pause := schedule.retry_wait(len(waits) + 1)) is not None:
        waits.append(pause)
    assert [pause.total_seconds() / 60 for pause in waits[:6]] == [1, 5, 15, 30, 60, 60]
    assert timedelta(days=5) <= sum(waits, timedelta()) < timedelta(days=5, hours=1)


@pytest.mark.parametrize(
    ("quiet", "zone", "now", "until"),
    [
        ("", "UTC", "2026-11-22T23:00", None),
        ("22:00-07:00", "UTC", "2026-11-22T21:59", None),
        ("22:00-07:00", "UTC", "2026-11-22T22:00", "2026-11-23T07:00"),
        ("22:00-07:00", "UTC", "2026-11-23T06:59", "2026-11-23T07:00"),
        ("22:00-07:00", "UTC", "2026-11-23T07:00", None),
        ("22:00-07:00", "Asia/Seoul", "2026-11-22T13:30", "2026-11-22T22:00"),
        ("12:30-13:30", "UTC", "2026-11-22T13:00", "2026-11-22T13:30"),
        ("12:30-13:30", "UTC", "2026-11-22T14:00", None),
        ("22:00-02:30", "Europe/Stockholm", "2026-03-29T00:30", "2026-03-29T01:30"),  # 02:30 does not exist
        ("22:00-02:30", "Europe/Stockholm", "2026-10-25T01:10", "2026-10-25T01:30"),  # 02:10 for the second time
    ],
)
def test_quiet_hours_are_those_of_the_zone(quiet, zone, now, until):
    def moment(text):
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert schedule.quiet_until(quiet, zone, moment(now)) == (moment(until) if until else None)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.sampled_from(["22:00-07:00", "02:15-02:45"]))
def test_quiet_hours_end_within_a_day(now, quiet):
    found = schedule.quiet_until(quiet, "Europe/Stockholm", now.replace(tzinfo=UTC))
    assert found is None or timedelta(0) < found - now.replace(tzinfo=UTC) <= timedelta(hours=24)
