import pytest

from monitor.config import document
from monitor.errors import ConfigError


def refused(data, tmp_path):
    with pytest.raises(ConfigError) as told:
        document.parse(data, tmp_path / "monitor.toml")
    text = str(told.value)
    assert "\n" not in text
    return text.removeprefix(f"{tmp_path}/monitor.toml: ")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\tkey = 3\n", "line 1, column 3: a key is a single word, followed by = and its value (a tab stands here"),
        ("[polling\tx]\n", "line 1, column 10: a table's heading ends with ] (a tab stands here"),
        ("x = 1\nx = 2\n", "line 2, column 6: x has a value already; keep one of the two"),
        ("[r.d]\nx=1\n\n[r.d]\ny=1\n", "line 4, column 5: [r.d] stands twice; give one of them another name"),
        ("x = yes\n", "line 1, column 5: this is no value: text stands in straight quotes"),
        ("x = “UTC”\n", "line 1, column 5: this is no value: text stands in straight quotes"),
        ('x = "abc\ny = 1\n', "line 1, column 9: the closing quote is missing"),
        ('x = "a\x0bb"\n', "line 1, column 7: a control character stands here"),
        ("x : 3\n", "line 1, column 3: a key is a single word"),
        ("x = 5 minutes\n", "line 1, column 7: the value ends before here"),
        ("x = [1 2]\n", "line 1, column 8: a list is not closed, or a comma is missing"),
        ("a = 1\nx = [1, 2\n", "line 3, column 1: a list is not closed"),
        ('x = "C:\\Users"\n', "line 1, column 10: in double quotes a backslash is written twice"),
        ("just words\n", "line 1, column 6: a key is a single word"),
    ],
)
def test_a_file_that_is_no_toml_is_told_by_line_and_column_in_plain_words(text, line, tmp_path):
    assert refused(text.encode(), tmp_path).startswith(line)


def test_a_syntax_error_never_shows_the_value_that_stands_there(tmp_path):
    assert "hunter2" not in refused(b'password = "hunter2\n', tmp_path)


def test_bytes_that_are_no_utf_8_are_told_by_their_place(tmp_path):
    assert refused(b'a = 1\nx = "caf\xe9"\n', tmp_path) == (
        "line 2, column 9: this is not UTF-8; save the file as UTF-8"
    )


def test_utf_16_is_told_by_its_name(tmp_path):
    assert refused("a = 1\n".encode("utf-16"), tmp_path) == "is written in UTF-16; save it as UTF-8"


def test_lists_nested_without_end_are_refused(tmp_path):
    assert refused(b"x = " + b"[" * 20_000, tmp_path) == "its lists are nested too deeply"


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfx = 1\n", b"x = 1\r\ny = 2\r\n", b"\tx = 1\n", b'x = "a\tb"\n', b""])
def test_what_editors_add_and_toml_allows_is_read(data, tmp_path):
    document.parse(data, tmp_path / "monitor.toml")


def test_the_file_is_found_by_its_folder_and_by_itself(tmp_path):
    file = tmp_path / "monitor.toml"
    file.touch()

    assert document.find(tmp_path) == document.find(file) == file


@pytest.mark.parametrize("name", ["", "other.toml", "no/such/folder", "x" * 300])
def test_a_missing_file_says_what_to_do(name, tmp_path):
    with pytest.raises(ConfigError, match=r"there is no such file\. Copy the config/ folder .* `monitor demo`"):
        document.find(tmp_path / name)


def test_a_file_that_can_not_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"can't be read: Is a directory"):
        document.read_bytes(tmp_path)
