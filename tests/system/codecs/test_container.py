import io
import json
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest

from rtl.packet_format import Mode
from system.codecs.container import (
    BACK,
    CLOSING_MAGIC,
    MAGIC,
    read_layout,
    write_header,
    write_summary,
)
from system.codecs.file_header import FileHeader, Summary
from system.codecs.sample_codes import SampleCode
from system.codecs.stream_format import StreamFormat
from system.errors import UserError
from tests.system.codecs.reference_encoder import laplacian_tables

STREAM = StreamFormat(channels=3, alphabet_width=4, contexts=2)
HEADER = FileHeader(
    name="probe",
    source_format="NumPy array",
    sampling_rate_hz=24e3,
    frames=100,
    start_s=0.5,
    gain_v=[1e-6],
    offset_v=[0.0, 1.0, 2.0],
    scale_declared=True,
    one_dimensional=False,
    code=SampleCode(dtype="<i2", width=9),
    stream=STREAM,
    tables={7: laplacian_tables(STREAM)},
    coding={"engine": "arithmetic"},
)
PACKETS = b"these would be the packets"
SUMMARY = Summary(packet_bytes=len(PACKETS), checksum=5, index=[[10, 3], [20, 9]])


def whole():
    file = io.BytesIO()
    write_header(file, HEADER)
    begin = file.tell()
    file.write(PACKETS)
    end = file.tell()
    write_summary(file, HEADER, SUMMARY)
    return file.getvalue(), begin, end


FILE, BEGIN, END = whole()


def layout(data):
    return read_layout("probe.axc", io.BytesIO(data))


def test_what_was_written_is_read():
    found = layout(FILE)

    assert (found.begin, found.end, found.notes) == (BEGIN, END, [])
    assert found.summary == SUMMARY
    assert found.header.as_json() == HEADER.as_json()
    np.testing.assert_array_equal(found.header.tables[7], HEADER.tables[7])
    assert FILE.startswith(MAGIC)
    assert FILE.endswith(CLOSING_MAGIC)


def flipped(place):
    return FILE[:place] + bytes([FILE[place] ^ 4]) + FILE[place + 1 :]


@pytest.mark.parametrize(
    ("place", "note"),
    [
        (0, "must begin as a file of packets, not with b"),
        (8, "header must have checksum 0x"),
        (11, "header must end before the file does, not at byte "),
        (40, "header must have checksum 0x"),
    ],
)
def test_a_damaged_beginning_is_found_at_the_end(place, note):
    found = layout(flipped(place))

    assert (found.begin, found.end) == (BEGIN, END)
    assert found.header.as_json() == HEADER.as_json()
    assert len(found.notes) == 1
    assert found.notes[0].startswith(f"probe.axc: {note}")


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (FILE[:-1], "must end with "),
        (FILE[: END - 3], "must end with "),
        (FILE[: BEGIN + 1], "must end with "),
        (flipped(len(FILE) - 20), "summary must have checksum 0x"),
        (flipped(len(FILE) - 9), "summary must be shorter than the file, not "),
    ],
)
def test_a_missing_end_is_noted(data, note):
    found = layout(data)

    assert (found.begin, found.summary) == (BEGIN, None)
    assert found.end == len(data)
    assert found.notes[0].startswith(f"probe.axc: {note}")


@pytest.mark.parametrize("data", [b"", b"\x89AXC", FILE[30:-30], b"RIFF" + bytes(100)])
def test_what_has_no_whole_end_is_refused(data):
    with pytest.raises(UserError, match=r"^probe.axc: must begin as a file of packets, not with "):
        layout(data)


def test_both_ends_damaged_is_refused():
    with pytest.raises(UserError, match=r"^probe.axc: header must have checksum 0x"):
        layout(flipped(40)[:-1])


def rewritten(change, version=1):
    """A file whose header says something else, under a checksum that is right."""
    plain = HEADER.as_json()
    change(plain)
    text = json.dumps(plain).encode()
    front = struct.pack("<8sHI", MAGIC, version, len(text)) + text
    return front + struct.pack("<I", zlib.crc32(front)) + PACKETS


TABLE = HEADER.as_json()["tables"]["7"]


