"""The inner loops of the recording frontend, compiled.

Channels are innermost, so that the loops run several channels at once, and the order of the
arithmetic is fixed, so that results do not depend on the size of the blocks.
"""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled

__all__ = ["amplify", "convert", "filter_noise"]

Reals = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]


@compiled
def amplify(
    voltage_v: npt.NDArray[np.floating],
    offset_v: Reals,
    gain: Reals,
    filters: Reals,
    limit_v: float,
    oversampling: int,
    state: Reals,
    output_v: Reals,
    saturated: npt.NDArray[np.bool_],
) -> None:
    """Filter, amplify, limit and filter again; keep the first of ``oversampling`` samples.

    Parameters
    ----------
    voltage_v : numpy.ndarray
        Electrode voltages ``[frames * oversampling, channels]``, volts.
    offset_v : numpy.ndarray
        Electrode offsets ``[channels]``, volts.
    gain : numpy.ndarray
        Gains ``[channels]``.
    filters : numpy.ndarray
        ``b0 b1 b2 a1 a2`` of high-pass, low-pass (both of first order) and anti-alias filter.
    limit_v : float
        Largest output voltage of the amplifier, volts.
    oversampling : int
        Input samples a conversion.
    state : numpy.ndarray
        Filter states ``[4, channels]``, updated.
    output_v : numpy.ndarray
        Result ``[frames, channels]``, volts.
    saturated : numpy.ndarray
        Whether the amplifier was at its limit ``[frames, channels]``, result.
    """
    frames, channels = output_v.shape
    high, low, alias, alias_late = state[0], state[1], state[2], state[3]
    high_b0, high_b1, high_a1 = filters[0, 0], filters[0, 1], filters[0, 3]
    low_b0, low_b1, low_a1 = filters[1, 0], filters[1, 1], filters[1, 3]
    b0, b1, b2, a1, a2 = filters[2]
    for frame in range(frames):
        for step in range(oversampling):
            row = voltage_v[frame * oversampling + step]
            for channel in range(channels):
                source_v = row[channel] + offset_v[channel]
                passed_v = high_b0 * source_v + high[channel]
                high[channel] = high_b1 * source_v - high_a1 * passed_v
                slow_v = low_b0 * passed_v + low[channel]
                low[channel] = low_b1 * passed_v - low_a1 * slow_v
                wanted_v = gain[channel] * slow_v
                limited_v = min(max(wanted_v, -limit_v), limit_v)
                result_v = b0 * limited_v + alias[channel]
                alias[channel] = b1 * limited_v - a1 * result_v + alias_late[channel]
                alias_late[channel] = b2 * limited_v - a2 * result_v
                if step == 0:
                    output_v[frame, channel] = result_v
                    saturated[frame, channel] = wanted_v != limited_v
                else:
                    saturated[frame, channel] |= wanted_v != limited_v


@compiled
def filter_noise(
    draws: Singles,
    a: Singles,
    k: Singles,
    c: Singles,
    states: npt.NDArray[np.float32],
) -> None:
    """Turn white noise into the noise of the channels: ``y = c x + e``, ``x' = a x + k e``.

    Parameters
    ----------
    draws : numpy.ndarray
        White noise ``e`` in, noise ``y`` out, ``[frames, channels]``.
    a, k, c : numpy.ndarray
        The innovations form; zeros in ``a`` cost nothing.
    states : numpy.ndarray
        ``[2, states, channels]``: ``x`` and room for the next ``x``, updated.
    """
    frames, channels = draws.shape
    count = k.size
    memory = np.empty(channels, dtype=np.float32)
    for frame in range(frames):
        now, following = states[0], states[1]
        if frame % 2 == 1:
            now, following = following, now
        fresh = draws[frame]
        memory[:] = 0
        for i in range(count):
            own, target = now[i], following[i]
            keep, drive, share = a[i, i], k[i], c[i]
            for channel in range(channels):
                target[channel] = keep * own[channel] + drive * fresh[channel]
                memory[channel] += share * own[channel]
            for j in range(count):
                weight = a[i, j]
                if weight != 0 and j != i:
                    other = now[j]
                    for channel in range(channels):
                        target[channel] += weight * other[channel]
        for channel in range(channels):
            fresh[channel] += memory[channel]
    if frames % 2 == 1:
        states[0] = states[1]


@compiled
def convert(
    input_v: Reals,
    noise_v: Singles,
    noise_scale: Reals,
    starts: npt.NDArray[np.int64],
    residue: float,
    offset_v: Reals,
    lsb_v: float,
    weights: Reals,
    saturated: npt.NDArray[np.bool_],
    held_v: Reals,
    work: Reals,
    codes: npt.NDArray[np.int16],
    clipped: npt.NDArray[np.int64],
) -> None:
    """Add the noise, multiplex, and approximate each sample successively.

    Parameters
    ----------
    input_v : numpy.ndarray
        Filtered voltages ``[frames, channels]``, volts; left with the noise added.
    noise_v : numpy.ndarray
        Noise ``[frames, channels]``, volts; no rows for no noise.
    noise_scale : numpy.ndarray
        What the noise of a channel is multiplied by ``[channels]``.
    starts : numpy.ndarray
        First channel of each converter and, last, the number of channels.
    residue : float
        Part of the previous channel's voltage that is left.
    offset_v : numpy.ndarray
        Comparator offset as each channel meets it ``[channels]``, volts.
    lsb_v : float
        Nominal code width, volts.
    weights : numpy.ndarray
        Capacitors as each channel meets them ``[bits - 1, channels]``, LSBs.
    saturated : numpy.ndarray
        Whether the amplifier was at its limit ``[frames, channels]``.
    held_v : numpy.ndarray
        Last voltage of each converter ``[converters]``, updated.
    work : numpy.ndarray
        Room for ``[2, channels]``.
    codes : numpy.ndarray
        Result ``[frames, channels]``.
    clipped : numpy.ndarray
        Samples at a limit ``[channels]``, counted up.
    """
    frames, channels = input_v.shape
    left, code = work[0], work[1]
    half = 2.0 ** weights.shape[0]
    for frame in range(frames):
        row = input_v[frame]
        if noise_v.shape[0] > 0:
            noise_row = noise_v[frame]
            for channel in range(channels):
                row[channel] += noise_scale[channel] * noise_row[channel]
        for channel in range(1, channels):
            left[channel] = row[channel] + residue * (row[channel - 1] - row[channel])
        for converter in range(starts.size - 1):
            first = starts[converter]
            left[first] = row[first] + residue * (held_v[converter] - row[first])
            held_v[converter] = row[starts[converter + 1] - 1]
        for channel in range(channels):
            left[channel] = (left[channel] + offset_v[channel]) / lsb_v + 0.5
            code[channel] = 0.0
        for bit in range(weights.shape[0]):
            weight = weights[bit]
            for channel in range(channels):
                up = left[channel] >= 0.0
                left[channel] -= weight[channel] if up else -weight[channel]
                code[channel] = 2.0 * code[channel] + (1.0 if up else 0.0)
        for channel in range(channels):
            value = 2.0 * code[channel] + (1.0 if left[channel] >= 0.0 else 0.0) - half
            codes[frame, channel] = np.int16(value)
            at_limit = value == -half or value == half - 1.0
            clipped[channel] += 1 if at_limit or saturated[frame, channel] else 0
