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


TIMES, CHANNELS, SNIPPETS = (0, 127, 99), (3, 67, 0), ((0, 100, 3, 7), (1, 2, 3, 4), (9, 9, 9, 9))


@pytest.mark.parametrize(
    "kind", ["u1", "i1", "<u2", "<i2", ">i2", "<u4", ">u4", "<u8", ">u8", ">i8"]
)
def test_whole_numbers_of_any_size_and_order_give_the_same_words(kind, tmp_path):
    def words_of(fields):
        events = np.empty(3, np.dtype(fields))
        events["time"], events["channel"], events["snippet"] = TIMES, CHANNELS, SNIPPETS
        np.save(tmp_path / "a.npy", events)
        return read_event_words(tmp_path / "a.npy")

    words = words_of([("snippet", kind, (4,)), ("time", kind), ("channel", kind)])

    np.testing.assert_array_equal(words, words_of(event_dtype(4)))


@pytest.mark.parametrize("kind", ["<i4", ">i8"])
def test_negative_samples_of_any_size_and_order_stay_negative(kind, tmp_path):
    snippets = [[-32_768, 32_767, -1, 0]]
    events = np.zeros(1, [("time", "u1"), ("channel", "u1"), ("snippet", kind, (4,))])
    events["snippet"] = snippets
    np.save(tmp_path / "a.npy", events)

    words = read_event_words(tmp_path / "a.npy")

    assert words[0, 4:].astype("<u4").view("<i2").tolist() == [*snippets[0], 0, 0, 0, 0]


def test_the_last_time_of_32_bits_is_one_and_the_next_is_none(tmp_path):
    events = np.zeros(1, [("time", ">u8"), ("channel", "u1"), ("snippet", ">u8", (4,))])
    events["time"] = 2**32 - 1
    np.save(tmp_path / "last.npy", events)
    events["time"] = 2**64 - 1
    np.save(tmp_path / "far.npy", events)

    assert read_event_words(tmp_path / "last.npy")[0, 0] == 2**32 - 1
    with pytest.raises(
        UserError, match=r"time must be in 0\.\.4294967295, not 18446744073709551615"
    ):
        read_event_words(tmp_path / "far.npy")


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


TYPE = "[('time','<i8'),('channel','<i8'),('snippet','<i2',(64,))]"
COUNTS = {
    "huge": "1000000000000000",
    "more_than_64_bits": f"{2**70}",
    "many_digits": "0x" + "f" * 9000,
    "negative": "-1",
    "no_number": "10**9",
}
HEADERS = {
    **{
        name: f"{{'descr': {TYPE}, 'fortran_order': False, 'shape': ({count},)}}"
        for name, count in COUNTS.items()
    },
    "token": "{'descr': '''abc",
    "syntax": "\n  'a':1}\n b",
    "nul": "{'descr'\0: 1}",
    "nested": "(" * 5000,
    "unary": "-" * 9000 + "1",
    "unhashable": "{[]: 1}",
    "mixed_keys": "{'descr': '<i2', 'fortran_order': False, 1: 2}",
    "object": f"{{'descr': [('other','O'),{TYPE[1:]}, 'fortran_order': False, 'shape': (1,)}}",
    "large_type": f"{{'descr': {TYPE}, 'fortran_order': False, 'shape': (1,)}}".replace(
        "64", "9" * 11
    ),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_makes_no_sense_is_a_line(name, tmp_path):
    header = HEADERS[name].encode() + b"\n"
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header + bytes(1440))

    with pytest.raises(UserError) as error:
        read_event_words(path)

    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


def test_a_corrupt_file_is_read_or_refused_and_never_anything_else(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, events_of(3))
    whole = np.frombuffer(path.read_bytes(), np.uint8)
    letters = np.frombuffer(b"()[]{}'\",:0123456789-+<>|= \\xOLVMmT\x00\xff\n", np.uint8)
    rng = np.random.default_rng(8)
    complaints = []

    for _ in range(400):
        length = whole.size if rng.integers(2) else rng.integers(10, whole.size)
        corrupt = whole[:length].copy()
        places = rng.integers(8, min(corrupt.size, 200), size=rng.integers(1, 5))
        corrupt[places] = rng.choice(letters, size=places.size)
        path.write_bytes(corrupt.tobytes())
        try:
            assert read_event_words(path).dtype == np.uint32
        except UserError as error:
            complaints.append(str(error))

    assert all(said.startswith(f"{path}: ") for said in complaints)
    assert (
        200 < len(complaints) < 400
    )  # where a letter changes nothing that matters the file is read


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"/gone\.npy: must be a file of events, but is not$"):
        read_event_words(tmp_path / "gone.npy")
