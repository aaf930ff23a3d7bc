"""Scores, HardSigmoid and tile sums of every head, as matrix products.

The stored voltage's distance from rest decays as exp(-r age), so each power of it separates:
exp(-n r (i - j)) = exp(-n r i) exp(n r j). One factor goes into the query, the other into the key,
and the score of the whole cell law is one matrix product. Tokens are counted from the middle of the
window of queries at hand, so that the factors stay within range in texts of any length.
"""

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx

from system.attention.cell_terms import CellTerms
from system.attention.die import Die
from system.attention.hardware import Hardware
from system.attention.operands import Operand, folded, spread
from system.attention.ring import windows

__all__ = ["tile_sums"]

hardtanh_backward = torch.ops.aten.hardtanh_backward


def tile_sums(query: Tensor, key: Tensor, value: Tensor, *, hardware: Hardware, die: Die) -> Tensor:
    """Return each head's output: the sum of its quantised tiles.

    Parameters
    ----------
    query : Tensor
        Pulse widths over the longest, 0 to 1, shape (sequences, heads, tokens, head_dim).
    key, value : Tensor
        Stored voltages less the rest voltage, volts, of the same shape.
    hardware : Hardware
        The machine.
    die : Die
        Its imperfections and noise.

    Returns
    -------
    Tensor
        Sums of the tiles' outputs, each in -1 to 1; same shape. Quantisation is straight-through.
    """
    return _TileSums.apply(query, key, value, hardware, die)


def _operands(
    key: Tensor, value: Tensor, hardware: Hardware, die: Die, *, believed: bool
) -> tuple[Operand, Operand]:
    """Return keys and values by the machine's law, or as training believes it to be."""
    law = hardware.gradient_law if believed else hardware.law
    polynomial = torch.from_numpy(hardware.polynomial(law)).float()
    saturations = hardware.score_saturation_a, hardware.output_saturation_a
    lsb_v = hardware.coding.stored_full_scale_v / hardware.coding.stored_max
    operands = []
    for array, (voltage_v, saturation_a) in enumerate(zip((key, value), saturations, strict=True)):
        codes, written = None, voltage_v
        if polynomial.shape[1] > 1:
            codes = ((voltage_v + hardware.leakage.rest_v) / lsb_v).round_()
        gain, threshold_v = None, None
        if not believed:
            written = die.written(voltage_v)
            gain, threshold_v = die.cells(array, voltage_v.shape[2])
        relative = polynomial / saturation_a
        terms = CellTerms.of_cells(relative, codes, gain=gain, threshold_v=threshold_v)
        rate = die.decay_per_token
        if rate is None:
            rate = hardware.leakage.rate_per_token
        operands.append(Operand(terms, written, rate_per_token=rate))
    return operands[0], operands[1]


class _Context(FunctionCtx):
    saved_tensors: tuple[Tensor, Tensor, Tensor]
    hardware: Hardware
    die: Die
    kept: list[tuple[Tensor, list[Tensor]]]  # charge and phi of each window's tiles


class _TileSums(torch.autograd.Function):
    """Forward by the machine's law, backward by the law that training believes in."""

    @staticmethod
    def forward(
        ctx: _Context, query: Tensor, key: Tensor, value: Tensor, hardware: Hardware, die: Die
    ) -> Tensor:
        heads = query.flatten(0, 1)
        keys, values = _operands(key, value, hardware, die, believed=False)
        half, limit = hardware.coding.output_levels / 2, hardware.coding.output_max
        total, kept = torch.zeros_like(heads), []
        for window in windows(query.shape[2], hardware.geometry):
            queries, totals = heads[:, window.queries], total[:, window.queries]
            key_decay = keys.decay(window.queries, window.epoch, -1)
            value_decay = values.decay(window.queries, window.epoch, -1)
            pulses = spread(queries, key_decay)
            constant = queries.sum(-1, keepdim=True) * keys.constant
            for tile, parts in enumerate(window.tiles):
                rows = slice(parts[0].rows.start, parts[-1].rows.stop)
                charge, phis = torch.zeros_like(queries[:, rows]), []
                for part in parts:
                    stored = keys.stored(part.keys, window.epoch).transpose(1, 2)
                    phi = torch.baddbmm(constant[:, part.rows], pulses[:, part.rows], stored)
                    die.convert_scores(phi, part.columns)
                    part.mask(phi.clamp_(0, 1))
                    product = phi @ values.stored(part.keys, window.epoch)
                    here = charge[:, part.rows_from(rows.start)]
                    here.add_(folded(product, value_decay[part.rows]))
                    if values.constant:
                        here.add_(phi.sum(-1, keepdim=True), alpha=values.constant)
                    phis.append(phi)
                die.convert_outputs(charge, tile)
                codes = (charge * half).round_().clamp_(-limit, limit)
                totals[:, rows].add_(codes, alpha=1 / half)
                kept.append((charge, phis))
        ctx.save_for_backward(query, key, value)
        ctx.hardware, ctx.die, ctx.kept = hardware, die, kept
        return total.view_as(query)

    @staticmethod
    def backward(ctx: _Context, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value = ctx.saved_tensors
        hardware, die, kept = ctx.hardware, ctx.die, iter(ctx.kept)
        heads, by_total = query.flatten(0, 1), gradients[0].flatten(0, 1)
        keys, values = _operands(key, value, hardware, die, believed=True)
        by_query = torch.zeros_like(heads)
        by_key, by_value = torch.zeros_like(keys.values), torch.zeros_like(values.values)
        for window in windows(query.shape[2], hardware.geometry):
            by_totals, by_queries = by_total[:, window.queries], by_query[:, window.queries]
            key_decay = keys.decay(window.queries, window.epoch, -1)
            value_decay = values.decay(window.queries, window.epoch, -1)
            pulses = spread(heads[:, window.queries], key_decay)
            for tile, parts in enumerate(window.tiles):
                rows = slice(parts[0].rows.start, parts[-1].rows.stop)
                charge, phis = next(kept)
                by_charge = hardtanh_backward(by_totals[:, rows], charge, -1, 1)
                die.convert_output_gradients(by_charge, tile)
                for part, phi in zip(parts, phis, strict=True):
                    here = by_charge[:, part.rows_from(rows.start)]
                    wide = spread(here, value_decay[part.rows])
                    by_phi = wide @ values.stored(part.keys, window.epoch).transpose(1, 2)
                    if values.constant:
                        by_phi.add_(here.sum(-1, keepdim=True), alpha=values.constant)
                    product = phi.transpose(1, 2) @ wide
                    values.accumulate(by_value, product, part.keys, window.epoch)
                    by_score = hardtanh_backward(by_phi, phi, 0, 1)
                    die.convert_score_gradients(by_score, part.columns)
                    product = by_score @ keys.stored(part.keys, window.epoch)
                    by_queries[:, part.rows].add_(folded(product, key_decay[part.rows]))
                    if keys.constant:
                        sums = by_score.sum(-1, keepdim=True)
                        by_queries[:, part.rows].add_(sums, alpha=keys.constant)
                    product = by_score.transpose(1, 2) @ pulses[:, part.rows]
                    keys.accumulate(by_key, product, part.keys, window.epoch)
        return (
            by_query.view_as(query),
            keys.by_voltage(by_key),
            values.by_voltage(by_value),
            None,
            None,
        )
