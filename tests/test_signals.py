"""Signals that come at a bad moment, and a configuration that can't be run with: the service outlives both."""

import signal
import time

import pytest

from tests.home import Home
from tests.test_service import listening, publish, service


def test_asked_again_while_it_reads_its_configuration_it_stays(server, tmp_path):
    with service(Home(tmp_path, publish(server, 1))) as running:
        running.until(running.ready)
        for _ in range(60):
            running.process.send_signal(signal.SIGHUP)
            time.sleep(0.03)
        running.until(running.ready)
        running.end()
        assert running.process.returncode == 0


@pytest.mark.parametrize("later", [0.0, 0.3, 0.6, 1.2])
def test_told_to_end_while_it_reads_its_configuration_it_ends_cleanly(server, tmp_path, later):
    with service(Home(tmp_path, publish(server, 1))) as running:
        running.until(running.ready)
        running.process.send_signal(signal.SIGHUP)
        time.sleep(later)
        running.end()
        assert running.process.returncode == 0


def test_a_hang_up_after_the_word_to_end_does_not_start_it_again(server, tmp_path):
    with service(Home(tmp_path, publish(server, 1))) as running:
        running.until(running.ready)
        asked = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        running.end(signal.SIGHUP)
        assert (running.process.returncode, time.monotonic() - asked < 8) == (0, True)


def test_a_configuration_that_cannot_be_run_with_leaves_the_old_one_and_is_told(server, tmp_path):
    url = publish(server, 1)
    home = Home(tmp_path, url, more='[operator]\nrecipient = "me"\n')
    port = listening(home)
    good = (home.config / "monitor.toml").read_text()
    with service(home, port=port) as running:
        running.until(running.ready)
        gone = server.serve("/gone", status=404)
        topic = f'[topics.more]\nseeds = ["{gone}"]\n'
        (home.config / "monitor.toml").write_text(good + topic)
        running.process.send_signal(signal.SIGHUP)
        running.until(lambda: server.times("/gone"))
        running.until(running.ready)
        running.until(lambda: any(f"the seed {gone} can't be read" in said for said in home.delivered()))
        publish(server, 1, 2)
        running.until(lambda: len(home.run("match", "list", "--json").json) == 2)
        (home.config / "monitor.toml").write_text(good)
        running.process.send_signal(signal.SIGHUP)
        running.until(lambda: home.run("status", "--json").json["problems"] == [])
        running.end()
        assert running.process.returncode == 0
