"""Looks at the language model: whether its host takes a connection. Nothing is asked, which may cost money."""

from monitor.actions.doctor.check import Check, fault, fine
from monitor.config.settings import LanguageModel
from monitor.errors import FetchError
from monitor.net import guard
from monitor.net.client import Client

NAME = "language model"
_MEND = "look over url in [language_model], and allow_private in [network]; digests go out without summaries until then"


async def check(configured: LanguageModel, client: Client) -> Check:
    """Return whether the model's host may be contacted and takes a connection."""
    try:
        await client.reach(configured.url)
    except FetchError as error:
        return fault(NAME, str(error), _MEND)
    return fine(NAME, f"{guard.parse(configured.url).authority} takes connections; nothing was asked of it")
