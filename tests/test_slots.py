"""One digest per local date and slot: through summer time, clocks that jump, and a service that was stopped over it."""

import asyncio
import os
import signal
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from monitor import queue, service
from monitor.app import open_app
from monitor.cli import start
from monitor.config import load
from monitor.queue import Pulse
from monitor.service import Service
from tests import documents, fast
from tests.documents import talks
from tests.home import Home
from tests.server import Server

CRONS = {"night": "30 2 * * *", "hours": "0 * * * *", "early": "15 1,2,3 * * *"}
STEP, DAY = timedelta(minutes=15), timedelta(days=1)

RECIPIENT = """
[recipients.{name}]
folder = "../{name}"
topics = ["talks"]
schedule = "{cron}"
timezone = "{zone}"
when_empty = "send"
"""
WEB = """
[server]
listen = "127.0.0.1:0"
"""


def publish(server: Server, *numbers: int) -> str:
    items = [talks(number) for number in numbers]
    return server.serve("/feed", documents.rss(items), content_type="application/rss+xml", etag=f'"{numbers}"')


def slots(home: Home, recipient: str) -> list[str]:
    """Return the slots of the digests that were made for a recipient and sent, oldest first."""
    digests = home.run("digest", "list", "--json").json
    assert {digest["state"] for digest in digests} == {"sent"}
    return [digest["slot"] for digest in reversed(digests) if digest["recipient"] == recipient]


def tell_through(home: Home, begin: datetime, end: datetime) -> None:
    """Tell who is due every quarter of an hour, by the clock of the program, which is led from `begin` to `end`."""
    settings = load(home.config, {})
    with time_machine.travel(begin, tick=False) as traveller, closing(open_app(settings, begin).db) as db:
        app = service.App(settings, db)

        async def turns() -> None:
            teller = app.teller()
            async with app.means() as means:
                while start.clock() < end:
                    assert await queue.tell_due(teller, app.recipients, settings.feeds, start.clock()) == []
                    await queue.send_due(teller, means, start.clock())
                    traveller.shift(STEP)

        asyncio.run(turns())


HOURS = [f"{hour:02}:00" for hour in range(24)]
ROUND = ["01:15", "02:15", "03:15"]  # the slots of "early" on a usual day
AUTUMN = (HOURS, ["02:30"], ROUND)  # what repeats itself is one slot
SPRING = ([*HOURS[:2], *HOURS[3:]], ["03:00"], ["01:15", "03:00", "03:15"])  # 2:00 to 3:00 is left out
HALF = ([*HOURS[:2], *HOURS[3:]], ["02:30"], ["01:15", "02:30", "03:15"])  # 2:00 to 2:30 is left out
CHANGES = [
    ("Europe/Stockholm", date(2027, 3, 28), SPRING),
    ("Europe/Stockholm", date(2027, 10, 31), AUTUMN),
    ("America/New_York", date(2027, 3, 14), SPRING),
    ("America/New_York", date(2027, 11, 7), AUTUMN),
    ("Australia/Lord_Howe", date(2027, 10, 3), HALF),
    ("Australia/Lord_Howe", date(2027, 4, 4), AUTUMN),
]


@pytest.mark.parametrize(("zone", "change", "wanted"), CHANGES)
def test_each_local_date_and_slot_has_exactly_one_digest(server, tmp_path, zone, change, wanted):
    more = "".join(RECIPIENT.format(name=name, cron=cron, zone=zone) for name, cron in CRONS.items())
    home = Home(tmp_path, publish(server, 1), more=more, schedule="0 0 1 1 *")
    assert home.run("once").code == 0
    midnight, after = datetime(change.year, change.month, change.day, tzinfo=ZoneInfo(zone)), change + DAY
    tell_through(home, (midnight - STEP).astimezone(UTC), (midnight + DAY).replace(hour=4).astimezone(UTC))
    days = {str(change): wanted, str(after): (HOURS[:4], ["02:30"], ROUND)}
    for day, of_day in days.items():
        for name, expected in zip(("hours", "night", "early"), of_day, strict=True):
            assert [slot[11:] for slot in slots(home, name) if slot.startswith(day)] == expected
    told = {name: len(list((tmp_path / name).glob("*.txt"))) for name in CRONS}
    assert told == {name: len(slots(home, name)) for name in CRONS}


