import pytest

from monitor.config import load, topics
from monitor.errors import UsageError
from tests.config.places import RECIPIENT, TOPIC, configured

COMMENTED = """# My file
timezone = "UTC"  # for now

[topics.talks]   # the first
seeds = ["seed.txt"]
# From here on it matches.
digest_at = 50  # as shipped
# Not these.
#exclude = ["horoscope"]
#languages = ["en"]

# ---- Whom to tell
[recipients.me]
folder = "../digests"
topics = ["talks"]
schedule = "0 8 * * *"
"""


def test_a_value_is_changed_and_the_comment_behind_it_stays(tmp_path):
    file = configured(tmp_path, COMMENTED)
    topics.set_keys(file, "talks", {"digest_at": 62})
    assert file.read_text() == COMMENTED.replace("digest_at = 50  # as", "digest_at = 62  # as")
    assert load(file, {}).topics[0].digest_at == 62.0


def test_a_new_key_goes_below_the_one_that_was_switched_off(tmp_path):
    file = configured(tmp_path, COMMENTED)
    topics.set_keys(file, "talks", {"exclude": ['golf "x"'], "weights": {"Two words": 2.0}})
    off = '#exclude = ["horoscope"]\n'
    expected = COMMENTED.replace(off, off + 'exclude = ["golf \\"x\\""]\n')
    text = file.read_text()
    assert text.replace('weights = {"Two words" = 2.0}\n', "") == expected
    (topic,) = load(file, {}).topics
    assert (topic.exclude, topic.weights) == (('golf "x"',), {"Two words": 2.0})


def test_a_new_key_without_such_a_line_stays_in_its_table(tmp_path):
    file = configured(tmp_path, COMMENTED.replace("digest_at = 50  # as shipped\n", ""))
    topics.set_keys(file, "talks", {"digest_at": 62})
    assert load(file, {}).topics[0].digest_at == 62.0
    assert file.read_text().endswith(COMMENTED[COMMENTED.index("# ---- Whom") :])


def test_an_empty_list_takes_its_key_out(tmp_path):
    file = configured(tmp_path, COMMENTED)
    topics.set_keys(file, "talks", {"exclude": ["golf"]})
    topics.set_keys(file, "talks", {"exclude": []})
    assert file.read_text() == COMMENTED


def test_a_topic_without_a_heading_of_its_own_is_edited_too(tmp_path):
    file = configured(tmp_path, f'timezone = "UTC"\n{RECIPIENT}[topics]\ntalks.seeds = ["seed.txt"]\n')
    topics.set_keys(file, "talks", {"digest_at": 62})
    assert load(file, {}).topics[0].digest_at == 62.0


def test_what_would_not_load_is_not_written(tmp_path):
    file = configured(tmp_path, COMMENTED)
    with pytest.raises(UsageError, match="digest_at"):
        topics.set_keys(file, "talks", {"digest_at": 400})
    with pytest.raises(UsageError, match="no topic walks"):
        topics.set_keys(file, "walks", {"digest_at": 40})
    assert file.read_text() == COMMENTED


def test_a_topic_is_added_behind_the_last_and_nothing_else_changes(tmp_path):
    file = configured(tmp_path, COMMENTED)
    topics.add_topic(file, "strike", {"title": "The “strike”", "seeds": ["seed.txt"]})
    added = '\n[topics.strike]\ntitle = "The “strike”"\nseeds = ["seed.txt"]\n'
    assert file.read_text() == COMMENTED.replace("\n\n# ----", f"\n{added}\n# ----")
    assert [topic.id for topic in load(file, {}).topics] == ["talks", "strike"]


def test_a_topic_that_is_there_or_has_no_name_is_refused(tmp_path):
    file = configured(tmp_path, TOPIC + RECIPIENT)
    before = file.read_text()
    for id in ("talks", "a b", "", "x]", "ü"):
        with pytest.raises(UsageError):
            topics.add_topic(file, id, {"seeds": ["seed.txt"]})
    assert file.read_text() == before
