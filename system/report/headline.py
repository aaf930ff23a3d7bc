"""The few figures that matter, and the sentence that says what happened."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from system.report.units import ABSENT, SPACE, count, percent, quantity, significant, times

__all__ = ["Tile", "headline", "microwatts", "summary"]

ENGINES = {
    "cxxrtl": "compiled C++ of the circuit (CXXRTL)",
    "pysim": "Amaranth's simulator",
    "none": "no engine",
}


@dataclass(frozen=True)
class Tile:
    """One figure of the band at the top.

    Parameters
    ----------
    label : str
        What it is.
    value : str
        The figure, short.
    detail : str
        What it rests on.
    state : str
        "good", "bad", "absent" or "" for neither.
    """

    label: str
    value: str
    detail: str
    state: str = ""


def microwatts(power_w: float | None) -> str:
    r"""Return a power as the field quotes it.

    Parameters
    ----------
    power_w : float or None
        Power, watts.

    Returns
    -------
    str
        Microwatts with two decimals or more.

    Examples
    --------
    >>> microwatts(4.1e-7), microwatts(1.52e-6)
    ('0.41\xa0µW', '1.52\xa0µW')
    """
    if power_w is None:
        return ABSENT
    return f"{significant(1e6 * power_w, 2 if power_w < 1e-6 else 3)}{SPACE}µW"


def headline(report: dict[str, Any]) -> list[Tile]:
    """Return the band at the top of the page.

    Parameters
    ----------
    report : dict
        A checked report.

    Returns
    -------
    list of Tile
        Always the same six, in the same order.
    """
    return [
        _detection(report["detection"]),
        _agreement(report),
        _converter(report["frontend"]),
        _power(report["frontend"]),
        _reduction(report["data_rate"]),
        _speed(report["speed"]),
    ]


def _detection(detection: dict[str, Any] | None) -> Tile:
    label = "Detection F1"
    if detection is None:
        return Tile(label, ABSENT, "the recording carries no ground truth", "absent")
    if detection["f1"] is None:
        return Tile(label, ABSENT, "no spikes to score", "absent")
    precision, recall = significant(detection["precision"]), significant(detection["recall"])
    detail = f"precision {precision}, recall {recall}"
    if excused := detection.get("neutral"):
        detected = detection["true_positives"] + detection["false_positives"] + excused
        detail += f"; {percent(excused / detected, 2)} of detections excused: spike too faint"
    return Tile(label, f"{detection['f1']:.3f}", detail)


def _agreement(report: dict[str, Any]) -> Tile:
    rtl = report["rtl_golden"]
    label = "RTL\N{EN DASH}golden mismatches"
    if not rtl["samples"] or rtl["mismatches"] is None:
        return Tile(label, ABSENT, "the circuit did not run", "absent")
    wrong = rtl["mismatches"] + (rtl["event_mismatches"] or 0)
    detail = f"in {count(rtl['samples'])} samples"
    if rtl["events_compared"] is not None:
        detail += f" and {count(rtl['events_compared'])} events"
    if rtl["covered_fraction"] is not None:
        processed = "what was processed" if _shortened(report["recording"]) else "the recording"
        detail += f", {percent(rtl['covered_fraction'])} of {processed}"
    if rtl.get("event_losses"):
        detail += f"; {count(rtl['event_losses'])} events lost and counted"
    if coded := report.get("codec_rtl_golden"):
        wrong += sum(item["mismatches"] for item in coded)
        detail += f"; and in {count(sum(item['bytes'] for item in coded))} bytes of packets"
    return Tile(label, count(wrong), detail, "bad" if wrong else "good")


def _converter(frontend: dict[str, Any]) -> Tile:
    label = f"ENOB, electrode to {frontend['bits']}-bit code"
    bits = [item["enob_bits"] for item in frontend["channels"] if item["enob_bits"] is not None]
    if not bits:
        return Tile(label, ABSENT, "not measured", "absent")
    over = f"median of {len(bits)} channels" if len(bits) > 1 else "one channel"
    converters = [item["enob_bits"] for item in frontend.get("converters", [])]
    alone = [item for item in converters if item is not None]
    detail = f"{over}; converter alone {median(alone):.2f}" if alone else over
    return Tile(label, f"{median(bits):.2f}{SPACE}bit", detail)


def _power(frontend: dict[str, Any]) -> Tile:
    label = "Frontend power per channel"
    power_w = frontend["power_w_per_channel"]
    published_w = frontend["published_power_w_per_channel"]
    if power_w is None:
        return Tile(label, ABSENT, "not modelled", "absent")
    detail = "modelled"
    if published_w is not None:
        detail = f"no prediction: the model is set to the published {microwatts(published_w)}"
    return Tile(label, microwatts(power_w), detail)


def _reduction(rate: dict[str, Any]) -> Tile:
    label = "Data reduction"
    if rate["reduction"] is None:
        return Tile(label, ABSENT, "no event, nothing to send", "absent")
    before = quantity(rate["input_bits_per_s"], "bit/s")
    after = quantity(rate["snippet_bits_per_s"], "bit/s")
    return Tile(label, times(rate["reduction"]), f"{before} to {after}")


def _speed(speed: dict[str, Any]) -> Tile:
    label = "Speed over real time"
    golden, rtl = speed["golden_x_real_time"], speed["rtl_x_real_time"]
    if golden is None:
        return Tile(label, ABSENT, "not timed", "absent")
    detail = "golden chain"
    if rtl is not None:
        detail += f"; simulated circuit {times(rtl)}"
    return Tile(label, times(golden), detail)


def summary(report: dict[str, Any]) -> str:
    """Return what happened in two or three sentences.

    Parameters
    ----------
    report : dict
        A checked report.

    Returns
    -------
    str
        Plain text.
    """
    recording, events, rtl = report["recording"], report["events"], report["rtl_golden"]
    channels = "one channel" if recording["channels"] == 1 else f"{recording['channels']} channels"
    length = quantity(recording["seconds"], "s")
    if _shortened(recording):
        length = f"the first {length} of {quantity(recording['whole_s'], 's')}"
    found = {0: "No spike was", 1: "One spike was"}.get(
        events["count"], f"{count(events['count'])} spikes were"
    )
    text = f"{found} detected on {channels} in {length}."
    if not rtl["samples"]:
        return f"{text} The generated circuit did not run: these are the golden model's spikes."
    wrong = (rtl["mismatches"] or 0) + (rtl["event_mismatches"] or 0)
    verdict = "agreed bit for bit with" if not wrong else "disagreed with"
    circuit = f"The generated circuit, run as {ENGINES[rtl['engine']]},"
    text += f" {circuit} {verdict} its golden model over {_compared(report)}."
    if events["lost"]:
        text += (
            f" It counted {count(events['lost'])} events lost, in a simulation that keeps samples "
            "back while a packet leaves."
        )
    return text + _codecs(report.get("codec_rtl_golden", []))


def _codecs(checks: list[dict[str, Any]]) -> str:
    """Return what the codecs' circuits sent beside their models, a sentence."""
    if not checks:
        return ""
    compared = count(sum(item["bytes"] for item in checks))
    wrong = sum(item["mismatches"] for item in checks)
    seconds = quantity(min(item["seconds"] for item in checks), "s")
    of = f"{compared} bytes that the generated codecs sent of the first {seconds} or more"
    verdict = f"{count(wrong)} of the {of} differ from" if wrong else f"All {of} are"
    return f" {verdict} those of their golden models."


def _compared(report: dict[str, Any]) -> str:
    """Return over how much of the recording the circuit was compared."""
    recording, rtl = report["recording"], report["rtl_golden"]
    part = rtl["covered_fraction"]
    if part is None:
        return f"{count(rtl['samples'])} samples"
    if not _shortened(recording):
        return "the whole recording" if part == 1 else f"{percent(part)} of the recording"
    return "all that was processed" if part == 1 else f"{percent(part)} of what was processed"


def _shortened(recording: dict[str, Any]) -> bool:
    """Whether some of the recording was left out, on request or after an interruption."""
    return recording.get("whole_s", 0) > recording["seconds"]
