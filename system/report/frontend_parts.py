"""The analog part of the report: what is modelled, and what was measured on the die."""

from system.report.containers import ListOf, Record
from system.report.parts import (
    BULK,
    CHANNEL,
    COUNT,
    FRACTION,
    MAYBE,
    MAYBE_COUNT,
    MAYBE_POSITIVE,
    list_of,
)
from system.report.rules import Key, Number

__all__ = ["FRONTEND"]

ENOB = Key(MAYBE, "Effective number of bits, (SNDR - 1.76 dB) / 6.02 dB.", "bit")
SNDR = Key(MAYBE, "Signal to noise and distortion of a test tone.", "dB")
TONE_EXTRAS = {
    "sfdr_db": Key(MAYBE, "Tone over the loudest other line.", "dB", required=False),
    "thd_db": Key(MAYBE, "Harmonics over the tone.", "dB", required=False),
}

FRONTEND_CHANNEL = {
    "channel": CHANNEL,
    "enob_bits": ENOB,
    "sndr_db": SNDR,
    "input_noise_v": Key(MAYBE_POSITIVE, "Input-referred noise, root mean square.", "V"),
    "nef": Key(MAYBE_POSITIVE, "Noise efficiency factor, V_ni sqrt(2 I / (pi U_T 4 k T BW))."),
    **TONE_EXTRAS,
    "gain": Key(MAYBE, "Measured gain in the middle of the band.", required=False),
    "recording_noise_v": Key(
        MAYBE_POSITIVE,
        "Noise of a recording without signal, root mean square.",
        "V",
        required=False,
    ),
}

SPECTRUM = {
    "frequency_hz": Key(
        ListOf(Number(minimum=0, digits=9)), "Frequency of each bin, ascending.", "Hz"
    ),
    "power_dbfs": Key(BULK, "Power of each bin against a full-scale sine.", "dBFS"),
    "tone_hz": Key(MAYBE_POSITIVE, "Frequency of the test tone.", "Hz"),
    "channel": Key(MAYBE_COUNT, "Channel measured; null for a converter alone."),
}

CONVERTER = {
    "converter": Key(COUNT, "Converter, counted from 0."),
    "enob_bits": ENOB,
    "sndr_db": SNDR,
    **TONE_EXTRAS,
    "dnl_lsb": Key(MAYBE_POSITIVE, "Largest differential nonlinearity.", "LSB"),
    "inl_lsb": Key(MAYBE_POSITIVE, "Largest integral nonlinearity.", "LSB"),
    "offset_lsb": Key(MAYBE, "Code of zero volts.", "LSB"),
    "spectrum": Key(Record(SPECTRUM, nullable=True), "Spectrum of its codes under the test tone."),
}

FRONTEND = {
    "bits": Key(Number(minimum=1, integer=True), "Width of the converter.", "bit"),
    "gain": Key(Number(), "Nominal gain before the converter."),
    "full_scale_v": Key(
        MAYBE_POSITIVE, "Largest electrode voltage that has a code: half the input range.", "V"
    ),
    "lsb_v": Key(Number(minimum=0), "One code, referred to the electrode.", "V"),
    "clipped_samples": Key(COUNT, "Samples that met the end of the range, all channels."),
    "clipped_fraction": Key(FRACTION, "Clipped samples over all samples."),
    "power_w_per_channel": Key(
        MAYBE_POSITIVE, "Power of one channel by the currents of the design.", "W"
    ),
    "published_power_w_per_channel": Key(
        MAYBE_POSITIVE,
        "What the published chip needs; the currents of the default design are set to its total.",
        "W",
    ),
    "channels": Key(list_of(FRONTEND_CHANNEL), "Channels measured with a test tone."),
    "spectrum": Key(
        Record(SPECTRUM, nullable=True), "Spectrum of one channel's codes under the test tone."
    ),
    "converters": Key(
        list_of(CONVERTER), "Converters of the die, each driven directly.", required=False
    ),
}
