import pytest

from tests import documents
from tests.cli.conftest import RSS
from tests.cli.shapes import NUMBER, Id, Moment, fits
from tests.documents import Item, ago, other, talks
from tests.home import Home

ANSWER = {"id": Id, "topic": Id, "url": str, "title": str, "answer": {"yes", "no"}, "at": Moment}
COUNTED = {"count": int, "titles": [str]}
EFFECT = {
    "topic": Id,
    "url": str,
    "title": str,
    "answer": {"yes", "no", None},
    "changed": [{"term": str, "before": NUMBER, "after": NUMBER}],
    "days": NUMBER,
    "articles": int,
    "more": COUNTED,
    "fewer": COUNTED,
    "judged_again": int,
    "words": str,
}


@pytest.fixture
def read(home):
    """An installation of the test's own, after its first turn."""
    assert home.run("once").code == 0
    return home


def ids(home, *args):
    return [match["id"] for match in home.run("match", "list", *args, "--json").json]


def test_a_match_that_is_refused_is_gone_until_that_is_undone(read):
    (match,) = ids(read)
    ran = read.run("feedback", match, "no", "--json")
    assert (ran.code, fits(ran.json, EFFECT), ran.json["answer"]) == (0, True, "no")
    assert ids(read) == []
    (journey,) = read.run("match", "explain", talks(1).link, "--json").json
    assert (journey["stage"], journey["filtered"]) == ("filtered", "you said no to it")
    assert read.run("feedback", match, "undo", "--json").json["answer"] is None
    assert ids(read) == [match]


def test_an_article_that_is_confirmed_matches_by_its_address_too(read):
    assert read.run("feedback", other(2).link, "yes").code == 0
    assert len(ids(read)) == 2
    (journey,) = read.run("match", "explain", other(2).link, "--json").json
    assert journey["stage"] == "matched"


def test_what_it_changed_is_said_in_words(read):
    out = read.run("feedback", ids(read)[0], "yes").out
    assert "yes: it counts as wanted" in out
    assert "of the last 30 days' articles" in out


def test_without_arguments_the_answers_are_listed(read):
    assert "nothing was said" in read.run("feedback").out
    read.run("feedback", ids(read)[0], "yes")
    answers = read.run("feedback", "--json").json
    assert fits(answers, [ANSWER])
    assert [answer["title"] for answer in answers] == [talks(1).title]
    assert talks(1).title in read.run("feedback").out


@pytest.mark.parametrize("reference", ["999", "9" * 40, "²", "a word", "x\x1b[31m", "https://nobody.example/1"])
def test_what_names_no_article_is_refused(read, reference):
    ran = read.run("feedback", reference, "yes")
    assert (ran.code, ran.out) == (2, "")
    assert "\x1b" not in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("args", [("1",), ("1", "maybe"), ("--topic", "walks"), ("1", "yes", "--topic", "walks")])
def test_wrong_wishes_are_refused(read, args):
    ran = read.run("feedback", *args)
    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_nothing_to_undo_is_said(read):
    ran = read.run("feedback", ids(read)[0], "undo")
    assert (ran.code, "nothing to undo" in ran.err) == (2, True)


def test_an_address_under_several_topics_asks_which(read):
    file = read.config / "monitor.toml"
    file.write_text(f'{file.read_text()}\n[topics.more]\nseeds = ["seed.txt"]\n')
    ran = read.run("feedback", talks(1).link, "yes")
    assert (ran.code, "--topic" in ran.err) == (2, True)
    assert read.run("feedback", talks(1).link, "yes", "--topic", "more").code == 0
    assert [answer["topic"] for answer in read.run("feedback", "--json").json] == ["more"]


def test_a_hostile_title_reaches_no_terminal(server, tmp_path):
    bad = Item("Talks <b>\x1b]0;x\x07 & ‮Stockholm", documents.TALKS, "https://paper.example/bad", "b", ago(hours=1))
    home = Home(
        tmp_path, server.serve("/bad", documents.rss([bad]).replace("\x1b", "").replace("\x07", ""), content_type=RSS)
    )
    home.run("once")
    out = home.run("feedback", bad.link, "no").out + home.run("feedback").out
    assert "‮" not in out
    assert "Stockholm" in out
