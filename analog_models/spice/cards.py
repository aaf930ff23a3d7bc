"""Transistor cards: invented for this kit, for no foundry's process.

They describe a CMOS flow of the 28 nm kind (a core oxide, a medium oxide of low leakage) and an
oxide-semiconductor transistor above it, as BSIM4 models whose values are round numbers of the size
that the literature gives; what was adjusted to give the cell its published shape says so.
"""

import hashlib
from dataclasses import dataclass
from math import sqrt

__all__ = ["CARDS", "Card", "cards_digest", "model_lines", "threshold_sigma_v"]


@dataclass(frozen=True, kw_only=True)
class Card:
    """One transistor model.

    Parameters
    ----------
    kind : str
        ``nmos`` or ``pmos``.
    threshold_v : float
        Threshold at zero body bias, magnitude, volts.
    oxide_m : float
        Electrical thickness of the gate insulator as silicon dioxide, metres.
    mobility_m2_per_vs : float
        Low-field mobility, m^2/(V s).
    saturation_m_per_s : float
        Saturation velocity, m/s.
    others : tuple of str
        The other BSIM4 parameters, as SPICE writes them.
    source : str
        What the values are held against, and what was adjusted.
    """

    kind: str
    threshold_v: float
    oxide_m: float
    mobility_m2_per_vs: float
    saturation_m_per_s: float
    others: tuple[str, ...]
    source: str


# Where a default of BSIM4 would move the threshold with length or width, it is switched off
# (lpe0, k3): the threshold of a card is that of its transistors.
BULK = (  # common to all silicon devices; gate tunnelling is left out (docs/spice.md says why)
    "k1=0.35 k2=0 k3=0 lpe0=0 ua=1e-9 ub=1e-18 uc=0 voff=-0.08 cit=0 eta0=0.01 dsub=0.5",
    "dvt0=1 dvt1=1 dvt2=0 pclm=0.6 pdiblc1=0.1 pdiblc2=1e-3 xj=5e-8 ndep=3e17 nfactor=1.2",
    "cgso=2e-10 cgdo=2e-10 cjs=1e-3 cjsws=1e-10 cjswgs=1e-10 jss=1e-6 jsws=0 jswgs=0",
    "rdsw=80 lint=0 wint=0 rdsmod=0 capmod=2 igcmod=0 igbmod=0",
)
THIN_FILM = (  # no junctions and no body: off current is what flows below threshold
    "k1=0 k2=0 k3=0 lpe0=0 ua=0 ub=0 uc=0 voff=0 minv=0 eta0=0 dvt0=0 pclm=0.5 nfactor=1.1",
    "ndep=1e16 cgso=1e-10 cgdo=1e-10 cjs=0 cjsws=0 cjswgs=0 jss=1e-30 jsws=0 jswgs=0 agidl=0",
    "rdsw=1000 capmod=2",
)
_SILICON = (
    "invented; mobility and saturation velocity of the size of the predictive technology models "
    "(Zhao and Cao, IEEE Trans. Electron Devices 53(11), 2006)"
)

