"""Sections of a design read from tables and fitted to the recording at hand."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar, cast

from analog_models.frontend_config import FrontendConfig
from rtl.attention_head_config import AttentionHeadConfig
from rtl.band_pass import BandPassConfig
from rtl.detection_chain import DetectionChainConfig
from rtl.detector_settings import DetectorSettings
from rtl.processor_system_config import ProcessorSystemConfig
from rtl.snippet_buffer import SnippetBufferConfig
from rtl.spike_detector import SpikeDetectorConfig
from system.design.coding import ApCoding
from system.design.reading import read_config, with_section
from system.design.sections import FixedShape, GainChoice, RtlSimulation, Seeds
from system.errors import UserError

__all__ = ["FOLLOWS", "fitted_sections"]

CHANNELS = 68  # of the recording chip
MOST_CHANNELS = 1024  # that the blocks are made for
SAMPLING_RATE_HZ = 24_000.0  # of the records that spike detection is compared on

# Fields that follow from others, and what decides them.
FOLLOWS = {
    "channels": "recording.channels",
    "sampling_rate_hz": "recording.sampling_rate_hz",
    "sample_width": "recording_frontend.converter.bits",
    "oversampling": "the recording, which is sampled already",
}

Config = TypeVar("Config")


def fitted_sections(
    tables: Mapping[str, object], channels: int | None, sampling_rate_hz: float | None
) -> dict[str, Any]:
    """Return every section of a design.

    Parameters
    ----------
    tables : Mapping of str to object
        The file's tables; sections that are not in it have their defaults.
    channels : int or None
        Channels of the recording at hand.
    sampling_rate_hz : float or None
        Sampling rate of the recording at hand, hertz.

    Returns
    -------
    dict
        Configurations by section, each valid, all of one shape.

    Raises
    ------
    UserError
        A key breaks a rule, or the design does not suit the recording.
    """
    shape = read_config(FixedShape, tables.get("recording", {}), "recording")
    _check_agreement("channels", shape.channels, channels)
    _check_agreement("sampling_rate_hz", shape.sampling_rate_hz, sampling_rate_hz)
    channels = channels or shape.channels or CHANNELS
    _check_channels(channels)
    rate_hz = sampling_rate_hz or shape.sampling_rate_hz or SAMPLING_RATE_HZ

    frontend = _section(FrontendConfig, tables, "recording_frontend", {"oversampling": 1})
    band_pass = _band_pass(
        tables,
        {
            "channels": channels,
            "sampling_rate_hz": rate_hz,
            "sample_width": frontend.converter.bits,
        },
    )
    filtered = {"channels": channels, "sample_width": band_pass.output_width}
    spike_detector = _section(SpikeDetectorConfig, tables, "spike_detector", filtered)
    snippet_buffer = _section(SnippetBufferConfig, tables, "snippet_buffer", filtered)
    settings = _section(DetectorSettings, tables, "detector_settings")
    _check_settings(
        settings,
        DetectionChainConfig(
            band_pass=band_pass, spike_detector=spike_detector, snippet_buffer=snippet_buffer
        ),
    )
    return {
        "recording": shape,
        "recording_frontend": frontend,
        "gain_choice": _gain_choice(tables),
        "band_pass": band_pass,
        "spike_detector": spike_detector,
        "snippet_buffer": snippet_buffer,
        "detector_settings": settings,
        "rtl_simulation": _section(RtlSimulation, tables, "rtl_simulation"),
        "seeds": _section(Seeds, tables, "seeds"),
        "ap_coding": _section(ApCoding, tables, "ap_coding"),
        "attention_head": _section(AttentionHeadConfig, tables, "attention_head"),
        "processor": _processor(tables),
    }


def _processor(tables: Mapping[str, object]) -> ProcessorSystemConfig:
    """Return the processor, which in a chip is booted by its host, unless the file says other."""
    table = tables.get("processor", {})
    if isinstance(table, dict):
        core = table.get("core", {})
        # Part of a section keeps what the whole one has by default: dot products.
        core = {"dot": True, **core} if isinstance(core, dict) else core
        table = {"boot": "host", **table, "core": core}
    return read_config(ProcessorSystemConfig, table, "processor")


def _check_channels(channels: int) -> None:
    if channels > MOST_CHANNELS:
        raise UserError(
            f"a recording must have at most {MOST_CHANNELS} channels, not {channels}: save those "
            f"to be processed to a file of their own, or, if {channels} is its number of frames, "
            f"say with --channels how many channels it has"
        )


def _check_settings(settings: DetectorSettings, chain: DetectionChainConfig) -> None:
    try:
        settings.control(chain.sampling_rate_hz)
        settings.threshold_words(chain.channels)
        settings.enable_flags(chain.channels)
    except ValueError as error:
        message = with_section(str(error), "detector_settings", DetectorSettings)
        raise UserError(message) from error
    try:
        chain.control(settings)
    except ValueError as error:
        raise UserError(f"detector_settings, snippet_buffer: {error}") from error


def _gain_choice(tables: Mapping[str, Any]) -> GainChoice:
    """Return how the gain is chosen: by the file, if it sets the gain and says no more."""
    choice = _section(GainChoice, tables, "gain_choice")
    gain_is_set = "gain" in tables.get("recording_frontend", {}).get("amplifier", {})
    if gain_is_set and "automatic" not in tables.get("gain_choice", {}):
        return replace(choice, automatic=False)
    return choice


def _check_agreement(name: str, wanted: float | None, found: float | None) -> None:
    if wanted is not None and found is not None and wanted != found:
        raise UserError(
            f"recording.{name} must be {found:.15g}, as the recording has, or be left out, "
            f"not {wanted:.15g}"
        )


def _section(
    config_type: type[Config],
    tables: Mapping[str, object],
    section: str,
    given: Mapping[str, object] | None = None,
) -> Config:
    table = tables.get(section, {})
    for key in given or {}:
        if isinstance(table, dict) and key in table:
            raise UserError(f"{section}.{key} cannot be set: it follows from {FOLLOWS[key]}")
    return read_config(config_type, table, section, given=given)


def _band_pass(tables: Mapping[str, object], given: Mapping[str, object]) -> BandPassConfig:
    """Return the filter, or say that it is the sampling rate that does not suit it."""

    def at(rate_hz: float) -> BandPassConfig:
        fitted = {**given, "sampling_rate_hz": rate_hz}
        return _section(BandPassConfig, tables, "band_pass", fitted)

    rate_hz = cast("float", given["sampling_rate_hz"])
    try:
        return at(rate_hz)
    except UserError as error:
        try:
            config = at(SAMPLING_RATE_HZ)
        except UserError:
            raise error from None
        limit_hz = _limit_hz(at, SAMPLING_RATE_HZ, rate_hz)
        limit = (
            f"at most {math.floor(limit_hz)}"
            if rate_hz > SAMPLING_RATE_HZ
            else f"at least {math.ceil(limit_hz)}"
        )
        raise UserError(
            f"a sampling rate must be {limit} Hz to serve the band from {config.high_pass_hz:g} "
            f"to {config.low_pass_hz:g} Hz, not {rate_hz:.10g} Hz: {error}; "
            f"give another design (axocell design prints one to change)"
        ) from error


def _limit_hz(at: Callable[[float], object], serves_hz: float, fails_hz: float) -> float:
    """Return a rate that serves, next to one that does not, found by halving their ratio."""
    while not math.isclose(serves_hz, fails_hz, rel_tol=1e-6):
        between_hz = math.sqrt(serves_hz) * math.sqrt(fails_hz)
        try:
            at(between_hz)
        except UserError:
            fails_hz = between_hz
        else:
            serves_hz = between_hz
    return serves_hz
