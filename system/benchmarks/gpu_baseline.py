"""A graphics processor at the same function: the decode step of 12 heads over a full window.

As published for other processors (Leroux et al. 2025): heads of 64, a window of 1024 tokens, 64
sequences at once. Half precision, softmax, nothing but the two products and what is between them:
the least that a processor can do.
"""

import importlib
import threading
import time
from collections.abc import Callable, Iterator
from statistics import fmean
from types import ModuleType

from system.benchmarks import BenchmarkRow, NotMeasured

__all__ = ["measure"]

HEADS = 12
HEAD_DIM = 64
WINDOW_TOKENS = 1024
SEQUENCES = (1, 64)
WARM_UP_S = 1.0
MEASURED_S = 3.0
SAMPLE_S = 0.02  # of the power, which boards refresh every tens of milliseconds


def measure(report: Callable[[str], None]) -> Iterator[BenchmarkRow]:
    """Yield the rows.

    Parameters
    ----------
    report : callable
        Told in a line of text what is being measured.

    Yields
    ------
    BenchmarkRow
        Time of a step, and energy of a token in all heads and in one.

    Raises
    ------
    NotMeasured
        There is no PyTorch, it sees no GPU, or nothing can read the GPU's power.
    """
    try:
        torch: ModuleType = importlib.import_module("torch")
        if not torch.cuda.is_available():
            raise NotMeasured("gpu_baseline must run where PyTorch sees a GPU, and it sees none")
        torch.cuda.power_draw()  # by NVIDIA's management library
    except ModuleNotFoundError as error:
        raise NotMeasured(
            f"{error.name} must be installed, but is not: "
            "pip install 'axocell[attention]' nvidia-ml-py"
        ) from error
    for sequences in SEQUENCES:
        report(f"gpu_baseline: {sequences} sequences on {torch.cuda.get_device_name()}")
        step = _step(torch, sequences)
        for _ in _until(WARM_UP_S):
            step()
        torch.cuda.synchronize()
        with _PowerMeter(torch.cuda.power_draw) as meter:
            begun_s = time.perf_counter()
            steps = 0
            for _ in _until(MEASURED_S):
                step()
                steps += 1
                if steps % 100 == 0:
                    torch.cuda.synchronize()  # else the queue grows without end
            torch.cuda.synchronize()
            step_s = (time.perf_counter() - begun_s) / steps
        yield from _rows(sequences, step_s, meter.mean_w)


def _rows(sequences: int, step_s: float, power_w: float) -> Iterator[BenchmarkRow]:
    token_j = power_w * step_s / sequences
    name = f"gpu_baseline.{sequences}_sequences"
    for figure, value, unit in (
        ("step_latency", step_s * 1e6, "us"),
        ("power", power_w, "W"),
        ("token_energy", token_j * 1e3, "mJ"),
        ("token_and_head_energy", token_j / HEADS * 1e9, "nJ"),
    ):
        yield BenchmarkRow(
            name=f"{name}.{figure}", value=value, unit=unit, goal=None, better="lower"
        )


def _step(torch: ModuleType, sequences: int) -> Callable[[], None]:
    generator = torch.Generator(device="cuda").manual_seed(0)

    def normal(tokens: int) -> object:
        shape = (sequences, HEADS, tokens, HEAD_DIM)
        return torch.randn(shape, generator=generator, device="cuda", dtype=torch.float16)

    query, key, value = normal(1), normal(WINDOW_TOKENS), normal(WINDOW_TOKENS)
    attention = torch.nn.functional.scaled_dot_product_attention

    def step() -> None:
        attention(query, key, value)

    return step


def _until(duration_s: float) -> Iterator[None]:
    end_s = time.perf_counter() + duration_s
    while time.perf_counter() < end_s:
        yield


class _PowerMeter:
    """Mean of what a board says that it draws, while the context lasts."""

    def __init__(self, draw_mw: Callable[[], int]) -> None:
        self._draw_mw = draw_mw
        self._samples_w = [draw_mw() / 1e3]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def _sample(self) -> None:
        while not self._over.wait(SAMPLE_S):
            self._samples_w.append(self._draw_mw() / 1e3)

    def __enter__(self) -> "_PowerMeter":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def mean_w(self) -> float:
        """Mean power, watts; of the second half, as meters lag behind."""
        return fmean(self._samples_w[len(self._samples_w) // 2 :])
