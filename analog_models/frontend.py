"""The recording frontend: electrode, amplifier, anti-alias filter, multiplexer and converter."""

import copy

import numpy as np
import numpy.typing as npt

from analog_models.amplifier import Amplifier
from analog_models.electrode import Electrode
from analog_models.frontend_config import FrontendConfig
from analog_models.frontend_kernels import amplify, convert, filter_noise
from analog_models.sar_adc import SarAdc
from analog_models.signal_path import channel_noise, filter_sections, settled_state
from analog_models.validation import check_integer, check_positive
from analog_models.voltage import check_voltage

__all__ = ["FrontendConfig", "RecordingFrontend"]

CHUNK_FRAMES = 256  # 68 channels of every intermediate then stay in a second-level cache


class RecordingFrontend:
    """One fabricated frontend: its mismatch is drawn once and then fixed.

    A voltage passes, in this order: the electrode's offset, the amplifier's high-pass and
    low-pass, its gain and its limit, the anti-alias filter, the noise, the multiplexer, the
    converter. The noise of electrode and amplifier is what a converter samples of it behind the
    filters, folded around half the sampling rate; it has no part in whether the amplifier is at
    its limit. A low-pass pole at or above half the input rate leaves the signal alone, since a
    sampled signal holds nothing there, and still bounds the noise.

    The filters start as if the first voltage had been there for ever, as an amplifier does that
    is let go from its fast-settling switch.

    Parameters
    ----------
    config : FrontendConfig
        Design values.
    channels : int
        Number of channels.
    sampling_rate_hz : float
        Conversions per second and channel; the input comes at ``config.oversampling`` times it.
    mismatch_rng : numpy.random.Generator
        Draws the die. The same die is drawn whatever the configuration, so that one
        imperfection can be changed alone.

    Attributes
    ----------
    electrode : Electrode
        The electrodes.
    amplifier : Amplifier
        The amplifiers.
    converters : tuple of SarAdc
        The converters.
    noise : SampledNoise
        Noise of a channel referred to the input, the converter's included.
    """

    def __init__(
        self,
        config: FrontendConfig,
        *,
        channels: int,
        sampling_rate_hz: float,
        mismatch_rng: np.random.Generator,
    ) -> None:
        check_integer("frontend channels", channels, low=1, high=1 << 20)
        check_positive("frontend sampling_rate_hz", sampling_rate_hz)
        self.config = config
        self.channels = channels
        self.sampling_rate_hz = float(sampling_rate_hz)

        self._mismatch_rng = copy.deepcopy(mismatch_rng)
        electrode_seed, amplifier_seed, converter_seed = mismatch_rng.integers(1 << 62, size=3)
        self.electrode = Electrode(
            config.electrode,
            channels=channels,
            mismatch_rng=np.random.default_rng(electrode_seed),
        )
        self.amplifier = Amplifier(
            config.amplifier,
            channels=channels,
            mismatch_rng=np.random.default_rng(amplifier_seed),
        )
        self.converters = tuple(
            SarAdc(
                config.converter,
                mismatch_rng=np.random.default_rng([converter_seed, index]),
                temperature_k=config.temperature_k,
            )
            for index in range(config.multiplexer.converters)
        )
        served_by = config.multiplexer.converter_of(channels)
        self._starts = np.searchsorted(served_by, np.arange(len(self.converters) + 1))
        self._weights = np.ascontiguousarray(
            np.stack([self.converters[index].weights for index in served_by], axis=1)
        )
        self._offset_v = np.array([self.converters[index].offset_v for index in served_by])

        self._sections = filter_sections(config, self.input_rate_hz)
        self._filters = np.stack([section.coefficients for section in self._sections])
        self.noise = channel_noise(config, self.sampling_rate_hz)
        self._noise_a = np.ascontiguousarray(self.noise.a, dtype=np.float32)
        self._noise_k = self.noise.k.astype(np.float32)
        self._noise_c = self.noise.c.astype(np.float32)
        self.reset()

    def reset(self) -> None:
        """Forget all signal and noise, and count clipped samples from zero."""
        self.frames = 0
        self._state = np.zeros((4, self.channels))
        self._noise_states = np.zeros((2, self.noise.k.size, self.channels), dtype=np.float32)
        self._held_v = np.zeros(len(self.converters))
        self._work = np.zeros((2, self.channels))
        self._clipped = np.zeros(self.channels, dtype=np.int64)

    def variant(self, config: FrontendConfig) -> "RecordingFrontend":
        """Return the same die with other settings, in its state after reset.

        Parameters
        ----------
        config : FrontendConfig
            The other settings: another gain, a filter bypassed, an input shorted.

        Returns
        -------
        RecordingFrontend
            The same draws of mismatch under ``config``.
        """
        return RecordingFrontend(
            config,
            channels=self.channels,
            sampling_rate_hz=self.sampling_rate_hz,
            mismatch_rng=copy.deepcopy(self._mismatch_rng),
        )

    @property
    def input_rate_hz(self) -> float:
        """Input samples per second and channel."""
        return self.sampling_rate_hz * self.config.oversampling

    @property
    def lsb_v(self) -> float:
        """Nominal code width referred to the input, volts."""
        return self.config.lsb_v

    @property
    def full_scale_v(self) -> float:
        """Largest input voltage that has a code, volts: half the converter's range."""
        return self.config.full_scale_v

    @property
    def power_w(self) -> float:
        """Power of one channel with its share of the converter, watts."""
        return self.config.power_w(self.sampling_rate_hz)

    @property
    def delay_s(self) -> float:
        """Delay of the low-pass filters for signals well inside the band, seconds."""
        samples = sum(section.delay_samples for section in self._sections)
        return samples / self.input_rate_hz

    @property
    def clipped_samples(self) -> int:
        """Samples since the reset at a limit of the converter or of the amplifier."""
        return int(self._clipped.sum())

    @property
    def clipped_by_channel(self) -> npt.NDArray[np.int64]:
        """The clipped samples of each channel."""
        return self._clipped.copy()

    def process(
        self, voltage_v: npt.ArrayLike, *, noise_rng: np.random.Generator
    ) -> npt.NDArray[np.int16]:
        """Return the codes of the next voltages; filters and noise go on where they stopped.

        The codes are the same whatever the size of the blocks, those of the noise too.

        Parameters
        ----------
        voltage_v : array_like
            Electrode voltages ``[frames * oversampling, channels]``, floating point, volts.
        noise_rng : numpy.random.Generator
            Draws the noise; not used when there is none.

        Returns
        -------
        numpy.ndarray
            Two's complement codes ``[frames, channels]``.

        Raises
        ------
        TypeError
            The voltages are not floating-point numbers.
        ValueError
            Wrong shape, or a voltage that is not finite.
        """
        oversampling = self.config.oversampling
        voltage = check_voltage(
            voltage_v, channels=self.channels, first_frame=self.frames * oversampling
        )
        if voltage.shape[0] % oversampling:
            raise ValueError(
                f"voltage frames must be a multiple of the oversampling {oversampling}, "
                f"not {voltage.shape[0]}"
            )
        frames = voltage.shape[0] // oversampling
        codes = np.empty((frames, self.channels), dtype=np.int16)
        if frames and not self.frames:
            self._start(voltage[0], noise_rng)
        for first in range(0, frames, CHUNK_FRAMES):
            last = min(first + CHUNK_FRAMES, frames)
            self._process_chunk(
                voltage[first * oversampling : last * oversampling], codes[first:last], noise_rng
            )
        self.frames += frames
        return codes

    def _start(self, first_v: npt.NDArray[np.floating], noise_rng: np.random.Generator) -> None:
        self._state = settled_state(
            first_v + self.electrode.offset_v,
            sections=self._sections,
            gain=self.amplifier.gains,
            limit_v=self.config.amplifier.saturation_v,
        )
        if self.noise.k.size:
            unit = noise_rng.standard_normal((self.noise.start.shape[1], self.channels))
            self._noise_states[0] = self.noise.start @ unit / self.noise.innovation

    def _process_chunk(
        self,
        voltage_v: npt.NDArray[np.floating],
        codes: npt.NDArray[np.int16],
        noise_rng: np.random.Generator,
    ) -> None:
        held_v = np.empty(codes.shape)
        saturated = np.empty(codes.shape, dtype=np.bool_)
        amplify(
            voltage_v,
            self.electrode.offset_v,
            self.amplifier.gains,
            self._filters,
            self.config.amplifier.saturation_v,
            self.config.oversampling,
            self._state,
            held_v,
            saturated,
        )
        draws = np.empty((0, self.channels), dtype=np.float32)
        if self.noise.innovation > 0:
            draws = noise_rng.standard_normal(codes.shape, dtype=np.float32)
            filter_noise(draws, self._noise_a, self._noise_k, self._noise_c, self._noise_states)
        convert(
            held_v,
            draws,
            self.noise.innovation * self.amplifier.gains,
            self._starts,
            self.config.multiplexer.settling_residue,
            self._offset_v,
            self.config.converter.lsb_v,
            self._weights,
            saturated,
            self._held_v,
            self._work,
            codes,
            self._clipped,
        )
