import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtl.registers import Access, Field, Register
from tests.rtl.register_maps import CLIPPED, EVERYTHING, KIND, LAG

CONTROL = EVERYTHING.register("control")

BAD_REGISTERS = {
    "name": ({"name": "while"}, "register name must not be a keyword of Python, as 'while' is"),
    "doc": (
        {"doc": "Gain"},
        (
            "register 'gain' doc must be a sentence on one line, "
            "from a capital to a full stop, not 'Gain'"
        ),
    ),
    "no_fields": ({"fields": ()}, "register 'gain' must have a field, not none"),
    "names": (
        {"fields": (LAG, KIND, LAG)},
        "fields of register 'gain' must have different names, not 'lag' twice",
    ),
    "hidden_name": (
        {"fields": (Field(name="signature", width=1, access=Access.READ_ONLY, doc="A bit."),)},
        "field of register 'gain' must not be called 'signature'",
    ),
    "no_words": ({"count": 0}, "count of register 'gain' must be at least 1, not 0"),
    "counters": (
        {"count": 2, "fields": (LAG, CLIPPED)},
        (
            "fields of array register 'gain' must be read_write or read_only, "
            "not counter as 'clipped' is"
        ),
    ),
    "constants": (
        {"count": 2, "fields": (KIND,)},
        (
            "fields of array register 'gain' must be read_write or read_only, "
            "not constant as 'kind' is"
        ),
    ),
}


@pytest.mark.parametrize(("changes", "message"), BAD_REGISTERS.values(), ids=list(BAD_REGISTERS))
def test_a_register_refuses(changes, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Register(**{"name": "gain", "doc": "Gains.", "fields": (LAG,), **changes})


def test_fields_are_packed_from_bit_0_up():
    assert [(lsb, field.name) for lsb, field in CONTROL.placed()] == [
        (0, "enable"),
        (1, "mode"),
        (3, "lag"),
    ]
    assert CONTROL.width == 7


def test_fields_that_are_not_mentioned_are_packed_at_reset():
    assert CONTROL.reset_word == 0b0001_10_1
    assert CONTROL.pack({"mode": "neo", "lag": 9}) == 0b1001_01_1


def test_a_field_that_is_not_there_is_named():
    with pytest.raises(KeyError, match="register 'control' has no field 'gain'"):
        CONTROL.pack({"gain": 1})
    with pytest.raises(KeyError, match="register 'control' has no field 'gain'"):
        CONTROL.field("gain")


@given(st.integers(min_value=0, max_value=127))
def test_unpacking_undoes_packing(word):
    assert CONTROL.pack(CONTROL.unpack(word)) == word


def test_a_register_is_writable_if_a_write_does_something():
    writable = [register.name for register in EVERYTHING.registers if register.writable]

    assert writable == ["control", "losses", "faults", "channel", "both", "resets"]
