"""Decides when a feed is polled again and when a digest is due.

Values in, values out: nothing here waits or asks the time. Cron lines are read by cronsim, which follows Debian's cron
through changes of summer time: a time that does not exist is the first moment after the gap.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from monitor.model import FeedHealth, FeedState, Moved, PollingPolicy, PollOutcome, PollPlan, Wishes

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONGEST_WAIT = DAY  # whatever a server or a backoff asks, a feed is tried once a day
SHORTENED = 0.9  # of the longest wait: so far it is spread, where nobody asked for the whole of it
GROWTH, GROWTH_WITHOUT_VALIDATORS, SHRINK = 1.5, 2.0, 0.5
DEAD_AFTER = timedelta(days=7)  # of nothing but failures
VALIDATORS_LAST = timedelta(days=8)  # of nothing but 304: some servers never leave that answer
TRUSTED_REDIRECTS, TRUSTED_AFTER = 3, DAY
SHAPED = 50  # articles, from which on the hours of a day can be told apart
UNEVEN = 60.0  # chi-square of 24 hours that chance reaches once in 30,000 feeds
QUIETEST, BUSIEST = 0.25, 4.0  # of the mean: no hour counts for less, nor for more

# ---------------------------------------------------------------- polls


def plan(state: FeedState, outcome: PollOutcome, policy: PollingPolicy, now: datetime) -> PollPlan:
    """Return what `outcome` means for the feed: its health and when it is polled again.

    What its document asks holds until another one is read: a 304 and a failure say nothing of it.
    """
    if outcome.wishes is not None:
        state = replace(state, wishes=outcome.wishes)
    return _after_failure(state, outcome, policy, now) if outcome.error else _after_success(state, outcome, policy, now)


def after_rest(state: FeedState, policy: PollingPolicy, now: datetime) -> datetime:
    """Return when a feed that was not asked, because its host rests, is looked at again.

    That is after once to twice the floor: all feeds of the host were about to go to it at one time.
    """
    wait = timedelta(minutes=policy.min_interval_minutes) * (1 + _fraction(state.address))
    return _past_skipped(state, now + min(wait, LONGEST_WAIT), now + LONGEST_WAIT)


def validators_stale(state: FeedState, now: datetime) -> bool:
    """Tell whether the feed's validators brought nothing but 304 for so long that they are dropped."""
    return state.validators_since is not None and now - state.validators_since > VALIDATORS_LAST


def _after_success(state: FeedState, outcome: PollOutcome, policy: PollingPolicy, now: datetime) -> PollPlan:
    interval = _interval(state, outcome, policy)
    bent = interval if outcome.gap else by_hour(interval, state.hours, policy, now)
    asked = max(outcome.asked_minutes, state.wishes.minutes)
    wait = min(timedelta(minutes=max(bent, asked)), LONGEST_WAIT)
    least = min(timedelta(minutes=max(policy.min_interval_minutes, asked)), LONGEST_WAIT)
    next_poll = _past_skipped(state, now + _spread(state, interval, wait, least), now + LONGEST_WAIT)
    moved = _moved(state, outcome.moved_to, now)
    settled = moved is not None and moved.count >= TRUSTED_REDIRECTS and now - moved.since >= TRUSTED_AFTER
    return PollPlan(
        next_poll=next_poll,
        interval_minutes=interval,
        health=FeedHealth.OK,
        moved=None if settled else moved,
        new_address=moved.to if moved and settled else "",
        gap=outcome.gap,
    )


def _interval(state: FeedState, outcome: PollOutcome, policy: PollingPolicy) -> float:
    """Return the next interval in minutes: halved after news, longer after none, between floor and ceiling.

    A gap has shown that the feed brings more than it holds: it is polled as often as may be.
    """
    if state.last_success is None or outcome.gap:
        return policy.min_interval_minutes
    growth = GROWTH if outcome.validators else GROWTH_WITHOUT_VALIDATORS
    wanted = state.interval_minutes * (SHRINK if outcome.new else growth)
    return max(policy.min_interval_minutes, min(wanted, policy.max_interval_minutes))


