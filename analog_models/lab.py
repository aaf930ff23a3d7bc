"""Measure a fabricated frontend as a laboratory would: tones, shorted inputs, supply current."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

import numpy as np

from analog_models.amplifier import noise_efficiency_factor
from analog_models.bench import measure_gains, measure_noise_v, record_tone
from analog_models.constants import PUBLISHED_FRONTEND_POWER_W
from analog_models.converter_bench import ConverterMeasurement, measure_converter
from analog_models.frontend import RecordingFrontend
from analog_models.frontend_config import FrontendConfig
from analog_models.tone import (
    TONE_SAMPLES,
    TONE_SEGMENTS,
    Spectrum,
    measure_tone,
    spectrum,
)

__all__ = [
    "ChannelMeasurement",
    "FrontendMeasurement",
    "measure_frontend",
]


@dataclass(frozen=True, kw_only=True)
class ChannelMeasurement:
    """One channel of a die, from its input to its codes.

    Parameters
    ----------
    channel : int
        Which one.
    enob_bits, sndr_db, sfdr_db, thd_db : float
        Of a tone over most of full scale at the gain that is set. At high gain the amplifier's
        noise decides them, not the converter.
    gain : float
        Measured gain in the middle of the band, at the gain that is set.
    input_noise_v : float
        RMS noise of amplifier and converter referred to the input, volts: input shorted, highest
        gain, anti-alias filter bypassed, so that all of the amplifier's noise is seen.
    nef : float or None
        Noise efficiency factor from ``input_noise_v``, supply current and bandwidth; None for
        an amplifier without bandwidth or at zero temperature.
    recording_noise_v : float
        RMS noise of a recording without signal referred to the input, volts: electrode
        connected, filters and gain as set.
    """

    channel: int
    enob_bits: float
    sndr_db: float
    sfdr_db: float
    thd_db: float
    gain: float
    input_noise_v: float
    nef: float | None
    recording_noise_v: float


@dataclass(frozen=True, kw_only=True)
class FrontendMeasurement:
    """A die on the bench.

    Parameters
    ----------
    bits : int
        Width of the codes.
    gain : float
        Gain that is set.
    full_scale_v, lsb_v : float
        Half range and code width referred to the input, volts.
    power_w_per_channel : float
        Power of a channel with its share of the converter, watts.
    published_power_w_per_channel : float
        That of the published chip, watts.
    channels : tuple of ChannelMeasurement
        The channels that were measured.
    converters : tuple of ConverterMeasurement
        All converters.
    spectrum : Spectrum
        Of the tone through the first channel that was measured.
    """

    bits: int
    gain: float
    full_scale_v: float
    lsb_v: float
    power_w_per_channel: float
    published_power_w_per_channel: float
    channels: tuple[ChannelMeasurement, ...]
    converters: tuple[ConverterMeasurement, ...]
    spectrum: Spectrum

    def as_dict(self) -> dict[str, object]:
        """Return plain values for a JSON file.

        Returns
        -------
        dict
            The fields by name; the spectra as dictionaries of lists.
        """
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        plain["channels"] = [asdict(channel) for channel in self.channels]
        plain["converters"] = [converter.as_dict() for converter in self.converters]
        plain["spectrum"] = self.spectrum.as_dict()
        return plain


def measure_frontend(
    frontend: RecordingFrontend,
    *,
    noise_rng: np.random.Generator,
    channels: Iterable[int] | None = None,
    tone_hz: float | None = None,
) -> FrontendMeasurement:
    """Measure a die: tones, shorted inputs and supply current. Its own state is left alone.

    A low-impedance generator takes the electrodes' place and drives all channels alike.

    Parameters
    ----------
    frontend : RecordingFrontend
        The die, with the settings to measure it at.
    noise_rng : numpy.random.Generator
        Draws the noise of the measurement.
    channels : iterable of int or None
        Channels to report; None for all.
    tone_hz : float or None
        Frequency of the test tone, hertz; None for 1 kHz, or a tenth of a lower sampling rate.

    Returns
    -------
    FrontendMeasurement
        The figures of the die.

    Raises
    ------
    ValueError
        A channel that the die has not, none at all, or a tone out of the band.
    """
    wanted = range(frontend.channels) if channels is None else channels
    measured = [int(channel) for channel in wanted]
    if not measured:
        raise ValueError("measured channels must be at least one, not none")
    for channel in measured:
        if not 0 <= channel < frontend.channels:
            raise ValueError(
                f"measured channel must be in 0..{frontend.channels - 1}, not {channel!r}"
            )
    config = frontend.config
    tone_hz = min(1e3, frontend.sampling_rate_hz / 10) if tone_hz is None else tone_hz
    bench = replace(config, electrode=replace(config.electrode, resistance_ohm=0.0, offset_v=0.0))
    quiet = replace(
        bench.with_gain(config.amplifier.gains[-1]),
        anti_alias=replace(config.anti_alias, pole_hz=0.0),
    )

    cycles, records = record_tone(
        frontend.variant(bench), channels=measured, tone_hz=tone_hz, noise_rng=noise_rng
    )
    mid_hz = _middle_of_band_hz(frontend, tone_hz)
    gains, quiet_gains = (
        measure_gains(
            frontend.variant(settings), channels=measured, tone_hz=mid_hz, noise_rng=noise_rng
        )
        for settings in (bench, quiet)
    )
    recording_noise_v, input_noise_v = (
        measure_noise_v(frontend.variant(settings), channels=measured, noise_rng=noise_rng)
        for settings in (config, quiet)
    )
    recording_noise_v = recording_noise_v / gains
    input_noise_v = input_noise_v / quiet_gains

    rows = []
    for index, channel in enumerate(measured):
        tone = measure_tone(
            records[:, index], cycles=cycles * TONE_SEGMENTS, bits=config.converter.bits
        )
        rows.append(
            ChannelMeasurement(
                channel=channel,
                enob_bits=tone.enob_bits,
                sndr_db=tone.sndr_db,
                sfdr_db=tone.sfdr_db,
                thd_db=tone.thd_db,
                gain=float(gains[index]),
                input_noise_v=float(input_noise_v[index]),
                nef=_noise_efficiency(config, float(input_noise_v[index])),
                recording_noise_v=float(recording_noise_v[index]),
            )
        )
    return FrontendMeasurement(
        bits=config.converter.bits,
        gain=config.amplifier.gain,
        full_scale_v=frontend.full_scale_v,
        lsb_v=frontend.lsb_v,
        power_w_per_channel=frontend.power_w,
        published_power_w_per_channel=PUBLISHED_FRONTEND_POWER_W,
        channels=tuple(rows),
        converters=tuple(
            measure_converter(
                converter,
                index=index,
                sampling_rate_hz=frontend.sampling_rate_hz,
                tone_hz=tone_hz,
                noise_rng=noise_rng,
            )
            for index, converter in enumerate(frontend.converters)
        ),
        spectrum=spectrum(
            records[:, 0],
            cycles=cycles,
            bits=config.converter.bits,
            sampling_rate_hz=frontend.sampling_rate_hz,
            channel=measured[0],
            lines=TONE_SAMPLES // 2,
        ),
    )


def _noise_efficiency(config: FrontendConfig, input_noise_v: float) -> float | None:
    if config.amplifier.low_pass_off or config.temperature_k == 0:
        return None
    return noise_efficiency_factor(
        input_noise_v=input_noise_v,
        current_a=config.amplifier.current_a,
        bandwidth_hz=config.amplifier.low_pass_hz,
        temperature_k=config.temperature_k,
    )


def _middle_of_band_hz(frontend: RecordingFrontend, tone_hz: float) -> float:
    amplifier = frontend.config.amplifier
    if amplifier.high_pass_hz == 0 or amplifier.low_pass_off:
        return tone_hz
    middle_hz = math.sqrt(amplifier.high_pass_hz * amplifier.low_pass_hz)
    return min(middle_hz, frontend.sampling_rate_hz / 10)
