"""What the user says about a recording that its file does not say itself."""

import math
from dataclasses import dataclass

import numpy as np

from system.errors import UserError

__all__ = ["UNITS", "Given"]

UNITS = {"V": 1.0, "mV": 1e-3, "uV": 1e-6, "nV": 1e-9}


@dataclass(frozen=True, kw_only=True)
class Given:
    """Statements about a file, each ``None`` when nothing was said.

    Parameters
    ----------
    subject : str
        Name of the file, for messages; of the one that was named, even if a reader is handed the
        folder around it.
    sampling_rate_hz : float or None
        Frames per second.
    scale_v : float or None
        Volts per unit of a stored sample.
    unit : str or None
        Unit of a stored sample, a key of :data:`UNITS`: a scale by name.
    channels : int or None
        Number of channels.
    dtype : str or None
        NumPy type of a raw sample, such as ``"int16"`` or ``"<i2"``.
    stream : str or None
        Which of several signals in the file: a stream, an NWB series, a variable.
    """

    subject: str
    sampling_rate_hz: float | None = None
    scale_v: float | None = None
    unit: str | None = None
    channels: int | None = None
    dtype: str | None = None
    stream: str | None = None

    def __post_init__(self) -> None:
        rate, scale = self.sampling_rate_hz, self.scale_v
        if rate is not None and not (rate > 0 and math.isfinite(rate)):
            raise UserError(f"sampling rate must be positive and finite, not {rate}")
        if scale is not None and not (scale > 0 and math.isfinite(scale)):
            raise UserError(f"scale must be positive and finite, not {scale}")
        if self.unit is not None and self.unit not in UNITS:
            raise UserError(f"unit must be one of {', '.join(UNITS)}, not {self.unit!r}")
        if scale is not None and self.unit is not None:
            raise UserError(f"give a scale or a unit, not both ({scale} and {self.unit!r})")
        if self.channels is not None and self.channels < 1:
            raise UserError(f"number of channels must be at least 1, not {self.channels}")
        if self.dtype is not None:
            _check_dtype(self.dtype)

    @property
    def unit_v(self) -> float | None:
        """Volts per unit of a stored sample, however given."""
        return UNITS[self.unit] if self.unit is not None else self.scale_v

    def check_no_stream(self, format_name: str) -> None:
        """Refuse to choose among the signals of a file that holds but one.

        Parameters
        ----------
        format_name : str
            Name of its format.

        Raises
        ------
        UserError
            A stream was given.
        """
        if self.stream is not None:
            raise UserError(
                f"{self.subject}: a file of this format ({format_name}) holds one signal, so that"
                f" no stream must be given, not {self.stream!r}"
            )


def _check_dtype(text: str) -> None:
    try:
        kind = np.dtype(text).kind
    except (TypeError, ValueError, SyntaxError) as error:
        raise UserError(f"sample type must be one that NumPy knows, not {text!r}") from error
    if kind not in "iuf":
        raise UserError(f"sample type must be integer or floating point, not {text!r}")
