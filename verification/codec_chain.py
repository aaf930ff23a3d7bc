"""The action-potential codec put together from the models of its blocks: slow, and plain."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from rtl.ap_codec_config import ApCodecConfig
from rtl.coding_streams import BYTE_WIDTH
from rtl.packet_format import FRAMING_BYTES, LENGTH_BYTES, Engine
from rtl.packet_settings import PacketSettings, header_layout
from verification.golden.arithmetic_encoder import arithmetic_encoder
from verification.golden.dpcm_predictor import dpcm_predictor
from verification.golden.golomb_encoder import golomb_encoder
from verification.golden.lms_predictor import lms_predictor
from verification.golden.packet_framer import packet_framer
from verification.golden.residual_context import residual_context

__all__ = ["packets_of_beats", "packets_of_groups", "symbols_of_beats"]

GROUP_BYTE = header_layout()["group"].offset // BYTE_WIDTH


def packets_of_beats(
    beats: npt.NDArray[np.void],
    config: ApCodecConfig,
    settings: PacketSettings,
    tables: npt.ArrayLike = (),
) -> dict[int, list[bytes]]:
    """Return the packets that the blocks behind a marker make of its beats.

    Parameters
    ----------
    beats : ndarray of records
        Fields as in :func:`rtl.coding_streams.coding_layout`.
    config : ApCodecConfig
        The configuration of the hardware.
    settings : PacketSettings
        Of all packets.
    tables : array_like of int, shape (2, contexts, symbols + 1), optional
        Cumulative frequencies of both banks, for the arithmetic coder.

    Returns
    -------
    dict of list of bytes
        The packets of each group that has any, in order.
    """
    symbols = symbols_of_beats(beats, config)
    if settings.engine == Engine.GOLOMB:
        coded = golomb_encoder(symbols, config.golomb)
    else:
        coded = arithmetic_encoder(symbols, tables, config.arithmetic)
    packets: dict[int, list[bytes]] = {}
    for group in np.unique(coded["group"]).tolist():
        of_group = coded[coded["group"] == group]
        body = of_group["byte"].astype(np.uint8).tobytes()
        ends = [0, *(np.flatnonzero(of_group["last"]) + 1).tolist()]
        packets[group] = [packet_framer(body[start:stop]) for start, stop in pairwise(ends)]
    return packets


def symbols_of_beats(beats: npt.NDArray[np.void], config: ApCodecConfig) -> npt.NDArray[np.void]:
    """Return what the entropy coder gets of a marker's beats.

    Parameters
    ----------
    beats : ndarray of records
        Fields as in :func:`rtl.coding_streams.coding_layout`.
    config : ApCodecConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of records
        Fields as in :func:`rtl.coding_streams.symbol_layout`.
    """
    differences = dpcm_predictor(beats, config.predictor)
    return residual_context(lms_predictor(differences, config.lms), config.context)


def packets_of_groups(stream: bytes) -> dict[int, list[bytes]]:
    """Return the packets of an undamaged stream by their group, each group's in order.

    Parameters
    ----------
    stream : bytes
        Packets, one after the other.

    Returns
    -------
    dict of list of bytes
        The packets of each group that has any.
    """
    packets: dict[int, list[bytes]] = {}
    place = 0
    while place < len(stream):
        body = place + 1 + LENGTH_BYTES
        length = FRAMING_BYTES + int.from_bytes(stream[place + 1 : body], "little")
        packets.setdefault(stream[body + GROUP_BYTE], []).append(stream[place : place + length])
        place += length
    return packets
