"""The GPU benchmark, on a GPU that is none: what it computes from times and powers."""

import itertools
import sys
from types import SimpleNamespace

import pytest

from system.benchmarks import NotMeasured, gpu_baseline


def board(*, available=True, draw_mw=lambda: 100_000):
    shapes = []

    def attention(query, key, value):
        shapes.append((query, key, value))

    torch = SimpleNamespace(
        Generator=lambda device: SimpleNamespace(manual_seed=lambda seed: (device, seed)),
        cuda=SimpleNamespace(
            is_available=lambda: available,
            get_device_name=lambda: "a board",
            power_draw=draw_mw,
            synchronize=lambda: None,
        ),
        float16="half",
        nn=SimpleNamespace(functional=SimpleNamespace(scaled_dot_product_attention=attention)),
        randn=lambda shape, **_: shape,
    )
    return torch, shapes


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Time goes on by a millisecond whenever somebody looks at the clock."""
    clock = itertools.count()
    monkeypatch.setattr(gpu_baseline.time, "perf_counter", lambda: next(clock) * 1e-3)


def test_energy_is_power_times_time_of_a_step_shared_by_its_sequences(monkeypatch):
    torch, shapes = board()
    monkeypatch.setitem(sys.modules, "torch", torch)

    rows = {row.name: row.value for row in gpu_baseline.measure(lambda _: None)}

    for sequences in (1, 64):
        name = f"gpu_baseline.{sequences}_sequences"
        step_s = rows[f"{name}.step_latency"] * 1e-6
        assert step_s == pytest.approx(1e-3, rel=0.01)
        assert rows[f"{name}.power"] == 100
        assert rows[f"{name}.token_energy"] == pytest.approx(100 * step_s / sequences * 1e3)
        assert rows[f"{name}.token_and_head_energy"] == pytest.approx(
            rows[f"{name}.token_energy"] * 1e6 / 12
        )
    assert set(shapes) == {((n, 12, 1, 64), (n, 12, 1024, 64), (n, 12, 1024, 64)) for n in (1, 64)}


def test_without_a_gpu_it_says_so(monkeypatch):
    torch, _ = board(available=False)
    monkeypatch.setitem(sys.modules, "torch", torch)

    with pytest.raises(NotMeasured, match="must run where PyTorch sees a GPU, and it sees none"):
        list(gpu_baseline.measure(lambda _: None))


def test_without_a_power_meter_it_names_the_package(monkeypatch):
    def draw_mw():
        raise ModuleNotFoundError("none", name="pynvml")

    torch, _ = board(draw_mw=draw_mw)
    monkeypatch.setitem(sys.modules, "torch", torch)

    with pytest.raises(NotMeasured, match=r"^pynvml must be installed"):
        list(gpu_baseline.measure(lambda _: None))
