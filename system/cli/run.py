"""``axocell run``: a recording goes in; spikes, figures and a report come out."""

import argparse
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from system.cli.terminal import progress_bar, show_table, write
from system.design import Design
from system.errors import UserError
from system.firmware.events import write_events
from system.ground_truth import Audibility, ProbeConfig, shared_unit_recording
from system.names import displayable
from system.pipeline import Outcome, Source, process_recording
from system.recordings import open_recording
from system.report import validate_report, write_report
from system.report.headline import headline, summary
from system.run.interruption import SIGNALS, deferred_interrupts
from system.run.lateness import event_lateness
from system.run.output import DESIGN, NWB, REPORTS, SORTING, output_folder
from system.run.report import build_report
from system.spike_output import write_nwb, write_sorting

__all__ = ["execute"]

DISAGREEMENT = 1
UNKNOWN = -1.0  # how much of a stage is done
# The embedded recording: two units an electrode of 200 uV, common next to one, that fade within a
# channel or two (20 um), in noise from 10 to 50 uV; what stands four times out of the noise must
# be found.
SYNTHETIC_SECONDS = 10.0
SYNTHETIC_UNITS_PER_CHANNEL = 2
SYNTHETIC_PEAK_V = 200e-6
SYNTHETIC_DECAY_M = 20e-6
SYNTHETIC_NOISE_LEVELS = (0.05, 0.10, 0.15, 0.20, 0.25)
SYNTHETIC_DEMANDED = 4.0


def execute(arguments: argparse.Namespace) -> int:
    """Process a recording, write everything about it, and say what happened.

    Parameters
    ----------
    arguments : argparse.Namespace
        The options of ``axocell run``, and ``words``: the command word by word.

    Returns
    -------
    int
        Exit status: 0, or 1 if a circuit and its golden model disagreed.

    Raises
    ------
    UserError
        The recording or the design cannot be used, or the output cannot be written.
    KeyboardInterrupt
        The run was stopped; the message says what was kept.
    """
    with (
        deferred_interrupts() as stop_requested,
        output_folder(arguments.output) as folder,
        progress_bar() as progress,
    ):
        progress("opening the recording", UNKNOWN)
        with _immediate_interrupts():  # there is nothing to keep yet
            recording, design = _inputs(arguments)
        with tempfile.TemporaryDirectory(prefix="scratch-", dir=folder) as scratch:
            outcome = process_recording(
                recording,
                design,
                Path(scratch),
                seconds=arguments.seconds,
                progress=progress,
                stop_requested=stop_requested,
            )
            progress("writing the report", UNKNOWN)
            report = _write(outcome, arguments, folder)
    _show(report)
    written = [arguments.output / name for name in (*REPORTS, NWB, SORTING, DESIGN)]
    try:
        if arguments.events:
            write_events(arguments.events, outcome.spikes.events())
            written.append(arguments.events)
    finally:
        write(f"Written: {', '.join(map(str, written))}")
    if outcome.interrupted:
        raise KeyboardInterrupt(
            f"kept the first {outcome.duration_s:.6g} s of the recording, in {arguments.output}"
        )
    return 0 if outcome.agree else DISAGREEMENT


@contextmanager
def _immediate_interrupts() -> Iterator[None]:
    """Let a request to stop act at once where it would be deferred."""
    deferred = {}
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if callable(signal.getsignal(number)):  # not where it is ignored
                deferred[number] = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in deferred.items():
            signal.signal(number, handler)


def _inputs(arguments: argparse.Namespace) -> tuple[Source, Design]:
    """Return the recording and the design, each fitted to the other."""

    def design_for(channels: int | None, sampling_rate_hz: float | None) -> Design:
        shape = {"channels": channels, "sampling_rate_hz": sampling_rate_hz}
        if arguments.design is None:
            return Design.default(**shape)
        return Design.from_toml(arguments.design, **shape)

    _check_inputs_survive(arguments)
    _check_events_file(arguments)
    if arguments.recording is None:
        design = design_for(arguments.channels, arguments.sampling_rate)
        return _synthetic(arguments, design), design
    recording = open_recording(
        arguments.recording,
        sampling_rate_hz=arguments.sampling_rate,
        scale_v=arguments.scale_v,
        unit=arguments.unit,
        channels=arguments.channels,
        dtype=arguments.dtype,
        stream=arguments.stream,
        truth=arguments.truth,
    )
    levels = None if recording.truth is None else recording.truth.noise_level
    if levels is not None and levels.size != recording.channels:
        raise UserError(
            f"{arguments.truth}: noise_level must have one value for each of "
            f"{recording.channels} channels, not {levels.size}"
        )
    return recording, design_for(recording.channels, recording.sampling_rate_hz)


