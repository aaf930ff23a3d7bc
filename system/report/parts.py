"""The parts of the report: each key, its unit, its meaning and its rule."""

from collections.abc import Mapping

from system.report.containers import ListOf, MapOf, Record
from system.report.rules import Key, Number, Text

__all__ = [
    "AXOCELL",
    "BULK",
    "CHANNEL",
    "CODEC_RTL_GOLDEN",
    "CODED",
    "COUNT",
    "DATA_RATE",
    "DETECTION",
    "EVENTS",
    "FRACTION",
    "MAYBE",
    "MAYBE_COUNT",
    "MAYBE_POSITIVE",
    "OUTPUTS",
    "RECORDING",
    "RTL_GOLDEN",
    "SEEDS",
    "SNIPPETS",
    "SPEED",
    "TRACE",
    "list_of",
]

# A filtered sample has some twelve bits and a spectrum is read to 0.01 dB: five
# significant digits lose nothing and halve the file.
BULK_DIGITS = 5
MAX_WAVEFORMS = 60  # per channel: enough to see the spread, few enough to see through

COUNT = Number(minimum=0, integer=True)
MAYBE_COUNT = Number(minimum=0, integer=True, nullable=True)
CHANNEL = Key(COUNT, "Channel, counted from 0.")
MAYBE = Number(nullable=True)
MAYBE_POSITIVE = Number(minimum=0, nullable=True)
FRACTION = Number(minimum=0, maximum=1, nullable=True)
TIMES = ListOf(Number(minimum=0))
BULK = ListOf(Number(digits=BULK_DIGITS, nullable=True))


def list_of(keys: Mapping[str, Key]) -> ListOf:
    """Return the rule of a list of records.

    Parameters
    ----------
    keys : Mapping of str to Key
        The keys of each record.

    Returns
    -------
    ListOf
        The rule.
    """
    return ListOf(Record(keys))


SCORES = {
    "precision": Key(FRACTION, "True positives over true and false positives."),
    "recall": Key(FRACTION, "True positives over all true spikes."),
    "f1": Key(FRACTION, "Harmonic mean of precision and recall."),
}
NOISE_LEVEL = Key(
    MAYBE_POSITIVE, "Standard deviation of the noise over the height of the spike peak."
)

AXOCELL = {
    "version": Key(Text(), "Version of Axocell that ran."),
    "generated": Key(Text(), "When the report was made, ISO 8601 with time zone."),
    "command": Key(ListOf(Text()), "The command, word by word."),
    "python": Key(Text(), "Version of Python."),
    "platform": Key(Text(), "Operating system and processor."),
    "packages": Key(MapOf(Text()), "Version of each package that the figures rest on, by name."),
}

RECORDING = {
    "name": Key(Text(), "What the recording calls itself."),
    "source": Key(Text(nullable=True), "Where it came from: a file, or the generator's name."),
    "sampling_rate_hz": Key(Number(minimum=1), "Samples per second of one channel.", "Hz"),
    "channels": Key(Number(minimum=1, integer=True), "Number of channels."),
    "frames": Key(COUNT, "Number of frames processed; a frame is one sample of every channel."),
    "seconds": Key(Number(minimum=0), "Duration processed.", "s"),
    "whole_s": Key(
        Number(minimum=0), "Length of the recording, processed or not.", "s", required=False
    ),
}

SEEDS = {
    "die": Key(MAYBE_COUNT, "Seed of the frontend's mismatch: one seed, one die."),
    "noise": Key(MAYBE_COUNT, "Seed of the frontend's noise."),
    "recording": Key(MAYBE_COUNT, "Seed of a generated recording; null for one read from a file."),
}

TIMING_ERROR = {
    "offset": Key(MAYBE, "Constant delay of detections, taken off before the rest.", "s"),
    "median": Key(MAYBE, "Median of the absolute error that remains.", "s"),
    "std": Key(MAYBE_POSITIVE, "Standard deviation of the error.", "s"),
    "p95": Key(MAYBE, "95th percentile of the absolute error.", "s"),
}

