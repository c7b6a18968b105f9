import pytest

from monitor.config import unknown
from monitor.config.shape import FeedTable, PollingTable, Root, SmtpTable, TopicTable


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        (["timezone"], (Root, "timezone")),
        (["polling", "contact"], (PollingTable, "contact")),
        (["feeds", 3, "url"], (FeedTable, "url")),
        (["feeds", 3], (Root, "feeds")),
        (["topics", "seeds", "seeds", 0], (TopicTable, "seeds")),
        (["topics", "polling", "weights", "url"], (TopicTable, "weights")),
        (["topics", "x"], (Root, "topics")),
        (["smtp", "from"], (SmtpTable, "from")),
        (["smtp", "nothing", "below"], (SmtpTable, "nothing")),
    ],
)
def test_the_way_to_a_key_leads_to_its_table_whatever_names_stand_on_it(steps, place):
    assert unknown.place(steps) == place


@pytest.mark.parametrize(
    ("steps", "advice"),
    [
        (["topic"], "did you mean topics?"),
        (["feed"], "did you mean feeds?"),
        (["timezon"], "did you mean timezone?"),
        (["polling", "min_intervall_minutes"], "did you mean min_interval_minutes?"),
        (["polling", "interval"], "did you mean min_interval_minutes?"),
        (["contact"], "did you mean contact in [polling]?"),
        (["polling", "timezone"], "did you mean timezone above all tables or in [recipients.NAME]?"),
        (["feeds", 0, "password"], "did you mean password_env?"),
        (["feeds", 0, "Language"], "did you mean language?"),
        (["smtp", "sender"], "known here: host, port, security, username_env, password_env, from"),
        (["recipients", "me", "cron_zzz"], "known here: folder, email, "),
    ],
)
def test_an_unknown_key_leads_to_the_one_that_was_meant(steps, advice):
    assert unknown.advice(steps).startswith(advice)


def test_every_key_says_what_it_takes():
    for heading, key in unknown.all_keys():
        steps = [part for part in heading.split(".") if part]
        steps += [0] if steps == ["feeds"] else []

        assert unknown.takes([*steps, key]), f"{heading} {key}"
    assert unknown.takes(["nothing"]) == ""
