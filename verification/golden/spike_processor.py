"""Model of :class:`rtl.spike_processor.SpikeProcessor`: the models of its parts, put together."""

from collections import deque

import numpy as np
import numpy.typing as npt

from rtl.detection_chain import DetectionChainConfig
from rtl.detector_settings import DetectorControl, DetectorMode
from rtl.processor_map import OUTSIDE_BASE
from rtl.spike_processor_config import SpikeProcessorConfig
from verification.golden.band_pass import BandPassModel
from verification.golden.event_packer import event_packer
from verification.golden.processor import ProcessorSystemModel
from verification.golden.processor_core import BusAccess
from verification.golden.register_bank import RegisterBankModel
from verification.golden.snippet_buffer import SnippetBufferModel
from verification.golden.spike_detector import SpikeDetectorModel

__all__ = ["SpikeProcessorModel"]

SLICE = 500  # instructions, after which words that found no room are offered again
MODES = len(DetectorMode)
WRAP = 1 << 32


class SpikeProcessorModel:
    """Runs a program that sets up the chain and takes its events.

    Samples take no time: the events of the frames that it is given wait, all of them, until the
    ring has room. The circuit loses those for which the program is too slow, and counts them; what
    it says is the same where it loses none.

    Parameters
    ----------
    config : SpikeProcessorConfig
        The configuration of the hardware.

    Attributes
    ----------
    processor : ProcessorSystemModel
        The processor, with its mailbox.
    chain : RegisterBankModel
        The registers of the chain.
    """

    def __init__(self, config: SpikeProcessorConfig | None = None) -> None:
        self.config = config = config or SpikeProcessorConfig()
        self.processor = ProcessorSystemModel(config.processor, outside=self._access)
        self.chain = RegisterBankModel(config.chain.registers)
        self._datapath: _Datapath | None = None
        self._events: deque[list[int]] = deque()  # words that have not gone to the ring
        self._torn: list[int] = []  # of an event whose first words have

    def load(self, address: int, image: bytes) -> None:
        """Put bytes into a memory, as the processor's model does.

        Parameters
        ----------
        address : int
            Where the first goes.
        image : bytes
            The bytes.
        """
        self.processor.load(address, image)

    def send(self, codes: npt.NDArray[np.integer]) -> bool:
        """Offer converter samples to the chain.

        Parameters
        ----------
        codes : ndarray of int, shape (frames, channels)
            Whole frames.

        Returns
        -------
        bool
            They were taken; else the program has not started the chain, and they wait.

        Raises
        ------
        ValueError
            The program has set up what the model does not know: values that no
            :class:`~rtl.detector_settings.DetectorControl` has, or others than before for a chain
            that has taken frames.
        """
        if not self.chain.value("control", "enable"):
            return False
        settings = self._settings()
        if self._datapath is None:
            self._datapath = _Datapath(self.config.chain, *settings)
        elif not self._datapath.has(*settings):
            raise ValueError("settings of the chain must stay once it has taken frames")
        detected, lost, events = self._datapath.process(codes)
        self.chain.cycle(
            increments={
                ("events_detected", "count"): detected,
                ("events_lost", "count"): lost,
            }
        )
        frames = self.chain.value("frames", "count") + len(codes)
        self.chain.set_value("frames", "count", frames % WRAP)
        self._events.extend(event_packer(events, self.config.packer).tolist())
        return True

    def run(self, limit: int) -> int:
        """Execute instructions until the program ends, or sleeps and nothing here wakes it.

        Parameters
        ----------
        limit : int
            Instructions at most.

        Returns
        -------
        int
            Instructions executed.
        """
        executed = 0
        while executed < limit and self.processor.exit_code is None:
            given = self._give()
            done = self.processor.run(min(limit - executed, SLICE))
            executed += done
            if not (done or given):
                break
        return executed

    def _give(self) -> bool:
        """Give the ring what it takes; return whether that is anything."""
        rings = self.processor.rings
        if rings.was_off(0):
            self._torn.clear()  # its first words are gone
        given = False
        while self._torn or self._events:
            if not self._torn:
                if not rings.push(0, self._events[0][0]):
                    break
                self._torn = self._events.popleft()[:0:-1]  # the next word last
            elif rings.push(0, self._torn[-1]):
                self._torn.pop()
            else:
                break
            given = True
        return given

    def _access(self, access: BusAccess) -> int | None:
        """Answer for the registers of the chain, which is all there is around the processor."""
        address = access.address - OUTSIDE_BASE
        chain = self.chain
        answer = chain.write(address, access.data) if access.write else chain.read(address)
        return None if answer.error else answer.read_data

    def _settings(self) -> tuple[DetectorControl, list[int], list[bool]]:
        """Return what the registers say: values of all channels, thresholds, enables."""
        registers, value = self.config.chain.registers, self.chain.value
        words = {
            field.name: value(name, field.name)
            for name in ("detector", "timing", "start")
            for field in registers.register(name).fields
        }
        mode = DetectorMode(min(words.pop("mode"), MODES - 1))
        adaptive = bool(words.pop("adaptive"))
        control = DetectorControl(mode=mode, adaptive=adaptive, **words)
        channels = range(self.config.chain.channels)
        return (
            control,
            [value("channel", "threshold", each) for each in channels],
            [bool(value("channel", "enable", each)) for each in channels],
        )


class _Datapath:
    """Filter, detector and snippets, with settings that stay."""

    def __init__(
        self,
        config: DetectionChainConfig,
        control: DetectorControl,
        thresholds: list[int],
        enabled: list[bool],
    ) -> None:
        config.check_reach(control)
        self._settings = control, thresholds, enabled
        self._filter = BandPassModel(config.band_pass)
        self._detector = SpikeDetectorModel(config.spike_detector, control, thresholds, enabled)
        delay = control.peak_delay(config.spike_detector.smoothing_samples)
        self._snippets = SnippetBufferModel(config.snippet_buffer, peak_delay=delay)
        self._lead = delay + config.snippet_buffer.pre_trigger  # of a snippet before its report
        self._frames = 0

    def has(self, control: DetectorControl, thresholds: list[int], enabled: list[bool]) -> bool:
        """Whether these are the settings."""
        return self._settings == (control, thresholds, enabled)

    def process(self, codes: npt.NDArray[np.integer]) -> tuple[int, int, npt.NDArray[np.void]]:
        """Return spikes detected, those of them that came too early, and events."""
        filtered = self._filter.process(codes)
        spikes = self._detector.spikes(filtered)
        early = int(spikes[: max(0, self._lead - self._frames)].sum())
        self._frames += len(codes)
        return int(spikes.sum()), early, self._snippets.process(filtered, spikes)
