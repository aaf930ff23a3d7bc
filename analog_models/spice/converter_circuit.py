"""Netlist of the charge-to-pulse converter: a virtual ground, an integrator, a timed discharge."""

from dataclasses import dataclass

from analog_models.spice.cards import model_lines, threshold_sigma_v
from analog_models.spice.cell_circuit import SUPPLY_V
from analog_models.spice.converter_phases import CONVERTER_OPTIONS, Phases, phase_lines

__all__ = ["CONVERTERS", "ConverterDesign", "converter_lines"]


@dataclass(frozen=True, kw_only=True)
class ConverterDesign:
    """Sizes of a charge-to-pulse converter.

    Parameters
    ----------
    signed : bool
        Charges of both signs make pulses; else those below zero make none.
    saturation_charge_c : float
        Charge of the longest pulse, coulombs.
    capacitor_f : float
        Integration capacitor, farads: the swing at saturation is 0.25 V to 0.3 V.
    discharge_a : float
        Reference of the discharge current, amps: 1 % to 3 % above the ideal, which is what the
        mirror's drain at the virtual ground costs.
    amplifier_n_width_m, amplifier_p_width_m : float
        The inverter that holds the virtual ground, metres. Its size is what the bitline may move
        by at saturation.
    pulse_delay_s : float
        The pulse is counted from this long after the discharge has begun, which is the time that
        the comparator takes: a replica's delay, here a constant.
    amplifier_length_m : float
        Of the inverter's gates, metres.
    bitline_f : float
        Capacitance of a bitline of 64 cells, farads; assumed: 0.3 fF of junction and 0.2 fF of
        wire a cell.
    """

    signed: bool
    saturation_charge_c: float
    capacitor_f: float
    discharge_a: float
    amplifier_n_width_m: float
    amplifier_p_width_m: float
    pulse_delay_s: float
    amplifier_length_m: float = 60e-9
    bitline_f: float = 30e-15

    @property
    def threshold_sigmas_v(self) -> dict[str, float]:
        """Standard deviation of the threshold of each transistor that sets gain or offset, V."""
        length_m = self.amplifier_length_m
        sigmas = {
            "mamplifiern": threshold_sigma_v("core_n", self.amplifier_n_width_m, length_m),
            "mamplifierp": threshold_sigma_v("core_p", self.amplifier_p_width_m, length_m),
            "mpush": threshold_sigma_v("core_p", 8e-6, 0.15e-6),
            "mpushref": threshold_sigma_v("core_p", 8e-6, 0.15e-6),
            "m.xcomparator.mlow": threshold_sigma_v("low_n", 12e-6, 80e-9),
            "m.xcomparator.mhigh": threshold_sigma_v("low_n", 12e-6, 80e-9),
            "m.xcomparator.mloadlow": threshold_sigma_v("core_p", 4e-6, 80e-9),
            "m.xcomparator.mloadhigh": threshold_sigma_v("core_p", 4e-6, 80e-9),
        }
        if self.signed:
            sigmas["mpull"] = threshold_sigma_v("core_n", 4e-6, 0.15e-6)
            sigmas["mpullref"] = threshold_sigma_v("core_n", 4e-6, 0.15e-6)
        return sigmas

    def netlist(self, phases: Phases, *, temperature_k: float) -> str:
        """Return the converter on the bench: phases from sources, a charge from a current source.

        Parameters
        ----------
        phases : Phases
            When what happens.
        temperature_k : float
            Absolute temperature, kelvin.

        Returns
        -------
        str
            Netlist whose source ``icharge`` is to be set by ``alter``.
        """
        return "\n".join(
            [
                "charge-to-pulse converter",
                *model_lines(),
                CONVERTER_OPTIONS,
                f".temp {temperature_k - 273.15:.6g}",
                *converter_lines(self),
                f"vdd vdd 0 {SUPPLY_V:g}",
                f"vbias vbias 0 {SUPPLY_V:g}",
                *phase_lines("reset", phases, phases.reset_end_s, phases.again_s, high=False),
                *phase_lines("sample", phases, phases.sample_s, phases.again_s, high=False),
                *phase_lines("discharge", phases, phases.discharge_s, phases.again_s)[:1],
                "icharge bitline 0 pulse(0 0 0 1 1 1 1)",
                ".end",
            ]
        )


