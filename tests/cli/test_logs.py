import pytest
import structlog

from monitor.cli import logs


@pytest.fixture(autouse=True)
def _as_before():
    yield
    structlog.reset_defaults()


def test_a_record_is_one_line_and_moves_no_cursor(capsys):
    logs.configure(verbose=False)
    structlog.get_logger().warning("feed not read", title="\x1b[31mred\nline\u202e", error="two\r\nlines")
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert "feed not read" in written
    assert "[31mred line" in written
    assert "\x1b" not in written


@pytest.mark.parametrize(("verbose", "lines"), [(False, 1), (True, 2)])
def test_steps_are_told_where_they_are_wanted(capsys, verbose, lines):
    logs.configure(verbose=verbose)
    structlog.get_logger().info("a step")
    structlog.get_logger().warning("a warning")
    assert len(capsys.readouterr().err.splitlines()) == lines


def test_a_fault_nobody_foresaw_shows_its_traceback_and_no_control_byte(capsys):
    logs.configure(verbose=False)
    try:
        raise ValueError("\x1b]0;owned\x07\u202e")
    except ValueError:
        structlog.get_logger().exception("poll failed")
    written = capsys.readouterr().err
    assert 'raise ValueError("' in written
    assert "ValueError: �]0;owned��" in written
    assert all(sign == "\n" or sign.isprintable() for sign in written)
