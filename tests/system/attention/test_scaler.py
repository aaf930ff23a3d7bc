import pytest
import torch

from system.attention.scaler import HeadScaler, quantised


def test_a_scaler_scales_each_head_by_its_own():
    scaler = HeadScaler(2, gain=2.0, offset=0.5)
    with torch.no_grad():
        scaler.gain[1] = 3.0

    scaled = scaler(torch.ones(1, 2, 1, 4))

    assert scaled[0, :, 0, 0].tolist() == [2.5, 3.5]


def test_recorded_statistics_are_averages_that_forget():
    scaler = HeadScaler(1)
    scaler.recording = True
    first, second = torch.tensor([0.0, 2.0]), torch.tensor([0.0, 6.0])

    scaler(first.view(1, 1, 2, 1))
    scaler(second.view(1, 1, 2, 1))

    assert scaler.mean.tolist() == pytest.approx([0.9 * 1 + 0.1 * 3])
    assert scaler.deviation.tolist() == pytest.approx([0.9 * 1 + 0.1 * 3])


def test_nothing_is_recorded_unless_asked_for():
    scaler = HeadScaler(1)

    scaler(torch.randn(1, 1, 8, 8, generator=torch.Generator().manual_seed(0)))

    assert scaler.deviation.tolist() == [0.0]


def test_levels_are_equidistant_and_values_beyond_are_limited():
    values = torch.tensor([-1.0, 0.06, 0.46, 0.52, 2.0])

    stored = quantised(values, high=0.9, levels=8, centre=0.45)

    expected = torch.tensor([0, 0, 4, 4, 7]) * 0.9 / 7 - 0.45
    torch.testing.assert_close(stored, expected)


def test_gradients_pass_straight_except_where_values_are_limited():
    values = torch.tensor([-0.1, 0.3, 0.8, 1.1], requires_grad=True)

    quantised(values, high=1.0, levels=16).sum().backward()

    assert values.grad is not None
    assert values.grad.tolist() == [0.0, 1.0, 1.0, 0.0]
