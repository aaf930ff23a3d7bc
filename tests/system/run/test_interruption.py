import os
import signal
import threading

import pytest

from system.run.interruption import deferred_interrupts


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_request_is_noted_and_the_second_obeyed():
    with deferred_interrupts() as stop_requested:
        assert not stop_requested()
        interrupt()
        assert stop_requested()

        with pytest.raises(KeyboardInterrupt):
            interrupt()


def test_afterwards_a_request_is_obeyed_again():
    with deferred_interrupts():
        pass

    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_signals_that_are_ignored_stay_ignored():
    earlier = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with deferred_interrupts() as stop_requested:
            interrupt()
            assert not stop_requested()
    finally:
        signal.signal(signal.SIGINT, earlier)


def test_other_threads_get_no_signal_and_need_no_handler():
    answers = []

    def work():
        with deferred_interrupts() as stop_requested:
            answers.append(stop_requested())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert answers == [False]
