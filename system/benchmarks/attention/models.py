"""The analog models of attention: agreement with the published equations, and speed."""

import importlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from analog_models.attention.charge_to_pulse import SCORE_CONVERTER
from analog_models.attention.coding import AttentionCoding
from analog_models.attention.gain_cell_array import GainCellArray, GainCellArrayConfig
from analog_models.attention.gain_cell_head import GainCellHeadConfig, GainCellLayer
from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.parallel import parallel_attention
from analog_models.attention.published import published_attention
from system.benchmarks import BenchmarkRow

__all__ = ["measure"]

SEED = 3
HEADS = 12
BATCH = 256
AGREEMENT_GOAL = 1e-3  # of the outputs
DECODE_GOAL = 1.0  # of two matrix-vector products
PARALLEL_GOAL = 4.0  # of two matrix products
SINGLE_GOAL, BATCH_GOAL = 8.0, 2.0  # times as fast as aihwkit
THEIRS = "aihwkit"  # no dependency: whoever has it (1.1.0 in the figures of the docs) compares
SECONDS = 0.3  # for each contender of a comparison

Singles = npt.NDArray[np.float32]


def measure(
    report: Callable[[str], None],
    *,
    geometry: HeadGeometry | None = None,
    tokens: int = 1024,
    seconds: float = SECONDS,
) -> Iterator[BenchmarkRow]:
    """Yield the rows. Ratios of times are of one thread, taken in turn, the best of each.

    Parameters
    ----------
    report : callable
        Told in a line of text what is being measured.
    geometry : HeadGeometry
        Sizes of a head; the published ones unless told.
    tokens : int
        Length of the sequence that is computed in parallel.
    seconds : float
        For each contender.

    Yields
    ------
    BenchmarkRow
        Share of outputs that differ, and ratios of times.
    """
    geometry = geometry or HeadGeometry()
    with threadpool_limits(1):
        yield from _agreement(report, geometry, tokens)
        for heads in (1, HEADS):
            report(f"attention: one decode step of {heads} heads")
            yield _row(f"decode.heads_{heads}", _decode(geometry, heads, seconds), DECODE_GOAL)
        report(f"attention: {HEADS} heads and {tokens} tokens in parallel")
        yield _row("parallel", _parallel(geometry, tokens, seconds), PARALLEL_GOAL)
        yield from _products(report, geometry, seconds)


def best_of(contenders: Mapping[str, Callable[[], object]], seconds: float) -> dict[str, float]:
    """Return the shortest time of each contender, all of which work in turn.

    Parameters
    ----------
    contenders : mapping of str to callable
        Work by name.
    seconds : float
        For each.

    Returns
    -------
    dict of str to float
        Wall-clock seconds of a call.
    """
    best_s: dict[str, float] = {}
    calls = {}
    for name, work in contenders.items():
        work()  # compiles and loads
        taken_s = []
        for _ in range(5):
            started_s = time.perf_counter()
            work()
            taken_s.append(time.perf_counter() - started_s)
        best_s[name] = min(taken_s)
        calls[name] = max(1, int(2e-4 / best_s[name]))
    ends_s = time.perf_counter() + seconds * len(contenders)
    while time.perf_counter() < ends_s:
        for name, work in contenders.items():
            started_s = time.perf_counter()
            for _ in range(calls[name]):
                work()
            each_s = (time.perf_counter() - started_s) / calls[name]
            best_s[name] = min(best_s[name], each_s)
    return best_s


def _row(
    name: str, value: float, goal: float | None, *, unit: str = "", higher: bool = False
) -> BenchmarkRow:
    better = "higher" if higher else "lower"
    return BenchmarkRow(name=f"attention.{name}", value=value, unit=unit, goal=goal, better=better)


def _inputs(geometry: HeadGeometry, heads: int, tokens: int) -> tuple[npt.NDArray[np.float64], ...]:
    rng = np.random.default_rng(SEED)
    shape = (heads, tokens, geometry.head_dim)
    key_v, value_v = 0.45 + 0.25 * rng.standard_normal((2, *shape))
    return rng.random(shape), key_v, value_v


def _codes(
    geometry: HeadGeometry, heads: int, tokens: int
) -> list[tuple[npt.NDArray[np.int8], ...]]:
    """Return codes of queries, keys and values, token by token."""
    coding = AttentionCoding()
    query, key_v, value_v = _inputs(geometry, heads, tokens)
    codes = (coding.query_codes(query), coding.stored_codes(key_v), coding.stored_codes(value_v))
    by_token = (np.ascontiguousarray(np.moveaxis(each, 1, 0)) for each in codes)
    return list(zip(*by_token, strict=True))


