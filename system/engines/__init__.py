"""Engines that execute generated RTL on whole recordings."""

from typing import Literal

from rtl.detection_chain import DetectionChainConfig
from rtl.detector_settings import DetectorSettings
from system.engines.cxxrtl import CxxrtlEngine
from system.engines.library import find_compiler
from system.engines.pysim import PysimEngine

__all__ = ["CxxrtlEngine", "EngineName", "PysimEngine", "available_engine", "open_engine"]

EngineName = Literal["cxxrtl", "pysim"]


def available_engine() -> EngineName:
    """Return the fastest engine that runs here: compiled if there is a C++ compiler."""
    return "cxxrtl" if find_compiler() else "pysim"


def open_engine(
    name: EngineName, config: DetectionChainConfig, settings: DetectorSettings
) -> CxxrtlEngine | PysimEngine:
    """Return the engine called ``name`` with the chain of ``config``, set to ``settings``, enabled.

    Both are context managers with ``process(codes)``, ``read(register)``, ``cycles`` and
    ``seconds``.
    """
    engines = {"cxxrtl": CxxrtlEngine, "pysim": PysimEngine}
    if name not in engines:
        raise ValueError(f"engine must be one of {', '.join(engines)}, not {name!r}")
    return engines[name](config, settings)
