"""What holds for every test."""

import signal

import pytest


@pytest.fixture(autouse=True)
def interruptible():
    """A shell starts its background jobs with Ctrl-C ignored; tests of it need it anyway."""
    earlier = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, earlier)
