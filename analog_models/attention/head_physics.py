"""What a die of attention heads does, from the physics: slow, and what the fast form is held to."""

from typing import Any

import numpy as np
import numpy.typing as npt

from analog_models.attention.gain_cell import SPREAD_STEPS
from analog_models.attention.gain_cell_head import GainCellLayer
from analog_models.attention.head_layout import Converter, Mismatch, Tokens

__all__ = ["cell_currents_a", "expected_tiles"]

Reals = npt.NDArray[np.float64]


def cell_currents_a(layer: GainCellLayer) -> Reals:
    """Return the currents that all cells of a die carry now, when they are read.

    Parameters
    ----------
    layer : GainCellLayer
        The die, with at least one token.

    Returns
    -------
    numpy.ndarray
        Of keys and values ``[2, heads, window, head_dim]``, amps; without meaning in columns that
        hold no token.

    Raises
    ------
    ValueError
        The die holds no token.
    """
    if not layer.tokens:
        raise ValueError("layer must hold a token to be read, and holds 0")
    cell, window = layer.config.cell, layer.config.geometry.window_tokens
    age = np.clip(layer.tokens - 1 - layer.columns[Tokens.WRITTEN], 0, window - 1)
    written, threshold, gain = (
        _by_token(layer, each)
        for each in (
            layer.written,
            layer.mismatch[:, :, Mismatch.THRESHOLD] / SPREAD_STEPS,
            layer.mismatch[:, :, Mismatch.GAIN] / SPREAD_STEPS,
        )
    )
    return cell.read_a(
        layer.units.middle_v + layer.units.written_step_v * written,
        age[:, None],
        cell.threshold_mismatch_v * threshold,
        1 + cell.gain_mismatch * gain,
    )


def _by_token(layer: GainCellLayer, cells: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return what belongs to cells ``[2, heads, window * head_dim]`` ordered by token alone."""
    geometry = layer.config.geometry
    shape = (layer.heads, geometry.tiles, geometry.head_dim, geometry.tile_tokens)
    of_keys = cells[0].reshape(layer.heads, geometry.window_tokens, geometry.head_dim)
    of_values = cells[1].reshape(shape).swapaxes(2, 3).reshape(of_keys.shape)
    return np.stack([of_keys, of_values])


def expected_tiles(layer: GainCellLayer, query: npt.ArrayLike) -> Reals:
    """Return what the tiles of a die put out for a query now, but for the noise of reading.

    Parameters
    ----------
    layer : GainCellLayer
        The die, with at least one token.
    query : array_like
        Codes ``[heads, head_dim]``.

    Returns
    -------
    numpy.ndarray
        Outputs before they are limited and quantised ``[heads, tiles, head_dim]``.

    Raises
    ------
    ValueError
        The die holds no token.
    """
    config, geometry = layer.config, layer.config.geometry
    key_a, value_a = cell_currents_a(layer)
    shape = (layer.heads, geometry.tiles, geometry.tile_tokens, geometry.head_dim)
    codes = np.reshape(query, (layer.heads, geometry.head_dim))
    width = np.where(codes > 0, np.maximum(codes + layer.drivers, 0), 0)
    mean_a = np.einsum("hjr,hr->hj", key_a, width / config.coding.query_max)
    score = mean_a / config.score_saturation_a
    score /= 1 + config.cell.bitline_load(config.score_saturation_a) * abs(score)
    of_scores = layer.converters[0, :, :, : geometry.window_tokens]
    score = of_scores[:, Converter.GAIN] * score + of_scores[:, Converter.OFFSET]
    pulse = np.clip(score, 0, 1)
    if steps := config.score_converter.steps:
        pulse = np.rint(pulse * steps) / steps
    pulse[:, layer.tokens :] = 0
    tile_a = (pulse.reshape(*shape[:3], 1) * value_a.reshape(shape)).sum(axis=2)
    output = tile_a / config.output_saturation_a
    output /= 1 + config.cell.bitline_load(config.output_saturation_a) * abs(output)
    of_outputs = layer.converters[1, :, :, : geometry.tiles * geometry.head_dim]
    gain, offset = (
        of_outputs[:, row].reshape(output.shape) for row in (Converter.GAIN, Converter.OFFSET)
    )
    return gain * output + offset