def _agreement(
    report: Callable[[str], None], geometry: HeadGeometry, tokens: int
) -> Iterator[BenchmarkRow]:
    """Compare both fast forms with the published equations in double precision."""
    report(f"attention: the published equations, {HEADS} heads and {tokens} tokens")
    inputs = _inputs(geometry, HEADS, tokens)
    published = published_attention(*inputs, geometry=geometry)
    lsb = AttentionCoding().output_lsb
    report("attention: the same in parallel and token by token")
    layer = GainCellLayer(
        GainCellHeadConfig(geometry=geometry).without_imperfections(),
        heads=HEADS,
        mismatch_rng=np.random.default_rng(SEED),
    )
    rng = np.random.default_rng(SEED)
    steps = [layer.step(*each, noise_rng=rng) for each in _codes(geometry, HEADS, tokens)]
    forms = {
        "parallel": parallel_attention(*inputs, geometry=geometry),
        "decode": np.moveaxis(np.array(steps), 0, 1) * lsb,
    }
    for name, outputs in forms.items():
        codes_off = abs(outputs - published) / lsb
        yield _row(f"agreement.{name}.differing", float(np.mean(codes_off > 0)), AGREEMENT_GOAL)
        yield _row(f"agreement.{name}.largest", float(codes_off.max()), 1.0, unit="LSB")


def _decode(geometry: HeadGeometry, heads: int, seconds: float) -> float:
    """Return the time of a step, all imperfections included, over that of BLAS."""
    layer = GainCellLayer(
        GainCellHeadConfig(geometry=geometry),
        heads=heads,
        mismatch_rng=np.random.default_rng(SEED),
    )
    rng = np.random.default_rng(SEED)
    codes = _codes(geometry, heads, 256)
    for token in range(geometry.window_tokens):
        layer.step(*codes[token % 256], noise_rng=rng)
    keys, values = rng.random(
        (2, heads, geometry.window_tokens, geometry.head_dim), dtype=np.float32
    )
    queries = rng.random((heads, geometry.head_dim), dtype=np.float32)
    scores, output = np.empty(geometry.window_tokens, np.float32), np.empty_like(queries[0])

    def step() -> None:
        layer.step(*codes[layer.tokens % 256], noise_rng=rng)

    def blas() -> None:
        for query, key, value in zip(queries, keys, values, strict=True):
            np.dot(key, query, out=scores)
            np.dot(scores, value, out=output)

    best_s = best_of({"step": step, "blas": blas}, seconds)
    return best_s["step"] / best_s["blas"]


def _parallel(geometry: HeadGeometry, tokens: int, seconds: float) -> float:
    """Return the time of the parallel form over that of BLAS."""
    inputs = _inputs(geometry, HEADS, tokens)
    singles = [each.astype(np.float32) for each in inputs]

    def blas() -> None:
        for query, key, value in zip(*singles, strict=True):
            np.matmul(query @ key.T, value)

    best_s = best_of(
        {"ours": lambda: parallel_attention(*inputs, geometry=geometry), "blas": blas}, seconds
    )
    return best_s["ours"] / best_s["blas"]


def _products(
    report: Callable[[str], None], geometry: HeadGeometry, seconds: float
) -> Iterator[BenchmarkRow]:
    """Compare one array's product with aihwkit's, where that is installed."""
    rows, columns = geometry.head_dim, geometry.window_tokens
    rng = np.random.default_rng(SEED)
    array = GainCellArray(
        GainCellArrayConfig(
            rows=rows, columns=columns, converter=replace(SCORE_CONVERTER, signed=True)
        ),
        mismatch_rng=rng,
    )
    array.write(rng.integers(0, 8, (columns, rows)), noise_rng=rng)
    batch = rng.integers(0, 16, (BATCH, rows)).astype(np.int8)
    contenders: dict[str, Callable[[], object]] = {
        "single": lambda: array.multiply(batch[0], noise_rng=rng),
        "batch": lambda: array.multiply(batch),
    }
    theirs = find_spec(THEIRS) is not None
    if theirs:
        contenders |= _aihwkit_products(rows, columns)
    else:
        report("attention: aihwkit is not installed, so that products are not compared with it")
    report("attention: products of one array")
    best_s = best_of(contenders, seconds)
    yield _row("product.single_noisy", best_s["single"], None, unit="s")
    yield _row("product.batch_per_vector", best_s["batch"] / BATCH, None, unit="s")
    if theirs:
        for name, goal in (("single", SINGLE_GOAL), ("batch", BATCH_GOAL)):
            ratio = best_s[f"aihwkit {name}"] / best_s[name]
            yield _row(f"product.{name}_over_aihwkit", ratio, goal, higher=True)


def _aihwkit_products(rows: int, columns: int) -> dict[str, Callable[[], object]]:
    """Return products of its tile in PyTorch, converters as they are by default.

    The batch is without noise, not "perfect": that would be without converters too.
    """
    torch = importlib.import_module("torch")
    tiles = importlib.import_module(f"{THEIRS}.simulator.tiles.inference_torch")
    configs = importlib.import_module(f"{THEIRS}.simulator.configs")
    torch.set_num_threads(1)
    vectors = torch.rand(BATCH, rows)

    def product(vector: object, *, noisy: bool) -> Callable[[], object]:
        config = configs.TorchInferenceRPUConfig()
        if not noisy:
            config.forward.out_noise = 0.0
        tile = tiles.TorchInferenceTile(columns, rows, config)
        tile.set_weights(torch.rand(columns, rows) - 0.5)
        tile.eval()

        def once() -> None:
            with torch.no_grad():
                tile(vector)

        return once

    return {
        "aihwkit single": product(vectors[0], noisy=True),
        "aihwkit batch": product(vectors, noisy=False),
    }
