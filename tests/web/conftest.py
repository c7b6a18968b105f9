import pytest

from tests.web import sites


@pytest.fixture
def site(tmp_path):
    with sites.running(tmp_path) as running:
        yield running


@pytest.fixture
def guarded(tmp_path):
    with sites.running(tmp_path, password=sites.PASSWORD) as running:
        yield running
