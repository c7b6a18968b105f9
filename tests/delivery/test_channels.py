import pytest

from monitor import delivery
from monitor.errors import Blame, DeliveryError


def test_an_unknown_channel_is_told_for_good():
    with pytest.raises(DeliveryError, match="there is no channel 'pigeon', only folder") as caught:
        delivery.open_channel("pigeon", None)

    assert caught.value.permanent
    assert caught.value.blame is Blame.CHANNEL