def _check_inputs_survive(arguments: argparse.Namespace) -> None:
    """Refuse to write over a recording or its truth; a design that was written may run again."""
    outputs = _outputs(arguments.output)
    for given in (arguments.recording, arguments.truth):
        if given is not None and _is_in(given, outputs):
            raise UserError(
                f"{given}: must not be in the output folder under the name of an output, nor in "
                f"an output; choose another --output"
            )


def _check_events_file(arguments: argparse.Namespace) -> None:
    """Refuse, before hours of work, a file for events that is another's or cannot be written."""
    events = arguments.events
    if events is None:
        return
    for given in (arguments.recording, arguments.truth, arguments.design):
        if given is not None and os.path.realpath(given) == os.path.realpath(events):
            raise UserError(f"{given}: must not be written over by --events; name another file")
    if _is_in(events, _outputs(arguments.output)):
        raise UserError(f"{events}: must not be an output of the run; name another file")
    folder = Path(os.path.realpath(events)).parent
    if not os.access(folder, os.W_OK | os.X_OK) or not folder.is_dir():
        raise UserError(f"{events}: must be in a folder that can be written, but is not")
    if events.exists() and not events.is_file():
        raise UserError(f"{events}: must be absent or a file of events, but is no file")


def _outputs(folder: Path) -> list[Path]:
    return [Path(os.path.realpath(folder / name)) for name in (DESIGN, NWB, SORTING, *REPORTS)]


def _is_in(path: Path, outputs: list[Path]) -> bool:
    return any(Path(os.path.realpath(path)).is_relative_to(output) for output in outputs)


def _synthetic(arguments: argparse.Namespace, design: Design) -> Source:
    """Return the recording that is made when none is given."""
    for option in ("scale_v", "unit", "dtype", "stream", "truth"):
        if getattr(arguments, option) is not None:
            name = option.replace("_", "-")
            raise UserError(f"--{name} must come with a recording, but none is given")
    try:
        return shared_unit_recording(
            design.chain.channels,
            seconds=arguments.seconds or SYNTHETIC_SECONDS,
            sampling_rate_hz=design.chain.sampling_rate_hz,
            units=SYNTHETIC_UNITS_PER_CHANNEL * design.chain.channels,
            noise_levels=SYNTHETIC_NOISE_LEVELS,
            spike_peak_v=SYNTHETIC_PEAK_V,
            probe=ProbeConfig(decay_length_m=SYNTHETIC_DECAY_M),
            audibility=Audibility(demanded=SYNTHETIC_DEMANDED),
            rng=np.random.default_rng(design.seeds.recording),
        )
    except ValueError as error:
        raise UserError(f"synthetic recording: {error}") from error


def _write(outcome: Outcome, arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Write report, spikes and design, and return the report."""
    events = outcome.spikes.events()
    recording = outcome.recording
    shape = {
        "sampling_rate_hz": recording.sampling_rate_hz,
        "channels": recording.channels,
        "lateness": event_lateness(outcome.design),
    }
    has_snippets = "snippet" in (events.dtype.names or ())
    lsb_v = outcome.measurement.lsb_v / 2**outcome.design.band_pass.output_fraction_bits
    write_sorting(folder / SORTING, events, **shape)
    write_nwb(
        folder / NWB,
        events,
        **shape,
        description=f"Spikes of {recording.name}, detected by {' '.join(arguments.words)}",
        snippet_scale_v=lsb_v if has_snippets else None,
    )
    (folder / DESIGN).write_text(
        outcome.design.for_this_recording_only().to_toml(), encoding="utf-8"
    )
    report = build_report(
        outcome,
        command=arguments.words,
        recording_seed=None if arguments.recording else outcome.design.seeds.recording,
        sorting=displayable(arguments.output / SORTING),
        nwb=displayable(arguments.output / NWB),
    )
    write_report(report, folder)
    return validate_report(report)


def _show(report: dict[str, Any]) -> None:
    write(summary(report))
    tiles = [(tile.label, tile.value, tile.detail) for tile in headline(report)]
    show_table(["figure", "value>", "of what"], tiles)
    for note in report["notes"]:
        write(f"Note: {note}")
