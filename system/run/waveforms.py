"""What a report shows of the signals: stretches of some channels, and some of their spikes."""

from typing import Any

import numpy as np
import numpy.typing as npt

from system.pipeline import Outcome

__all__ = ["shown_channels", "snippets_of", "trace_of"]


def shown_channels(outcome: Outcome, most: int = 8) -> list[int]:
    """Return the channels worth showing: the busiest of every noise level, then the busiest.

    Parameters
    ----------
    outcome : Outcome
        The run.
    most : int
        How many at most.

    Returns
    -------
    list of int
        Ascending.
    """
    busiest = np.argsort(-outcome.spikes.per_channel, kind="stable").tolist()
    levels = _noise_levels(outcome)
    first_of_level = {levels[channel]: channel for channel in reversed(busiest)}
    chosen = sorted(first_of_level.values(), key=busiest.index)[:most]
    chosen += [channel for channel in busiest if channel not in chosen][: most - len(chosen)]
    return sorted(chosen)


def trace_of(outcome: Outcome, events: npt.NDArray[np.void], channel: int) -> dict[str, Any]:
    """Return the ``traces`` entry of a channel.

    Parameters
    ----------
    outcome : Outcome
        The run.
    events : numpy.ndarray
        All its events.
    channel : int
        Which channel.

    Returns
    -------
    dict
        Its stretch of filtered samples, with detected and true spikes.
    """
    rate_hz = outcome.recording.sampling_rate_hz
    samples = outcome.excerpt.samples()
    start, stop = outcome.excerpt.start, outcome.excerpt.start + len(samples)
    mine = events["time"][events["channel"] == channel]
    demanded_s, neutral_s = None, []
    if outcome.truth is not None:
        shown = outcome.truth.of_channel(channel).crop(start, stop)
        shown_s = (start + shown.frame) / rate_hz
        demanded_s, neutral_s = shown_s[~shown.neutral], shown_s[shown.neutral]
    trace = {
        "channel": channel,
        "start_s": start / rate_hz,
        "sampling_rate_hz": rate_hz,
        "filtered_v": samples[:, channel] * _filtered_lsb_v(outcome),
        "spike_s": mine[(mine >= start) & (mine < stop)] / rate_hz,
        "truth_s": demanded_s,
        "neutral_s": neutral_s,
        "noise_level": _noise_levels(outcome)[channel],
    }
    settings = outcome.design.detector_settings
    if settings.mode == "absolute" and not settings.adaptive:
        word = settings.threshold_words(outcome.recording.channels)[channel]
        trace["threshold_v"] = word * _filtered_lsb_v(outcome)
    return trace


def snippets_of(outcome: Outcome, channel: int) -> dict[str, Any]:
    """Return the ``snippets`` entry of a channel.

    Parameters
    ----------
    outcome : Outcome
        The run.
    channel : int
        Which channel.

    Returns
    -------
    dict
        Its first snippets.
    """
    lsb_v = _filtered_lsb_v(outcome)
    return {
        "channel": channel,
        "sampling_rate_hz": outcome.recording.sampling_rate_hz,
        "waveforms_v": [snippet * lsb_v for snippet in outcome.spikes.examples[channel]],
    }


def _filtered_lsb_v(outcome: Outcome) -> float:
    """Return the unit of filtered samples referred to the electrode, volts."""
    return outcome.measurement.lsb_v / 2**outcome.design.band_pass.output_fraction_bits


def _noise_levels(outcome: Outcome) -> list[float | None]:
    truth = outcome.truth
    if truth is None or truth.noise_level is None:
        return [None] * outcome.recording.channels
    return truth.noise_level.tolist()
