import pytest

from monitor.config.seeds import LARGEST, SHORT, read_seed, remark
from monitor.errors import SeedError
from monitor.model import Seed

TEXT = "Talks in Stockholm — 스톡홀름"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_seed_is_read_in_the_encodings_that_say_what_they_are(encoding, tmp_path):
    file = tmp_path / "seed.txt"
    file.write_bytes(TEXT.encode(encoding))

    assert read_seed(file) == Seed(name=str(file), text=TEXT)


def test_each_paragraph_of_a_seed_is_a_line(tmp_path):
    file = tmp_path / "seed.txt"
    file.write_bytes(b" date 2019-10-08\r\n\r\nThe  setting\x07 was dull.\rTalks failed.")

    assert read_seed(file, "mine").text == "date 2019-10-08\nThe setting was dull.\nTalks failed."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \n\xe2\x80\x8b\t", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"%PDF-1.7\nwords", "is no text"),
        (b"PK\x03\x04\0\0words", "is no text"),
        (b"\x01\x02\x03 words", "is no text"),
        ("会談".encode("iso-2022-jp"), "is no text"),
        ("Gespräche".encode("latin-1"), "is not UTF-8 from byte 6 on; save it as UTF-8 text"),
        ("회담".encode("euc-kr"), "is not UTF-8 from byte 3 on"),
        (b"\xff\xfea", "is not UTF-16"),
        (b"a" * (LARGEST + 1), "is larger than 2 MB"),
    ],
)
def test_a_file_that_is_no_seed_is_refused_with_its_name(data, reason, tmp_path):
    file = tmp_path / "seed.txt"
    file.write_bytes(data)

    with pytest.raises(SeedError) as told:
        read_seed(file)

    assert str(told.value).startswith(f"{file} {reason}")


def test_a_missing_seed_a_folder_and_an_impossible_name_are_refused(tmp_path):
    for name, reason in [("none.txt", "does not exist"), (".", "is no file"), ("x" * 300, "can't be read: File name")]:
        with pytest.raises(SeedError, match=reason):
            read_seed(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Talks failed.", "has only 13 characters"),
        ("<!DOCTYPE html><p>" + "a" * SHORT, "the source of a page"),
        ("a" * SHORT, ""),
        ("a" * 100_000, "is long"),
    ],
)
def test_a_poor_seed_is_judged_with_a_remark(text, words):
    said = remark(Seed("seed.txt", text))

    assert words in said
    assert bool(words) == bool(said)
