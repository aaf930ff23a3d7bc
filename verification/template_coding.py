"""Payloads of packets of snippets as templates and coefficients."""

import numpy as np
import numpy.typing as npt

from rtl.ap_codec_config import ApCodecConfig
from rtl.coding_streams import BYTE_WIDTH
from rtl.packet_format import HEADER_BYTES, Engine
from rtl.packet_settings import PacketSettings
from verification.golden.golomb_encoder import golomb_code
from verification.golden.packet_marker import coarse
from verification.golden.template_encoder import (
    snippet_coefficients,
    symbol_contexts,
    symbol_values,
)
from verification.packet_coding import Payload

__all__ = ["TemplateCoder"]


class TemplateCoder:
    """Template encoder and Golomb encoder, with some settings.

    Parameters
    ----------
    config : ApCodecConfig
        The configuration of the hardware.
    settings : PacketSettings
        Of all packets.
    rows : array_like of int, shape (2, channels, rows, snippet_samples)
        What the template encoder's memory holds, by bank.

    Raises
    ------
    ValueError
        A setting asks for what the hardware does not have, or rows have another shape.
    """

    def __init__(
        self, config: ApCodecConfig, settings: PacketSettings, rows: npt.ArrayLike
    ) -> None:
        if not config.templates:
            raise ValueError("templates must be built for snippets to be coded by them, not 0")
        if settings.engine is not Engine.GOLOMB:
            raise ValueError(f"engine must be GOLOMB for templates, not {settings.engine.name}")
        encoder = config.template_encoder
        shape = 2, config.channels, encoder.rows, encoder.snippet_samples
        if np.shape(rows) != shape:
            raise ValueError(f"rows must have shape {shape}, not {np.shape(rows)}")
        self._config, self._encoder, self._shift = config, encoder, settings.shift
        self._rows = np.asarray(rows, dtype=np.int64)[settings.table & 1]
        self._most_bytes = config.closing_body_bytes - HEADER_BYTES

    def payload(
        self,
        channel: int,
        snippets: npt.ArrayLike,
        distances: npt.NDArray[np.integer],
    ) -> Payload:
        """Code a packet of as many snippets as fit.

        It ends after the snippet with which header and payload reach ``config.closing_body_bytes``.

        Parameters
        ----------
        channel : int
            Their channel.
        snippets : array_like of int, shape (snippets, snippet_samples)
            Samples.
        distances : ndarray of int, shape (snippets,)
            Frames from the peak before in the packet; 0 for the first.

        Returns
        -------
        Payload
            What is coded.
        """
        rows, config = self._rows[channel], self._config.golomb
        kept = coarse(snippets, self._shift) << self._shift
        found = snippet_coefficients(kept, rows, self._encoder, coarser=self._shift)
        bits, count, items = 0, 0, 0
        for nearest, coefficients, distance in zip(*found, distances, strict=True):
            values = symbol_values(int(nearest), coefficients.tolist(), self._encoder)
            contexts = symbol_contexts(values, rows[self._encoder.contexts_row].tolist())
            codes = [(int(distance) >> BYTE_WIDTH * n & 0xFF, BYTE_WIDTH) for n in range(2)]
            codes += [
                golomb_code(
                    value, context, config.sample_width, config.unary_limit, config.context_base
                )
                for value, context in zip(values, contexts, strict=True)
            ]
            for code, length in codes:
                bits, count = bits << length | code, count + length
            items += 1
            if count // BYTE_WIDTH >= self._most_bytes:
                break
        size = -(-count // BYTE_WIDTH)
        return Payload(
            items=items, code=(bits << (BYTE_WIDTH * size - count)).to_bytes(size, "big")
        )
