"""A converter on the bench by itself: a tone, and where its codes begin."""

from dataclasses import dataclass

import numpy as np

from analog_models.sar_adc import SarAdc
from analog_models.tone import (
    TONE_LEVEL,
    TONE_SAMPLES,
    TONE_SEGMENTS,
    Spectrum,
    coherent_cycles,
    measure_tone,
    spectrum,
)

__all__ = ["ConverterMeasurement", "measure_converter"]


@dataclass(frozen=True, kw_only=True)
class ConverterMeasurement:
    """One converter of a die, driven directly.

    Parameters
    ----------
    converter : int
        Which one.
    enob_bits, sndr_db, sfdr_db, thd_db : float
        Of a tone over most of full scale.
    dnl_lsb, inl_lsb : float
        Largest differential and integral nonlinearity, without sign, LSBs (end-point line).
    offset_lsb : float
        Code that zero volts gives, LSBs.
    spectrum : Spectrum
        Of the tone.
    """

    converter: int
    enob_bits: float
    sndr_db: float
    sfdr_db: float
    thd_db: float
    dnl_lsb: float
    inl_lsb: float
    offset_lsb: float
    spectrum: Spectrum

    def as_dict(self) -> dict[str, object]:
        """Return plain values for a JSON file.

        Returns
        -------
        dict
            The fields by name; the spectrum as a dictionary of lists.
        """
        return {**vars(self), "spectrum": self.spectrum.as_dict()}


def measure_converter(
    converter: SarAdc,
    *,
    sampling_rate_hz: float,
    tone_hz: float,
    noise_rng: np.random.Generator,
    index: int = 0,
) -> ConverterMeasurement:
    """Measure a converter alone: a tone, and where its codes begin.

    Parameters
    ----------
    converter : SarAdc
        The converter.
    sampling_rate_hz : float
        Rate at which it is used, samples per second.
    tone_hz : float
        Frequency of the test tone, hertz.
    noise_rng : numpy.random.Generator
        Draws the noise of the measurement.
    index : int
        Which converter of the die it is.

    Returns
    -------
    ConverterMeasurement
        The figures of the converter.
    """
    config = converter.config
    cycles = coherent_cycles(
        tone_hz=tone_hz, sampling_rate_hz=sampling_rate_hz, samples=TONE_SAMPLES
    )
    turns = cycles * np.arange(TONE_SAMPLES * TONE_SEGMENTS) / TONE_SAMPLES
    tone_v = TONE_LEVEL * config.reference_v * np.sin(2.0 * np.pi * turns)
    codes = converter.convert(tone_v, noise_rng=noise_rng)
    tone = measure_tone(codes, cycles=cycles * TONE_SEGMENTS, bits=config.bits)

    levels_v = converter.transition_levels_v
    width_v = (levels_v[-1] - levels_v[0]) / (levels_v.size - 1)
    line_v = levels_v[0] + width_v * np.arange(levels_v.size)
    return ConverterMeasurement(
        converter=index,
        enob_bits=tone.enob_bits,
        sndr_db=tone.sndr_db,
        sfdr_db=tone.sfdr_db,
        thd_db=tone.thd_db,
        dnl_lsb=float(np.abs(np.diff(levels_v) / width_v - 1.0).max()),
        inl_lsb=float(np.abs((levels_v - line_v) / width_v).max()),
        offset_lsb=tone.offset_codes,
        spectrum=spectrum(
            codes,
            cycles=cycles,
            bits=config.bits,
            sampling_rate_hz=sampling_rate_hz,
            lines=TONE_SAMPLES // 2,
        ),
    )
