"""Rows of templates and weights by which snippets were coded: checked, and as packets."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES, VERSION, Mode
from rtl.template_encoder_config import TemplateEncoderConfig
from system.codecs.tables import MOST_VERSION, VERSIONS_AHEAD
from system.errors import UserError
from verification.golden.packet_framer import packet_framer

__all__ = ["TemplateRows", "rows_packet"]

WORD = np.dtype("<i2")


def rows_packet(rows: npt.ArrayLike, *, channel: int, version: int) -> bytes:
    """Return the packet that tells a decoder the rows of a channel.

    Who trains them sends it; the encoder on chip does not.

    Parameters
    ----------
    rows : array_like of int, shape (rows, snippet_samples)
        The rows.
    channel : int
        The channel.
    version : int
        Their version, in 0..255: what ``table`` says in packets that use them.

    Returns
    -------
    bytes
        The packet: mode ``TABLE``, Golomb engine.
    """
    words = np.asarray(rows).astype(WORD)
    header = bytes([Mode.TABLE.value, VERSION << 4, channel, version]).ljust(HEADER_BYTES, b"\0")
    return packet_framer(header + words.tobytes() + len(words).to_bytes(TRAILER_BYTES, "little"))


class TemplateRows:
    """All rows that packets of a stream may name, those that came in the stream among them.

    Parameters
    ----------
    config : TemplateEncoderConfig
        Sizes of the encoder.
    versions : mapping of int to array_like, shape (channels, rows, snippet_samples)
        Rows of all channels by version.

    Attributes
    ----------
    config : TemplateEncoderConfig
        Sizes of the encoder.
    known : ndarray of bool, shape (256, channels)
        Which versions are known of which channel.

    Raises
    ------
    UserError
        Some of them have another shape, or do not fit in ``sample_width`` bits.
    """

    def __init__(
        self, config: TemplateEncoderConfig, versions: Mapping[int, npt.ArrayLike] | None = None
    ) -> None:
        self.config = config
        self.known = np.zeros((MOST_VERSION + 1, config.channels), dtype=np.bool_)
        self._rows: dict[tuple[int, int], npt.NDArray[np.int64]] = {}
        for version, rows in (versions or {}).items():
            given = np.shape(rows)
            shape = config.channels, config.rows, config.snippet_samples
            if given != shape or not 0 <= version <= MOST_VERSION:
                raise UserError(
                    f"rows {version} must have shape {shape} and a version in 0..{MOST_VERSION}, "
                    f"not {given}"
                )
            for channel, own in enumerate(np.asarray(rows)):
                self._put(version, channel, own)

    def of(self, version: int, channel: int) -> npt.NDArray[np.int64]:
        """Return rows that are known.

        Parameters
        ----------
        version, channel : int
            Whose.

        Returns
        -------
        ndarray of int64, shape (rows, snippet_samples)
            The rows.
        """
        return self._rows[version, channel]

    def renew(self, version: int, channel: int, payload: bytes) -> None:
        """Take over rows that came in the stream, and forget those of an earlier round.

        Versions are counted up, as those of tables: see
        :meth:`system.codecs.tables.DecodingTables.renew`.

        Parameters
        ----------
        version, channel : int
            Whose.
        payload : bytes
            The rows, two bytes a word.

        Raises
        ------
        ValueError
            It has another length, or words that are too wide.
        """
        config = self.config
        size = config.rows * config.snippet_samples * WORD.itemsize
        if len(payload) != size:
            raise ValueError(f"rows must have {size} bytes, not {len(payload)}")
        words = np.frombuffer(payload, dtype=WORD).astype(np.int64)
        self._put(version, channel, words.reshape(config.rows, config.snippet_samples))
        ahead = (version + 1 + np.arange(VERSIONS_AHEAD)) % (MOST_VERSION + 1)
        self.known[ahead, channel] = False

    def _put(self, version: int, channel: int, rows: npt.NDArray[np.integer]) -> None:
        largest = self.config.largest
        outside = (rows < -largest - 1) | (rows > largest)
        if outside.any():
            raise UserError(
                f"rows {version} of channel {channel} must be in {-largest - 1}..{largest}, "
                f"not {rows[outside][0]}"
            )
        self._rows[version, channel] = rows.astype(np.int64)
        self.known[version, channel] = True