def by_hour(interval: float, hours: Sequence[int], policy: PollingPolicy, now: datetime) -> float:
    """Return the wait in minutes from `now` in which a feed brings as much as in `interval` minutes of a mean hour.

    `hours` is what it brought in each hour of the day (UTC): where they show no clear shape, that is `interval` itself.
    The floor and the ceiling hold all the same.
    """
    rates = _rates(hours)
    if not rates:
        return interval
    wait, left, hour = 0.0, interval, now.hour
    span = 60 - now.minute - now.second / 60  # minutes left of the hour
    while left > span * rates[hour] and wait < policy.max_interval_minutes:
        wait, left, hour, span = wait + span, left - span * rates[hour], (hour + 1) % 24, 60.0
    return max(policy.min_interval_minutes, min(wait + left / rates[hour], policy.max_interval_minutes))


def _rates(hours: Sequence[int]) -> list[float]:
    """Return how busy each hour of the day is against the mean, its neighbours weighed in; [] without a clear shape."""
    mean = sum(hours) / 24
    if len(hours) != 24 or sum(hours) < SHAPED or sum((count - mean) ** 2 for count in hours) / mean < UNEVEN:
        return []
    smooth = ((hours[at - 1] + 2 * hours[at] + hours[(at + 1) % 24]) / 4 for at in range(24))
    return [max(QUIETEST, min(each / mean, BUSIEST)) for each in smooth]


def _spread(state: FeedState, interval: float, wait: timedelta, least: timedelta) -> timedelta:
    """Return a wait of `wait` or longer, so that many feeds don't come at once.

    All that start together are spread over one whole wait; as waits grow the spread grows with them, and stays even.
    What the longest wait cuts off is made up for before it, by a tenth at most: `least` is what feed and floor ask.
    """
    grown = timedelta(minutes=max(interval - state.interval_minutes, 0.0))
    room = wait if state.last_success is None else max(wait / 10, min(grown, wait))
    earliest, latest = wait, wait + room
    if latest > LONGEST_WAIT:
        earliest, latest = max(min(wait, LONGEST_WAIT * SHORTENED), least), LONGEST_WAIT
    return earliest + (latest - earliest) * _fraction(state.address)


def _past_skipped(state: FeedState, moment: datetime, latest: datetime) -> datetime:
    """Return `moment`, or one in the first hour after it that the feed's skipHours and skipDays leave free.

    Those that wait for one hour are spread over it, as far as it lies before `latest`. A feed that leaves none free is
    asking for nonsense and is not heeded (RSS 2.0, `skipHours` and `skipDays`).
    """
    if _is_free(moment, state.wishes):
        return moment
    begins = (_hour(moment) + hours * HOUR for hours in range(1, 24 * 7))
    begin = next((begin for begin in begins if _is_free(begin, state.wishes)), None)
    if begin is None:
        return moment
    end = min(begin + HOUR, latest)
    return begin + (end - begin) * _fraction(state.address) if begin < end else latest


def _is_free(moment: datetime, wishes: Wishes) -> bool:
    return moment.hour not in wishes.skip_hours and moment.weekday() not in wishes.skip_days


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _moved(state: FeedState, target: str, now: datetime) -> Moved | None:
    if not target or target == state.address:
        return None
    if state.moved is None or state.moved.to != target:
        return Moved(to=target, count=1, since=now)
    return Moved(to=target, count=state.moved.count + 1, since=state.moved.since)


