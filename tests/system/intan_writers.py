"""Writers of Intan's files, as small as their readers accept.

Source: Intan Technologies, "RHD data file formats" and "RHS data file formats", 2012-2021.
"""

import struct

import numpy as np

INTAN_GAIN_V = 0.195e-6
AMPLIFIER, ADC = 0, 3  # types of signals
BLOCK = 128  # frames


def write_rhd(path, codes, sampling_rate_hz, first_stamp=0, with_adc=True):
    """Write an RHD file of version 2.0, samples after the header."""
    blocks = []
    for start in range(0, len(codes), BLOCK):
        blocks.append(np.arange(start, start + BLOCK, dtype="<i4") + first_stamp)
        blocks.append(_offset_binary(codes[start : start + BLOCK]))
        blocks.append(np.zeros(BLOCK * with_adc, dtype="<u2"))
    header = _rhd_header(codes.shape[1], sampling_rate_hz, with_adc)
    path.write_bytes(header + b"".join(block.tobytes() for block in blocks))


def write_rhd_folder(folder, codes, sampling_rate_hz):
    """Write an RHD header and one file for each type of signal beside it."""
    folder.mkdir()
    header = _rhd_header(codes.shape[1], sampling_rate_hz, with_adc=False)
    (folder / "info.rhd").write_bytes(header)
    codes.astype("<i2").tofile(folder / "amplifier.dat")
    np.arange(len(codes), dtype="<i4").tofile(folder / "time.dat")


def write_rhs(path, codes, sampling_rate_hz):
    """Write an RHS file, samples and stimulation after the header."""
    channels = codes.shape[1]
    header = struct.pack("<Ihhf", 0xD69127AC, 3, 0, sampling_rate_hz)
    header += struct.pack("<h8fh2f2h3f", 0, *[0.0] * 8, 0, 0.0, 0.0, 0, 0, 1e-6, 0.0, 0.0)
    header += _text("") * 3 + struct.pack("<hh", 0, 0) + _text("") + struct.pack("<h", 1)
    header += _group("Port A", "A", channels)
    header += b"".join(
        _text(f"A-{c:03d}") * 2 + struct.pack("<11h2f", c, c, AMPLIFIER, 1, c, *[0] * 6, 0.0, 0.0)
        for c in range(channels)
    )
    blocks = []
    for start in range(0, len(codes), BLOCK):
        blocks.append(np.arange(start, start + BLOCK, dtype="<i4"))
        blocks.append(_offset_binary(codes[start : start + BLOCK]))
        blocks.append(np.zeros(BLOCK * channels, dtype="<u2"))
    path.write_bytes(header + b"".join(block.tobytes() for block in blocks))


def _rhd_header(channels, sampling_rate_hz, with_adc):
    header = struct.pack("<Ihhf", 0xC6912702, 2, 0, sampling_rate_hz)
    header += struct.pack("<h6fh2f", 0, *[0.0] * 6, 0, 0.0, 0.0)
    header += _text("") * 3 + struct.pack("<hh", 0, 0) + _text("") + struct.pack("<h", 2)
    header += _group("Port A", "A", channels)
    header += b"".join(_rhd_channel(f"A-{c:03d}", c, AMPLIFIER) for c in range(channels))
    header += _group("Board ADC Inputs", "ANALOG-IN", int(with_adc))
    return header + _rhd_channel("ANALOG-IN-0", 0, ADC) * with_adc


def _rhd_channel(name, number, signal):
    fields = struct.pack("<10h2f", number, number, signal, 1, number, *[0] * 5, 0.0, 0.0)
    return _text(name) * 2 + fields


def _group(name, prefix, channels):
    return _text(name) + _text(prefix) + struct.pack("<3h", 1, channels, channels)


def _text(text):
    encoded = text.encode("utf-16-le")
    return struct.pack("<I", len(encoded)) + encoded


def _offset_binary(codes):
    """Return codes channel by channel around half of full scale."""
    return (codes.T.astype(np.int32) + 32_768).astype("<u2")
