"""Energy, latency and area of an attention head in one place: as data, and as tables."""

from typing import Any

from system.costs.attention_area import (
    PUBLISHED_HEAD_AREA_M2,
    PUBLISHED_OXIDE_ARRAY_AREA_M2,
    head_area,
)
from system.costs.attention_baselines import PUBLISHED_BASELINES
from system.costs.attention_energy import (
    digital_unit_energy,
    own_design_energy,
    published_machine_energy,
)
from system.costs.attention_latency import PUBLISHED_LATENCY_S, head_phases
from system.costs.attention_quantities import HeadLogic
from system.costs.model import CostModel

__all__ = ["Table", "attention_costs", "cost_tables"]

Table = tuple[str, tuple[str, ...], list[tuple[str, ...]]]
"""Title, headings (one that ends in ``>`` is aligned to the right) and rows."""

ENERGY_MODELS = (
    "published_machine",
    "own_design",
    "digital_unit",
)


def attention_costs(head: HeadLogic) -> dict[str, Any]:
    """Return the estimates as plain data.

    Parameters
    ----------
    head : HeadLogic
        Registers and schedule of our head, from
        :func:`system.costs.attention_logic.count_head_logic`.

    Returns
    -------
    dict
        ``energy_j`` of the published machine, of ours (converters as simulated) and of an
        all-digital unit, each with its terms, quantities and the total at the bounds of each
        quantity; ``latency_s``; ``area_m2``; ``processors``, as published. As plain as JSON; see
        ``docs/attention_costs.md``.
    """
    models = (
        published_machine_energy(head),
        own_design_energy(head),
        digital_unit_energy(),
    )
    return {
        "schema": 1,
        "per": "token and head",
        "energy_j": {
            name: _as_data(model) for name, model in zip(ENERGY_MODELS, models, strict=True)
        },
        "latency_s": {
            "published": PUBLISHED_LATENCY_S,
            "phases": {phase.name: phase.cycles * 1e-9 for phase in head_phases()},
            "total": head.latency_cycles * 1e-9,
            "interval": head.interval_cycles * 1e-9,
        },
        "area_m2": {
            **_as_data(head_area(head.flip_flops)),
            "published": PUBLISHED_HEAD_AREA_M2,
            "published_oxide_arrays": PUBLISHED_OXIDE_ARRAY_AREA_M2,
        },
        "processors": [
            {
                "name": each.name,
                "energy_j": each.head_energy_j,
                "token_latency_s": each.latency_s,
            }
            for each in PUBLISHED_BASELINES
        ],
    }


def _as_data(model: CostModel) -> dict[str, Any]:
    amounts = model.evaluate()
    return {
        "total": model.total(),
        "terms": [
            {
                "name": term.name,
                "formula": term.formula,
                "value": amounts[term.name],
                "published": term.published,
            }
            for term in model.terms
        ],
        "quantities": [
            {
                "name": each.name,
                "value": each.value,
                "low": each.low,
                "high": each.high,
                "origin": each.origin,
                "source": each.source,
            }
            for each in model.quantities
        ],
        "sensitivity": [
            {"quantity": bar.quantity.name, "at_low": bar.at_low, "at_high": bar.at_high}
            for bar in model.sensitivity()
        ],
    }


def cost_tables(costs: dict[str, Any]) -> list[Table]:
    """Return the estimates as one reads them.

    Parameters
    ----------
    costs : dict
        From :func:`attention_costs`.

    Returns
    -------
    list of Table
        The published machine term by term; ours; all machines side by side; what moves our total;
        latency; area.
    """
    energy = costs["energy_j"]
    return [
        _published(energy["published_machine"]),
        _terms("Our design, energy of a token and head", energy["own_design"], 1e12, "pJ"),
        _machines(costs),
        _bars("What moves the energy of our design", energy["own_design"], 1e12, "pJ"),
        _latency(costs["latency_s"]),
        _terms("Our design, area of a head", costs["area_m2"], 1e12, "um2"),
    ]


def _published(model: dict[str, Any]) -> Table:
    rows = [
        (
            term["name"],
            term["formula"],
            f"{term['published'] * 1e12:,.0f}",
            f"{term['value'] * 1e12:,.0f}",
            f"{term['value'] / term['published']:.2f}",
        )
        for term in model["terms"]
    ]
    published = sum(term["published"] for term in model["terms"])
    total = model["total"]
    rows.append(
        ("all", "", f"{published * 1e12:,.0f}", f"{total * 1e12:,.0f}", f"{total / published:.2f}")
    )
    headings = ("term", "from physics", "published, pJ>", "from physics, pJ>", "ratio>")
    return "The published machine, energy of a token and head", headings, rows


def _terms(title: str, model: dict[str, Any], scale: float, unit: str) -> Table:
    rows = [
        (term["name"], term["formula"], f"{term['value'] * scale:,.0f}") for term in model["terms"]
    ]
    rows.append(("all", "", f"{model['total'] * scale:,.0f}"))
    return title, ("term", "formula", f"{unit}>"), rows


def _machines(costs: dict[str, Any]) -> Table:
    energy = costs["energy_j"]
    published = sum(term["published"] for term in energy["published_machine"]["terms"])
    totals = [
        ("published machine", "published", published),
        ("published machine", "estimated from physics", energy["published_machine"]["total"]),
        ("our design, converters as simulated", "estimated", energy["own_design"]["total"]),
        ("the same function, all digital", "estimated", energy["digital_unit"]["total"]),
        *((each["name"], "published", each["energy_j"]) for each in costs["processors"]),
    ]
    digital = energy["digital_unit"]["total"]
    rows = [
        (name, origin, f"{value * 1e9:,.2f}", f"{value / digital:,.2f}")
        for name, origin, value in totals
    ]
    headings = ("machine", "figure", "nJ>", "over all digital>")
    return "Energy of a token and head, side by side", headings, rows


def _bars(title: str, model: dict[str, Any], scale: float, unit: str) -> Table:
    known = {each["name"]: each for each in model["quantities"]}
    rows = []
    for bar in model["sensitivity"]:
        quantity = known[bar["quantity"]]
        rows.append(
            (
                quantity["name"],
                " .. ".join(f"{quantity[key]:.3g}" for key in ("low", "value", "high")),
                f"{bar['at_low'] * scale:,.0f} .. {bar['at_high'] * scale:,.0f}",
                quantity["origin"],
                quantity["source"],
            )
        )
    headings = ("quantity", "low .. value .. high", f"total, {unit}", "origin", "source")
    return title, headings, rows


def _latency(latency: dict[str, Any]) -> Table:
    rows = [(name, f"{value * 1e9:.0f}") for name, value in latency["phases"].items()]
    rows += [
        ("all", f"{latency['total'] * 1e9:.0f}"),
        ("published; what it is made of is not", f"{latency['published'] * 1e9:.0f}"),
        ("from token to token", f"{latency['interval'] * 1e9:.0f}"),
    ]
    return "Latency of a token at 1 GHz", ("phase", "ns>"), rows
