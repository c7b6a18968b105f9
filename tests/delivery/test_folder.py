import asyncio
from dataclasses import replace

import pytest

from monitor.delivery.folder import Folder
from monitor.digest.message import freeze
from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryState, Envelope, Recipient, Rendered
from tests.digest.samples import NOW

ME = Recipient("me", "folder", (), ("talks",), "0 8 * * *", "UTC")
RENDERED = Rendered("Talks break down — 1 new story", "Ein Text.\n", "<p>스톡홀름</p>\n")


def delivery(folder, **changes):
    payload = freeze(RENDERED, Envelope("a@b.example", "me", "<1@x>", NOW, "me.x"))
    made = Delivery("7", "12", "me", "folder", str(folder), DeliveryState.SENDING, 0, None, "", "<1@x>", payload)
    return replace(made, **changes)


def deliver(given):
    asyncio.run(Folder().deliver(given, ME, NOW))


def test_a_digest_becomes_a_text_and_a_page_in_a_folder_that_is_made(tmp_path):
    folder = tmp_path / "var" / "digests"

    deliver(delivery(folder))

    assert {path.name for path in folder.iterdir()} == {"12.txt", "12.html"}
    assert (folder / "12.txt").read_text(encoding="utf-8") == RENDERED.text
    assert (folder / "12.html").read_text(encoding="utf-8") == RENDERED.html


def test_a_second_attempt_leaves_the_same_files(tmp_path):
    deliver(delivery(tmp_path))
    (tmp_path / "12.html").unlink()
    (tmp_path / ".12.html.part").write_text("half of")  # what a crash left

    deliver(delivery(tmp_path))

    assert {path.name for path in tmp_path.iterdir()} == {"12.txt", "12.html"}
    assert (tmp_path / "12.html").read_text(encoding="utf-8") == RENDERED.html


def test_a_folder_that_cannot_be_written_may_be_tried_again(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    with pytest.raises(DeliveryError, match="make the folder writable, or name another") as caught:
        deliver(delivery(blocked / "digests"))

    assert not caught.value.permanent
    assert str(blocked) in str(caught.value)


def test_bytes_that_are_no_digest_are_never_tried_again(tmp_path):
    with pytest.raises(DeliveryError, match="digest 12: these bytes are no digest") as caught:
        deliver(delivery(tmp_path, payload=b"hello"))

    assert caught.value.permanent


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", ".hidden", "a/b", "a\n", "x" * 101])
def test_a_file_is_named_by_an_id_or_not_at_all(tmp_path, digest):
    with pytest.raises(DeliveryError, match="no id") as caught:
        deliver(delivery(tmp_path / "digests", digest=digest))

    assert caught.value.permanent
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
@pytest.mark.parametrize("name", [".12.txt.part", "12.txt"])
def test_no_link_in_a_folder_that_others_can_write_leads_elsewhere(tmp_path, name, link):
    mine, folder = tmp_path / "mine", tmp_path / "digests"
    mine.write_text("dear to me")
    folder.mkdir()
    getattr(folder / name, link)(mine)

    deliver(delivery(folder))

    assert mine.read_text() == "dear to me"
    assert (folder / "12.txt").read_text(encoding="utf-8") == RENDERED.text
    assert not (folder / "12.txt").is_symlink()
