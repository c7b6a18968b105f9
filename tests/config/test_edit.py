import os
import stat

import pytest

from monitor.config import edit, load
from monitor.errors import UsageError
from monitor.model import Feed, Secret
from tests.config.places import GOOD, RECIPIENT, TOPIC, configured

COMMENTED = f"""# My file
timezone = "UTC"  # for now
{TOPIC}{RECIPIENT}
# Near the story
[[feeds]]   # the first
url = "https://a.example/rss.xml"
topics = [
  "talks",  # only this
]

# The second
[[feeds]]
url = "https://b.example/rss.xml"

# ---- Below the feeds
[polling]
concurrency = 8 # enough
"""

OPML = """<opml version="2.0"><body>
  <outline type="rss" text="B" xmlUrl="https://b.example/rss.xml"/>
  <outline type="rss" text="C" xmlUrl="https://c.example/rss.xml"/>
</body></opml>
"""


def urls_of(file):
    return [feed.url for feed in load(file, {}).feeds]


def test_a_feed_is_added_after_the_last_and_nothing_else_changes(tmp_path):
    file = configured(tmp_path, COMMENTED)

    edit.add_feed(file, "https://c.example/rss.xml", title='The "C"', language="ko", topics=["talks"])

    added = (
        '\n[[feeds]]\nurl = "https://c.example/rss.xml"\ntitle = "The \\"C\\""\nlanguage = "ko"\ntopics = ["talks"]\n'
    )
    assert file.read_text() == COMMENTED.replace("\n\n# ---- Below", f"\n{added}\n# ---- Below")
    assert load(file, {}).feeds[-1] == Feed("https://c.example/rss.xml", 'The "C"', "ko", ("talks",))


def test_the_first_feed_is_added_at_the_end(tmp_path):
    file = configured(tmp_path, TOPIC + RECIPIENT)

    edit.add_feed(file, "https://c.example/rss.xml")

    assert file.read_text() == TOPIC + RECIPIENT + '\n[[feeds]]\nurl = "https://c.example/rss.xml"\n'


def test_many_feeds_are_added_in_one_write_and_known_ones_left_out(tmp_path):
    file = configured(tmp_path)
    feeds = [Feed(f"https://{name}.example/rss.xml", verify=name != "c", password=Secret("hunter2")) for name in "abcb"]

    added = edit.add_feeds(file, feeds)

    assert [feed.url for feed in added] == ["https://b.example/rss.xml", "https://c.example/rss.xml"]
    assert urls_of(file) == [f"https://{name}.example/rss.xml" for name in "abc"]
    assert [feed.verify for feed in load(file, {}).feeds] == [True, True, False]
    assert "hunter2" not in file.read_text()


def test_adding_what_is_there_changes_nothing(tmp_path):
    file = configured(tmp_path)
    before = file.stat().st_ino

    assert edit.add_feeds(file, [Feed("https://a.example/rss.xml")]) == ()
    with pytest.raises(UsageError, match=r"https://a\.example/rss\.xml is among the feeds already"):
        edit.add_feed(file, "https://a.example/rss.xml")
    assert file.stat().st_ino == before


@pytest.mark.parametrize(
    ("feed", "reason"),
    [
        ({"url": "ftp://c.example/"}, "only http and https are fetched"),
        ({"url": "https://c.example/", "topics": ["talk"]}, "there is no such topic; did you mean talks"),
        ({"url": "https://c.example/", "language": "english"}, "this is no language tag"),
    ],
)
def test_an_addition_that_would_not_load_is_not_written(feed, reason, tmp_path):
    file = configured(tmp_path)

    with pytest.raises(UsageError, match=reason):
        edit.add_feed(file, **feed)

    assert file.read_text() == GOOD
    assert sorted(os.listdir(tmp_path)) == ["monitor.toml", "seed.txt"]


def test_hostile_titles_stay_titles(tmp_path):
    file = configured(tmp_path)
    title = 'x"\n[[feeds]]\nurl = "https://evil.example/"\u2028\u0085\\'

    edit.add_feed(file, "https://c.example/", title=title)

    assert load(file, {}).feeds[-1] == Feed("https://c.example/", title)


