import pytest

from rtl.attention_head_config import AttentionHeadConfig
from rtl.attention_registers import SCALERS
from rtl.register_export import to_c_header, to_systemrdl

CONFIG = AttentionHeadConfig(head_dim=32, window_tokens=128, tile_tokens=32)


def test_software_can_read_the_sizes():
    registers = CONFIG.registers

    assert registers.register("identification").unpack(
        registers.register("identification").reset_word
    ) == {"version": 0x0100, "head_dim": 32}
    assert registers.register("window").reset_word == 128


def test_gains_are_one_and_codes_begin_in_the_middle_after_reset():
    """Of eight stored codes the middle is 3.5, where 0.45 V of 0.9 V lie."""
    reset = {
        name: CONFIG.registers.register(name).unpack(CONFIG.registers.register(name).reset_word)
        for name in SCALERS
    }

    assert {values["gain"] for values in reset.values()} == {1024}
    assert reset["query"]["offset"] == reset["output"]["offset"] == 0
    assert reset["key"]["offset"] == reset["value"]["offset"] == 3584


def test_gain_and_offset_of_a_scaler_change_in_one_write():
    writes = CONFIG.register_writes({"value": {"gain": -1, "offset": 2}, "output": {"gain": 5}})

    assert writes == [
        (CONFIG.registers.address_of("value"), 2 << 12 | 0xFFF),
        (CONFIG.registers.address_of("output"), 5),  # and its offset is that of reset
    ]


@pytest.mark.parametrize(
    ("scaling", "message"),
    [
        ({"query": {"gain": 2048}}, r"gain of query must be in -2048\.\.2047, not 2048"),
        (
            {"key": {"offset": -(1 << 19) - 1}},
            r"offset of key must be in -524288\.\.524287, not -524289",
        ),
    ],
)
def test_what_does_not_fit_is_refused(scaling, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        CONFIG.register_writes(scaling)


def test_the_map_can_be_exported():
    assert "addrmap attention_head" in to_systemrdl(CONFIG.registers, generator="x")
    assert "ATTENTION_HEAD_STATUS" in to_c_header(CONFIG.registers, generator="x")