CARDS = {
    "core_n": Card(
        kind="nmos",
        threshold_v=0.40,
        oxide_m=1.8e-9,
        mobility_m2_per_vs=0.030,
        saturation_m_per_s=1.2e5,
        others=BULK,
        source=f"{_SILICON}; a core device of regular threshold",
    ),
    "core_p": Card(
        kind="pmos",
        threshold_v=0.40,
        oxide_m=1.8e-9,
        mobility_m2_per_vs=0.011,
        saturation_m_per_s=1.0e5,
        others=BULK,
        source=f"{_SILICON}; a core device of regular threshold",
    ),
    "low_n": Card(
        kind="nmos",
        threshold_v=0.20,
        oxide_m=1.8e-9,
        mobility_m2_per_vs=0.030,
        saturation_m_per_s=1.2e5,
        others=BULK,
        source=f"{_SILICON}; a core device of low threshold, for inputs and switches at half the "
        "supply",
    ),
    "low_p": Card(
        kind="pmos",
        threshold_v=0.20,
        oxide_m=1.8e-9,
        mobility_m2_per_vs=0.011,
        saturation_m_per_s=1.0e5,
        others=BULK,
        source=f"{_SILICON}; as low_n",
    ),
    "read_n": Card(
        kind="nmos",
        threshold_v=0.375,
        oxide_m=2.8e-9,
        mobility_m2_per_vs=0.028,
        saturation_m_per_s=1.1e5,
        others=BULK,
        source=f"{_SILICON}; a medium oxide as thick as that of 1.8 V devices (Jan et al., IEDM "
        "2009); threshold adjusted to the published cell's shape",
    ),
    "read_p": Card(
        kind="pmos",
        threshold_v=0.475,
        oxide_m=2.8e-9,
        mobility_m2_per_vs=0.009,
        saturation_m_per_s=0.9e5,
        others=BULK,
        source=f"{_SILICON}; as read_n; threshold adjusted to the published cell's shape",
    ),
    "write_n": Card(
        kind="nmos",
        threshold_v=0.306,
        oxide_m=2.8e-9,
        mobility_m2_per_vs=0.028,
        saturation_m_per_s=1.1e5,
        others=BULK,
        source=f"{_SILICON}; threshold adjusted so that the cell retains for 5 ms, as published",
    ),
    "write_p": Card(
        kind="pmos",
        threshold_v=0.306,
        oxide_m=2.8e-9,
        mobility_m2_per_vs=0.009,
        saturation_m_per_s=0.9e5,
        others=BULK,
        source=f"{_SILICON}; as write_n",
    ),
    "oxide_n": Card(
        kind="nmos",
        threshold_v=0.31,
        oxide_m=5e-9,
        mobility_m2_per_vs=0.0012,
        saturation_m_per_s=1e5,
        others=THIN_FILM,
        source="invented; mobility of amorphous In-Ga-Zn-O (Kamiya et al., Sci. Technol. Adv. "
        "Mater. 11, 044305, 2010); threshold adjusted to retain three orders longer than CMOS, as "
        "published (the material can do better: 3e-19 A/um, Belmonte et al., IEDM 2020)",
    ),
}

MATCHING_V = 1.0  # A_vt over oxide thickness: 1 mV um per nm is one volt
"""Threshold matching per oxide thickness.

A_vt is about 1 mV um for each nanometre of gate oxide: Pelgrom, Tuinhout and Vertregt, "Transistor
matching in analog CMOS applications", IEDM 1998.
"""


def threshold_sigma_v(card: str, width_m: float, length_m: float) -> float:
    """Return the standard deviation of a transistor's threshold: A_vt / sqrt(2 W L).

    A_vt describes the difference of a pair (Pelgrom, Duinmaijer and Welbers, JSSC 24(5), 1989);
    one transistor has 1 / sqrt(2) of it.

    Parameters
    ----------
    card : str
        Name of the model.
    width_m, length_m : float
        Gate, metres.

    Returns
    -------
    float
        Standard deviation, volts.

    Examples
    --------
    >>> round(threshold_sigma_v("read_n", 0.1e-6, 0.28e-6) * 1e3, 2)
    11.83
    """
    return MATCHING_V * CARDS[card].oxide_m / sqrt(2.0 * width_m * length_m)


def model_lines() -> list[str]:
    """Return every card as a line of SPICE.

    Returns
    -------
    list of str
        One ``.model`` line each.
    """
    lines = []
    for name, card in CARDS.items():
        sign = -1 if card.kind == "pmos" else 1
        values = (
            f"level=54 version=4.8.1 tnom=27 vth0={sign * card.threshold_v:g} "
            f"toxe={card.oxide_m:g} toxp={card.oxide_m - 0.4e-9:g} "
            f"u0={card.mobility_m2_per_vs:g} vsat={card.saturation_m_per_s:g}"
        )
        lines.append(f".model {name} {card.kind} {values} {' '.join(card.others)}")
    return lines


def cards_digest() -> str:
    """Return what tells one set of cards from another.

    Returns
    -------
    str
        SHA-256 of the lines, hexadecimal.
    """
    return hashlib.sha256("\n".join(model_lines()).encode()).hexdigest()
