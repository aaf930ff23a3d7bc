"""Ctrl-C between two blocks instead of anywhere, so that what is done can be kept."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["deferred_interrupts"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def deferred_interrupts() -> Iterator[Callable[[], bool]]:
    """Note the first request to stop instead of obeying it; the second one is obeyed at once.

    Outside of the main thread, where no signal arrives, and where signals are ignored, nothing
    changes.

    Yields
    ------
    callable
        Says whether a stop has been requested.
    """
    requested = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal requested
        if requested:
            signal.default_int_handler(number, frame)
        requested = True

    earlier = {}
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if signal.getsignal(number) is signal.default_int_handler:
                earlier[number] = signal.signal(number, note)
    try:
        yield lambda: requested
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
