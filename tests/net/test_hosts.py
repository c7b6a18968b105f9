import asyncio
import time

import pytest

from monitor.errors import HostHeld
from monitor.net.guard import parse
from monitor.net.hosts import GAPS, REMEMBERED, Hosts, Slots, resting_name

ONE, SIBLING, OTHER = map(parse, ("https://www.example.org/a", "https://feeds.example.org/", "https://example.com/"))


async def visit(hosts: Hosts, address, log: list | None = None, seconds: float = 0.0) -> float:
    async with hosts.turn(address):
        started = time.monotonic()
        if log is not None:
            log.append((str(address), "start"))
        await asyncio.sleep(seconds)
        if log is not None:
            log.append((str(address), "end"))
    return started


def test_one_host_is_visited_by_one_at_a_time_in_order():
    async def act():
        hosts, log = Hosts(0, 64), []
        places = [parse(f"https://example.org:{port}/") for port in (443, 8443, 443)]
        await asyncio.gather(*(visit(hosts, place, log, 0.01) for place in places))
        return log

    log = asyncio.run(act())
    assert [what for _, what in log] == ["start", "end"] * 3
    assert [where for where, _ in log[::2]] == [
        "https://example.org/",
        "https://example.org:8443/",
        "https://example.org/",
    ]


def test_starts_keep_their_gap_and_other_hosts_do_not_wait():
    async def act():
        hosts = Hosts(0.05, 64)
        return await asyncio.gather(visit(hosts, ONE), visit(hosts, ONE), visit(hosts, ONE), visit(hosts, OTHER))

    first, second, third, other = asyncio.run(act())
    assert second - first >= 0.05
    assert third - second >= 0.05
    assert other < second


def test_who_asks_for_a_longer_gap_gets_it_and_nobody_a_shorter_one():
    async def act():
        hosts = Hosts(0.05, 64, {"example.org": 0.1, "example.com": 0.0})
        return await asyncio.gather(*(visit(hosts, place) for place in (SIBLING, SIBLING, OTHER, OTHER)))

    first, second, third, fourth = asyncio.run(act())
    assert second - first >= 0.1
    assert fourth - third >= 0.05


def test_gdelt_is_asked_at_most_once_in_5_seconds():
    assert GAPS[resting_name("https://api.gdeltproject.org/api/v2/doc/doc?query=talks&format=rss")] > 5


def test_a_host_that_waits_takes_no_slot():
    async def act():
        hosts = Hosts(0.2, 1)
        await visit(hosts, ONE)
        waiting = asyncio.create_task(visit(hosts, ONE))
        await asyncio.sleep(0)
        started = time.monotonic()
        await visit(hosts, OTHER)
        waiting.cancel()
        return time.monotonic() - started

    assert asyncio.run(act()) < 0.1


def test_no_more_run_at_once_than_there_are_slots():
    async def act():
        hosts, log = Hosts(0, 2), []
        await asyncio.gather(*(visit(hosts, parse(f"http://h{i}.example/"), log, 0.005) for i in range(6)))
        running = [0]
        for _, what in log:
            running.append(running[-1] + (1 if what == "start" else -1))
        return max(running)

    assert asyncio.run(act()) == 2


def test_a_held_host_and_its_siblings_are_refused_others_are_not():
    async def act():
        hosts = Hosts(0, 64)
        hosts.hold(resting_name(str(ONE)), 90)
        for address in (ONE, SIBLING):
            with pytest.raises(HostHeld, match=r"example\.org asked for rest.*another 90 s"):
                await visit(hosts, address)
        await visit(hosts, OTHER)

    asyncio.run(act())


