"""The check of every voltage that enters a model."""

import numpy as np
import numpy.typing as npt

__all__ = ["check_voltage"]


def check_voltage(
    voltage_v: npt.ArrayLike, *, channels: int | None, first_frame: int
) -> npt.NDArray[np.floating]:
    """Return voltages as a contiguous array, or say what is wrong with them.

    Parameters
    ----------
    voltage_v : array_like
        Voltages ``[frames, channels]``, floating point, volts.
    channels : int or None
        Channels there must be; None for any number.
    first_frame : int
        Number of the first frame, for the error message.

    Returns
    -------
    numpy.ndarray
        The voltages in single or double precision.

    Raises
    ------
    TypeError
        The voltages are not floating-point numbers.
    ValueError
        Wrong shape, or a voltage that is not finite.
    """
    voltage = np.asarray(voltage_v)
    if not np.issubdtype(voltage.dtype, np.floating):
        raise TypeError(f"voltage must be floating-point numbers in volts, not {voltage.dtype}")
    if voltage.ndim != 2 or (channels is not None and voltage.shape[1] != channels):
        wanted = "channels" if channels is None else channels
        raise ValueError(f"voltage must have shape (frames, {wanted}), not {voltage.shape}")
    if voltage.dtype not in (np.float32, np.float64):
        voltage = voltage.astype(np.float64)
    if not np.isfinite(voltage).all():
        frame, channel = np.argwhere(~np.isfinite(voltage))[0]
        raise ValueError(
            f"voltage of channel {channel} must be finite, not {float(voltage[frame, channel])!r} "
            f"(frame {first_frame + frame})"
        )
    return np.ascontiguousarray(voltage)