CONVERTERS = {
    "unsigned": ConverterDesign(
        signed=False,
        saturation_charge_c=1.2e-12,
        capacitor_f=4e-12,
        discharge_a=82.0e-6,
        pulse_delay_s=0.937e-9,
        amplifier_n_width_m=2e-6,
        amplifier_p_width_m=6e-6,
    ),
    "signed": ConverterDesign(
        signed=True,
        saturation_charge_c=0.6e-12,
        capacitor_f=2.4e-12,
        discharge_a=40.55e-6,
        pulse_delay_s=0.836e-9,
        amplifier_n_width_m=2e-6,
        amplifier_p_width_m=6e-6,
    ),
}
"""The converters of cells of the published current: 80 uA and 40 uA for 15 ns, as published."""

_GATES = """\
.subckt inverter a y vdd n_w=0.3u p_w=0.6u
mn y a 0 0 core_n w={n_w} l=40n
mp y a vdd vdd core_p w={p_w} l=40n
.ends
.subckt nand a b y vdd
mn1 y a between 0 core_n w=0.6u l=40n
mn2 between b 0 0 core_n w=0.6u l=40n
mp1 y a vdd vdd core_p w=0.6u l=40n
mp2 y b vdd vdd core_p w=0.6u l=40n
.ends
.subckt pass a y on off vdd
mn y on a 0 core_n w=0.6u l=40n
mp y off a vdd core_p w=1.2u l=40n
.ends
* y is high while the first input is above the second
.subckt comparator high low y bias vdd
mtail tail bias 0 0 core_n w=12u l=100n
mhigh mirror high tail 0 low_n w=12u l=80n
mlow first low tail 0 low_n w=12u l=80n
mloadhigh mirror mirror vdd vdd core_p w=4u l=80n
mloadlow first mirror vdd vdd core_p w=4u l=80n
x1 first second vdd inverter
x2 second third vdd inverter
x3 third fourth vdd inverter
x4 fourth y vdd inverter
.ends""".splitlines()


def converter_lines(design: ConverterDesign) -> list[str]:
    """Return a converter, with what drives its discharge, at the top level of a circuit.

    Parameters
    ----------
    design : ConverterDesign
        Sizes.

    Returns
    -------
    list of str
        Lines that use the nodes ``bitline``, ``reset``, ``reset_bar``, ``sample``,
        ``sample_bar``, ``discharge``, ``vdd`` and ``vbias`` (the supply of the references, which
        columns share), and make ``pulse_end`` (the comparator).
    """
    d = design
    length = f"l={d.amplifier_length_m:g}"
    lines = [
        *_GATES,
        f"mamplifiern out bitline 0 0 core_n w={d.amplifier_n_width_m:g} {length}",
        f"mamplifierp out bitline vdd vdd core_p w={d.amplifier_p_width_m:g} {length}",
        f"cintegrate bitline out {d.capacitor_f:g}",
        f"cbitline bitline 0 {d.bitline_f:g}",
        "mresetn out reset bitline 0 low_n w=2u l=40n",
        "mresetp out reset_bar bitline vdd low_p w=4u l=40n",
        "icomparator vbias comparator_bias 20u",
        "mcomparatorbias comparator_bias comparator_bias 0 0 core_n w=12u l=100n",
        "xcomparator out bitline pulse_end comparator_bias vdd comparator",
        f"ipush push_bias 0 {d.discharge_a:g}",
        "mpushref push_bias push_bias vbias vdd core_p w=8u l=150n",
        "mpush push_source push_bias vdd vdd core_p w=8u l=150n",
        "mpushswitch bitline push_bar push_source vdd core_p w=8u l=40n",
    ]
    if not d.signed:
        return [*lines, "xpush discharge push_bar vdd inverter n_w=2u p_w=4u"]
    return [
        *lines,
        f"ipull vbias pull_bias {d.discharge_a:g}",
        "mpullref pull_bias pull_bias 0 0 core_n w=4u l=150n",
        "mpull pull_source pull_bias 0 0 core_n w=4u l=150n",
        "mpullswitch bitline pull pull_source 0 core_n w=4u l=40n",
        "xsample pulse_end kept sample sample_bar vdd pass",
        "ckept kept 0 2f",
        "xnegative kept negative vdd inverter",
        "xpositive negative positive vdd inverter",
        "xpush positive discharge push_bar vdd nand",
        "xpullbar negative discharge pull_bar vdd nand",
        "xpull pull_bar pull vdd inverter n_w=1u p_w=2u",
    ]
