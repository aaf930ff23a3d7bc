"""What each imperfection costs a trained model, nothing trained again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.leakage import ExponentialLeakage
from system.attention.die import Imperfections
from system.attention.hardware import Hardware
from system.attention.transformer import Transformer

__all__ = ["KNOBS", "Knob", "SweepPoint", "affordable", "dominant", "fitting_knobs", "sweep"]

AFFORDED_BITS = 0.02  # what a knob may cost


@dataclass(frozen=True, kw_only=True)
class Knob:
    """Something of the machine that can be better or worse.

    Parameters
    ----------
    name : str
        What it is.
    unit : str
        Unit of its values.
    values : tuple of float
        Values that are tried.
    expected : float
        One of them that a design must reckon with.
    reason : str
        Why it must.
    scale : float
        What the field below gets for a value of 1.
    imperfection : str
        Field of :class:`Imperfections`; empty for a knob of the machine itself.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    expected: float
    reason: str
    scale: float = 1.0
    imperfection: str = ""

    @property
    def grows(self) -> bool:
        """Whether the knob costs nothing at zero, and the more the further it is turned."""
        return bool(self.imperfection) or self.name == "decay"


@dataclass(frozen=True, kw_only=True)
class SweepPoint:
    """Cost of one value of a knob.

    Parameters
    ----------
    knob : Knob
        The knob.
    value : float
        Its value.
    change : float
        Bits per character more than with the machine as trained, or than without any decay if
        that is what is turned; the mean of several dies.
    """

    knob: Knob
    value: float
    change: float


ASSUMED = "assumed: "
DECAY = Knob(
    name="decay", unit="per token", values=(1e-3, 3e-3, 1e-2, 3e-2), expected=1e-3,
    reason=ASSUMED + "a CMOS cell of 5 ms retention at 5 us a token",
)  # fmt: skip
KNOBS = (
    DECAY,
    Knob(
        name="window", unit="tokens", values=(32, 64, 128), expected=128,
        reason=ASSUMED + "half the array",
    ),
    Knob(
        name="stored levels", unit="", values=(4, 6, 16), expected=6,
        reason=ASSUMED + "two levels merged by spread",
    ),
    Knob(
        name="query levels", unit="", values=(4, 8, 32), expected=8,
        reason=ASSUMED + "pulses of 3 bits",
    ),
    Knob(
        name="output levels", unit="", values=(8, 16, 64), expected=16,
        reason=ASSUMED + "a counter of 3 bits and a sign",
    ),
    Knob(
        name="sub-tile", unit="tokens", values=(16, 32, 128, 256), expected=32,
        reason=ASSUMED + "bitlines of half the length, converters as they are",
    ),
    Knob(
        name="storage noise", unit="mV", values=(10, 30, 60), expected=10, scale=1e-3,
        reason=ASSUMED + "five times kT/C noise of 1 fF", imperfection="storage_noise_v",
    ),
    Knob(
        name="cell gain", unit="%", values=(10, 20, 40), expected=10, scale=1e-2,
        reason=ASSUMED + "mobility and size of small transistors", imperfection="cell_gain",
    ),
    Knob(
        name="cell threshold", unit="mV", values=(20, 50, 100), expected=20, scale=1e-3,
        reason=ASSUMED + "A_vt of 1.5 mV um: 15 mV for 0.1 um square",
        imperfection="cell_threshold_v",
    ),
    Knob(
        name="first converter's gain", unit="%", values=(10, 20, 40), expected=10, scale=1e-2,
        reason=ASSUMED + "its capacitor", imperfection="score_gain",
    ),
    Knob(
        name="first converter's offset", unit="% of saturation", values=(2, 5, 10), expected=2,
        scale=1e-2, reason=ASSUMED + "its comparator", imperfection="score_offset",
    ),
    Knob(
        name="first converter's noise", unit="% of saturation", values=(2, 5, 10), expected=2,
        scale=1e-2, reason="2 % at 10 nA cells, 0.1 % at 5 uA", imperfection="score_noise",
    ),
    Knob(
        name="second converter's gain", unit="%", values=(10, 20, 40), expected=10, scale=1e-2,
        reason=ASSUMED + "its capacitor", imperfection="output_gain",
    ),
    Knob(
        name="second converter's offset", unit="% of full scale", values=(2, 5, 10), expected=2,
        scale=1e-2, reason=ASSUMED + "its comparator", imperfection="output_offset",
    ),
    Knob(
        name="second converter's noise", unit="% of full scale", values=(2, 5, 10), expected=2,
        scale=1e-2, reason="2 % at 10 nA cells, 0.1 % at 5 uA", imperfection="output_noise",
    ),
)  # fmt: skip


