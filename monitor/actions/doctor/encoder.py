"""Looks at the encoder: whether it is there, can be loaded, and makes a vector."""

from monitor.actions.doctor.check import Check, fine, told
from monitor.encoders import NOTHING, choose, open_encoder
from monitor.errors import EncoderError

NAME = "encoder"
_OTHERWISE = 'mend what it says, or set [matching] encoder = "none"; articles are judged by words alone until then'


def check(wanted: str) -> Check:
    """Return whether the encoder that the configuration names makes vectors; it is loaded for that."""
    try:
        encoder = open_encoder(wanted)
        if encoder is NOTHING:
            return fine(NAME, f"{choose(wanted).why}: articles are judged by words alone")
        encoder.encode(["news"])
    except EncoderError as error:
        return told(NAME, str(error), _OTHERWISE)
    return fine(NAME, f"{choose(wanted).why}, {encoder.size} numbers a text; its languages: {encoder.languages}")
