import pytest

from rtl.register_array import ArrayPortInterface, ArrayPortSignature, array_layout, index_width
from rtl.registers import Register
from tests.rtl.register_maps import ENABLE, EVERYTHING, THRESHOLD


def test_a_word_is_laid_out_as_software_sees_it():
    register = EVERYTHING.register("channel")
    word = register.pack({"enable": 0, "threshold": 0x1234})

    layout = array_layout(register)

    assert layout.size == 17
    assert layout.from_bits(word).threshold == 0x1234
    assert layout.const({"enable": 0, "threshold": 0x1234}).as_value().value == word


@pytest.mark.parametrize(("count", "bits"), [(1, 1), (2, 1), (3, 2), (64, 6), (65, 7), (68, 7)])
def test_an_index_has_one_bit_at_least(count, bits):
    register = Register(name="channel", doc="Words.", fields=(ENABLE, THRESHOLD), count=count)

    port = ArrayPortSignature(register).create()

    assert isinstance(port, ArrayPortInterface)
    assert index_width(register) == len(port.index) == bits
