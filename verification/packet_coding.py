"""Payloads of successive packets of a group, for models that code as fast as one core can."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rtl.ap_codec_config import ApCodecConfig
from rtl.coding_streams import CONTEXT_WIDTH
from rtl.packet_format import HEADER_BYTES, Engine
from rtl.packet_settings import PacketSettings
from rtl.residual_context import ACTIVITY_FRACTION_BITS
from verification.golden.residual_context import context_of
from verification.golden.table_trainer import TrainedTables, trained_tables
from verification.packet_kernels import code_packets
from verification.residual_kernels import CodingFormat

__all__ = ["PacketCoder", "Payload"]

WORST_CODE_BYTES = 8  # of a residual, of the raw bytes of an item, or at the end of a payload


@dataclass(frozen=True, kw_only=True)
class Payload:
    """What is coded of a packet.

    Parameters
    ----------
    items : int
        Frames, or snippets, that it holds.
    code : bytes
        Their code.
    """

    items: int
    code: bytes


class PacketCoder:
    """Predictor, context model and one of the entropy coders, with some settings.

    Parameters
    ----------
    config : ApCodecConfig
        The configuration of the hardware.
    settings : PacketSettings
        Of all packets.
    tables : array_like of int, shape (2, contexts, symbols + 1), optional
        Cumulative frequencies of both banks, for the arithmetic coder.

    Raises
    ------
    ValueError
        A setting asks for what the hardware does not have.
    """

    def __init__(
        self,
        config: ApCodecConfig,
        settings: PacketSettings,
        tables: npt.ArrayLike | None = None,
    ) -> None:
        if settings.engine not in config.engines:
            raise ValueError(f"engine must be one that is built, not {settings.engine.name}")
        if settings.adaptive and not config.adaptive:
            raise ValueError("adaptive must be False, as no adaptive predictor is built, not True")
        bank = np.empty((0, 0), dtype=np.int32)
        if settings.engine == Engine.ARITHMETIC:
            shape = 2, config.contexts, config.arithmetic.symbols + 1
            given = None if tables is None else np.shape(tables)
            if given != shape:
                raise ValueError(f"tables must have shape {shape}, not {given}")
            bank = np.array(tables, dtype=np.int32)[settings.table & 1]
        contexts = range(1 << CONTEXT_WIDTH)
        levels = range(1 << (config.sample_width + ACTIVITY_FRACTION_BITS))
        steps = [max(0, n - config.golomb_base) // 2 for n in contexts]
        self._coder, self._engine = config.arithmetic, settings.engine
        self._most_count = (1 << config.counter_width) - 1 if config.training else 0
        self._counts = np.zeros(self._counts_shape, dtype=np.int64)
        self._most_bytes = config.closing_body_bytes - HEADER_BYTES
        self._form = CodingFormat(
            width=config.sample_width,
            shift=settings.shift,
            order=settings.order,
            cross_eighths=config.cross_eighths if settings.cross else 0,
            window_shift=config.window_shift,
            start_activity=config.context.start_activity,
            restart_context=config.context.restart_context,
            unary_limit=config.unary_limit,
            symbol_width=config.arithmetic.symbol_width,
            taps=config.taps if settings.adaptive else 0,
            weight_fraction_bits=config.weight_fraction_bits,
        )
        self._lookups = (
            np.array([context_of(level, 0) for level in levels], dtype=np.uint8),
            np.minimum(steps, config.sample_width - 1),
            bank,
            np.array([config.arithmetic.table_of(n) for n in contexts]),
        )

    def train(self, version: int) -> TrainedTables:
        """Make tables of what was coded since the last training, and use them from now on.

        Parameters
        ----------
        version : int
            Of the tables, in 0..255.

        Returns
        -------
        TrainedTables
            The tables.
        """
        trained = trained_tables(self._counts[:, :-1], version=version)
        self._counts = np.zeros(self._counts_shape, dtype=np.int64)
        if self._engine == Engine.ARITHMETIC:
            context_of_level, bits_below, _, table_of = self._lookups
            self._lookups = context_of_level, bits_below, trained.cumulative, table_of
        return trained

    @property
    def _counts_shape(self) -> tuple[int, int]:
        """One count for each symbol of a context, and whether one of them is full."""
        return self._coder.contexts, self._coder.symbols + 1

    def payloads(
        self,
        samples: npt.NDArray[np.int16],
        raw: npt.NDArray[np.uint8],
        *,
        item_rows: int = 1,
        first_items: int,
        most_items: int,
        ends: bool,
    ) -> list[Payload]:
        """Code as many packets as there are items for.

        A packet also ends after the item with which its header and payload reach
        ``config.closing_body_bytes``.

        Parameters
        ----------
        samples : ndarray of int16, shape (items * item_rows, channels)
            Samples of the channels of the group.
        raw : ndarray of uint8, shape (items, raw bytes)
            Bytes before each item.
        item_rows : int
            Rows of an item: 1 where items are frames, the samples of a snippet otherwise.
        first_items, most_items : int
            Items of the first packet, and of the others.
        ends : bool
            Whether the last packet may have fewer.

        Returns
        -------
        list of Payload
            Those of the packets.
        """
        items = len(raw)
        packets = np.empty((items, 2), dtype=np.int64)
        out = np.empty(WORST_CODE_BYTES * (samples.size + 2 * items), dtype=np.uint8)
        count = code_packets(
            np.ascontiguousarray(samples),
            raw,
            item_rows,
            first_items,
            most_items,
            self._most_bytes,
            ends,
            self._form,
            *self._lookups,
            self._most_count,
            self._counts,
            out,
            packets,
        )
        made, position = [], 0
        for coded, end in packets[:count].tolist():
            made.append(Payload(items=coded, code=out[position:end].tobytes()))
            position = end
        return made