DETECTION_CHANNEL = {
    "channel": CHANNEL,
    "noise_level": NOISE_LEVEL,
    **SCORES,
    "false_alarms_per_s": Key(
        MAYBE_POSITIVE,
        "Detections without a true spike; of a spike too faint to be asked for they do not count.",
        "1/s",
    ),
    "timing_error_s": Key(MAYBE, "Median absolute timing error after the common offset.", "s"),
    "truth": Key(COUNT, "True spikes that are asked for."),
    "detected": Key(COUNT, "Detections, those of faint spikes included."),
    "neutral": Key(
        COUNT, "Detections of spikes too faint to be asked for; they count nowhere.", "", False
    ),
}

DETECTION_LEVEL = {
    "noise_level": NOISE_LEVEL,
    "channels": Key(COUNT, "Number of channels at this level."),
    **SCORES,
}

DETECTION = {
    **SCORES,
    "false_alarms_per_s": Key(
        MAYBE_POSITIVE, "Detections without a true spike, all channels together.", "1/s"
    ),
    "true_positives": Key(COUNT, "Detections matched with a true spike."),
    "false_positives": Key(
        COUNT, "Detections without one; those of spikes too faint to be asked for count nowhere."
    ),
    "false_negatives": Key(COUNT, "True spikes without a detection."),
    "neutral": Key(
        COUNT, "Detections of spikes too faint to be asked for; they count nowhere.", "", False
    ),
    "tolerance_s": Key(Number(minimum=0), "Greatest distance of a match, after the offset.", "s"),
    "timing_error_s": Key(Record(TIMING_ERROR), "Detection time less true time, of matches."),
    "per_channel": Key(list_of(DETECTION_CHANNEL), "The scores of each channel."),
    "per_noise_level": Key(list_of(DETECTION_LEVEL), "The scores of each noise level."),
}

EVENTS = {
    "count": Key(COUNT, "Detections on all channels."),
    "lost": Key(
        COUNT,
        "Events that the circuit lost, as its register counts them. In the simulation no sample "
        "arrives while a packet leaves: a chip at its own pace may lose others.",
    ),
    "per_channel": Key(ListOf(COUNT), "Detections on each channel; they add up to `count`."),
}

DATA_RATE = {
    "word_bits": Key(Number(minimum=1, integer=True), "Width of one raw sample.", "bit"),
    "input_bits_per_s": Key(MAYBE_POSITIVE, "Raw samples of all channels.", "bit/s"),
    "event_bits_per_s": Key(MAYBE_POSITIVE, "Events as time and channel alone.", "bit/s"),
    "snippet_bits_per_s": Key(MAYBE_POSITIVE, "Events with their waveforms.", "bit/s"),
    "reduction": Key(MAYBE_POSITIVE, "Raw rate over the rate with waveforms; null if no event."),
    "space_saving": Key(Number(maximum=1, nullable=True), "One less the inverse of `reduction`."),
}

CODED = {
    "mode": Key(Text(), "What is sent: all samples, all of them coarser, or snippets."),
    "word_bits": Key(
        Number(minimum=1, integer=True), "Width of a raw sample, which savings are against.", "bit"
    ),
    "channels": Key(COUNT, "Channels, the first of the recording."),
    "raw_bits": Key(COUNT, "All samples of these channels, at the converter's width.", "bit"),
    "coded_bytes": Key(COUNT, "Packets, headers and checksums included.", "byte"),
    "space_saving": Key(Number(maximum=1, nullable=True), "Part of `raw_bits` not to be sent."),
    "sent": Key(COUNT, "Samples or snippets that were coded."),
    "wrong": Key(COUNT, "Of these, those that came back changed, or did not, after decoding."),
    "sndr_db": Key(MAYBE, "Signal over what decoding changed; null if nothing.", "dB"),
    "largest_error": Key(COUNT, "Largest change of a sample, codes."),
    "bin_s": Key(Number(minimum=0), "Length of a bin of `bytes_per_bin`.", "s"),
    "bytes_per_bin": Key(ListOf(COUNT), "Packets by the time at which they end.", "byte"),
}

