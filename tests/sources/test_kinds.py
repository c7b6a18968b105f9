import json
import subprocess
import sys

import pytest

from monitor.sources import contents
from monitor.sources.contents import NoFeedError
from monitor.sources.kinds import SOURCES, read

URL = "https://e.org/"


def test_each_document_goes_to_the_kind_that_recognises_it() -> None:
    rss = b"<rss version='2.0'><channel><item><title>x</title></item></channel></rss>"
    own = b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "x"}]}'
    assert (read(rss, URL, {}).format, read(own, URL, {}).format) == ("rss20", "jsonfeed11")


def test_a_json_feed_may_name_its_version_last() -> None:
    items = [{"content_text": "word " * 200, "id": str(number)} for number in range(200)]
    body = json.dumps({"items": items, "version": "https://jsonfeed.org/version/1.1"}).encode()
    assert body.index(b"jsonfeed.org") > 2 * contents.HEAD
    assert len(read(body, URL, {"content-type": "application/json"}).entries) == 200


def test_what_no_kind_recognises_is_told() -> None:
    with pytest.raises(NoFeedError, match="an empty document"):
        read(b"", URL, {})


def test_names_are_unique() -> None:
    assert len({kind.name for kind in SOURCES}) == len(SOURCES)


def test_the_table_is_light_until_a_document_comes() -> None:
    loaded = "import sys, monitor.sources.kinds; print({'feedparser', 'trafilatura', 'lxml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
