import re

import pytest

from rtl.register_fields import Access, EnumValue, Field
from tests.rtl.register_maps import LAG, MODE


def value(name, number):
    return EnumValue(name=name, value=number, doc="A value.")


BAD_FIELDS = {
    "name": (
        {"name": "Gain"},
        "field name must be lowercase words joined by single underscores, not 'Gain'",
    ),
    "doc": (
        {"doc": "gain"},
        (
            "field 'gain' doc must be a sentence on one line, "
            "from a capital to a full stop, not 'gain'"
        ),
    ),
    "no_bits": ({"width": 0}, "width of field 'gain' must be at least 1, not 0"),
    "reset_too_wide": ({"reset": 16}, "reset of field 'gain' must be in 0..15, not 16"),
    "negative_reset": ({"reset": -1}, "reset of field 'gain' must be in 0..15, not -1"),
    "reset_of_read_only": (
        {"reset": 1, "access": Access.READ_ONLY},
        "reset of read_only field 'gain' must be 0, not 1",
    ),
    "reset_of_counter": (
        {"reset": 1, "access": Access.COUNTER},
        "reset of counter field 'gain' must be 0, not 1",
    ),
    "increment_too_wide": (
        {"access": Access.COUNTER, "increment_width": 5},
        "increment width of field 'gain' must be in 1..4, not 5",
    ),
    "no_increment": (
        {"access": Access.COUNTER, "increment_width": 0},
        "increment width of field 'gain' must be in 1..4, not 0",
    ),
    "increment_of_setting": (
        {"increment_width": 2},
        "increment width is for counters, not for field 'gain'",
    ),
    "enum_of_counter": (
        {"access": Access.COUNTER, "enum": (value("off", 0),)},
        "counter 'gain' must not have enumerated values",
    ),
    "enum_names": (
        {"enum": (value("off", 0), value("off", 1))},
        "enumerated values of field 'gain' must have different names, not 'off' twice",
    ),
    "enum_values": (
        {"enum": (value("off", 0), value("on", 0))},
        "enumerated values of field 'gain' must differ, not be 0 twice",
    ),
    "enum_too_wide": (
        {"enum": (value("off", 0), value("on", 16))},
        "enumerated values of field 'gain' must be in 0..15, not 16",
    ),
    "reset_not_in_enum": (
        {"enum": (value("off", 0),), "reset": 1},
        "reset of field 'gain' must be an enumerated value, not 1",
    ),
}


@pytest.mark.parametrize(("changes", "message"), BAD_FIELDS.values(), ids=list(BAD_FIELDS))
def test_a_field_refuses(changes, message):
    good = {"name": "gain", "width": 4, "access": Access.READ_WRITE, "doc": "Gain code."}

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Field(**{**good, **changes})


BAD_VALUES = {
    "name": (
        {"name": "2x"},
        "enumerated value name must be lowercase words joined by single underscores, not '2x'",
    ),
    "doc": (
        {"doc": "off"},
        (
            "enumerated value 'off' doc must be a sentence on one line, "
            "from a capital to a full stop, not 'off'"
        ),
    ),
    "negative": ({"value": -1}, "enumerated value 'off' must not be negative, as -1 is"),
}


@pytest.mark.parametrize(("changes", "message"), BAD_VALUES.values(), ids=list(BAD_VALUES))
def test_an_enumerated_value_refuses(changes, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        EnumValue(**{"name": "off", "value": 0, "doc": "Does nothing.", **changes})


def test_a_value_is_a_number_or_a_name():
    assert [MODE.value_of("neo"), MODE.value_of(3), LAG.value_of(15)] == [1, 3, 15]


@pytest.mark.parametrize(
    ("field", "number", "message"),
    [
        (MODE, "fast", "field 'mode' must be one of absolute, neo, smoothed_neo, not 'fast'"),
        (LAG, "fast", "field 'lag' must be one of (it has no names), not 'fast'"),
        (LAG, 16, "field 'lag' must be in 0..15, not 16"),
        (LAG, -1, "field 'lag' must be in 0..15, not -1"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(field, number, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        field.value_of(number)
