import io
import json

import pytest

from monitor.evaluation.lines import LONGEST_LINE, BadLine, parse, raw_lines


def test_an_article_is_read_and_cleaned():
    line = parse(b'{"id": 7, "title": "Str\\u0000ike ", "text": "A\\n\\nB\\ud800", "lang": "sv", "source": "Post"}')
    assert line.id == 7
    assert line.document.id == "7"
    assert (line.document.title, line.document.text) == ("Strike", "A\nB")
    assert (line.document.language, line.document.source, line.published) == ("sv", "Post", "")


@pytest.mark.parametrize(
    "line", ['{"id": "a", "title": ""}', '{"id": 1.5, "text": "x", "title": null, "published": null}']
)
def test_a_title_or_a_text_is_enough(line: str):
    assert parse(line.encode()).document


@pytest.mark.parametrize(
    ("line", "id", "says"),
    [
        (b"", None, "empty line"),
        (b"{", None, "no JSON"),
        (b"[1]", None, "no JSON object"),
        (b'"text"', None, "no JSON object"),
        (b"\xff\xfe{}", None, "no UTF-8 at byte 1"),
        (b'{"title": "x"}', None, "no id"),
        (b'{"id": true, "title": "x"}', None, "neither a string nor a number"),
        (b'{"id": 1e999, "title": "x"}', None, "neither a string nor a number"),
        (b'{"id": ["a"], "title": "x"}', None, "neither a string nor a number"),
        (b'{"id": NaN, "title": "x"}', None, "NaN is no JSON number"),
        (b'{"id": "a", "title": "x", "score": -Infinity}', None, "Infinity"),
        (b'{"id": "a"}', "a", "neither title nor text"),
        (b'{"id": "a", "title": 5}', "a", "title is no string"),
        (b'{"id": 3, "title": "x", "text": ["y"]}', 3, "text is no string"),
        (b'{"id": 3, "title": "x", "published": 2019}', 3, "published is no string"),
        (b"[" * 200_000, None, "no JSON|nested too deeply"),
        (b'{"id": ' + b"9" * 5_000 + b', "title": "x"}', None, "no JSON"),
    ],
)
def test_a_bad_line_is_named(line: bytes, id: object, says: str):
    with pytest.raises(BadLine, match=says) as caught:
        parse(line)
    assert caught.value.id == id


def test_lines_come_one_by_one_without_a_byte_order_mark():
    assert list(raw_lines(io.BytesIO(b"\xef\xbb\xbfa\nb\r\n\nc"))) == [b"a\n", b"b\r\n", b"\n", b"c"]


def test_a_line_that_never_ends_is_one_bad_line():
    long = b'{"id": "' + b"x" * (2 * LONGEST_LINE) + b'"}\n'
    found = list(raw_lines(io.BytesIO(long + json.dumps({"id": 1, "title": "x"}).encode())))
    assert len(found) == 2
    with pytest.raises(BadLine, match="longer than 10 MB"):
        parse(found[0])
    assert parse(found[1]).id == 1
