"""Events of a recording as a program finds them, on the model and on the circuit."""

from pathlib import Path

import numpy as np
import pytest

from rtl.event_packer import EventPackerConfig
from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_system_config import ProcessorSystemConfig
from system.errors import UserError
from system.firmware.circuit import CircuitMachine
from system.firmware.events import read_event_words, write_events
from system.firmware.golden import GoldenMachine
from system.firmware.machine import Observer
from system.firmware.runner import machine_for, open_program
from verification.event_words import random_events
from verification.golden.event_packer import event_packer
from verification.golden.snippet_buffer import event_dtype

# The MAC array makes a compilation five times as long; events without samples do without.
CONFIG = ProcessorSystemConfig(core=ProcessorCoreConfig(dot=True, trace=True), mac_array=False)
SIZES = EventPackerConfig(channels=68)


def events_of(count, samples=12):
    return random_events(count, SIZES, samples=samples, rng=np.random.default_rng(count))


def said_by(machine):
    written = bytearray()
    outcome = machine.run(2_000_000, Observer(console=written.extend))
    return outcome, bytes(written)


def said_of(events):
    """Return what the program of the kit is to say."""
    samples = events["snippet"].shape[1]
    filled = -(-samples // 8) * 8
    shapes = np.array([np.ones(samples), np.arange(samples) - filled // 2]).astype(np.int64)
    lines = []
    for channel in np.unique(events["channel"]):
        own = events["snippet"][events["channel"] == channel].astype(np.int64)
        first, second = (own @ shapes.T).sum(axis=0)
        lines.append(f"channel {channel}: {len(own)} spikes, {first}, {second}\n")
    return "".join(lines).encode()


@pytest.mark.parametrize("samples", [2, 12, 64, 256])
def test_a_program_of_the_kit_takes_events_of_any_size(samples):
    events = events_of(60, samples)
    config = EventPackerConfig(channels=68, samples=-(-samples // 8) * 8)
    words = event_packer(events, config)

    outcome, said = said_by(
        machine_for("golden", open_program(Path("spike_counter")), console_input=b"e", events=words)
    )

    assert (outcome.exit_code, said) == (0, said_of(events))
    assert outcome.event_words == words.size


@pytest.mark.xdist_group("processor_circuit")
def test_circuit_and_model_give_the_same_answer_to_the_same_events():
    words = event_packer(events_of(300), EventPackerConfig(channels=68, samples=0))
    program = open_program(Path("spike_counter"))
    told = {"console_input": b"e", "events": words}

    circuit, circuit_said = said_by(CircuitMachine(CONFIG, program, **told))
    model, model_said = said_by(GoldenMachine(CONFIG, program, **told))

    assert circuit_said == model_said
    assert circuit_said.count(b"\n") > 60
    assert circuit.exit_code == model.exit_code == 0
    assert circuit.event_words == model.event_words == words.size


@pytest.mark.long
def test_circuit_and_model_give_the_same_answer_with_a_mac_array():
    events = events_of(300, 64)
    words = event_packer(events, SIZES)
    program = open_program(Path("spike_counter"))

    for place in ("golden", "rtl"):
        outcome, said = said_by(machine_for(place, program, console_input=b"e", events=words))

        assert (outcome.exit_code, said) == (0, said_of(events))


def test_events_that_nobody_takes_are_not_taken():
    words = event_packer(events_of(3), SIZES)

    outcome, _ = said_by(machine_for("golden", open_program(Path("hello")), events=words))

    assert (outcome.exit_code, outcome.event_words) == (0, 0)


def test_what_is_written_is_read_again(tmp_path):
    events = events_of(20)

    write_events(tmp_path / "a.npy", events)

    words = event_packer(events, EventPackerConfig(channels=68, samples=16))
    np.testing.assert_array_equal(read_event_words(tmp_path / "a.npy"), words)


def test_events_without_samples_are_not_written(tmp_path):
    with pytest.raises(UserError) as error:
        write_events(tmp_path / "a.npy", events_of(20)[["time", "channel"]])

    assert str(error.value) == (
        f"{tmp_path}/a.npy: events must have their samples to be written, but a run does not keep "
        "those of 20; process less with --seconds"
    )
    assert not list(tmp_path.iterdir())


def changed(**values):
    events = events_of(3).astype([("time", int), ("channel", int), ("snippet", int, (12,))])
    for name, value in values.items():
        events[name][1] = value
    return events


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "must be a file of numpy's, but begins with nothing"),
        (b"\x7fELF and more", "must be a file of numpy's, but begins with 7f454c462061"),
        (b"\x93NUMPY", "must be a whole file of numpy's, but cannot be read"),
        (np.zeros(3), "must be a row of events, each time, channel, snippet, but is not"),
        (np.zeros((2, 2), event_dtype(4)), "must be a row of events, each time, channel, snippet"),
        (events_of(2)[["time", "channel"]], "events must have time, channel, snippet, but have"),
        (np.zeros(2, event_dtype(257)), "snippet must have 1..256 samples, not the shape (257,)"),
        (
            np.zeros(2, [("time", float), ("channel", int), ("snippet", int, (4,))]),
            "time must be whole numbers, not float64",
        ),
        (
            np.zeros(2, [("time", int, (2,)), ("channel", int), ("snippet", int, (4,))]),
            "time must be one number, not the shape (2,)",
        ),
        (changed(time=-1), "time must be in 0..4294967295, not -1, in event 1"),
        (changed(channel=1024), "channel must be in 0..1023, not 1024, in event 1"),
        (changed(snippet=40_000), "samples of a snippet must be in -32768..32767, not "),
    ],
)
def test_a_file_of_something_else_is_refused(content, complaint, tmp_path):
    path = tmp_path / "a.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, content)

    with pytest.raises(UserError) as error:
        read_event_words(path)

    assert str(error.value).startswith(f"{path}: {complaint}")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"/gone\.npy: must be a file of events, but is not$"):
        read_event_words(tmp_path / "gone.npy")