def test_what_is_queued_is_sent_home_at_once():
    async def act():
        hosts, log = Hosts(60, 64), []
        await visit(hosts, ONE)
        queue = [asyncio.create_task(visit(hosts, address, log)) for address in (ONE, ONE, ONE)]
        await asyncio.sleep(0.01)
        started = time.monotonic()
        hosts.hold(resting_name(str(SIBLING)), 60)
        hosts.hold(resting_name(str(SIBLING)), 120)
        ends = await asyncio.gather(*queue, return_exceptions=True)
        return ends, log, time.monotonic() - started

    ends, log, seconds = asyncio.run(act())
    assert [type(end) for end in ends] == [HostHeld] * 3
    assert log == []
    assert seconds < 1


def test_a_hold_ends_and_a_shorter_one_does_not_shorten_it():
    async def act():
        hosts = Hosts(0, 64)
        hosts.hold(resting_name(str(ONE)), 0.05)
        hosts.hold(resting_name(str(ONE)), 0.001)
        await asyncio.sleep(0.005)
        with pytest.raises(HostHeld):
            await visit(hosts, ONE)
        await asyncio.sleep(0.05)
        await visit(hosts, ONE)

    asyncio.run(act())


def test_servers_behind_one_bare_address_are_told_apart_by_port():
    async def act():
        hosts = Hosts(60, 64)
        await asyncio.gather(*(visit(hosts, parse(f"http://127.0.0.1:{port}/")) for port in (81, 82, 83)))
        hosts.hold(resting_name(str(parse("http://127.0.0.1:81/"))), 60)
        with pytest.raises(HostHeld):
            await visit(hosts, parse("http://127.0.0.1:81/"))

    asyncio.run(asyncio.wait_for(act(), 5))


def test_who_gives_up_waiting_leaves_the_turn_to_the_next():
    async def act():
        hosts = Hosts(0, 64)
        async with hosts.turn(ONE):
            quitter = asyncio.create_task(visit(hosts, ONE))
            heir = asyncio.create_task(visit(hosts, ONE))
            await asyncio.sleep(0)
            quitter.cancel()
        await asyncio.wait_for(heir, 1)

    asyncio.run(act())


def test_idle_hosts_are_forgotten():
    async def act():
        hosts = Hosts(0, 64)
        for number in range(REMEMBERED + 10):
            await visit(hosts, parse(f"http://h{number}.example/"))
        return len(hosts._hosts)

    assert asyncio.run(act()) <= REMEMBERED


async def hold(slots: Slots, starts: list[str], name: str, seconds: float) -> None:
    async with slots.one():
        starts.append(name)
        await asyncio.sleep(seconds)


def test_a_request_that_is_slow_makes_room_for_others():
    async def act():
        slots, starts = Slots(1, slow_seconds=0.02), []
        mute = asyncio.create_task(hold(slots, starts, "mute", 60))
        await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.gather(*(hold(slots, starts, name, 0) for name in "ab")), timeout=5)
        mute.cancel()
        await asyncio.gather(mute, return_exceptions=True)
        return starts

    assert asyncio.run(act()) == ["mute", "a", "b"]


@pytest.mark.parametrize(("slow_ones", "begun"), [(None, "0123"), (1, "012")])
def test_of_slow_requests_there_are_no_more_than_places_or_as_was_said(slow_ones, begun):
    async def act():
        slots, starts = Slots(2, slow_seconds=0.01, slow_ones=slow_ones), []
        tasks = [asyncio.create_task(hold(slots, starts, str(number), 60)) for number in range(6)]
        await asyncio.sleep(0.2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return starts

    assert asyncio.run(act()) == [*begun]


def test_all_places_are_free_again_after_slow_and_quick_requests():
    async def act():
        slots, starts = Slots(2, slow_seconds=0.01), []
        await asyncio.gather(*(hold(slots, starts, str(number), 0.03 * (number % 2)) for number in range(20)))
        begun: list[str] = []
        tasks = [asyncio.create_task(hold(slots, begun, str(number), 60)) for number in range(3)]
        await asyncio.sleep(0)
        return begun, [task.cancel() for task in tasks]

    begun, _ = asyncio.run(act())
    assert begun == ["0", "1"]
