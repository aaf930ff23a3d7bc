import numpy as np
import pytest
from amaranth.hdl import signed
from amaranth.lib import data, enum

from verification.payloads import pack, payload_dtype, unpack


class Kind(enum.Enum, shape=2):
    LOW = 0
    HIGH = 3


NESTED = data.StructLayout(
    {
        "sample": signed(5),
        "header": data.StructLayout({"kind": Kind, "time": 32}),
        "taps": data.ArrayLayout(signed(16), 3),
    }
)
RECORD = {"sample": -16, "header": {"kind": 3, "time": 0xFFFF_FFFF}, "taps": [-1, 0, 32767]}


@pytest.mark.parametrize("shape", [signed(12), 7, NESTED], ids=["signed", "unsigned", "nested"])
def test_unpack_undoes_pack(shape):
    words = [0, (1 << 7) - 1, 0b101_0101]

    assert pack(shape, unpack(shape, words)) == words


def test_words_are_amaranths_own_bits():
    bits = NESTED.const({**RECORD, "header": {"kind": Kind.HIGH, "time": 0xFFFF_FFFF}})

    assert pack(NESTED, [RECORD]) == [bits.as_value().value]


def test_arrays_of_arrays_may_come_as_lists():
    pairs = data.ArrayLayout(data.ArrayLayout(4, 2), 3)

    assert pack(pairs, [[[1, 2], [3, 4], [5, 6]]]) == [0x654321]


def test_payloads_wider_than_a_machine_word_survive():
    (record,) = unpack(NESTED, pack(NESTED, [RECORD]))

    assert record["sample"] == -16
    assert record["header"]["time"] == 0xFFFF_FFFF
    assert record["taps"].tolist() == [-1, 0, 32767]


def test_no_payloads_is_an_empty_array_of_the_type():
    assert unpack(NESTED, []).dtype == payload_dtype(NESTED)
    assert pack(NESTED, []) == []


@pytest.mark.parametrize("value", [-17, 16])
def test_a_value_that_does_not_fit_is_refused(value):
    with pytest.raises(ValueError, match=rf"^payload\.sample must be in -16\.\.15, not {value}$"):
        pack(NESTED, [{**RECORD, "sample": value}])


def test_a_field_wider_than_a_machine_word_is_refused():
    with pytest.raises(ValueError, match=r"^payload field must be at most 63 bits, not 64$"):
        payload_dtype(data.StructLayout({"sample": 64}))


def test_arrays_of_records_are_packed_as_columns():
    records = np.array([(1, 1), (-8, 0)], dtype=[("sample", np.int16), ("last", np.bool_)])

    assert pack(data.StructLayout({"sample": signed(4), "last": 1}), records) == [17, 8]
