import pytest

from monitor import delivery
from monitor.errors import DeliveryError


@pytest.mark.parametrize("name", delivery.CHANNELS)
def test_a_channel_is_found_by_its_name(name):
    assert callable(delivery.channel(name).deliver)


def test_an_unknown_channel_is_told_for_good():
    with pytest.raises(DeliveryError, match="there is no channel 'pigeon', only folder") as caught:
        delivery.channel("pigeon")

    assert caught.value.permanent
