from monitor.model import Feed
from monitor.pipeline.polling import publishers


def test_a_publisher_has_the_name_of_its_feeds_where_they_have_one():
    feeds = (
        Feed("https://rss.example.com/world", title="Example"),
        Feed("https://www.example.com/sport", title="Example"),
        Feed("https://example.com/untitled"),
        Feed("https://example.org/world", title="World"),
        Feed("https://example.org/sport", title="Sport"),
        Feed("https://example.net/rss"),
    )
    assert publishers(feeds) == {"example.com": "Example"}
