import os
import resource
import signal

import numpy as np
import pytest

from system.cli import main

COUNTS = np.random.default_rng(1).normal(0, 40, (2000, 4)).cumsum(axis=0).round() % 400 - 200
COUNTS = COUNTS.astype(np.int16)
GIVEN = ["--sampling-rate", "24000", "--scale-v", "0.195e-6"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("probe.npy", COUNTS)
    return tmp_path


@pytest.fixture
def encoded(folder, capsys):
    assert names_in(folder) == ["probe.npy"]
    words = ["encode", "probe.npy", "--output", "probe.axc", "--packet-frames", "100", *GIVEN]
    assert main(words) == 0
    return capsys.readouterr().out


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_recording_is_encoded_and_decoded(folder, encoded, capsys):
    lines = encoded.splitlines()
    size = (folder / "probe.axc").stat().st_size
    assert lines[0] == "probe: 2000 frames of 4 channels at 24000 Hz, int16, 9 bits used"
    assert lines[1].startswith(f"{size} bytes, {size / 1000:.4g} bits a sample: ")
    assert lines[-1] == "Written: probe.axc"

    assert main(["decode", "probe.axc", "--output", "again.npy"]) == 0

    np.testing.assert_array_equal(np.load("again.npy"), COUNTS)
    assert capsys.readouterr().out == (
        "probe: 2000 frames of 4 channels at 24000 Hz, int16, 9 bits used, 1.95e-07 V per unit\n"
        "Written: again.npy\n"
    )
    assert names_in(folder) == ["again.npy", "probe.axc", "probe.npy"]


@pytest.mark.parametrize(
    "options",
    [["--engine", "golomb"], ["--train"], ["--no-adaptive"], ["--order", "3"]],
)
def test_every_option_gives_the_recording_back(folder, options):
    assert main(["encode", "probe.npy", "--output", "o.axc", *GIVEN, *options]) == 0
    assert main(["decode", "o.axc", "--output", "o.dat"]) == 0

    assert (folder / "o.dat").read_bytes() == COUNTS.tobytes()


def test_floats_are_rounded_if_asked(folder, capsys):
    floats = COUNTS + np.random.default_rng(2).random(COUNTS.shape)
    np.save(folder / "floats.npy", floats)

    assert main(["encode", "floats.npy", "--output", "f.axc", *GIVEN[:2], "--unit", "uV"]) == 2
    words = ["--sampling-rate", "24e3", "--unit", "uV", "--lsb-uv", "0.5"]
    assert main(["encode", "floats.npy", "--output", "f.axc", *words]) == 0
    assert main(["decode", "f.axc", "--output", "f.npy"]) == 0

    assert np.abs(np.load("f.npy") - floats).max() <= 0.25
    shown = capsys.readouterr()
    assert "float64, rounded to multiples of 0.5, " in shown.out
    assert "axocell: floats.npy: floats must be whole multiples of one number" in shown.err


def broken(folder, place):
    data = bytearray((folder / "probe.axc").read_bytes())
    data[place] ^= 0x20
    (folder / "probe.axc").write_bytes(data)


def test_damage_is_listed_and_is_status_1(folder, encoded, capsys):
    assert encoded
    broken(folder, 5000)

    assert main(["decode", "probe.axc", "--output", "again.npy"]) == 1

    shown = capsys.readouterr().out
    assert "1 damaged, " in shown
    assert "checksum" in shown
    assert "100 samples are missing" in shown
    again = np.load("again.npy")
    assert (again != COUNTS).sum() <= 100
    assert again.shape == COUNTS.shape


def test_damaged_frames_can_be_left_out(folder, encoded):
    assert encoded
    broken(folder, 5000)

    assert main(["decode", "probe.axc", "--output", "again.npy", "--omit-gaps"]) == 1

    assert np.load("again.npy").shape == (1900, 4)


def test_strictness_writes_nothing(folder, encoded, capsys):
    assert encoded
    broken(folder, 5000)

    assert main(["decode", "probe.axc", "--output", "again.npy", "--strict"]) == 2

    assert capsys.readouterr().err.startswith("axocell: probe.axc: packet ")
    assert names_in(folder) == ["probe.axc", "probe.npy"]


def test_a_damaged_end_is_told(folder, encoded, capsys):
    assert encoded
    broken(folder, -1)

    assert main(["decode", "probe.axc", "--output", "again.npy"]) == 1

    assert "Damaged: probe.axc: must end with " in capsys.readouterr().out
    np.testing.assert_array_equal(np.load("again.npy"), COUNTS)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            ["encode", "probe.npy", "--output", "o.wav", *GIVEN],
            "o.wav: suffix must be .axc, not .wav",
        ),
        (
            ["encode", "probe.npy", "--output", "old.axc", *GIVEN],
            "old.axc: must be a new file, but there is one; choose another --output",
        ),
        (
            ["decode", "probe.axc", "--output", "probe.npy"],
            "probe.npy: must be a new file, but there is one; choose another --output",
        ),
        (
            ["decode", "probe.axc", "--output", "o.mat"],
            "o.mat: suffix must be one of .npy .bin .dat .raw .i16 .i32 .f32 .f64, not .mat",
        ),
        (["decode", "old.axc", "--output", "o.npy"], "old.axc: must begin as a file of packets, "),
        (["decode", "none.axc", "--output", "o.npy"], "none.axc: cannot be read: No such file"),
        (
            ["encode", "probe.npy", "--output", "o.axc", *GIVEN, "--packet-frames", "70000"],
            "packet_frames must be in 1..65535, not 70000",
        ),
        (["encode", "probe.npy", "--output", "o.axc"], "probe.npy: does not state its sampling"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_writes_nothing(
    folder, encoded, capsys, words, complaint
):
    assert encoded
    (folder / "old.axc").write_bytes(b"something else")

    assert main(words) == 2

    shown = capsys.readouterr().err
    assert shown.startswith(f"axocell: {complaint}")
    assert shown.count("\n") == 1
    assert names_in(folder) == ["old.axc", "probe.axc", "probe.npy"]
    assert (folder / "old.axc").read_bytes() == b"something else"


LARGE = np.tile(COUNTS, (200, 1))


@pytest.fixture
def small_files():
    """No file may have more bytes than this; it is met as a full disk is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda most: resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("command", ["encode", "decode"])
def test_a_full_disk_is_one_line_and_leaves_nothing(folder, encoded, command, small_files, capsys):
    assert encoded
    np.save("probe.npy", LARGE)
    assert main(["encode", "probe.npy", "--output", "large.axc", *GIVEN]) == 0
    before = names_in(folder)
    capsys.readouterr()
    words = {
        "encode": ["encode", "probe.npy", "--output", "o.axc", *GIVEN],
        "decode": ["decode", "large.axc", "--output", "o.npy"],
    }[command]

    small_files(300_000)
    status = main(words)

    shown = capsys.readouterr().err
    assert status == 2
    assert shown.endswith(": cannot be written: File too large\n")
    assert shown.count("\n") == 1
    assert names_in(folder) == before


@pytest.mark.parametrize("command", ["encode", "decode"])
def test_an_interruption_leaves_nothing(folder, encoded, command, monkeypatch, capsys):
    assert encoded
    module = f"system.codecs.{command}_file"
    target = {"encode": f"{module}.read_stored", "decode": f"{module}.SampleCode.decode"}[command]
    if command == "decode":
        target = "system.codecs.sample_codes.SampleCode.decode"

    def interrupted(*_arguments):
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(target, interrupted)
    words = {
        "encode": ["encode", "probe.npy", "--output", "o.axc", *GIVEN],
        "decode": ["decode", "probe.axc", "--output", "o.npy"],
    }[command]

    assert main(words) == 130

    assert capsys.readouterr().err == "axocell: interrupted: nothing was kept\n"
    assert names_in(folder) == ["probe.axc", "probe.npy"]


def test_a_compressed_recording_is_one(folder, encoded):
    assert encoded

    words = ["encode", "probe.axc", "--output", "twice.axc", "--train", "--packet-frames", "1000"]
    assert main(words) == 0
    assert main(["decode", "twice.axc", "--output", "again.npy"]) == 0

    np.testing.assert_array_equal(np.load("again.npy"), COUNTS)
    assert (folder / "twice.axc").stat().st_size < (folder / "probe.axc").stat().st_size


def test_more_channels_than_the_circuits_have_are_refused(folder, capsys):
    np.save("wide.npy", np.zeros((1100, 1025), dtype=np.int16))

    assert main(["encode", "wide.npy", "--output", "wide.axc", *GIVEN]) == 2

    assert capsys.readouterr().err == (
        "axocell: wide.npy: a recording to be encoded must have at most 1024 channels, not 1025\n"
    )
    assert names_in(folder) == ["probe.npy", "wide.npy"]
