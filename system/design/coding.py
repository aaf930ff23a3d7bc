"""What is coded of a recording on its way out, and how; a section of a design says it."""

from dataclasses import dataclass
from typing import Literal

from rtl.ap_codec_config import ApCodecConfig
from rtl.checks import check_ranges
from rtl.lfp_codec_config import LfpCodecConfig
from rtl.lfp_decimator_config import LfpDecimatorConfig
from rtl.packet_format import Engine
from rtl.packet_settings import PacketSettings

__all__ = ["ApCoding", "lfp_coding"]

LFP_CHANNELS = 8  # of the recording chip
LFP_RATE_HZ = 1000.0


@dataclass(frozen=True, kw_only=True)
class ApCoding:
    """What the codec of action potentials does in a run.

    Parameters
    ----------
    coded_channels : int
        First channels of the recording that are coded, if it has as many; 0 for none.
    order : int
        Order of the difference that is taken, in 0..3.
    adaptive : bool
        Whether an adaptive predictor follows.
    packet_frames : int
        Frames of a packet of all samples, in 16..65535.
    packet_snippets : int
        Snippets of a packet, in 1..65535.
    max_age_frames : int
        Frames for which a packet takes snippets, in 1..65535.
    coarser_bits : int
        Bits that the lossy mode leaves out of every sample, in 1..7.
    engine : {"golomb"}
        The entropy coder.
    """

    coded_channels: int = 16
    order: int = 1
    adaptive: bool = True
    packet_frames: int = 4096
    packet_snippets: int = 32
    max_age_frames: int = 24_000
    coarser_bits: int = 2
    engine: Literal["golomb"] = "golomb"

    def __post_init__(self) -> None:
        most = 0xFFFF
        check_ranges(
            self,
            coded_channels=(0, 256),
            order=(0, 3),
            packet_frames=(16, most),
            packet_snippets=(1, most),
            max_age_frames=(1, most),
            coarser_bits=(1, 7),
        )
        if self.engine != "golomb":
            raise ValueError(f"engine must be golomb, not {self.engine!r}")

    def codec(self, channels: int, width: int, *, snippet_samples: int) -> ApCodecConfig:
        """Return the codec of some of a recording's channels.

        Parameters
        ----------
        channels : int
            Channels of the recording.
        width : int
            Bits of a sample.
        snippet_samples : int
            Samples of a snippet.

        Returns
        -------
        ApCodecConfig
            Configuration of the hardware.
        """
        return ApCodecConfig(
            channels=min(channels, self.coded_channels),
            sample_width=width,
            engines=(Engine.GOLOMB,),
            snippet_samples=snippet_samples,
        )

    def settings(self, shift: int = 0) -> PacketSettings:
        """Return how packets are coded.

        Parameters
        ----------
        shift : int
            Bits by which samples are made coarser.

        Returns
        -------
        PacketSettings
            Settings of the hardware.
        """
        return PacketSettings(order=self.order, adaptive=self.adaptive, shift=shift)


def lfp_coding(channels: int, width: int, sampling_rate_hz: float) -> LfpCodecConfig:
    """Return the codec of the field potentials of a recording's first channels.

    Parameters
    ----------
    channels : int
        Channels of the recording.
    width : int
        Bits of a sample.
    sampling_rate_hz : float
        Its sampling rate, hertz; that of the field potentials is about 1 kHz.

    Returns
    -------
    LfpCodecConfig
        Configuration of the hardware.

    Raises
    ------
    ValueError
        No decimation filter suits the rate.
    """
    decimation = 2 * max(1, round(sampling_rate_hz / LFP_RATE_HZ / 2))
    decimator = LfpDecimatorConfig(
        channels=min(LFP_CHANNELS, channels),
        sample_width=width,
        sampling_rate_hz=sampling_rate_hz,
        decimation=decimation,
    )
    return LfpCodecConfig(decimator=decimator)
