import re
import struct
from dataclasses import fields
from pathlib import Path

import numpy as np

from system.codecs.container import BACK, CLOSING_MAGIC, FRONT, MAGIC
from system.codecs.encode_file import Encoding, encode_file
from system.codecs.file_header import FileHeader, Summary
from system.recordings import open_recording

PAGE = (Path(__file__).parents[3] / "docs" / "codec_files.md").read_text(encoding="utf-8")


def test_the_example_of_the_page_runs():
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)

    exec(compile(example, "docs/codec_files.md", "exec"), {})


def test_the_page_describes_every_key():
    names = {each.name for each in (*fields(FileHeader), *fields(Summary))}

    assert {name for name in names if f"`{name}`" not in PAGE} == set()


def test_the_page_shows_how_files_begin_and_end():
    assert f"`{MAGIC.hex(' ')}`" in PAGE
    assert f"`{CLOSING_MAGIC.hex(' ')}`" in PAGE


def test_a_file_is_laid_out_as_the_page_says(tmp_path):
    np.save(tmp_path / "probe.npy", np.arange(300, dtype=np.int16).reshape(100, 3))
    recording = open_recording(tmp_path / "probe.npy", sampling_rate_hz=1e3, unit="uV")
    encode_file(recording, tmp_path / "probe.axc", Encoding())

    data = (tmp_path / "probe.axc").read_bytes()

    version, length = struct.unpack("<HI", data[8:14])
    assert version == 1
    assert struct.unpack("<H", data[-18:-16]) == (1,)
    assert data[14 : 14 + length].startswith(b'{"code":{')
    first = 14 + length + 4
    assert data[first] == 0xA7
    summary_length = struct.unpack("<I", data[-12:-8])[0]
    assert data[-18 - summary_length :].startswith(b'{"header":{')
    assert (FRONT.size, BACK.size) == (14, 18)