def _changed(hardware: Hardware, knob: Knob, value: float) -> Hardware:
    """Return the machine with a knob of its own turned."""
    whole = round(value)
    changes: dict[str, Callable[[], Hardware]] = {
        "decay": lambda: replace(hardware, leakage=ExponentialLeakage(value)),
        "window": lambda: replace(
            hardware,
            geometry=replace(
                hardware.geometry,
                window_tokens=whole,
                tile_tokens=min(whole, hardware.geometry.tile_tokens),
            ),
        ),
        "stored levels": lambda: replace(
            hardware, coding=replace(hardware.coding, stored_levels=whole)
        ),
        "query levels": lambda: replace(
            hardware, coding=replace(hardware.coding, query_levels=whole)
        ),
        "output levels": lambda: replace(
            hardware, coding=replace(hardware.coding, output_levels=whole)
        ),
        "sub-tile": lambda: replace(
            hardware, geometry=replace(hardware.geometry, tile_tokens=whole)
        ),
    }
    return changes[knob.name]()


def fitting_knobs(geometry: HeadGeometry) -> tuple[Knob, ...]:
    """Return the knobs with those values that arrays of a size can have.

    Parameters
    ----------
    geometry : HeadGeometry
        The size.

    Returns
    -------
    tuple of Knob
        Those with any value left.
    """
    window, tile = geometry.window_tokens, geometry.tile_tokens
    fits = {
        "window": lambda value: value < window and value % min(value, tile) == 0,
        "sub-tile": lambda value: value != tile and window % value == 0,
    }
    found = []
    for knob in KNOBS:
        values = tuple(filter(fits.get(knob.name, lambda _: True), knob.values))
        if values:
            found.append(replace(knob, values=values))
    return tuple(found)


def sweep(
    model: Transformer,
    judge: Callable[[Transformer], float],
    *,
    seed: int,
    dies: int,
    knobs: Sequence[Knob] = KNOBS,
    progress: Callable[[float], None] = lambda _: None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> list[SweepPoint]:
    """Turn one knob at a time and see what it costs.

    Parameters
    ----------
    model : Transformer
        A model on a machine.
    judge : callable
        Returns a model's bits per character.
    seed : int
        Where the dies come from.
    dies : int
        How many there are of each imperfection.
    knobs : sequence of Knob
        What is turned.
    progress : callable
        Is told the part that is done.
    stop_requested : callable
        Asked after every value.

    Returns
    -------
    list of SweepPoint
        Every value of every knob.

    Raises
    ------
    KeyboardInterrupt
        A stop was requested.
    """
    hardware = model.hardware_heads()[0].hardware
    as_trained = judge(model)
    compared_with = {}
    if any(each.name == DECAY.name for each in knobs):
        compared_with[DECAY.name] = judge(model.on_hardware(_changed(hardware, DECAY, 0.0)))
    points = []
    todo = [(knob, value) for knob in knobs for value in knob.values]
    for number, (knob, value) in enumerate(todo):
        if not knob.imperfection:
            bits = [judge(model.on_hardware(_changed(hardware, knob, value)))]
        else:
            imperfections = Imperfections(**{knob.imperfection: value * knob.scale})
            changed, bits = model.on_hardware(hardware), []
            for die in range(dies):
                changed.draw_dies(imperfections, seed=(seed, number, die))
                bits.append(judge(changed))
        change = sum(bits) / len(bits) - compared_with.get(knob.name, as_trained)
        points.append(SweepPoint(knob=knob, value=value, change=change))
        progress((number + 1) / len(todo))
        if stop_requested():
            raise KeyboardInterrupt("training is kept, the sweeps are not")
    return points


def dominant(points: Sequence[SweepPoint]) -> list[SweepPoint]:
    """Return the cost of each knob at the value that a design must reckon with.

    Parameters
    ----------
    points : sequence of SweepPoint
        Of a sweep.

    Returns
    -------
    list of SweepPoint
        One for each knob, the dearest first.
    """
    expected = [each for each in points if each.value == each.knob.expected]
    return sorted(expected, key=lambda each: -each.change)


def affordable(
    points: Sequence[SweepPoint], knob: Knob, *, bits: float = AFFORDED_BITS
) -> float | None:
    """Return the value at which an imperfection costs as much as can be afforded.

    Between two values, the cost is taken to grow with the square of the value: that of a small
    random error does.

    Parameters
    ----------
    points : sequence of SweepPoint
        Of a sweep.
    knob : Knob
        A knob that costs nothing at zero.
    bits : float
        What it may cost.

    Returns
    -------
    float or None
        The value; None if no value that was tried costs as much.
    """
    before_value, before_change = 0.0, 0.0
    for each in points:
        if each.knob.name != knob.name:
            continue
        if each.change >= bits:
            part = (bits - before_change) / (each.change - before_change)
            squared = before_value**2 + part * (each.value**2 - before_value**2)
            return squared**0.5
        before_value, before_change = each.value, max(before_change, each.change)
    return None
