from dataclasses import replace

import numpy as np
import pytest

from rtl.packet_format import Engine
from rtl.packet_settings import PacketSettings
from system.codecs.sample_codes import SampleCode
from system.codecs.static_tables import STATIC_CONFIG
from system.codecs.stream_format import StreamFormat
from system.codecs.symbol_counts import count_codes
from system.codecs.training import (
    ChosenTables,
    _bits,
    _golomb_bits,
    choose_tables,
    contexts_of,
    expected_table,
    fit_tables,
)
from system.ground_truth import benchmark_records
from system.recordings.flat_samples import ArraySamples
from system.recordings.recording import Recording
from system.recordings.stored import Scale
from verification.golden.ap_codec import ApCodecModel
from verification.golden.golomb_encoder import golomb_code

RNG = np.random.default_rng(1)
HISS = RNG.normal(0, 9, (20_000, 2)).round().astype(np.int16)
WIDTHS = [9, 12]


def recording(samples):
    return Recording(
        name="probe",
        source="probe.npy",
        format="NumPy array",
        sampling_rate_hz=24e3,
        samples=ArraySamples(samples),
        scale=Scale(gain_v=1e-6),
    )


def choose(samples, width=9, **options):
    return choose_tables(
        recording(samples),
        SampleCode(dtype="<i2", width=width),
        StreamFormat(channels=samples.shape[1], sample_width=width),
        order=1,
        **options,
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_bits_are_those_that_the_encoder_writes(width):
    stream = StreamFormat(channels=2, sample_width=width)
    stream = replace(stream, contexts=contexts_of(width), table_base=0, alphabet_width=5)
    counts = count_codes(HISS, stream, order=1)
    choice = ChosenTables(stream=stream, table=expected_table(stream))
    tables = np.stack([choice.table] * 2)

    without = _bits(counts, choice) - _bits(0 * counts, choice)
    for engine, bits in (
        (Engine.ARITHMETIC, without),
        (Engine.GOLOMB, _golomb_bits(counts, stream)),
    ):
        settings = PacketSettings(engine=engine, order=1)
        model = ApCodecModel(stream.codec, settings, packet_frames=65535, tables=tables)
        coded = 8 * len(model.process(HISS) + model.finish())
        # Two packets of 17 bytes around their payloads, and the last byte of each.
        assert coded - 2 * 8 * 18 <= bits * 1.001
        assert coded - 2 * 8 * 17 >= bits * 0.999


def test_bits_of_the_golomb_code_are_those_of_its_codes():
    stream = StreamFormat(sample_width=6)
    counts = RNG.integers(0, 9, (32, 64))

    bits = sum(
        counts[context, residual + 32] * golomb_code(residual, context, 6, 16, 2)[1]
        for context in range(32)
        for residual in range(-32, 32)
    )

    assert _golomb_bits(counts, stream) == bits


def test_a_base_folds_contexts_into_the_first_table():
    stream = StreamFormat(sample_width=9, contexts=4, table_base=3)
    counts = np.zeros((32, 512), dtype=np.int64)
    counts[[0, 2, 3, 4, 31], 256] = 1, 2, 4, 8, 16
    folded = np.zeros_like(counts)
    folded[[3, 4, 6], 256] = 7, 8, 16
    choice = ChosenTables(stream=stream, table=expected_table(stream))

    assert _bits(counts, choice) == _bits(folded, choice)


def test_the_tables_that_the_encoder_begins_with_are_used_where_they_are_better():
    """For spikes in noise at few bits they are; for more bits and what is learned they are not."""
    (record, *_) = benchmark_records(seed=7, seconds=3.0)
    voltage_v = np.asarray(record.voltage_v).reshape(-1, 1)

    chosen = {
        (width, adaptive): choose(
            np.rint(voltage_v * ((1 << (width - 1)) / 400e-6)).astype(np.int16),
            width,
            adaptive=adaptive,
            engine=Engine.ARITHMETIC,
        )
        for width, adaptive in ((9, False), (12, True))
    }

    bases = {way: each.stream.table_base for way, each in chosen.items() if each is not None}
    assert bases == {(9, False): STATIC_CONFIG.context_base, (12, True): 0}


@pytest.mark.parametrize("trained", [False, True])
def test_a_few_samples_take_no_tables(trained):
    assert choose(HISS[:50], trained=trained) is None
    assert choose(HISS[:50], trained=trained, engine=Engine.ARITHMETIC) is not None
    assert choose(HISS, trained=trained, engine=Engine.GOLOMB) is None


def test_what_is_found_of_a_long_recording_is_what_fits_all_of_it():
    """Its beginning is blank."""
    samples = np.concatenate([np.zeros((1 << 20, 2), np.int16), np.tile(HISS, (100, 1))])

    chosen = choose(samples, trained=True)

    assert chosen is not None
    counts = count_codes(samples, chosen.stream, order=1)
    best = fit_tables(counts, chosen.stream)
    assert _bits(counts, chosen) < 1.01 * _bits(counts, best)


def test_static_tables_need_as_many_symbols():
    chosen = choose(HISS % 16 - 8, width=5, engine=Engine.ARITHMETIC)

    assert chosen is not None
    assert chosen.table.shape[1] <= 33
