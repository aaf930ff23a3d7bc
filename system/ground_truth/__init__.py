"""Synthetic recordings whose every spike is known; usable without the rest of the kit."""

from .audible import Audibility
from .firing import EQUAL_RATES_HZ, UNEQUAL_RATES_HZ
from .probe import ProbeConfig, shared_unit_recording
from .recording import SyntheticRecording
from .records import BENCHMARK_LEVELS, benchmark_records, quiroga_style_record
from .shapes import SHAPE_SETS, Lobe, SpikeShape, similarity
from .truth import GroundTruth

__all__ = [
    "BENCHMARK_LEVELS",
    "EQUAL_RATES_HZ",
    "SHAPE_SETS",
    "UNEQUAL_RATES_HZ",
    "Audibility",
    "GroundTruth",
    "Lobe",
    "ProbeConfig",
    "SpikeShape",
    "SyntheticRecording",
    "benchmark_records",
    "quiroga_style_record",
    "shared_unit_recording",
    "similarity",
]
