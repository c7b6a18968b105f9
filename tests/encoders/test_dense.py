import numpy as np
import pytest
from structlog.testing import capture_logs

from monitor.encoders.dense import Dense, packed
from monitor.errors import EncoderError
from tests.fakes import Library


def dense(library, size=4, *, centred=False):
    return Dense("fake", "all", lambda: library.load(""), size, centred)


def test_vectors_are_little_endian_float16_of_unit_length():
    (vector,) = dense(Library()).encode(["abc abc"])
    numbers = np.frombuffer(vector, "<f2").astype(float)
    assert len(numbers) == 4
    assert np.linalg.norm(numbers) == pytest.approx(1, abs=1e-3)


def test_what_a_model_gives_to_every_text_is_taken_away():
    def narrow(text):  # as E5 does: all its vectors lie near one another
        return [5.0, 2.0 * ("talks" in text), 2.0 * ("debate" in text), 2.0 * ("novel" in text)]

    def cosine(*, centred):
        encoder = Dense("fake", "all", lambda: narrow, 4, centred)
        one, other = (np.frombuffer(vector, "<f2").astype(float) for vector in encoder.encode(["talks", "novel"]))
        return float(one @ other)

    assert cosine(centred=False) > 0.8
    assert abs(cosine(centred=True)) < 0.2


def test_nothing_is_loaded_before_it_is_needed():
    library = Library(unloadable=True)
    encoder = dense(library)
    assert encoder.encode(["", " – … "]) == [b"", b""]
    with pytest.raises(EncoderError):
        encoder.encode(["a"])


@pytest.mark.parametrize("row", [[0, 0], [float("nan"), 1], [float("inf"), 1], [1e308, 1e308]])
def test_a_vector_of_no_direction_is_none(row):
    assert packed(np.asarray(row, dtype=float)) == b""


def test_a_text_has_the_same_vector_whatever_else_is_encoded():
    encoder = dense(Library())
    alone = encoder.encode(["abacus"])
    assert encoder.encode(["b" * 700, "abacus", ""])[1] == alone[0]


def test_a_model_that_cannot_be_loaded_is_said_in_one_line():
    with pytest.raises(EncoderError) as told:
        dense(Library(unloadable=True)).encode(["a"])
    assert str(told.value) == (
        'encoder fake failed (OSError: no such file: weights.bin); set [matching] encoder = "none" to go on without it'
    )


def test_a_model_of_another_size_than_its_kind_is_refused():
    with pytest.raises(EncoderError, match="gives 8 numbers, not 4"):
        dense(Library(size=8)).encode(["a"])


def test_a_model_that_is_not_known_says_its_size_when_it_is_loaded():
    encoder = dense(Library(size=8), size=0)
    assert encoder.size == 0
    assert [len(vector) for vector in encoder.encode(["a"])] == [16]
    assert encoder.size == 8


def test_a_vector_of_another_size_half_way_is_a_failure():
    library = Library()
    encoder = dense(library)
    encoder.encode(["a"])
    library.size = 3
    with pytest.raises(EncoderError, match="gave 3 numbers instead of 4"):
        encoder.encode(["a"])


def test_a_text_that_alone_cannot_be_read_costs_no_other_its_vector():
    encoder = dense(Library(broken="poison"))
    with capture_logs() as logged:
        first, second, third = encoder.encode(["a", "poison", "b"])
    assert (bool(first), second, bool(third)) == (True, b"", True)
    (record,) = logged
    assert (record["event"], record["text"]) == ("a text has no vector", "poison")


def test_a_model_that_fails_half_way_is_a_failure():
    library = Library()
    encoder = dense(library)
    encoder.encode(["a"])
    library.fault = MemoryError()
    with pytest.raises(EncoderError, match=r"failed \(MemoryError\)"):
        encoder.encode(["b"])
