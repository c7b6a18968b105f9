import os
import stat
import threading
from pathlib import Path

import pytest

from monitor.config import edit, load
from monitor.config.writing import alone, replace
from monitor.errors import UsageError
from tests.config.places import configured


def test_a_file_is_replaced_with_its_mode_and_through_its_link(tmp_path):
    (tmp_path / "file").write_text("old")
    (tmp_path / "file").chmod(0o640)
    (tmp_path / "link").symlink_to("file")

    replace(tmp_path / "link", b"new")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_edits_at_the_same_time_wait_for_each_other(tmp_path):
    file = configured(tmp_path)
    adding = threading.Thread(target=edit.add_feed, args=(file, "https://b.example/"))

    with alone(file):
        adding.start()
        adding.join(0.05)
        assert adding.is_alive()
    adding.join()

    assert load(file, {}).feeds[-1].url == "https://b.example/"


def test_a_folder_that_can_not_be_written_is_told_and_the_file_kept(tmp_path):
    with pytest.raises(UsageError, match=r"/proc/version can't be changed \(.+\); nothing was, edit it by hand"):
        replace(Path("/proc/version"), b"")


def test_a_swap_that_fails_leaves_nothing_behind(tmp_path):
    (tmp_path / "monitor.toml").mkdir()

    with pytest.raises(UsageError, match="can't be changed"):
        replace(tmp_path / "monitor.toml", b"")

    assert os.listdir(tmp_path) == ["monitor.toml"]
