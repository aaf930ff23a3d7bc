"""What the headers and trailers of packets say, and whether a decoder can follow them."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES, VERSION, Mode
from rtl.packet_settings import header_layout
from system.codecs.damage import Damage
from system.codecs.packets import Packets

__all__ = ["FIELDS", "Expectation", "check_headers", "read_headers"]

FIELDS = {str(name): (field.offset, (1 << field.width) - 1) for name, field in header_layout()}
RECORD = np.dtype([(name, np.int64) for name in (*FIELDS, "count")])


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What packets of a stream may say.

    Parameters
    ----------
    mode : Mode
        What all payloads hold.
    groups : int
        Groups of channels.
    most_counted : int
        Most frames or snippets of a packet.
    tables : collection of int
        Versions of the tables that are known.
    cross : bool
        Whether channels that share a packet may be predicted from each other.
    lfp : bool
        Whether they are packets of field potentials; others are of another stream, and no damage.
    """

    mode: Mode
    groups: int
    most_counted: int
    tables: Collection[int]
    cross: bool
    lfp: bool = False


def read_headers(packets: Packets) -> npt.NDArray[np.void]:
    """Return the fields of the headers, and ``count`` of the trailers.

    Parameters
    ----------
    packets : Packets
        Whole packets.

    Returns
    -------
    ndarray of records, shape (packets,)
        ``FIELDS`` as integers, and ``count``.
    """
    at_header = packets.start[:, None] + np.arange(HEADER_BYTES)
    at_trailer = (packets.start + packets.length)[:, None] + np.arange(-TRAILER_BYTES, 0)
    words = packets.data[at_header].view("<u8").ravel()
    headers = np.empty(len(packets), dtype=RECORD)
    for name, (offset, mask) in FIELDS.items():
        headers[name] = (words >> np.uint64(offset)) & np.uint64(mask)
    headers["count"] = packets.data[at_trailer].view("<u2").ravel()
    return headers


def check_headers(
    headers: npt.NDArray[np.void], packets: Packets, expected: Expectation, damage: list[Damage]
) -> npt.NDArray[np.bool_]:
    """Return which packets can be decoded, as far as their headers tell.

    Parameters
    ----------
    headers : ndarray of records
        From :func:`read_headers`.
    packets : Packets
        The packets.
    expected : Expectation
        What they may say.
    damage : list of Damage
        Where those that cannot are added.

    Returns
    -------
    ndarray of bool, shape (packets,)
        True for those that can.
    """
    known = np.zeros(256, dtype=np.bool_)
    known[list(expected.tables)] = True
    arithmetic = headers["engine"] == 1
    tables = ", ".join(map(str, sorted(expected.tables))) or "none"
    wrong = {
        "version": (headers["version"] != VERSION, f"be {VERSION}"),
        "mode": (headers["mode"] != expected.mode.value, f"be {expected.mode.value}"),
        "group": (headers["group"] >= expected.groups, f"be in 0..{expected.groups - 1}"),
        "table": (arithmetic & ~known[headers["table"]], f"be one of those known ({tables})"),
        "cross": ((headers["cross"] != 0) & (not expected.cross), "be 0 in packets of one channel"),
        "count": (
            (headers["count"] < 1) | (headers["count"] > expected.most_counted),
            f"be in 1..{expected.most_counted}",
        ),
    }
    usable: npt.NDArray[np.bool_] = headers["lfp"] == expected.lfp
    for field, (broken, rule) in wrong.items():
        damage += [
            Damage(
                packet=packets.first + int(n),
                offset=int(packets.offset[n]),
                length_bytes=int(packets.length[n]),
                field=field,
                rule=f"must {rule}, not {headers[field][n]}",
            )
            for n in np.flatnonzero(broken & usable)
        ]
        usable &= ~broken
    return usable
