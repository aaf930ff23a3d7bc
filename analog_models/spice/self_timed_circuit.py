"""Netlist of the charge-to-pulse converter of our design: one inverter integrates and compares.

While the cells are read, an inverter with a capacitor around it holds the bitline. Then the
capacitor's other end goes back to where it was in the reset, and a current gives the charge back
until the inverter, now without a loop, passes the voltage that it had been reset to. What mismatch
does to that voltage is in both and cancels; so does the charge of the switch between. With the end
of its pulse a converter turns its own current and its own inverter off.
"""

from dataclasses import dataclass

from analog_models.spice.cards import model_lines, threshold_sigma_v
from analog_models.spice.cell_circuit import REST_V, SUPPLY_V
from analog_models.spice.converter_phases import CONVERTER_OPTIONS, Phases, phase_lines

__all__ = ["SELF_TIMED_CONVERTERS", "SelfTimedDesign", "self_timed_lines"]


@dataclass(frozen=True, kw_only=True)
class SelfTimedDesign:
    """Sizes of a self-timed charge-to-pulse converter.

    Parameters
    ----------
    signed : bool
        Charges of both signs make pulses; else those below zero make none.
    saturation_charge_c : float
        Charge of the longest pulse, coulombs.
    capacitor_f : float
        Integration capacitor, farads: the swing at saturation is 0.25 V to 0.3 V. A twentieth of
        it is added as its plate's own, to ground.
    discharge_a : float
        Reference of the discharge current, amps: 2 % above the ideal, which is what the mirror's
        drain costs.
    amplifier_width_m : float
        The n-type half of the inverter, metres; the p-type half is three times as wide. Its size
        is what the bitline may move by at saturation.
    push_width_m : float
        Each transistor of the mirror of the discharge current, metres; one that pulls is half as
        wide.
    pulse_delay_s : float
        The pulse is counted from this long after the discharge has begun, which is the time that
        the inverter and two gates take: a replica's delay, here a constant.
    push_length_m : float
        Of the mirrors' gates, metres: long enough to match to 1 %.
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
    amplifier_width_m: float
    push_width_m: float
    pulse_delay_s: float
    push_length_m: float = 0.8e-6
    amplifier_length_m: float = 60e-9
    bitline_f: float = 30e-15

    @property
    def threshold_sigmas_v(self) -> dict[str, float]:
        """Standard deviation of the threshold of each transistor that sets gain or offset, V."""
        width_m, length_m = self.amplifier_width_m, self.amplifier_length_m
        mirror = (self.push_width_m, self.push_length_m)
        sigmas = {
            "mamplifiern": threshold_sigma_v("core_n", width_m, length_m),
            "mamplifierp": threshold_sigma_v("core_p", 3 * width_m, length_m),
            "mpush": threshold_sigma_v("core_p", *mirror),
            "mpushref": threshold_sigma_v("core_p", *mirror),
            "m.xfirst.mn1": threshold_sigma_v("core_n", 0.2e-6, 40e-9),
            "m.xfirst.mp1": threshold_sigma_v("core_p", 0.2e-6, 40e-9),
        }
        if self.signed:
            mirror = (self.push_width_m / 2, self.push_length_m)
            sigmas["mpull"] = threshold_sigma_v("core_n", *mirror)
            sigmas["mpullref"] = threshold_sigma_v("core_n", *mirror)
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
        lines = [
            "self-timed charge-to-pulse converter",
            *model_lines(),
            CONVERTER_OPTIONS,
            f".temp {temperature_k - 273.15:.6g}",
            *self_timed_lines(self),
            f"vdd vdd 0 {SUPPLY_V:g}",
            f"vbias vbias 0 {SUPPLY_V:g}",
            f"vhalf half 0 {REST_V:g}",
            *phase_lines("reset", phases, phases.reset_end_s, phases.again_s, high=False),
            *phase_lines("integrate", phases, phases.integrate_s, phases.hold_s),
            *phase_lines("convert", phases, phases.hold_s, phases.again_s)[:1],
            *phase_lines("discharge", phases, phases.discharge_s, phases.again_s),
            "icharge bitline 0 pulse(0 0 0 1 1 1 1)",
        ]
        if self.signed:
            kept_s = phases.discharge_s - 2 * phases.edge_s
            lines += phase_lines("sample", phases, phases.hold_s, kept_s)
            lines.append(f".ic v(kept)={SUPPLY_V:g}")  # as a conversion before this one left it
        return "\n".join([*lines, ".end"])


SELF_TIMED_CONVERTERS = {
    "unsigned": SelfTimedDesign(
        signed=False,
        saturation_charge_c=0.12e-12,
        capacitor_f=450e-15,
        discharge_a=8.09e-6,
        amplifier_width_m=0.14e-6,
        push_width_m=1.2e-6,
        pulse_delay_s=0.225e-9,
    ),
    "signed": SelfTimedDesign(
        signed=True,
        saturation_charge_c=0.06e-12,
        capacitor_f=240e-15,
        discharge_a=4.02e-6,
        amplifier_width_m=0.1e-6,
        push_width_m=0.8e-6,
        pulse_delay_s=0.46e-9,
    ),
}
"""The two converters: 8 uA and 4 uA for 15 ns, a tenth of the published saturation charges."""

_GATES = """\
.subckt inverter a y vdd
mn y a 0 0 core_n w=0.12u l=40n
mp y a vdd vdd core_p w=0.24u l=40n
.ends
.subckt nand a b y vdd
mn1 y a between 0 core_n w=0.2u l=40n
mn2 between b 0 0 core_n w=0.2u l=40n
mp1 y a vdd vdd core_p w=0.2u l=40n
mp2 y b vdd vdd core_p w=0.2u l=40n
.ends
.subckt nor a b y vdd
mn1 y a 0 0 core_n w=0.12u l=40n
mn2 y b 0 0 core_n w=0.12u l=40n
mp1 y a between vdd core_p w=0.4u l=40n
mp2 between b vdd vdd core_p w=0.4u l=40n
.ends
.subckt nand3 a b c y vdd
mn1 y a upper 0 core_n w=0.24u l=40n
mn2 upper b lower 0 core_n w=0.24u l=40n
mn3 lower c 0 0 core_n w=0.24u l=40n
mp1 y a vdd vdd core_p w=0.2u l=40n
mp2 y b vdd vdd core_p w=0.2u l=40n
mp3 y c vdd vdd core_p w=0.2u l=40n
.ends
.subckt nor3 a b c y vdd
mn1 y a 0 0 core_n w=0.12u l=40n
mn2 y b 0 0 core_n w=0.12u l=40n
mn3 y c 0 0 core_n w=0.12u l=40n
mp1 y a lower vdd core_p w=0.5u l=40n
mp2 lower b upper vdd core_p w=0.5u l=40n
mp3 upper c vdd vdd core_p w=0.5u l=40n
.ends
.subckt pass a y on off vdd n_w=0.2u p_w=0.4u
mn y on a 0 low_n w={n_w} l=40n
mp y off a vdd low_p w={p_w} l=40n
.ends
* for levels at the rails, which it has to keep
.subckt keep a y on off vdd
mn y on a 0 core_n w=0.2u l=40n
mp y off a vdd core_p w=0.4u l=40n
.ends""".splitlines()

_UNSIGNED = """\
rground ground 0 1
xpush pulse_end discharge push_bar vdd nand
xsupply pulse_end discharge_bar supply_off vdd nor
xpulse push_bar pulse vdd inverter
cpulse pulse 0 1f""".splitlines()
_SIGNED = """\
xsample pulse_end kept sample sample_bar vdd keep
ckept kept 0 1f
xnegative kept negative vdd inverter
xpositive negative positive vdd inverter
xpush pulse_end discharge positive push_bar vdd nand3
xpull pulse_end discharge_bar positive pull vdd nor3
* a pulse that ends takes from the inverter the supply that could undo it
xsupply pulse_end discharge_bar negative supply_off vdd nor3
xground pulse_end discharge negative ground_on vdd nand3
xpullbar pull pull_bar vdd inverter
xpulse push_bar pull_bar pulse vdd nand
cpulse pulse 0 1f""".splitlines()


def self_timed_lines(design: SelfTimedDesign) -> list[str]:
    """Return a converter at the top level of a circuit.

    Parameters
    ----------
    design : SelfTimedDesign
        Sizes.

    Returns
    -------
    list of str
        Lines that use the nodes ``bitline``, ``reset``, ``integrate``, ``discharge``, of a signed
        one ``sample``, each with its ``_bar``, ``convert`` (from the end of ``integrate`` to that
        of ``discharge``), ``half`` (half the supply), ``vdd`` and ``vbias`` (the supply of the
        references, which columns share), and make ``pulse_end`` (high while the charge that is
        left is above zero) and ``pulse``.
    """
    d = design
    n_m, p_m, length = d.amplifier_width_m, 3 * d.amplifier_width_m, f"l={d.amplifier_length_m:g}"
    push = f"w={d.push_width_m:g} l={d.push_length_m:g}"
    lines = [
        *_GATES,
        f"mamplifierp out bitline supply vdd core_p w={p_m:g} {length}",
        f"mamplifiern out bitline ground 0 core_n w={n_m:g} {length}",
        f"msupply supply supply_off vdd vdd core_p w={2 * p_m:g} l=40n",
        f"cintegrate bitline plate {d.capacitor_f:g}",
        f"cplate plate 0 {d.capacitor_f / 20:g}",
        f"cbitline bitline 0 {d.bitline_f:g}",
        "xreset out bitline reset reset_bar vdd pass",
        "xintegrate plate out integrate integrate_bar vdd pass n_w=0.4u p_w=0.8u",
        "xhalf plate half integrate_bar integrate vdd pass n_w=1u p_w=2u",
        # Until the charge is to be compared, the gate's second input keeps its current off.
        "xfirst out convert first vdd nand",
        "xsecond first pulse_end vdd inverter",
        f"ipush push_bias 0 {d.discharge_a:g}",
        f"mpushref push_bias push_bias vbias vdd core_p {push}",
        f"mpush push_source push_bias vdd vdd core_p {push}",
        "mpushswitch bitline push_bar push_source vdd core_p w=0.4u l=40n",
    ]
    if not d.signed:
        return [*lines, *_UNSIGNED]
    pull = f"w={d.push_width_m / 2:g} l={d.push_length_m:g}"
    return [
        *lines,
        *_SIGNED,
        f"mground ground ground_on 0 0 core_n w={2 * n_m:g} l=40n",
        f"ipull vbias pull_bias {d.discharge_a:g}",
        f"mpullref pull_bias pull_bias 0 0 core_n {pull}",
        f"mpull pull_source pull_bias 0 0 core_n {pull}",
        "mpullswitch bitline pull pull_source 0 core_n w=0.2u l=40n",
    ]
