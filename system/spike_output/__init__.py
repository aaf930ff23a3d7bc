"""Detected spikes for others to read: a SpikeInterface sorting and an NWB file.

Detection knows channels, not neurons: there is one unit for each channel, numbered like it, with
spikes or without. Both writers leave a whole file or folder, or none, and need eight bytes a spike
beside the spikes they are given.
"""

from .nwb import write_nwb
from .sorting import write_sorting
from .times import Lateness

__all__ = ["Lateness", "write_nwb", "write_sorting"]