RTL_GOLDEN = {
    "engine": Key(
        Text(choices=("cxxrtl", "pysim", "none")),
        "What ran the circuit: compiled C++, Amaranth's own simulator, or nothing.",
    ),
    "samples": Key(COUNT, "Filtered samples compared; 0 if the circuit did not run."),
    "mismatches": Key(MAYBE_COUNT, "Filtered samples that differ from the golden model."),
    "event_samples": Key(MAYBE_COUNT, "Input samples over which events were compared."),
    "event_mismatches": Key(
        MAYBE_COUNT,
        "Events that only one of them has with this time, channel and waveform; `event_losses` "
        "are not among them.",
    ),
    "event_losses": Key(
        MAYBE_COUNT,
        "Events that only the model has because the circuit lost them, as its register counts.",
        required=False,
    ),
    "events_compared": Key(MAYBE_COUNT, "Events that either has, each counted once."),
    "seconds": Key(MAYBE_POSITIVE, "Duration of the recording compared.", "s"),
    "covered_fraction": Key(FRACTION, "Part of what was processed that was compared."),
    "note": Key(Text(nullable=True), "Why the part is less than the whole, if it is."),
}

CODEC_RTL_GOLDEN = {
    "mode": Key(Text(), "What is sent, as in `codecs`."),
    "engine": Key(Text(choices=("cxxrtl", "pysim")), "What ran the circuit."),
    "channels": Key(COUNT, "Channels, the first of the recording."),
    "samples": Key(COUNT, "Samples of these that were coded, or in which the snippets were found."),
    "packets": Key(COUNT, "Packets that the model made of them."),
    "packet_items": Key(
        COUNT,
        "Frames, or snippets, of a packet at most: so few that no clock decides where it ends.",
    ),
    "bytes": Key(COUNT, "Bytes compared: all that either sent.", "byte"),
    "mismatches": Key(COUNT, "Bytes that differ, or that only one of them sent.", "byte"),
    "first_mismatch": Key(Text(nullable=True), "The first of these."),
    "cycles": Key(COUNT, "Clock cycles simulated."),
    "seconds": Key(Number(minimum=0), "Duration of the recording compared, from its start.", "s"),
    "covered_fraction": Key(FRACTION, "Part of what was processed that was compared."),
}

SPEED = {
    "golden_x_real_time": Key(
        MAYBE_POSITIVE, "Seconds of recording that the golden chain does in one."
    ),
    "rtl_x_real_time": Key(
        MAYBE_POSITIVE, "Seconds of recording that the simulated circuit does in one."
    ),
    "rtl_cycles_per_s": Key(MAYBE_POSITIVE, "Clock cycles simulated per second.", "1/s"),
    "frontend_x_real_time": Key(
        MAYBE_POSITIVE, "Seconds of recording that the frontend model does in one."
    ),
    "wall_s": Key(MAYBE_POSITIVE, "Time that the whole run took.", "s"),
}

TRACE = {
    "channel": CHANNEL,
    "start_s": Key(Number(minimum=0), "Time of the first sample in the recording.", "s"),
    "sampling_rate_hz": Key(Number(minimum=1), "Samples per second.", "Hz"),
    "filtered_v": Key(BULK, "Output of the band-pass filter, referred to the electrode.", "V"),
    "spike_s": Key(TIMES, "Times of the detections inside the trace, in the recording.", "s"),
    "truth_s": Key(
        ListOf(Number(minimum=0), nullable=True), "Times of the true spikes; null if unknown.", "s"
    ),
    "noise_level": NOISE_LEVEL,
    "neutral_s": Key(
        TIMES, "Times of spikes too faint to be asked for; none is among `truth_s`.", "s", False
    ),
    "threshold_v": Key(
        MAYBE_POSITIVE, "Threshold on the trace, where the detector has one.", "V", required=False
    ),
}

SNIPPETS = {
    "channel": CHANNEL,
    "sampling_rate_hz": Key(Number(minimum=1), "Samples per second.", "Hz"),
    "waveforms_v": Key(
        ListOf(BULK, longest=MAX_WAVEFORMS), "Detected waveforms, all of one length.", "V"
    ),
}

OUTPUTS = {
    "sorting": Key(Text(nullable=True), "The spikes as a SpikeInterface sorting."),
    "nwb": Key(Text(nullable=True), "The spikes as Neurodata Without Borders."),
}
