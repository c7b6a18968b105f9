"""Makes seeds, articles and profiles for tests: a dispute in a harbour that no newspaper ever had."""

from monitor import matching
from monitor.model import Document, Seed, Topic

STORY = """date 2031-04-07 Read: Why the ferry fleet of Orrevik is running out of money

Dockers in Orrevik walked out on Monday after talks between the union leader Marit Halvorsen and the Velmar shipping
line collapsed within hours. “They brought nothing to the table,” Halvorsen told reporters at the harbour gate.

The Velmar line, which runs the container terminal of Orrevik, said it had offered a pay rise of 4.5 percent and new
crane shifts. Chief negotiator Tomas Lindqvist called the strike premature and said that Velmar wanted another round.

Some 1,900 dockers work at the terminal. The strike is the third since Velmar took over the port of Orrevik two years
ago, and ferry operators fear that the island of Sundholmen will be cut off if the crane drivers join the walkout.

Sign up for our newsletter"""


def topic(text: str = STORY, **said: object) -> Topic:
    """Return a topic with one seed, and whatever else the person said."""
    return Topic(id="dock", title="Orrevik dockers", seeds=(Seed("seed.txt", text),), **said)  # type: ignore[arg-type]


def profile(text: str = STORY, **said: object) -> matching.Profile:
    """Return the profile learnt from one seed."""
    return matching.learn(topic(text, **said))


def document(title: str, text: str = "", **more: str) -> Document:
    """Return an article."""
    return Document(id="1", title=title, text=text, **more)


SEQUEL = document(
    "Orrevik dockers and Velmar agree to new talks",
    "Union leader Marit Halvorsen said on Tuesday that Velmar's negotiator Tomas Lindqvist had called her overnight. "
    "Both sides will meet at the harbour office in Orrevik. The strike at the container terminal goes on, she said.",
    language="en",
)
OTHER_STRIKE = document(
    "Bus drivers in Karlsby strike over pay",
    "Buses stood still in Karlsby on Monday after drivers walked out. The transport union wants a pay rise of 6 "
    "percent. The city said commuters should take the train until the talks are over.",
    language="en",
)
UNRELATED = document(
    "Astronomers find water on a distant moon",
    "A team using the new telescope has measured vapour above the ice. The discovery was published in a journal.",
    language="en",
)
