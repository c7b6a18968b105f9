import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from benchmarks import polling, stock, stories
from benchmarks.server import serving


def table(report: str, heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading, without its head."""
    lines = re.findall(r"^\|(.+)\|$", report.split(f"## {heading}")[1].split("\n## ")[0], re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines[2:]]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("benchmarks") / "RESULTS.md"
    polling.main(["--feeds", "6", "--latency-ms", "0", "0", "--articles", "20", "--no-warm-up", "--out", str(file)])
    return file.read_text(encoding="utf-8")


def test_every_round_finds_exactly_the_articles_that_are_new(report: str) -> None:
    found = [(row[1], row[2], row[7], row[8]) for row in table(report, "Polling")]
    assert found == [
        ("cold", "monitor", "120", "120"),
        ("cold", "limit", "120", "120"),
        ("warm", "monitor", "0", "0"),
        ("warm", "limit", "0", "0"),
        ("mixed", "monitor", "1", "1"),
        ("mixed", "limit", "1", "1"),
    ]
    assert "Every new article is found: holds, 121 of 121." in report


def test_the_report_says_what_it_ran_on_and_how_fast_articles_are_judged(report: str) -> None:
    assert "`python -m benchmarks.polling --feeds 6`" in report
    assert "cores" in report
    rows = [row[:3] for row in table(report, "Judging")]
    counted = [[topics, encoder, "20"] for encoder in ("none", "use-multilingual") for topics in ("1", "10", "100")]
    assert rows == counted


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
        site.change(mixed=True)
        with urlopen(known) as answer:
            assert answer.status == 200


def test_articles_are_placed_beside_those_of_a_full_window() -> None:
    alone, whole = stories.measure(200)
    assert 0 < whole < alone
