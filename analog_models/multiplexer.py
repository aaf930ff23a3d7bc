"""The analog multiplexer: which converter serves a channel, and what the previous one leaves."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analog_models.validation import check_integer, check_not_negative

__all__ = ["MultiplexerConfig"]


@dataclass(frozen=True, kw_only=True)
class MultiplexerConfig:
    """Design values of the multiplexers in front of the converters.

    Each converter serves a run of neighbouring channels, one after the other in every frame. All
    channels of a frame are sampled at one instant (each channel holds its own sample); what the
    converter sees of a channel still contains a little of the channel it served before.

    Parameters
    ----------
    converters : int
        Converters on the die, each behind a multiplexer of its own.
    settling_residue : float
        Part of the step from the previous channel's voltage that is left when a channel is
        converted; zero for none.
    power_w : float
        Power of multiplexer and line driver per channel, watts.
    """

    converters: int = field(
        default=1,
        metadata={
            "source": "assumed: one 10-bit converter behind 64 channels in Electronics "
            "10(21):2726, 2021"
        },
    )
    settling_residue: float = field(
        default=2.0**-11,
        metadata={"source": "assumed: a full-scale step settles to half an LSB of 10 bits"},
    )
    power_w: float = field(
        default=0.02e-6,
        metadata={
            "source": "assumed: completes the 0.41 uW per channel of Guo et al., Front. Neurosci. "
            "18:1432750, 2024"
        },
    )

    def __post_init__(self) -> None:
        check_integer("multiplexer converters", self.converters, low=1, high=65536)
        check_not_negative("multiplexer settling_residue", self.settling_residue)
        if self.settling_residue >= 1:
            raise ValueError(
                f"multiplexer settling_residue must be below 1, not {self.settling_residue!r}"
            )
        check_not_negative("multiplexer power_w", self.power_w)

    def converter_of(self, channels: int) -> npt.NDArray[np.int64]:
        """Return the converter that serves each channel.

        Parameters
        ----------
        channels : int
            Number of channels; at least the number of converters.

        Returns
        -------
        numpy.ndarray
            Index of a converter per channel, ascending; the runs differ by one channel at most.

        Raises
        ------
        ValueError
            There are fewer channels than converters.

        Examples
        --------
        >>> MultiplexerConfig(converters=2).converter_of(5)
        array([0, 0, 0, 1, 1])
        """
        if channels < self.converters:
            raise ValueError(
                f"multiplexer converters must be at most the {channels} channels, "
                f"not {self.converters!r}"
            )
        runs = np.array_split(np.arange(channels), self.converters)
        return np.repeat(np.arange(self.converters), [run.size for run in runs])
