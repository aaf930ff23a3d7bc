"""Configs as blocks have them, for tests of how designs are read and written."""

import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from system.design.reading import read_config
from system.design.writing import write_config


class Pole(StrEnum):
    """Where a filter cuts."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage of an amplifier.

    Parameters
    ----------
    gain : float
        Voltage gain.
    taps, tapers : int
        Two counts.
    pole : Pole
        Which ``pole`` of :class:`~analog.Filter` it has, in words that are so many that the
        comment needs a second line; with a limit of 0..9.
    """

    gain: float = field(default=2.0, metadata={"source": "assumed: enough"})
    taps: int = 3
    tapers: int = 4
    pole: Pole = Pole.HIGH

    def __post_init__(self) -> None:
        if not self.gain > 0:
            raise ValueError(f"gain must be positive, not {self.gain!r}")
        if self.taps < 0:
            raise ValueError(f"stage taps must not be negative, not {self.taps}")
        if self.taps > self.tapers:
            raise ValueError(f"there must be no more taps than tapers, not {self.taps}")


@dataclass(frozen=True, kw_only=True)
class Chain:
    """A chain of stages.

    It has more than one.

    Parameters
    ----------
    channels : int
        How many.
    name : str
        What it is called.
    enabled : bool
        Whether it runs.
    corner_hz : float or None
        Corner, hertz; ``None``: no corner.
    noise_seed : int or None
        Seed; ``None``: no noise.
    limit_v : float
        Greatest voltage, volts.
    mode : {"fast", "slow"}
        How it runs.
    weights : tuple of float
        One per tap.
    span : tuple of (int, int)
        First and last.
    first : Stage
        The stage at the input.
    second : Stage
        The stage at the output.

    Raises
    ------
    ValueError
        Never.
    """

    channels: int
    name: str = "neo"
    enabled: bool = True
    corner_hz: float | None = None
    noise_seed: int | None = 1
    limit_v: float = float("inf")
    mode: Literal["fast", "slow"] = "fast"
    weights: tuple[float, ...] = ()
    span: tuple[int, int] = (0, 7)
    first: Stage = field(default_factory=Stage)
    second: Stage = Stage(gain=1.5)


def read(text, **given):
    return read_config(Chain, tomllib.loads(text)["chain"], "chain", given=given)


def written(chain, **options):
    return "\n".join(write_config(chain, "chain", **options)) + "\n"
