"""A sine-wave test of a converter, after IEEE Std 1241: SNDR, ENOB, SFDR, THD and spectrum."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "TONE_LEVEL",
    "TONE_SAMPLES",
    "TONE_SEGMENTS",
    "SineFit",
    "Spectrum",
    "ToneMeasurement",
    "coherent_cycles",
    "fit_sine",
    "measure_tone",
    "spectrum",
]

TONE_SAMPLES = 4096  # of a segment, which holds an odd number of cycles
TONE_SEGMENTS = 4
TONE_LEVEL = 0.9  # of full scale: clear of the limits whatever the gain and the offset
HARMONICS = range(2, 11)  # the second to the tenth, as IEEE Std 1241 suggests


@dataclass(frozen=True, kw_only=True)
class ToneMeasurement:
    """What a sine at the input comes out as.

    Parameters
    ----------
    sndr_db : float
        Power of the sine over that of all else but the mean, dB.
    enob_bits : float
        Bits of an ideal converter of the same full scale whose quantisation noise equals the
        noise and distortion.
    sfdr_db : float
        Power of the sine over that of the largest other line, dB.
    thd_db : float
        Power of the second to tenth harmonic over that of the sine, dB.
    amplitude_codes : float
        Peak amplitude of the sine, codes.
    offset_codes : float
        Mean, codes.
    """

    sndr_db: float
    enob_bits: float
    sfdr_db: float
    thd_db: float
    amplitude_codes: float
    offset_codes: float


@dataclass(frozen=True, kw_only=True, eq=False)
class SineFit:
    """A sine of known frequency fitted to a record.

    Parameters
    ----------
    amplitude : float
        Peak amplitude, codes.
    offset : float
        Mean, codes.
    residue : numpy.ndarray
        What the fit leaves, codes.
    """

    amplitude: float
    offset: float
    residue: npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Spectrum:
    """Power of each line against that of a full-scale sine.

    Parameters
    ----------
    frequency_hz : numpy.ndarray
        Frequencies from the first line above zero to half the sampling rate, hertz.
    power_dbfs : numpy.ndarray
        Power of each line, dBFS.
    tone_hz : float
        Frequency of the test tone, hertz.
    channel : int or None
        Channel it was measured on; None for a converter alone.
    """

    frequency_hz: npt.NDArray[np.float64]
    power_dbfs: npt.NDArray[np.float64]
    tone_hz: float
    channel: int | None

    def as_dict(self) -> dict[str, object]:
        """Return plain numbers for a JSON file, frequencies and powers to four decimals.

        Returns
        -------
        dict
            ``frequency_hz``, ``power_dbfs``, ``tone_hz`` and ``channel``.
        """
        return {
            "frequency_hz": np.round(self.frequency_hz, 4).tolist(),
            "power_dbfs": np.round(self.power_dbfs, 4).tolist(),
            "tone_hz": self.tone_hz,
            "channel": self.channel,
        }


def coherent_cycles(*, tone_hz: float, sampling_rate_hz: float, samples: int) -> int:
    """Return the odd number of cycles in a record that comes closest to a frequency.

    With a power of two of samples, an odd number of cycles gives every sample a phase of its own.

    Parameters
    ----------
    tone_hz : float
        Frequency wanted, hertz.
    sampling_rate_hz : float
        Samples per second.
    samples : int
        Length of the record; a power of two.

    Returns
    -------
    int
        Cycles in the record.

    Raises
    ------
    ValueError
        ``samples`` is no power of two, or the tone is not inside the band.

    Examples
    --------
    >>> coherent_cycles(tone_hz=1e3, sampling_rate_hz=24e3, samples=4096)
    171
    """
    if samples < 16 or samples & (samples - 1):
        raise ValueError(f"tone samples must be a power of two from 16, not {samples!r}")
    if not 0 < tone_hz < sampling_rate_hz / 2:
        raise ValueError(
            f"tone must be between 0 and half the sampling rate {sampling_rate_hz!r} Hz, "
            f"not {tone_hz!r} Hz"
        )
    odd = 2 * math.floor(tone_hz / sampling_rate_hz * samples / 2) + 1
    return min(odd, samples // 2 - 1)


def fit_sine(codes: npt.ArrayLike, *, cycles: int) -> SineFit:
    """Fit a sine of known frequency by least squares (the three-parameter fit of the standard).

    Parameters
    ----------
    codes : array_like
        A record that holds a whole number of cycles.
    cycles : int
        How many.

    Returns
    -------
    SineFit
        The sine and what it leaves.
    """
    record = np.asarray(codes, dtype=np.float64)
    phase = 2.0 * np.pi * cycles * np.arange(record.size) / record.size
    basis = np.stack([np.cos(phase), np.sin(phase), np.ones(record.size)], axis=1)
    fitted, *_ = np.linalg.lstsq(basis, record)
    return SineFit(
        amplitude=float(np.hypot(fitted[0], fitted[1])),
        offset=float(fitted[2]),
        residue=record - basis @ fitted,
    )


def measure_tone(codes: npt.ArrayLike, *, cycles: int, bits: int) -> ToneMeasurement:
    """Measure a record of a converter that was driven with a sine.

    Parameters
    ----------
    codes : array_like
        The record; a whole number of cycles.
    cycles : int
        How many.
    bits : int
        Width of the converter: its full scale is ``2**bits`` codes.

    Returns
    -------
    ToneMeasurement
        The figures of the record.

    Raises
    ------
    ValueError
        The sine is absent: the record is constant.
    """
    fit = fit_sine(codes, cycles=cycles)
    if fit.amplitude == 0:
        raise ValueError("tone must come out of the channel, not a constant code")
    rms = float(np.sqrt(np.mean(fit.residue**2)))
    lines = np.abs(np.fft.rfft(fit.residue)) ** 2
    lines[0] = lines[cycles] = 0.0
    tone = (fit.amplitude * fit.residue.size / 2.0) ** 2
    folded = np.array(HARMONICS) * cycles % fit.residue.size
    folded = np.unique(np.minimum(folded, fit.residue.size - folded))
    distortion = lines[folded].sum()
    return ToneMeasurement(
        sndr_db=_decibels(fit.amplitude**2 / 2.0, rms**2),
        enob_bits=bits - math.log2(rms * math.sqrt(12.0)) if rms > 0 else math.inf,
        sfdr_db=_decibels(tone, float(lines.max())),
        thd_db=-_decibels(tone, float(distortion)),
        amplitude_codes=fit.amplitude,
        offset_codes=fit.offset,
    )


def spectrum(
    codes: npt.ArrayLike,
    *,
    cycles: int,
    bits: int,
    sampling_rate_hz: float,
    channel: int | None = None,
    lines: int = 2048,
) -> Spectrum:
    """Return the spectrum of a record, the power of segments averaged.

    Parameters
    ----------
    codes : array_like
        The record.
    cycles : int
        Cycles of the tone in each segment of ``2 * lines`` samples.
    bits : int
        Width of the converter; 0 dBFS is a sine over all its codes.
    sampling_rate_hz : float
        Samples per second.
    channel : int or None
        Channel the record is of.
    lines : int
        Lines of the spectrum.

    Returns
    -------
    Spectrum
        Without window, since every segment holds whole cycles; the mean is left out.

    Raises
    ------
    ValueError
        The record is not a whole number of segments.
    """
    record = np.asarray(codes, dtype=np.float64)
    segment = 2 * lines
    if record.size % segment or not record.size:
        raise ValueError(f"spectrum record must be a multiple of {segment}, not {record.size}")
    transformed = np.fft.rfft((record - record.mean()).reshape(-1, segment), axis=1)
    power = np.mean(np.abs(transformed) ** 2, axis=0)[1:] * 2.0 / segment**2
    power[-1] /= 2.0  # half the sampling rate has no mirror image
    full_scale = (1 << (bits - 1)) ** 2 / 2.0
    return Spectrum(
        frequency_hz=np.arange(1, lines + 1) * sampling_rate_hz / segment,
        power_dbfs=10.0 * np.log10(np.maximum(power / full_scale, 1e-20)),
        tone_hz=cycles * sampling_rate_hz / segment,
        channel=channel,
    )


def _decibels(power: float, reference: float) -> float:
    return 10.0 * math.log10(power / reference) if reference > 0 else math.inf
