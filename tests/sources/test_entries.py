from monitor.model import Entry
from monitor.sources.entries import entry, longer


def made(**fields: str) -> Entry | None:
    given = {"guid": "", "url": "", "title": "", "text": "", "written": "", "spoken": ""} | fields
    return entry(**given, published=None)  # type: ignore[arg-type]  # keyword by keyword


def test_an_item_without_title_text_and_link_is_none() -> None:
    assert made(guid="7") is None


def test_a_missing_title_is_made_of_the_first_words_else_of_the_address() -> None:
    from_text = made(text="One two three.")
    from_link = made(url="https://e.org/a")
    assert from_text is not None
    assert from_text.title == "One two three."
    assert from_link is not None
    assert from_link.title == "https://e.org/a"


def test_identifiers_are_plain_and_short_but_never_cut() -> None:
    one, other = made(title="x", guid="g" * 5000 + "1"), made(title="x", guid="g" * 5000 + "2")
    clean = made(title="x", guid=" a\x00\ud800b ")
    assert one is not None
    assert other is not None
    assert clean is not None
    assert one.guid != other.guid
    assert len(one.guid) < 100
    assert clean.guid == "ab"


def test_the_longer_text_is_taken() -> None:
    assert longer("a", "ab") == "ab"
    assert longer("ab", "cd") == "ab"
