"""Tests of the address map of a processor."""

import itertools

import pytest

from rtl.processor_map import (
    OUTSIDE_BASE,
    PAGE_BYTES,
    PERIPHERAL_BASE,
    PERIPHERALS,
    ProcessorMap,
)


def test_every_device_has_a_page_before_the_outside():
    bases = [ProcessorMap().base_of(name) for name in PERIPHERALS]

    assert bases[0] == PERIPHERAL_BASE
    assert all(b - a == PAGE_BYTES for a, b in itertools.pairwise(bases))
    assert bases[-1] + PAGE_BYTES <= OUTSIDE_BASE


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text_bytes": 32}, "text_bytes must be in 64..4194304, not 32"),
        ({"data_bytes": 1 << 21}, "data_bytes must be in 64..1048576, not 2097152"),
        ({"data_bytes": 96}, "data_bytes must be a power of two, not 96"),
    ],
)
def test_sizes_that_no_memory_has_are_refused(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        ProcessorMap(**fields)


def test_an_unknown_part_is_refused():
    with pytest.raises(ValueError, match=r"^part of the address map .*, not 'uart'$"):
        ProcessorMap().base_of("uart")
