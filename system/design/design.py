"""A design: everything that is chosen about one run, in one TOML file."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analog_models.frontend import FrontendConfig
from rtl.attention_head_config import AttentionHeadConfig
from rtl.band_pass import BandPassConfig
from rtl.detection_chain import DetectionChainConfig
from rtl.detector_settings import DetectorSettings
from rtl.processor_system_config import ProcessorSystemConfig
from rtl.snippet_buffer import SnippetBufferConfig
from rtl.spike_detector import SpikeDetectorConfig
from system.design.coding import ApCoding
from system.design.fitting import FOLLOWS, fitted_sections
from system.design.reading import read_tables, unknown_key
from system.design.sections import FixedShape, GainChoice, RtlSimulation, Seeds
from system.design.writing import parameter_docs, settable_fields, write_config
from system.errors import UserError

__all__ = ["Design"]

HEADER = """\
# An Axocell design. Every key may be left out; what it then means is what stands here.
# Units end the names: _hz hertz, _s seconds, _v volts, _w watts, _f farads, _j joules.
"""


@dataclass(frozen=True, kw_only=True)
class Design:
    """Configurations of every part of a run; each is a section of the file.

    Parameters
    ----------
    recording : FixedShape
        What the design demands of a recording.
    recording_frontend : FrontendConfig
        Electrode, amplifier, filter, multiplexer and converter.
    gain_choice : GainChoice
        How the gain of the amplifiers is set.
    band_pass : BandPassConfig
        The digital filter; its channels and sampling rate are those of the recording at hand.
    spike_detector : SpikeDetectorConfig
        Sizes of the detector.
    snippet_buffer : SnippetBufferConfig
        Sizes of the snippet buffer.
    detector_settings : DetectorSettings
        What software sets in the detector.
    rtl_simulation : RtlSimulation
        How much the generated circuit itself processes.
    seeds : Seeds
        Where every random draw starts.
    ap_coding : ApCoding
        What the codec of action potentials does.
    attention_head : AttentionHeadConfig
        Sizes of the attention head and its parts, which no recording passes through.
    processor : ProcessorSystemConfig
        The processor, which no recording passes through either.
    """

    recording: FixedShape = field(default_factory=FixedShape)
    recording_frontend: FrontendConfig = field(default_factory=FrontendConfig)
    gain_choice: GainChoice = field(default_factory=GainChoice)
    band_pass: BandPassConfig = field(default_factory=BandPassConfig)
    spike_detector: SpikeDetectorConfig = field(default_factory=SpikeDetectorConfig)
    snippet_buffer: SnippetBufferConfig = field(default_factory=SnippetBufferConfig)
    detector_settings: DetectorSettings = field(default_factory=DetectorSettings)
    rtl_simulation: RtlSimulation = field(default_factory=RtlSimulation)
    seeds: Seeds = field(default_factory=Seeds)
    ap_coding: ApCoding = field(default_factory=ApCoding)
    attention_head: AttentionHeadConfig = field(default_factory=AttentionHeadConfig)
    processor: ProcessorSystemConfig = field(
        default_factory=lambda: ProcessorSystemConfig(boot="host")
    )

    @classmethod
    def default(
        cls, *, channels: int | None = None, sampling_rate_hz: float | None = None
    ) -> "Design":
        """Return the design that an empty file means.

        Parameters
        ----------
        channels : int, optional
            Channels of the recording at hand.
        sampling_rate_hz : float, optional
            Sampling rate of the recording at hand, hertz.

        Returns
        -------
        Design
            Fitted to the recording.

        Raises
        ------
        UserError
            The default band does not suit the sampling rate.
        """
        return cls(**fitted_sections({}, channels, sampling_rate_hz))

    @classmethod
    def from_toml(
        cls,
        path: str | Path,
        *,
        channels: int | None = None,
        sampling_rate_hz: float | None = None,
    ) -> "Design":
        """Return the design in a file, fitted to a recording.

        Parameters
        ----------
        path : str or Path
            The file.
        channels : int, optional
            Channels of the recording at hand; without one, as the file says, or 68.
        sampling_rate_hz : float, optional
            Sampling rate of the recording at hand, hertz; without one, as the file says, or 24000.

        Returns
        -------
        Design
            Validated.

        Raises
        ------
        UserError
            The file cannot be read or breaks a rule; the message names file, key, rule and value.
        """
        try:
            tables = read_tables(Path(path))
            sections = [section.name for section in dataclasses.fields(cls)]
            for name in tables:
                if name not in sections:
                    raise unknown_key(name, sections)
            return cls(**fitted_sections(tables, channels, sampling_rate_hz))
        except UserError as error:
            raise UserError(f"{path}: {error}") from error

    @property
    def chain(self) -> DetectionChainConfig:
        """Configuration of the whole detection chain."""
        return DetectionChainConfig(
            band_pass=self.band_pass,
            spike_detector=self.spike_detector,
            snippet_buffer=self.snippet_buffer,
        )

    def with_gain(self, gain: float) -> "Design":
        """Return the design with a gain that was chosen.

        Parameters
        ----------
        gain : float
            One of the amplifier's gains.

        Returns
        -------
        Design
            No longer open to choice.
        """
        return dataclasses.replace(
            self,
            recording_frontend=self.recording_frontend.with_gain(gain),
            gain_choice=dataclasses.replace(self.gain_choice, automatic=False),
        )

    def for_this_recording_only(self) -> "Design":
        """Return the design with the shape of the recording at hand written down.

        Returns
        -------
        Design
            Its file gives this design again, whatever recording is at hand.
        """
        shape = FixedShape(
            channels=self.band_pass.channels, sampling_rate_hz=self.band_pass.sampling_rate_hz
        )
        return dataclasses.replace(self, recording=shape)

    def to_toml(self) -> str:
        """Return the text of a design file, every key with its comment.

        Returns
        -------
        str
            TOML; :meth:`from_toml` reads it back as this design.
        """
        docs = parameter_docs(type(self))
        lines = [*HEADER.splitlines()]
        for section in dataclasses.fields(self):
            config = getattr(self, section.name)
            lines += [
                "",
                *write_config(
                    config, section.name, without=_following(config), first=docs[section.name]
                ),
            ]
        return "\n".join(lines) + "\n"

    def as_dict(self) -> dict[str, Any]:
        """Return the design as nested plain values, for a report.

        Returns
        -------
        dict
            Values by section and key.
        """
        return dataclasses.asdict(self.for_this_recording_only())


def _following(config: object) -> list[str]:
    """Return the fields of a section that follow from other sections."""
    if isinstance(config, FixedShape):
        return []
    return [entry.name for entry in settable_fields(type(config)) if entry.name in FOLLOWS]
