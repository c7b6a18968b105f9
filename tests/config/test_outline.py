import pytest

from monitor.config.outline import without
from monitor.errors import UsageError

LIST = """<?xml version="1.0"?>
<!-- my list -->
<opml version="2.0"><body>
  <outline text="Near">
    <outline text="A > B" xmlUrl="https://a.example/rss?x=1&amp;y=2"/>
    <outline text='C' type="rss"
             xmlUrl = 'https://c.example/' ></outline> <!-- mine -->
  </outline><outline xmlurl="https://a.example/rss?x=1&amp;y=2"/><outline text="D" xmlUrl="https://d.example/"/>
</body></opml>
"""


def test_a_feed_is_cut_out_and_every_other_byte_stays():
    cut = without(LIST.encode(), "https://a.example/rss?x=1&y=2").decode()

    assert cut == (
        LIST.replace('    <outline text="A > B" xmlUrl="https://a.example/rss?x=1&amp;y=2"/>\n', "").replace(
            '<outline xmlurl="https://a.example/rss?x=1&amp;y=2"/>', ""
        )
    )


def test_a_feed_whose_outline_has_an_end_tag_is_cut_with_it():
    cut = without(LIST.encode(), "https://c.example/").decode()

    assert cut == LIST.replace(
        """<outline text='C' type="rss"\n             xmlUrl = 'https://c.example/' ></outline>""", ""
    )


def test_a_list_without_the_feed_is_unchanged():
    assert without(LIST.encode(), "https://other.example/") == LIST.encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (LIST.encode("utf-16"), "it is not in UTF-8"),
        (b"<opml><body><outline xmlUrl='https://a.example/'>", "no well-formed XML"),
        (b"<opml><outline xmlUrl='https://a.example/'><outline/></outline></opml>", "holds other outlines"),
        (b"<?xml version='1.0' encoding='none'?><opml/>", "no well-formed XML"),
    ],
)
def test_a_list_that_can_not_be_cut_safely_is_left_alone(data, reason):
    with pytest.raises(UsageError, match=reason):
        without(data, "https://a.example/")