def put(*keys_and_value):
    *path, key, value = keys_and_value

    def change(plain):
        for each in path:
            plain = plain[each]
        plain[key] = value

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda plain: plain.pop("stream"), "stream is missing"),
        (lambda plain: plain.pop("name"), "name is missing"),
        (lambda plain: plain["stream"].pop("taps"), "stream.taps is missing"),
        (lambda plain: plain["code"].pop("step"), "code.step is missing"),
        (put("surprise", 1), "surprise is not known"),
        (put("frames", 0), "frames must be in 1..281474976710656, not 0"),
        (put("frames", 1.5), "frames must be a whole number, not 1.5"),
        (put("sampling_rate_hz", -1), "sampling_rate_hz must be positive and finite, not -1"),
        (put("sampling_rate_hz", "x"), "sampling_rate_hz must be a number, not 'x'"),
        (put("start_s", "x"), "start_s must be a number, not 'x'"),
        (put("name", 3), "name must be text, not 3"),
        (put("gain_v", [1.0, 2.0]), "gain_v must be 1 or 3 finite numbers, not [1.0, 2.0]"),
        (put("gain_v", [float("inf")]), "gain_v must be 1 or 3 finite numbers, not [inf]"),
        (put("code", "width", 12), "width must be that of the packets (9), not 12"),
        (put("code", "dtype", "O"), "dtype must be of integers or floats, not 'O'"),
        (put("code", "dtype", "<<"), ""),
        (put("code", "dtype", 5), "code.dtype must be text, not 5"),
        (put("code", "dtype", "|i1"), "width must be at most the 8 of int8, not 9"),
        (put("code", "offset", 10**30), "offset must be a whole number in -32768..32767, not 1000"),
        (put("code", "ulps", "AAAA"), ""),
        (put("gain_v", [[1, 2]]), "gain_v must be 1 or 3 finite numbers, not [[1, 2]]"),
        (put("gain_v", [10**400]), ""),
        (put("one_dimensional", True), "channels must be 1 without an axis, not 3"),
        (put("stream", "channels", True), "stream.channels must be a whole number, not True"),
        (put("stream", "table_base", 1.5), "stream.table_base must be a whole number, not 1.5"),
        (put("code", "offset", "x"), "code.offset must be a whole number, not 'x'"),
        (put("stream", "channels", 0), "channels must be "),
        (put("stream", "channels", "x"), ""),
        (put("stream", "most_counted", 1 << 16), "most_counted must be "),
        (put("tables", "256", TABLE), "version of a table must be in 0..255, not 256"),
        (put("tables", "x", TABLE), ""),
        (put("tables", "7", "!"), ""),
        (put("tables", "7", "AAAA"), ""),
        (put("tables", "7", 5), ""),
        (put("stream", "contexts", 3), "frequencies must be 96 bytes, not 64"),
        (put("tables", 3), ""),
        (put("stream", None), ""),
    ],
)
def test_a_header_that_cannot_be_is_refused(change, said):
    with pytest.raises(UserError) as refusal:
        layout(rewritten(change))

    prefix = "probe.axc: header must be that of a file of packets, but: "
    assert str(refusal.value).startswith(prefix + said)


WRONG = [None, True, -1, 0, 1, 1.5, 1e308, 10**30, 10**400, "x", "1", "M8", [], [1], {}, [[1]]]


def test_no_value_of_any_key_is_more_than_one_line():
    plain = HEADER.as_json()
    keys = [(key,) for key in plain] + [
        (part, key) for part in ("stream", "code") for key in plain[part]
    ]
    refusals = []
    for path in keys:
        for value in [*WRONG, float("nan")]:
            try:
                header = layout(rewritten(put(*path, value))).header
            except UserError as error:
                refusals.append(str(error))
            else:
                codes = np.array([[-256, 0, 255]], dtype=np.int16)
                assert header.code.decode(codes).shape == codes.shape
                assert header.stream.payload(Mode.ALL_SAMPLES).width == 9

    assert len(refusals) > 0.8 * len(keys) * len(WRONG)
    assert not any("\n" in each for each in refusals)


def test_a_table_that_does_not_sum_is_named():
    wrong = replace(HEADER, tables={7: HEADER.tables[7] - (HEADER.tables[7] > 9000)})

    with pytest.raises(UserError, match=r"table 7: frequencies of context 0 must sum to 16383, no"):
        layout(rewritten(lambda plain: plain.update(wrong.as_json())))


def test_too_many_tables_are_refused():
    with pytest.raises(UserError, match=r"but: tables must be at most 16, not 17$"):
        layout(rewritten(put("tables", {str(n): TABLE for n in range(17)})))


def test_another_version_is_refused():
    with pytest.raises(UserError) as refusal:
        layout(rewritten(put("frames", 5), version=2))

    assert str(refusal.value) == "probe.axc: version of the file must be 1, not 2"


def test_another_version_is_refused_where_only_the_end_is_left():
    text = FILE[END : -BACK.size]
    checksum = zlib.crc32(struct.pack("<H", 3), zlib.crc32(text))

    with pytest.raises(UserError, match=r"^probe.axc: version of the file must be 1, not 3$"):
        layout(bytes(30) + PACKETS + text + BACK.pack(3, checksum, len(text), CLOSING_MAGIC))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"no JSON", "header must be JSON, but is not: "),
        (b"[" * 100_000, "header must be JSON, but is not: "),
        (b"[1]", "header must be a JSON object, not list"),
    ],
)
def test_a_header_that_is_no_json_is_refused(text, said):
    front = struct.pack("<8sHI", MAGIC, 1, len(text)) + text

    with pytest.raises(UserError) as refusal:
        layout(front + struct.pack("<I", zlib.crc32(front)))

    assert str(refusal.value).startswith(f"probe.axc: {said}")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"packet_bytes": -1}, "numbers must be positive, not [-1, 5]"),
        ({"checksum": "x"}, "checksum must be a whole number, not 'x'"),
        ({"index": [[-3, 2]]}, "index must be ascending pairs, not of shape (1, 2)"),
        ({"index": [[1, 10**30]]}, ""),
        ({"index": [[3, 2], [1, 5]]}, "index must be ascending pairs, not of shape (2, 2)"),
        ({"index": [[3, 2, 1]]}, "index must be ascending pairs, not of shape (1, 3)"),
        ({"index": "x"}, ""),
        ({"surprise": 1}, ""),
    ],
)
def test_a_summary_that_cannot_be_is_refused(changes, said):
    plain = {"packet_bytes": 26, "checksum": 5, "index": []} | changes

    with pytest.raises(UserError) as refusal:
        Summary.from_json("probe.axc", plain)

    prefix = "probe.axc: summary must be that of a file of packets, but: "
    assert str(refusal.value).startswith(prefix + said)
