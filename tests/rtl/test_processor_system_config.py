"""Tests of what a processor may be built of."""

import re

import pytest

from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_map import PERIPHERALS, ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig


def test_devices_are_in_the_order_of_their_pages():
    names = list(ProcessorSystemConfig().registers)

    assert names == list(PERIPHERALS[: len(names)])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"streams": 0}, "streams must be in 1..8, not 0"),
        ({"pins": 33}, "pins must be in 1..32, not 33"),
        ({"queue_bytes": 256}, "queue_bytes must be in 1..255, not 256"),
        ({"vector_beats": 3}, "vector_beats must be a power of two, not 3"),
        (
            {"processor_map": ProcessorMap(data_bytes=512)},
            "memory_bytes must be in 1024..1048576, not 512",
        ),
        ({"boot": "disk"}, "boot must be image or host, not 'disk'"),
        (
            {
                "core": ProcessorCoreConfig(reset_address=4096),
                "processor_map": ProcessorMap(text_bytes=4096),
            },
            "reset_address must be in the 4096 bytes of the memory of instructions, not 0x1000",
        ),
    ],
)
def test_a_processor_that_cannot_be_is_refused(fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ProcessorSystemConfig(**fields)


@pytest.mark.parametrize(("name", "limit"), [("text", 1024), ("data", 512)])
def test_an_image_that_is_too_long_is_refused(name, limit):
    config = ProcessorSystemConfig(
        processor_map=ProcessorMap(text_bytes=1024, data_bytes=512), mac_array=False
    )
    images = {"text": b"", "data": b""} | {name: bytes(limit)}
    config.check_images(**images)

    with pytest.raises(ValueError, match=f"^{name} must have at most {limit} bytes, not"):
        config.check_images(**images | {name: bytes(limit + 1)})
