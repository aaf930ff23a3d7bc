"""Tests of the section of a design that says what the processor is built of."""

import dataclasses

from system.design import Design


def test_part_of_the_processor_leaves_the_rest_as_it_is(tmp_path):
    path = tmp_path / "design.toml"
    path.write_text("[processor.core]\nhart = 3\n[processor.processor_map]\ndata_bytes = 8192\n")

    processor = Design.from_toml(path).processor

    default = Design.default().processor
    assert processor.core == dataclasses.replace(default.core, hart=3)
    assert processor.processor_map.text_bytes == default.processor_map.text_bytes
    assert (processor.mac.memory_bytes, processor.boot) == (8192, "host")
