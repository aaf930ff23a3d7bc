"""Reading needs memory for a block, not for the file: measured in a process of its own."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.system.intan_writers import write_rhd

CHANNELS = 68
RATE_HZ = 24_000

# Highest resident memory before opening and after reading in blocks of a second, megabytes. It
# is asked of the process itself: what getrusage says of a child begins with the size of its parent.
MEASURE = """
import re, sys
from pathlib import Path
import system.recordings.intan_files
from system.recordings import open_recording

def peak_mb():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024

before = peak_mb()
recording = open_recording(sys.argv[1], scale_v=1e-7, **eval(sys.argv[2]))
frames = sum(len(block_v) for block_v in recording.blocks(24_000))
print(recording.channels, frames, before, peak_mb())
"""

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs Linux's account of memory"
)


def measure(path, **options):
    """Return frames read, and megabytes at the peak before and after."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), repr(options)],
        check=True,
        capture_output=True,
        text=True,
    )
    channels, frames, before, after = map(int, done.stdout.split())
    assert channels == CHANNELS
    return frames, before, after


def sparse(path, header, size):
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + size)
    return path


def sparse_raw(folder, seconds):
    return sparse(folder / "a.bin", b"", seconds * RATE_HZ * CHANNELS * 2)


@needs_proc
def test_a_long_raw_file_needs_no_more_memory_than_a_short_one(tmp_path):
    path = sparse_raw(tmp_path, seconds=60)

    options = {"sampling_rate_hz": RATE_HZ, "channels": CHANNELS, "dtype": "int16"}
    frames, before, after = measure(path, **options)

    assert frames == 60 * RATE_HZ
    assert after - before < 40
    assert after < 500


@needs_proc
def test_a_long_intan_file_needs_no_more_memory_than_a_short_one(tmp_path):
    codes = np.zeros((40 * RATE_HZ, CHANNELS), dtype=np.int16)
    write_rhd(tmp_path / "a.rhd", codes, float(RATE_HZ), with_adc=False)

    frames, before, after = measure(tmp_path / "a.rhd")

    assert frames == 40 * RATE_HZ
    assert after - before < 60  # the file has 134 MB
    assert after < 500


@needs_proc
@pytest.mark.long
def test_an_hour_of_68_channels_needs_less_than_a_gigabyte(tmp_path):
    path = sparse_raw(tmp_path, seconds=3_600)

    options = {"sampling_rate_hz": RATE_HZ, "channels": CHANNELS, "dtype": "int16"}
    frames, _, after = measure(path, **options)

    assert frames == 3_600 * RATE_HZ
    assert after < 1_000
