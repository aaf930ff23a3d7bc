from dataclasses import replace

import numpy as np
import torch

from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.published import published_attention
from system.attention.hardware import Hardware
from system.attention.hardware_attention import HardwareAttention

HEADS, HEAD_DIM = 2, 8
HARDWARE = Hardware(
    geometry=HeadGeometry(head_dim=HEAD_DIM, window_tokens=32, tile_tokens=8),
    score_saturation_a=10e-6,
    output_saturation_a=8e-6,
)


def random_inputs(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator) for _ in range(3)]


def test_one_head_of_the_published_size_equals_the_published_equations():
    """Window 1024, 64 rows, 16 tiles: all columns filled and the first ones written again."""
    hardware = Hardware(geometry=HeadGeometry())
    rng = np.random.default_rng(3)
    query = rng.uniform(0.0, 0.5, (1, 1060, 64)).astype(np.float32)
    key, value = rng.uniform(0.0, 0.9, (2, 1, 1060, 64)).astype(np.float32)

    with torch.no_grad():
        attention = HardwareAttention(1, hardware)
        answer = attention(
            *(
                torch.from_numpy(each)[None] - o
                for each, o in ((query, 0.0), (key, 0.45), (value, 0.45))
            )
        )

    expected = published_attention(query, key, value, geometry=hardware.geometry)
    steps = np.abs(answer[0].numpy() - expected) * 16
    assert np.abs(expected).mean() > 0.1
    assert steps.max() < 1.01  # float32 may round a tie the other way
    assert (steps > 0.5).mean() <= 1e-3


def test_scalers_stand_before_the_quantisers_and_behind_the_sum():
    attention, plain = HardwareAttention(HEADS, HARDWARE), HardwareAttention(HEADS, HARDWARE)
    query, key, value = random_inputs(1, HEADS, 20, HEAD_DIM)
    with torch.no_grad():
        attention.query.gain.fill_(0.5)
        attention.key.gain.fill_(0.2)
        attention.value.offset.add_(0.1)
        attention.out.gain.fill_(3.0)
        attention.out.offset.fill_(1.0)

    answer = attention(query, key, value)

    assert torch.equal(answer, 3 * plain(0.5 * query, 0.2 * key, value + 0.1) + 1)


def test_gradients_reach_inputs_and_scalers():
    attention = HardwareAttention(HEADS, HARDWARE)
    inputs = [each.requires_grad_() for each in random_inputs(2, HEADS, 20, HEAD_DIM)]

    attention(*inputs).square().sum().backward()

    gradients = [each.grad for each in (*inputs, *attention.parameters())]
    assert len(gradients) == 3 + 8
    assert all(each is not None and bool(each.abs().max() > 0) for each in gradients)


def test_nothing_of_the_future_is_seen():
    attention = HardwareAttention(HEADS, HARDWARE)
    inputs = random_inputs(1, HEADS, 50, HEAD_DIM)
    changed = [each.clone() for each in inputs]
    for each in changed:
        each[:, :, 30:] += 0.7

    answers = [attention(*each) for each in (inputs, changed)]

    assert torch.equal(answers[0][:, :, :30], answers[1][:, :, :30])
    assert not torch.equal(answers[0][:, :, 30:], answers[1][:, :, 30:])


def test_normalised_sums_do_not_grow_with_what_is_stored():
    query, key, value = random_inputs(1, HEADS, 20, HEAD_DIM)
    attention = HardwareAttention(HEADS, replace(HARDWARE, normalised=True))
    plain = HardwareAttention(HEADS, HARDWARE)
    for each in (attention, plain):
        torch.nn.init.constant_(each.out.gain, 3.0)

    answer, sums = attention(query, key, value), plain(query, key, value) / 3

    expected = 3 * sums / (sums.square().mean(-1, keepdim=True) + 0.01).sqrt()
    torch.testing.assert_close(answer, expected)
    assert float(answer.square().mean(-1).max().detach()) < 9.0
