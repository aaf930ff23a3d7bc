"""Sections of a design read from tables and fitted to the recording at hand."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from analog_models.frontend_config import FrontendConfig
from rtl.band_pass import BandPassConfig
from rtl.detector_settings import DetectorSettings
from rtl.snippet_buffer import SnippetBufferConfig
from rtl.spike_detector import SpikeDetectorConfig
from system.design.reading import read_config, with_section
from system.design.sections import FixedShape, GainChoice, RtlSimulation, Seeds
from system.errors import UserError

__all__ = ["FOLLOWS", "fitted_sections"]

CHANNELS = 68  # of the recording chip
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
    settings = _section(DetectorSettings, tables, "detector_settings")
    _check_settings(settings, channels, rate_hz)
    return {
        "recording": shape,
        "recording_frontend": frontend,
        "gain_choice": _gain_choice(tables),
        "band_pass": band_pass,
        "spike_detector": _section(SpikeDetectorConfig, tables, "spike_detector", filtered),
        "snippet_buffer": _section(SnippetBufferConfig, tables, "snippet_buffer", filtered),
        "detector_settings": settings,
        "rtl_simulation": _section(RtlSimulation, tables, "rtl_simulation"),
        "seeds": _section(Seeds, tables, "seeds"),
    }


def _check_settings(settings: DetectorSettings, channels: int, sampling_rate_hz: float) -> None:
    try:
        settings.control(sampling_rate_hz)
        settings.threshold_words(channels)
        settings.enable_flags(channels)
    except ValueError as error:
        message = with_section(str(error), "detector_settings", DetectorSettings)
        raise UserError(message) from error


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
    try:
        return _section(BandPassConfig, tables, "band_pass", given)
    except UserError as error:
        nominal = {**given, "sampling_rate_hz": SAMPLING_RATE_HZ}
        try:
            config = _section(BandPassConfig, tables, "band_pass", nominal)
        except UserError:
            raise error from None
        raise UserError(
            f"a sampling rate of {given['sampling_rate_hz']} Hz cannot serve the band from "
            f"{config.high_pass_hz:g} to {config.low_pass_hz:g} Hz: {error}; "
            f"give a design with another band (axocell design prints one to change)"
        ) from error
