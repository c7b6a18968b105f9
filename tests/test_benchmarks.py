import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from benchmarks import figures, judging, peers, polling, results, stock, stories
from benchmarks.results import Cycle, Section
from benchmarks.server import SILENT_EVERY, serving


def table(report: str, heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading, without its head."""
    lines = re.findall(r"^\|(.+)\|$", report.split(f"## {heading}")[1].split("\n## ")[0], re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines[2:]]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("benchmarks") / "RESULTS.md"
    sizes = ["--feeds", "6", "--real", "0", "--many", "0"]
    polling.main([*sizes, "--latency-ms", "0", "0", "--no-warm-up", "--no-peers", "--out", str(file)])
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("client", ["monitor", "monitor, polling alone", "same, nothing cut", "limit"])
def test_every_round_finds_exactly_the_articles_that_are_new(report: str, client: str) -> None:
    found = [(row[1], row[7], row[8]) for row in table(report, "Polling") if row[2] == client]
    assert found == [("cold", "120", "120"), ("warm", "0", "0"), ("mixed", "1", "1")]


def test_the_report_holds_what_was_measured_against_the_figures_to_reach(report: str) -> None:
    rows = {row[0]: row[1:] for row in table(report, "Figures to reach")}
    must, aim, measured = rows["new articles not found"]
    assert (float(must), float(aim), float(measured)) == (0, 0, 0)
    assert rows["cold, CPU against the limit"][0] == "16.0×"


def test_what_misses_a_figure_says_so_and_what_was_not_measured_is_left_out() -> None:
    def cycle(client: str, seconds: float) -> Cycle:
        return Cycle(6, "warm", client, wall_seconds=1, cpu_seconds=seconds, peak_mb=1, new=0, expected=0)

    section = Section("generated", 1.0, (cycle("monitor, polling alone", 15.0), cycle("limit", 1.0)))
    rows = {row[0]: row[-1] for row in figures.table([section])}
    assert rows["warm, CPU against the limit"] == "15.0×, missed"
    assert rows["warm, wall against what the answers take"] == "1.00×"
    assert "mixed, CPU against reader" not in rows


def test_a_peer_that_is_not_installed_is_named_in_the_table() -> None:
    cycles = [Cycle(6, "cold", "limit", wall_seconds=1, cpu_seconds=1, peak_mb=1, new=0, expected=0)]
    assert "sfeed: absent" in results.table(cycles, absent=("sfeed",))


def test_a_mute_host_takes_connections_and_says_nothing() -> None:
    with serving(SILENT_EVERY, datetime(2026, 11, 22, tzinfo=UTC), (0.0, 0.0), length=1) as site:
        site.become("silent")
        with urlopen(site.urls[0]) as answer:
            assert answer.status == 200
        with pytest.raises(TimeoutError):
            urlopen(site.urls[-1], timeout=0.3)


def test_what_other_readers_have_stored_is_counted(tmp_path: Path) -> None:
    with serving(3, datetime(2026, 11, 22, tzinfo=UTC), (0.0, 0.0), length=2) as site:
        for peer in peers.present(3):
            visits = peers.Subscriber(peer, site.urls, 3, tmp_path)
            assert [visits.cycle(name, 0).new for name in ("cold", "warm")] == [6, 0], peer.name


def test_the_report_says_what_it_ran_on(report: str) -> None:
    assert "`python -m benchmarks.polling --feeds 6 --real 0 --many 0 --no-peers`" in report
    assert "cores" in report


def test_judging_is_measured_by_topics_without_and_with_vectors(tmp_path: Path) -> None:
    file = tmp_path / "JUDGING.md"
    judging.main(["--articles", "5", "--out", str(file)])
    rows = table("## Judging\n" + file.read_text(encoding="utf-8"), "Judging")
    counted = [[topics, encoder] for encoder in ("none", "use-multilingual") for topics in ("1", "10", "100")]
    assert [row[:2] for row in rows] == counted
    assert [row[3] for row in rows] == ["", "1,500", "", "", "40", ""]
    assert all(float(row[2].replace(",", "")) > 0 and float(row[-1]) > 0 for row in rows)


def test_a_folder_of_feeds_holds_back_its_first_items_until_the_mixed_cycle(tmp_path: Path) -> None:
    items = [f"<item><title>Bridge {n}</title></item>" for n in range(5)]
    (tmp_path / "one.feed").write_text(f"<rss><channel>{''.join(items)}</channel></rss>")
    (only,) = stock.from_folder(tmp_path, 3)
    assert (only.items, only.fresh) == (4, 1)
    assert items[0] not in only.before.decode()
    assert only.after == (tmp_path / "one.feed").read_bytes()


def test_the_server_answers_304_to_whoever_has_the_document_until_it_changes() -> None:
    with serving(1, datetime(2026, 11, 22, tzinfo=UTC), (0.0, 0.0)) as site:
        with urlopen(site.urls[0]) as answer:
            known = Request(site.urls[0], headers={"If-None-Match": answer.headers["ETag"]})
        with pytest.raises(HTTPError, match="Not Modified"):
            urlopen(known)
        site.become("mixed")
        with urlopen(known) as answer:
            assert answer.status == 200


def test_articles_are_placed_beside_those_of_a_full_window() -> None:
    alone, whole = stories.measure(200)
    assert 0 < whole < alone
