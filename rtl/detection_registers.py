"""Registers of the detection chain, described once."""

from rtl.detector_settings import (
    FLOOR_WIDTH,
    MAX_LAG,
    MAX_MEAN_SHIFT,
    MAX_WARM_UP,
    MAX_WINDOW,
    THRESHOLD_WIDTH,
    DetectorControl,
    DetectorMode,
    DetectorSettings,
)
from rtl.registers import Access, EnumValue, Field, Register, RegisterMap

__all__ = ["detection_registers", "register_writes"]

REFERENCE_RATE_HZ = 24_000.0  # the resets are the default settings at this sampling rate

_MODES = {
    DetectorMode.ABSOLUTE: "Magnitude of the filtered sample.",
    DetectorMode.NEO: "Nonlinear energy.",
    DetectorMode.SMOOTHED_NEO: "Nonlinear energy, smoothed by two moving sums.",
}


def detection_registers(channels: int) -> RegisterMap:
    """Return the register map of a detection chain with ``channels`` channels."""
    defaults = DetectorSettings()
    control = defaults.control(REFERENCE_RATE_HZ)

    def setting(name: str, limit: int, doc: str) -> Field:
        return Field(
            name=name,
            width=limit.bit_length(),
            access=Access.READ_WRITE,
            reset=int(getattr(control, name)),
            doc=doc,
        )

    modes = tuple(
        EnumValue(name=mode.name.lower(), value=mode.value, doc=doc) for mode, doc in _MODES.items()
    )
    return RegisterMap(
        name="detection_chain",
        doc="Band-pass filter, spike detector and snippet buffer of a recording chip.",
        registers=(
            Register(
                name="identification",
                doc="What answers at this address.",
                fields=(
                    Field(
                        name="version",
                        width=16,
                        access=Access.CONSTANT,
                        reset=0x0100,
                        doc="Version of this register map, major in the upper byte.",
                    ),
                    Field(
                        name="channels",
                        width=16,
                        access=Access.CONSTANT,
                        reset=channels,
                        doc="Number of channels.",
                    ),
                ),
            ),
            Register(
                name="control",
                doc="Starts and stops the chain; set everything else up first.",
                fields=(
                    Field(
                        name="enable",
                        width=1,
                        access=Access.READ_WRITE,
                        doc="Take samples; a change acts between frames.",
                    ),
                ),
            ),
            Register(
                name="detector",
                doc="Detection signal and kind of threshold.",
                fields=(
                    Field(
                        name="mode",
                        width=2,
                        access=Access.READ_WRITE,
                        reset=control.mode.value,
                        enum=modes,
                        doc="Detection signal; 3 is as 2.",
                    ),
                    setting(
                        "lag",
                        MAX_LAG,
                        "Lag k of the nonlinear energy, samples, 1 to 4; with 0 or more than 4 the "
                        "energy is zero, and nothing is detected by it.",
                    ),
                    Field(
                        name="adaptive",
                        width=1,
                        access=Access.READ_WRITE,
                        reset=int(control.adaptive),
                        doc="Threshold relative to the running mean of each channel.",
                    ),
                ),
            ),
            Register(
                name="timing",
                doc="Floor of the threshold, and times of the detector in frames.",
                fields=(
                    setting("floor", (1 << FLOOR_WIDTH) - 1, "Floor, sixteenths of quiet mean."),
                    setting(
                        "mean_shift",
                        MAX_MEAN_SHIFT,
                        "Log2 of the mean's time constant, frames; made for 0 to 16. More serves "
                        "alike up to 19, beyond which it is as 19, or as 20 if warm_up is below "
                        "16.",
                    ),
                    setting(
                        "peak_window",
                        MAX_WINDOW,
                        "Frames a peak must stay unsurpassed, 1 to 127; 0 is as 1, with times "
                        "and snippets one frame late.",
                    ),
                    setting(
                        "refractory",
                        MAX_WINDOW,
                        "Frames from a peak to where the next may begin; peak_window and less are "
                        "as peak_window + 1.",
                    ),
                ),
            ),
            Register(
                name="start",
                doc="What happens after reset.",
                fields=(setting("warm_up", MAX_WARM_UP, "Frames before the first detection."),),
            ),
            Register(
                name="frames",
                doc="Progress.",
                fields=(
                    Field(
                        name="count",
                        width=32,
                        access=Access.READ_ONLY,
                        doc="Frames filtered since reset, modulo 2**32.",
                    ),
                ),
            ),
            Register(
                name="events_detected",
                doc="Events found.",
                fields=(
                    Field(
                        name="count",
                        width=32,
                        access=Access.COUNTER,
                        doc="Spikes reported by the detector, lost ones included.",
                    ),
                ),
            ),
            Register(
                name="events_lost",
                doc="Events that never became a packet.",
                fields=(
                    Field(
                        name="count",
                        width=32,
                        access=Access.COUNTER,
                        increment_width=2,
                        doc="Spikes lost to a full queue, a slow output or the start of a record.",
                    ),
                ),
            ),
            Register(
                name="channel",
                count=channels,
                doc="Settings of one channel.",
                fields=(
                    Field(
                        name="enable",
                        width=1,
                        access=Access.READ_WRITE,
                        reset=1,
                        doc="Detect on this channel.",
                    ),
                    Field(
                        name="threshold",
                        width=THRESHOLD_WIDTH,
                        access=Access.READ_WRITE,
                        reset=defaults.threshold_words(1)[0],
                        doc="Sixteenths of the mean (12 bits used) if adaptive, else the level.",
                    ),
                ),
            ),
        ),
    )


def register_writes(
    channels: int, control: DetectorControl, settings: DetectorSettings
) -> list[tuple[int, int]]:
    """Return the (byte address, word) writes that set up a chain and then start it.

    Parameters
    ----------
    channels : int
        Channels of the chain.
    control : DetectorControl
        What all channels share.
    settings : DetectorSettings
        Where ``control`` comes from; here for what each channel has of its own.
    """
    registers = detection_registers(channels)
    shared = {name: int(value) for name, value in vars(control).items()}

    def write(name: str, values: dict[str, int | str], index: int = 0) -> tuple[int, int]:
        return registers.address_of(name, index), registers.register(name).pack(values)

    writes = [
        write(name, {field.name: shared[field.name] for field in registers.register(name).fields})
        for name in ("detector", "timing", "start")
    ]
    enabled, thresholds = settings.enable_flags(channels), settings.threshold_words(channels)
    writes += [
        write("channel", {"enable": int(enabled[c]), "threshold": thresholds[c]}, c)
        for c in range(channels)
    ]
    return [*writes, write("control", {"enable": 1})]
