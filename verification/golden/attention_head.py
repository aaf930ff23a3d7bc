"""Bit-exact model of :class:`rtl.attention_head.AttentionHead` around ideal published arrays."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from analog_models.attention.coding import AttentionCoding
from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.published import published_attention
from rtl.attention_head_config import AttentionHeadConfig
from rtl.head_scaler import HeadScalerConfig
from verification.golden.head_scaler import head_scaler

__all__ = ["array_coding", "attention_head", "head_geometry", "token_codes"]

Codes = npt.NDArray[np.int64]
Scaling = Mapping[str, Mapping[str, npt.ArrayLike]]


def head_geometry(config: AttentionHeadConfig) -> HeadGeometry:
    """Return the sizes of the arrays around a head of ``config``."""
    return HeadGeometry(
        head_dim=config.head_dim,
        window_tokens=config.window_tokens,
        tile_tokens=config.tile_tokens,
    )


def array_coding(config: AttentionHeadConfig) -> AttentionCoding:
    """Return the quantisers of the arrays around a head of ``config``.

    Its longest count tells them apart: 16 as the published equations round, 15 as 4 bits count.

    Parameters
    ----------
    config : AttentionHeadConfig
        The configuration of the hardware.

    Returns
    -------
    AttentionCoding
        The quantisers.
    """
    rounded = config.longest_count % 2 == 0
    return AttentionCoding(
        query_levels=1 << config.query_width,
        stored_levels=1 << config.stored_width,
        output_levels=2 * (config.longest_count + (not rounded)),
        output_codes_are="rounded" if rounded else "counted",
    )


def token_codes(
    tokens: npt.NDArray[np.void], scaling: Scaling, config: AttentionHeadConfig
) -> tuple[Codes, Codes, Codes]:
    """Return what is sent to the arrays.

    Parameters
    ----------
    tokens : ndarray of records, shape (tokens,)
        ``query``, ``key`` and ``value`` of each, as integers.
    scaling : mapping
        ``gain`` and ``offset`` of ``query``, ``key``, ``value`` and ``output``: an integer each, or
        one a token.
    config : AttentionHeadConfig
        The configuration of the hardware.

    Returns
    -------
    tuple of ndarray of int64, shape (tokens, head_dim)
        Query, key and value codes.
    """
    scalers = {
        "query": config.query_scaler,
        "key": config.stored_scaler,
        "value": config.stored_scaler,
    }
    query, key, value = (
        _scaled(tokens[name], scaling[name], scaler) for name, scaler in scalers.items()
    )
    return query, key, value


def attention_head(
    tokens: npt.NDArray[np.void], scaling: Scaling, config: AttentionHeadConfig
) -> Codes:
    """Return the outputs of all tokens since reset.

    The arrays are those of :func:`analog_models.attention.published.published_attention`: cubic
    cells, published decay, nothing random.

    Parameters
    ----------
    tokens : ndarray of records, shape (tokens,)
        ``query``, ``key`` and ``value`` of each, as integers.
    scaling : mapping
        ``gain`` and ``offset`` of ``query``, ``key``, ``value`` and ``output``: an integer each, or
        one a token.
    config : AttentionHeadConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of int64, shape (tokens, head_dim)
        Outputs.

    Examples
    --------
    One token of full scale in a head of one value: its score is 15/15 of 10.31 uA, 0.129 of what
    saturates, and 0.129 x 10.31 uA is 0.033 of 40 uA: half a code, which rounds to one.

    >>> config = AttentionHeadConfig(head_dim=1, window_tokens=1, tile_tokens=1)
    >>> fields = ["query", "key", "value"]
    >>> tokens = np.array([([15], [7], [7])], dtype=[(field, int, 1) for field in fields])
    >>> scaling = dict.fromkeys([*fields, "output"], {"gain": 1024, "offset": 0})
    >>> attention_head(tokens, scaling, config)
    array([[1]])
    """
    coding = array_coding(config)
    query, key, value = token_codes(tokens, scaling, config)
    outputs = published_attention(
        query[np.newaxis] / coding.query_max,
        coding.stored_v(key)[np.newaxis],
        coding.stored_v(value)[np.newaxis],
        geometry=head_geometry(config),
        coding=coding,
    )
    sums = np.rint(outputs[0] / coding.output_lsb).astype(np.int64)
    return _scaled(sums, scaling["output"], config.output_scaler)


def _scaled(
    values: npt.NDArray[np.int64], scaling: Mapping[str, npt.ArrayLike], config: HeadScalerConfig
) -> Codes:
    gain, offset = (np.reshape(scaling[name], (-1, 1)) for name in ("gain", "offset"))
    return head_scaler(values, gain, offset, config)
