"""The model that notebooks turn knobs on."""

import torch

from system.attention import small_model
from system.attention.small_model import SMALL_HARDWARE, SMALL_MODEL, train_small_model
from system.attention.texts import Corpus


def repeated_text():
    tokens = torch.frombuffer(
        bytearray(b"def add(left, right):\n    pass\n" * 200), dtype=torch.uint8
    )
    return Corpus(name="a function", training=tokens[:5000], validation=tokens[5000:])


def trained(folder):
    return train_small_model(
        folder, software_steps=6, hardware_steps=4, judged_one_in=2, corpus=repeated_text()
    )


def test_both_models_are_trained_and_one_is_on_gain_cells(tmp_path):
    small = trained(tmp_path)

    untrained = small_model.Transformer(SMALL_MODEL, torch.Generator().manual_seed(1))
    assert small.bits(small.software) < small.bits(untrained)
    assert small.bits(small.nonlinear) < small.bits(untrained)
    assert [each.hardware for each in small.nonlinear.hardware_heads()] == [SMALL_HARDWARE] * 2
    assert small.software.hardware_heads() == []


def test_what_is_trained_is_not_trained_again(tmp_path):
    first = trained(tmp_path)
    begun = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}

    again = trained(tmp_path)

    assert again.bits(again.nonlinear) == first.bits(first.nonlinear)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == begun


def test_one_window_in_some_is_judged(tmp_path):
    small = trained(tmp_path)

    assert len(small.inputs) == -(-((len(repeated_text().validation) - 1) // 128) // 2)
    assert small.bits(small.software, one_in=len(small.inputs)) != small.bits(small.software)
