"""Detections and true spikes, one channel at a time."""

import numpy as np
import numpy.typing as npt

from system.ground_truth.truth import ChannelTruth

__all__ = ["ByChannel"]


class ByChannel:
    """What was detected and what really happened, taken out channel by channel.

    Nothing is kept beside what was given: an hour of 68 channels has millions of detections.

    Parameters
    ----------
    detected_frame : array_like
        Time of each detection, in frames, in any order.
    detected_channel : array_like
        Channel of each detection.
    truth : ChannelTruth
        The spikes. Those at or after ``frames`` are left out.
    frames : int
        Length of what was searched.
    channels : int or None
        Number of channels; ``None`` for that of ``truth.noise_level``, else the highest seen.

    Attributes
    ----------
    channels : int
        Number of channels.

    Raises
    ------
    ValueError
        Something lies outside the recording.
    """

    def __init__(
        self,
        detected_frame: npt.ArrayLike,
        detected_channel: npt.ArrayLike,
        truth: ChannelTruth,
        *,
        frames: int,
        channels: int | None,
    ) -> None:
        frame, channel = np.asarray(detected_frame), np.asarray(detected_channel)
        if frame.ndim != 1 or frame.shape != channel.shape:
            raise ValueError(
                "detected_frame and detected_channel must be two sequences of one length,"
                f" not of shape {frame.shape} and {channel.shape}"
            )
        levels = truth.noise_level
        if channels is None and levels is not None:
            channels = levels.size
        elif channels is None:
            channels = max(1 + int(channel.max(initial=0)), truth.channels)
        elif levels is not None and levels.size != channels:
            raise ValueError(f"truth noise_level must have {channels} values, not {levels.size}")
        for name, values, limit in (
            ("detected_frame", frame, frames),
            ("detected_channel", channel, channels),
        ):
            if values.size and not (values.min() >= 0 and values.max() < limit):  # NaN neither
                wrong = values[~((values >= 0) & (values < limit))]
                raise ValueError(f"{name} must be at least 0 and below {limit}, not {wrong[0]}")
        if truth.channels > channels:
            raise ValueError(f"truth must have at most {channels} channels, not {truth.channels}")
        self.channels = channels
        self._frame, self._channel = frame, channel
        self._truth, self._frames = truth, frames

    def detected(self, channel: int) -> npt.NDArray[np.float64]:
        """Return the frames of the detections of a channel.

        Parameters
        ----------
        channel : int
            Which channel.

        Returns
        -------
        numpy.ndarray
            Rising.
        """
        return np.sort(self._frame[self._channel == channel].astype(np.float64))

    def spikes(self, channel: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Return the frames of the spikes of a channel, and which of them are neutral.

        Parameters
        ----------
        channel : int
            Which channel.

        Returns
        -------
        tuple of numpy.ndarray
            Rising frames; true where neutral.
        """
        truth = self._truth.of_channel(channel).crop(0, self._frames)
        return truth.frame, truth.neutral
