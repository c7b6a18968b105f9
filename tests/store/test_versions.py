from datetime import timedelta

from monitor.model import Update, Wording
from monitor.store import polls, upkeep, versions
from tests.store.samples import NOW, claim, draft, poll

HOUR = timedelta(hours=1)


def recorded(db):
    """Record one article; return what a poll needs to tell it otherwise."""
    state = claim(db)
    first = draft(state)
    polls.record(db, poll(state, first))
    return state, first


def tell(db, state, text, at=NOW + HOUR, title="Talks, part 1"):
    changed = draft(state, text=text, title=title)
    polls.record(db, poll(state, at=at, updates=(Update(1, changed.item, changed.document),)))


def test_what_an_article_said_is_kept(db):
    state, first = recorded(db)
    assert versions.newest(db) == 0

    tell(db, state, "Second.")
    tell(db, state, "Third.", title="Talks collapse")

    assert versions.newest(db) == 2
    assert versions.wordings(db, {1: 0}) == {1: Wording("Talks, part 1", first.document.text)}
    assert versions.wordings(db, {1: 1}) == {1: Wording("Talks, part 1", "Second.")}
    assert versions.wordings(db, {1: 2}) == {}
    assert versions.wordings(db, {}) == {}


def test_an_article_that_says_the_same_has_no_new_version(db):
    state, first = recorded(db)

    tell(db, state, first.document.text)

    assert versions.newest(db) == 0


def test_a_live_page_keeps_its_last_versions_in_part(db):
    state, _ = recorded(db)

    for number in range(versions.MOST_VERSIONS + 5):
        tell(db, state, f"{number} " * versions.KEPT_TEXT)

    kept = versions.wordings(db, {1: 0})[1]
    assert len(kept.text) == versions.KEPT_TEXT
    assert kept.text.startswith("4 ")  # the first, and 0 to 3, are gone


def test_versions_go_with_their_articles_text_and_no_id_comes_again(db):
    state, _ = recorded(db)
    tell(db, state, "Second.")

    upkeep.prune(db, NOW + timedelta(days=400), articles_days=180, rejected_days=30, keep_days=7, thresholds={"t": 50})

    assert versions.newest(db) == 0
    tell(db, state, "Third.", at=NOW + timedelta(days=401))
    assert versions.newest(db) == 2