def in_process(home: Home, begun: datetime) -> Service:
    """Return the service of `home`, to be run here."""
    settings = load(home.config, {})
    return Service(open_app(settings, begun), start.clock, Pulse(started=begun))


async def beating(running: Service, beat: str) -> None:
    """Wait until a beat has done two rounds more."""
    for _ in range(2):
        before = running.pulse.rounds.get(beat)
        async with asyncio.timeout(20):
            while running.pulse.rounds.get(beat) == before:  # noqa: ASYNC110 (the beats ring nobody)
                await asyncio.sleep(0.02)


async def told_of(home: Home, words: str) -> None:
    """Wait until a digest with `words` has been delivered."""
    async with asyncio.timeout(20):
        while not any(words in digest for digest in home.delivered()):  # noqa: ASYNC110 (a folder rings nobody)
            await asyncio.sleep(0.02)


def test_a_clock_that_is_set_back_a_day_and_ahead_a_year_silences_no_beat_and_tells_nothing_twice(
    server, tmp_path, monkeypatch
):
    monkeypatch.setattr(service, "BEATS", dict.fromkeys(service.BEATS, 0.1))
    monkeypatch.setattr(service, "JUMP_LOOK_SECONDS", 0.2)
    home = Home(tmp_path, publish(server, 1), schedule="0 * * * *")
    now = datetime.now(UTC)

    async def lead(traveller: time_machine.Traveller) -> None:
        running = in_process(home, now)
        work = asyncio.create_task(running.run())
        try:
            await told_of(home, "report 1\n")  # a first digest looks back over `catch_up_days` only
            for number, moment in enumerate((now - DAY, now + 365 * DAY, now), 2):
                traveller.move_to(moment)
                publish(server, *range(1, number + 1))
                for beat in service.BEATS:
                    await beating(running, beat)
            traveller.move_to(now + timedelta(hours=1))
            for _ in range(2):
                await beating(running, "send")
            assert running.pulse.faults == {}
        finally:
            running.stop.set()
            await work
            running.app.db.close()

    with time_machine.travel(now) as traveller:
        asyncio.run(lead(traveller))
        digests = home.delivered()
    told = {number: sum(f"report {number}\n" in digest for digest in digests) for number in range(1, 5)}
    assert told == dict.fromkeys(range(1, 5), 1)
    assert len(digests) <= 4  # no heap of those that a year would have had


def test_a_service_that_was_stopped_over_several_slots_tells_once_when_it_goes_on(server, tmp_path):
    steady = RECIPIENT.format(name="steady", cron="* * * * *", zone="UTC")
    home = Home(tmp_path, publish(server, 1), schedule="* * * * *", more=steady + WEB)
    clock, log = fast.Clock(speed=30), tmp_path / "log"  # a minute, and so a slot, in two seconds
    process = fast.start(home, "run", "--no-web", clock=clock, log=log)
    try:
        fast.until(process, log, lambda: len(list((tmp_path / "steady").glob("*.txt"))) >= 2)
        os.kill(process.pid, signal.SIGSTOP)
        publish(server, 1, 2)
        stopped = clock.now()
        time.sleep(7)
        going_on = clock.now()
        os.kill(process.pid, signal.SIGCONT)
        fast.until(process, log, lambda: any("report 2\n" in digest for digest in home.delivered()))
    finally:
        process.terminate()  # the send in hand ends: with this clock there is one every other second
        process.wait(timeout=30)
    names = slots(home, "steady")
    meanwhile = [name for name in names if f"{stopped:%Y-%m-%dT%H:%M}" < name <= f"{going_on:%Y-%m-%dT%H:%M}"]
    assert len(names) == len(set(names))
    assert len(meanwhile) == 1
    assert going_on - stopped > timedelta(minutes=3)
    assert sum("report 2\n" in digest for digest in home.delivered()) == 1
