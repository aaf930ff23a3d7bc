import os

import pytest

from system.names import displayable


@pytest.mark.parametrize("name", ["probe.npy", "données ünï 日本 \U0001f9e0", "a b\nc", ""])
def test_a_name_that_is_text_stays(name):
    assert displayable(name) == name


def test_a_byte_that_is_no_text_is_spelled_out(tmp_path):
    name = os.fsdecode(b"day\xff.npy")

    assert displayable(tmp_path / name) == f"{tmp_path}/day\\udcff.npy"
