"""A design: everything that is chosen about one run, in one TOML file."""

from system.design.design import Design
from system.design.sections import FixedShape, GainChoice, RtlSimulation, Seeds

__all__ = ["Design", "FixedShape", "GainChoice", "RtlSimulation", "Seeds"]
