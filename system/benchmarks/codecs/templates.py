"""How few bits a snippet takes as a template and a few coefficients, at a known error."""

from collections.abc import Callable, Iterator
from statistics import fmean

import numpy as np
import numpy.typing as npt

from rtl.coding_streams import Kind
from rtl.golomb_encoder import GolombEncoderConfig
from rtl.packet_settings import PacketSettings
from rtl.snippet_marker import SnippetMarkerConfig
from rtl.template_encoder_config import TemplateEncoderConfig
from system.benchmarks import BenchmarkRow
from system.benchmarks.codecs.coding import SAMPLE_WIDTH
from system.benchmarks.codecs.snippets import MAX_AGE_FRAMES, PACKET_SNIPPETS, detected
from verification.golden.golomb_encoder import golomb_code, golomb_encoder
from verification.golden.packet_framer import packet_framer
from verification.golden.snippet_marker import snippet_marker
from verification.golden.template_encoder import (
    rebuilt_snippets,
    snippet_coefficients,
    template_encoder,
)
from verification.template_training import snippet_sndr_db, train_rows

__all__ = ["rows"]

BITS = 8
SEED = 7
TRAINED_PART = 3  # one part in so many of each record's snippets
WANTED_SNDR_DB = 20.2  # on the snippets that rows are trained on: others come out a little worse
SNDR_GOAL_DB = 20.0
SAVING_GOAL = 0.94

Codes = npt.NDArray[np.int16]


def rows(codes: Codes, name: str, report: Callable[[str], None]) -> Iterator[BenchmarkRow]:
    """Yield the rows of some records: trained on the beginning of each, measured on the rest.

    Parameters
    ----------
    codes : ndarray of int16, shape (frames, records)
        A record a channel.
    name : str
        With which their names begin.
    report : callable
        Told in a line of text what is being measured.

    Yields
    ------
    BenchmarkRow
        Signal over error, and space saving against the samples of the snippets, of the symbols
        alone and of whole packets.
    """
    report("codecs: training templates")
    channels = codes.shape[1]
    config = TemplateEncoderConfig(channels=channels, sample_width=SAMPLE_WIDTH)
    events = detected(codes, filtered=True)
    memory = np.zeros((2, channels, config.rows, config.snippet_samples), dtype=np.int64)
    is_new = np.ones(len(events), dtype=bool)
    sndr_db = []
    for channel in range(channels):
        own = np.flatnonzero(events["channel"] == channel)
        known, others = np.split(own, [len(own) // TRAINED_PART])
        is_new[known] = False
        memory[:, channel] = train_rows(
            events["snippet"][known],
            config,
            sndr_db=WANTED_SNDR_DB,
            rng=np.random.default_rng((SEED, channel)),
        )
        snippets, own_rows = events["snippet"][others], memory[0, channel]
        found = snippet_coefficients(snippets, own_rows, config)
        rebuilt = rebuilt_snippets(*found, own_rows, config)
        sndr_db.append(snippet_sndr_db(snippets, rebuilt))

    report("codecs: snippets as templates and coefficients")
    sent = events[is_new]
    raw_bits = sent["snippet"].size * SAMPLE_WIDTH
    beats = snippet_marker(
        sent,
        SnippetMarkerConfig(channels=channels, sample_width=SAMPLE_WIDTH),
        PacketSettings(),
        packet_snippets=PACKET_SNIPPETS,
        max_age=MAX_AGE_FRAMES,
    )
    symbols = template_encoder(beats, config, memory)
    coder = GolombEncoderConfig(channels=channels, sample_width=SAMPLE_WIDTH)
    for what, bits in (
        ("symbols", _symbol_bits(symbols, coder)),
        ("packets", _packet_bits(symbols, coder)),
    ):
        yield BenchmarkRow(
            name=f"{name}.templates.saving.{what}",
            value=1 - bits / raw_bits,
            unit="",
            goal=SAVING_GOAL,
            better="higher",
        )
    yield BenchmarkRow(
        name=f"{name}.templates.sndr",
        value=fmean(sndr_db),
        unit="dB",
        goal=SNDR_GOAL_DB,
        better="higher",
    )


def _symbol_bits(symbols: npt.NDArray[np.void], coder: GolombEncoderConfig) -> int:
    samples = symbols[symbols["kind"] == Kind.SAMPLE.value]
    formats = coder.sample_width, coder.unary_limit, coder.context_base
    return sum(
        golomb_code(value, context, *formats)[1]
        for value, context in samples[["value", "context"]].tolist()
    )


def _packet_bits(symbols: npt.NDArray[np.void], coder: GolombEncoderConfig) -> int:
    coded = golomb_encoder(symbols, coder)
    bits = 0
    for group in np.unique(coded["group"]):
        own = coded[coded["group"] == group]
        ends = np.flatnonzero(own["last"]) + 1
        bodies = np.split(own["byte"].astype(np.uint8), ends)[:-1]
        bits += sum(BITS * len(packet_framer(body.tobytes())) for body in bodies)
    return bits