def _after_failure(state: FeedState, outcome: PollOutcome, policy: PollingPolicy, now: datetime) -> PollPlan:
    failures, since = state.failures + 1, state.failing_since or now
    gone = outcome.status == 410
    dead = gone or now - since >= DEAD_AFTER
    wait = LONGEST_WAIT if dead else _backoff(state, failures, policy)
    hold = (outcome.retry_after or wait) if outcome.rate_limited else timedelta(0)
    return PollPlan(
        next_poll=None if gone else _past_skipped(state, now + max(wait, hold), now + LONGEST_WAIT),
        interval_minutes=state.interval_minutes,
        health=FeedHealth.DEAD if dead else FeedHealth.FAILING,
        failures=failures,
        failing_since=since,
        hold_host=outcome.answered_by if hold else "",
        hold_host_until=now + hold if hold else None,
        moved=state.moved,
        error=outcome.error,
        unanswered=outcome.unanswered,
        # an address that never was a feed is a mistake of ours
        blocked=outcome.page == "wall" or (outcome.page == "page" and state.last_success is not None),
    )


def _backoff(state: FeedState, failures: int, policy: PollingPolicy) -> timedelta:
    """Return the wait after `failures` failures in a row: doubled each time, spread by up to a quarter.

    Where that reaches a day it is one, shortened by up to a tenth to stay spread. It is never less than the feed asks.
    """
    base = max(max(policy.min_interval_minutes, 1.0) * 2.0 ** min(failures - 1, 16), state.wishes.minutes)
    wait = timedelta(minutes=base * (1 + 0.25 * _fraction(f"{state.address} {failures}")))
    if wait < LONGEST_WAIT:
        return wait
    spread = LONGEST_WAIT * (1 - (1 - SHORTENED) * _fraction(state.address))
    least = timedelta(minutes=max(policy.min_interval_minutes, state.wishes.minutes))
    return max(spread, min(least, LONGEST_WAIT))


def _fraction(text: str) -> float:
    """Return a stable number in [0, 1) for `text`, so that feeds spread themselves without a dice."""
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "big") / 2**32


# ---------------------------------------------------------------- digests

RETRY_MINUTES = (1, 5, 15, 30)  # then every hour
RETRIES = len(RETRY_MINUTES) + 5 * 24  # five days


def retry_wait(attempts: int) -> timedelta | None:
    """Return how long a message waits after its `attempts`-th attempt (from 1) failed; None: it is given up."""
    if attempts > RETRIES:
        return None
    return timedelta(minutes=RETRY_MINUTES[attempts - 1] if attempts <= len(RETRY_MINUTES) else 60)


@dataclass(frozen=True, slots=True)
class Slot:
    """One moment at which a digest is due."""

    name: str  # the local wall time, "2026-11-22T08:30": the same for both halves of a repeated hour
    at: datetime  # UTC


def due_slot(cron: str, zone: str, since: datetime, now: datetime) -> Slot | None:
    """Return the latest slot in (`since`, `now`], or None: many missed slots are one."""
    slot = next(_slots(cron, zone, now + timedelta(microseconds=1), reverse=True), None)
    return slot if slot and slot.at > since else None


def next_slot(cron: str, zone: str, now: datetime) -> Slot | None:
    """Return the first slot after `now`, or None for a line that never fires."""
    return next(_slots(cron, zone, now), None)


def quiet_until(quiet: str, zone: str, now: datetime) -> datetime | None:
    """Return when the quiet hours end in which `now` lies, None outside of them.

    `quiet` is "22:00-07:00", wall time in `zone`; "" is never.
    """
    if not quiet:
        return None
    start, end = (time.fromisoformat(part) for part in quiet.split("-"))
    here = now.astimezone(ZoneInfo(zone))
    late, early = here.time() >= start, here.time() < end
    if not (late and early if start < end else late or early):
        return None
    days = (here.date() + timedelta(days=days) for days in (0, 1))
    ends = (datetime.combine(day, end, here.tzinfo).replace(fold=fold) for day in days for fold in (0, 1))
    return next(moment for each in ends if (moment := each.astimezone(UTC)) > now)


def _slots(cron: str, zone: str, start: datetime, *, reverse: bool = False) -> Iterator[Slot]:
    from cronsim import CronSim

    for moment in CronSim(cron, start.astimezone(ZoneInfo(zone)), reverse=reverse):
        yield Slot(name=moment.strftime("%Y-%m-%dT%H:%M"), at=moment.astimezone(UTC))
