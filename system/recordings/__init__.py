"""Recordings of any format, as volts, a block at a time."""

from system.recordings.opening import open_recording
from system.recordings.recording import Recording

__all__ = ["Recording", "open_recording"]
