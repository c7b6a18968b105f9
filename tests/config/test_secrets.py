import pytest

from monitor.config.secrets import secret, trouble
from monitor.model import Secret


def test_a_secret_is_the_value_of_its_variable():
    assert secret("PASSWORD", {"PASSWORD": "hunter2"}) == Secret("hunter2")


def test_a_secret_stands_in_the_file_that_a_second_variable_names(tmp_path):
    (tmp_path / "password").write_text("hunter2\n")

    assert secret("PASSWORD", {"PASSWORD_FILE": str(tmp_path / "password")}) == Secret("hunter2")


def test_the_variable_itself_wins_over_the_file(tmp_path):
    environ = {"PASSWORD": "hunter2", "PASSWORD_FILE": str(tmp_path / "none")}

    assert secret("PASSWORD", environ) == Secret("hunter2")


@pytest.mark.parametrize("environ", [{}, {"PASSWORD": ""}, {"PASSWORD_FILE": ""}, {"PASSWORD_FILE": "/dev/null"}])
def test_an_absent_or_empty_secret_is_none(environ):
    assert secret("PASSWORD", environ) is None


def test_a_file_that_can_not_be_read_is_told_without_what_stands_in_it(tmp_path):
    (tmp_path / "binary").write_bytes(b"hunter2\xff")
    for name, reason in [("none", "No such file or directory"), ("binary", "it is no UTF-8 text")]:
        with pytest.raises((OSError, ValueError)) as raised:
            secret("PASSWORD", {"PASSWORD_FILE": str(tmp_path / name)})

        assert trouble("PASSWORD", raised.value) == f"the file that PASSWORD_FILE names can't be read: {reason}"
