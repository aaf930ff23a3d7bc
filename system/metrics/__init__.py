"""How well a detector did: detections against ground truth."""

from .detection import score_detection
from .matching import estimate_offset, match_spikes
from .scores import ChannelScore, Counts, DetectionScore, LevelScore, TimingError

__all__ = [
    "ChannelScore",
    "Counts",
    "DetectionScore",
    "LevelScore",
    "TimingError",
    "estimate_offset",
    "match_spikes",
    "score_detection",
]