@pytest.mark.parametrize(
    ("url", "gone"),
    [
        (
            "https://a.example/rss.xml",
            '[[feeds]]   # the first\nurl = "https://a.example/rss.xml"\ntopics = [\n  "talks",  # only this\n]\n\n',
        ),
        ("https://b.example/rss.xml", '[[feeds]]\nurl = "https://b.example/rss.xml"\n\n'),
    ],
)
def test_a_feed_is_removed_and_every_comment_around_it_stays(url, gone, tmp_path):
    file = configured(tmp_path, COMMENTED)

    assert edit.remove_feed(load(file, {}), url) == (file,)

    assert file.read_text() == COMMENTED.replace(gone, "")
    assert url not in urls_of(file)


def test_added_and_removed_is_as_before(tmp_path):
    file = configured(tmp_path, COMMENTED)

    edit.add_feed(file, "https://c.example/rss.xml")
    edit.remove_feed(load(file, {}), "https://c.example/rss.xml")

    assert file.read_text() == COMMENTED


def test_the_last_feed_can_be_removed(tmp_path):
    file = configured(tmp_path)

    edit.remove_feed(load(file, {}), "https://a.example/rss.xml")

    assert urls_of(file) == []


def test_a_feed_of_an_opml_file_is_removed_there(tmp_path):
    file = configured(tmp_path, 'opml = ["feeds.opml"]\n' + GOOD, feeds_opml=OPML)

    assert edit.remove_feed(load(file, {}), "https://c.example/rss.xml") == (tmp_path / "feeds.opml",)

    assert urls_of(file) == ["https://a.example/rss.xml", "https://b.example/rss.xml"]
    assert (tmp_path / "feeds.opml").read_text() == OPML.replace(OPML.splitlines(keepends=True)[2], "")


def test_an_opml_file_without_the_feed_is_not_touched(tmp_path):
    file = configured(tmp_path, 'opml = ["feeds.opml"]\n' + GOOD, feeds_opml=OPML)

    assert edit.remove_feed(load(file, {}), "https://a.example/rss.xml") == (file,)
    assert (tmp_path / "feeds.opml").read_text() == OPML


def test_a_feed_that_stands_in_both_is_removed_from_both(tmp_path):
    text = 'opml = ["feeds.opml"]\n' + GOOD.replace("https://a.", "https://b.")
    file = configured(tmp_path, text, feeds_opml=OPML)

    assert edit.remove_feed(load(file, {}), "https://b.example/rss.xml") == (file, tmp_path / "feeds.opml")
    assert urls_of(file) == ["https://c.example/rss.xml"]


def test_an_opml_file_that_can_not_be_cut_is_named_and_kept(tmp_path):
    broken = OPML.replace("</body>", "")
    file = configured(tmp_path, 'opml = ["feeds.opml"]\n' + GOOD, feeds_opml=broken)

    with pytest.raises(
        UsageError, match=r"https://c\.example/rss\.xml stands in .*feeds\.opml; remove it there by hand"
    ):
        edit.remove_feed(load(file, {}), "https://c.example/rss.xml")

    assert (tmp_path / "feeds.opml").read_text() == broken
    assert edit.remove_feed(load(file, {}), "https://a.example/rss.xml") == (file,)


def test_removing_what_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"https://z\.example/ is not among the feeds"):
        edit.remove_feed(load(configured(tmp_path), {}), "https://z.example/")


@pytest.mark.parametrize(
    "text",
    [
        'feeds = [{ url = "https://a.example/rss.xml" }]\n',
        '[[feeds]]\nurl = "https://a.example/rss.xml"\ntitle = """\n[[feeds]]\n"""\n',
    ],
)
def test_a_file_that_lists_its_feeds_in_another_way_is_left_to_its_owner(text, tmp_path):
    file = configured(tmp_path, text)

    with pytest.raises(UsageError, match="can't be edited safely; edit it by hand"):
        edit.remove_feed(load(file, {}), "https://a.example/rss.xml")

    assert file.read_text() == text


def test_line_ends_mode_and_links_of_the_file_stay(tmp_path):
    real = configured(tmp_path / "data", GOOD)
    real.write_bytes(GOOD.replace("\n", "\r\n").encode())
    real.chmod(0o640)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "seed.txt").symlink_to(tmp_path / "data" / "seed.txt")
    link = tmp_path / "etc" / "monitor.toml"
    link.symlink_to(real)

    edit.add_feed(link, "https://c.example/")

    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert real.read_bytes().count(b"\r\n") == real.read_bytes().count(b"\n")
    assert urls_of(link)[-1] == "https://c.example/"
