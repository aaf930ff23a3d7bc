"""Sections of a design that belong to no block: recording, gain, simulation, seeds."""

import math
from dataclasses import dataclass
from typing import Literal

__all__ = ["FixedShape", "GainChoice", "RtlSimulation", "Seeds"]


@dataclass(frozen=True, kw_only=True)
class FixedShape:
    """The recording that the design is made for, where it should not serve any other.

    Parameters
    ----------
    channels : int or None
        Number of channels; unless set, as many as the recording has, 68 where there is none.
    sampling_rate_hz : float or None
        Sampling rate of a channel, hertz; unless set, that of the recording, 24000 where there is
        none.
    clipped_limit : float
        Share of its samples that may be clipped, by its recorder or by the frontend, in 0..1.
    """

    channels: int | None = None
    sampling_rate_hz: float | None = None
    clipped_limit: float = 0.001

    def __post_init__(self) -> None:
        if self.channels is not None and self.channels < 1:
            raise ValueError(f"channels must be positive, not {self.channels}")
        if self.sampling_rate_hz is not None and not 0 < self.sampling_rate_hz < math.inf:
            raise ValueError(f"sampling_rate_hz must be positive, not {self.sampling_rate_hz}")
        if not 0 <= self.clipped_limit <= 1:
            raise ValueError(f"clipped_limit must be in 0..1, not {self.clipped_limit}")


@dataclass(frozen=True, kw_only=True)
class GainChoice:
    """How the gain of the amplifiers is set.

    Parameters
    ----------
    automatic : bool
        True: the beginning of the recording decides, as software on the chip would: the gain is
        the largest of recording_frontend.amplifier.gains that leaves headroom. False:
        recording_frontend.amplifier.gain it is; also in a file that sets that key and not this.
    seconds : float
        Beginning of the recording that is looked at, seconds.
    fill : float
        Largest part of full scale that this beginning may reach.
    """

    automatic: bool = True
    seconds: float = 5.0
    fill: float = 0.7

    def __post_init__(self) -> None:
        if not 0 < self.seconds < math.inf:
            raise ValueError(f"seconds must be positive, not {self.seconds}")
        if not 0 < self.fill <= 1:
            raise ValueError(f"fill must be above 0 and at most 1, not {self.fill}")


@dataclass(frozen=True, kw_only=True)
class RtlSimulation:
    """How much of the recording the generated circuit itself processes, and on what.

    Parameters
    ----------
    engine : {"auto", "cxxrtl", "pysim", "none"}
        "cxxrtl" compiles the circuit with a C++ compiler; "pysim" is Amaranth's own simulator,
        which needs none and is some thousand times slower; "auto" is the first where there is a
        compiler, else the second; "none" leaves the circuit out.
    seconds : float
        Start of the recording that the circuit processes, seconds; infinity for all of it.
    pysim_samples : int
        Samples, all channels together, that "pysim" processes at most.
    codec_samples : int
        Samples from the start of the coded channels, all together, that each codec's circuit
        processes at most; 0 leaves these circuits out.
    """

    engine: Literal["auto", "cxxrtl", "pysim", "none"] = "auto"
    seconds: float = 60.0
    pysim_samples: int = 120_000
    codec_samples: int = 64_000

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise ValueError(f"seconds must be positive, not {self.seconds}")
        if self.pysim_samples < 1:
            raise ValueError(f"pysim_samples must be positive, not {self.pysim_samples}")
        if self.codec_samples < 0:
            raise ValueError(f"codec_samples must be at least 0, not {self.codec_samples}")


@dataclass(frozen=True, kw_only=True)
class Seeds:
    """Where every random draw starts: the same seeds, the same run.

    Parameters
    ----------
    die : int
        Seed of the frontend's mismatch: one seed, one die.
    noise : int
        Seed of the frontend's noise.
    recording : int
        Seed of the synthetic recording that is made when none is given.
    """

    die: int = 1
    noise: int = 2
    recording: int = 3

    def __post_init__(self) -> None:
        for name in ("die", "noise", "recording"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, not {getattr(self, name)}")
