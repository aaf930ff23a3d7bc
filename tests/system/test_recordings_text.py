import numpy as np
import pytest

from system.errors import UserError
from system.recordings import open_recording

RATE_HZ = 2_000.0
VALUES = np.array([[0.25, -0.5], [1e-3, 0.125], [-0.75, 0.0]], dtype=np.float32)


def read(recording):
    return np.concatenate(list(recording.blocks(1_000)))


def written(path, text, **options):
    path.write_text(text, encoding="utf-8")
    return open_recording(path, **{"sampling_rate_hz": RATE_HZ, **options})


def message(path, text, **options):
    with pytest.raises(UserError) as error:
        read(written(path, text, **options))
    assert "\n" not in str(error.value)
    return str(error.value)


TABLES = {
    "blanks": "0.25 -0.5\n1e-3   0.125\n -0.75 0\n",
    "tabs": "0.25\t-0.5\n1e-3\t0.125\n-0.75\t0\n",
    "commas": "0.25,-0.5\n1e-3, 0.125\n-0.75,0\n",
    "semicolons": "0.25;-0.5\n1e-3;0.125\n-0.75;0\n",
    "names": "left,right\n0.25,-0.5\n1e-3,0.125\n-0.75,0\n",
    "quoted names": '"left","right"\n0.25,-0.5\n1e-3,0.125\n-0.75,0\n',
    "comments and empty lines": "# volts\n\n0.25 -0.5\n% half\n1e-3 0.125\n\n-0.75 0\n",
    "no last line end": "0.25 -0.5\n1e-3 0.125\n-0.75 0",
    "Windows": "\ufeff0.25 -0.5\r\n1e-3 0.125\r\n-0.75 0\r\n",
}


@pytest.mark.parametrize("text", TABLES.values(), ids=list(TABLES))
@pytest.mark.parametrize("suffix", [".txt", ".csv", ".tsv"])
def test_tables_of_every_kind(tmp_path, text, suffix):
    recording = written(tmp_path / f"a{suffix}", text)

    assert (recording.frames, recording.channels) == (3, 2)
    np.testing.assert_array_equal(read(recording), VALUES)


def test_a_column_is_one_channel(tmp_path):
    recording = written(tmp_path / "a.txt", "0.25\n1e-3\n-0.75\n")

    np.testing.assert_array_equal(read(recording), VALUES[:, :1])


def test_a_row_is_one_channel(tmp_path):
    recording = written(tmp_path / "a.txt", "0.25 1e-3 -0.75 " * 5)

    assert (recording.frames, recording.channels) == (15, 1)
    np.testing.assert_array_equal(read(recording), np.tile(VALUES[:, :1], (5, 1)))


def test_the_number_of_channels_is_checked(tmp_path):
    assert message(tmp_path / "a.txt", TABLES["blanks"], channels=4) == (
        "a.txt: samples of shape (3, 2) do not have the 4 channels given"
    )
    assert written(tmp_path / "a.txt", TABLES["blanks"], channels=3).frames == 2


def test_a_time_column_gives_the_rate_and_is_left_out(tmp_path):
    text = "time,left,right\n0,0.25,-0.5\n0.001,1e-3,0.125\n0.002,-0.75,0\n"
    (tmp_path / "a.csv").write_text(text)

    recording = open_recording(tmp_path / "a.csv")

    assert recording.sampling_rate_hz == pytest.approx(1_000.0)
    assert recording.notes == ["column 'time' was left out and gives the sampling rate"]
    np.testing.assert_array_equal(read(recording), VALUES)


def test_longer_files_than_are_parsed_at_once(tmp_path):
    counts = np.random.default_rng(1).integers(-512, 512, 120_001)
    np.savetxt(tmp_path / "a.txt", counts, fmt="%d")

    recording = open_recording(tmp_path / "a.txt", sampling_rate_hz=RATE_HZ, unit="uV")

    np.testing.assert_allclose(read(recording)[:, 0], counts * 1e-6, rtol=1e-6)


def test_whole_numbers_are_counts_and_need_a_scale(tmp_path):
    assert message(tmp_path / "a.txt", "666\n673\n-679\n") == (
        "a.txt: samples that are a converter's counts need --scale-v (volts per count) or --unit"
        " (V, mV, uV, nV); the file gives none, and its first sample is 666"
    )


def test_a_missing_number_is_told_with_its_place(tmp_path):
    assert message(tmp_path / "a.txt", "0.5\nnan\n0.5\n") == (
        "a.txt: samples must be finite, but channel 0 at frame 1 (0.0005 s) is nan"
    )


def test_a_line_that_is_not_numbers_is_told_with_its_number(tmp_path):
    assert message(tmp_path / "a.csv", "x,y\n1.5,2\n# fine\n1.5,two\n") == (
        "a.csv: line 4 must be numbers, not '1.5,two'"
    )


def test_a_line_of_other_length_is_told_with_its_number(tmp_path):
    assert message(tmp_path / "a.csv", "1.5,2\n1.5,2,3\n") == (
        "a.csv: line 2 must have 2 columns as the first has, not 3"
    )


@pytest.mark.parametrize("text", ["\n\n", "# nothing\n", "only,names\n"])
def test_a_file_without_numbers_is_refused(tmp_path, text):
    assert message(tmp_path / "a.csv", text) == "a.csv: has no line of numbers"


def test_bytes_that_are_no_text_are_one_line(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"1.0\n\xff\xfe\xfd\n")

    with pytest.raises(UserError, match=r"^a\.txt: cannot be read as text"):
        open_recording(tmp_path / "a.txt", sampling_rate_hz=RATE_HZ)


def test_the_temporary_file_goes_with_the_recording(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    recording = written(tmp_path / "a.txt", "0.25\n")

    assert len(list(tmp_path.iterdir())) == 2
    del recording

    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
