import dataclasses
import json
import math
import re
from pathlib import Path

import pytest

from analog_models.amplifier import AmplifierConfig
from analog_models.frontend_config import FrontendConfig
from rtl.band_pass import BandPassConfig
from rtl.detector_settings import DetectorSettings
from system.design import Design, FixedShape, GainChoice, RtlSimulation, Seeds
from system.design.writing import parameter_docs, settable_fields
from system.errors import UserError


@pytest.fixture
def design_file(tmp_path):
    def write(text):
        path = tmp_path / "design.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def configs_of(config):
    """Yield a config and every config inside it."""
    yield config
    for entry in settable_fields(type(config)):
        value = getattr(config, entry.name)
        if dataclasses.is_dataclass(value):
            yield from configs_of(value)


def refusal(path, **shape):
    with pytest.raises(UserError) as error:
        Design.from_toml(path, **shape)
    prefix = f"{path}: "
    assert str(error.value).startswith(prefix)
    return str(error.value).removeprefix(prefix)


def test_an_empty_file_is_the_default_design(design_file):
    assert Design.from_toml(design_file("")) == Design.default()


def test_the_default_design_is_the_defaults_of_its_parts():
    assert Design.default() == Design()


def test_the_printed_default_design_reads_back_as_itself(design_file):
    assert Design.from_toml(design_file(Design.default().to_toml())) == Design.default()


def test_a_changed_design_reads_back_as_itself(design_file):
    design = Design(
        recording=FixedShape(channels=68, sampling_rate_hz=24_000.0),
        recording_frontend=FrontendConfig(
            amplifier=AmplifierConfig(saturation_v=math.inf, gain=0.1, gains=(0.1, 0.3))
        ),
        gain_choice=GainChoice(fill=0.5),
        band_pass=BandPassConfig(high_pass_hz=1 / 3 + 300),
        detector_settings=DetectorSettings(
            mode="absolute", channel_thresholds=(5.5,) * 68, disabled_channels=(0, 67)
        ),
        rtl_simulation=RtlSimulation(engine="none", seconds=math.inf),
        seeds=Seeds(die=0, noise=1 << 62),
    )

    assert Design.from_toml(design_file(design.to_toml())) == design


def test_every_key_of_the_printed_design_has_a_comment():
    for config in configs_of(Design.default()):
        names = [entry.name for entry in settable_fields(type(config))]
        docs = parameter_docs(type(config))

        assert [name for name in names if not docs.get(name)] == [], type(config).__name__


def test_the_page_names_every_section():
    page = (Path(__file__).parents[3] / "docs" / "design.md").read_text(encoding="utf-8")

    for section in dataclasses.fields(Design):
        assert f"`{section.name}`" in page


def test_channels_and_sampling_rate_come_from_the_recording(design_file):
    path = design_file("[band_pass]\nlow_pass_hz = 12_000.0\n")

    design = Design.from_toml(path, channels=4, sampling_rate_hz=30_000.0)

    assert design.chain.channels == 4
    assert design.chain.sampling_rate_hz == 30_000.0
    assert design.spike_detector.channels == design.snippet_buffer.channels == 4
    assert design.recording == FixedShape()


def test_the_converter_decides_the_width_of_the_chain(design_file):
    design = Design.from_toml(design_file("[recording_frontend.converter]\nbits = 9\n"))

    assert design.chain.sample_width == 9
    assert design.snippet_buffer.sample_width == design.band_pass.output_width == 12


@pytest.mark.parametrize(
    ("text", "automatic"),
    [
        ("", True),
        ("[recording_frontend.amplifier]\nsupply_v = 0.4\n", True),
        ("[recording_frontend.amplifier]\ngain = 200\n", False),
        ("[recording_frontend.amplifier]\ngain = 200\n[gain_choice]\nautomatic = true\n", True),
        ("[gain_choice]\nautomatic = false\n", False),
    ],
    ids=["empty", "other_key", "gain", "gain_and_automatic", "not_automatic"],
)
def test_a_file_that_sets_the_gain_gets_it(design_file, text, automatic):
    assert Design.from_toml(design_file(text)).gain_choice.automatic is automatic


def test_a_chosen_gain_is_written_down(design_file):
    design = Design.default().with_gain(100.0)

    assert design.recording_frontend.amplifier.gain == 100.0
    assert Design.from_toml(design_file(design.to_toml())) == design


def test_what_the_design_fixes_holds_without_a_recording(design_file):
    path = design_file("[recording]\nchannels = 16\nsampling_rate_hz = 20000\n")

    assert Design.from_toml(path).chain.channels == 16
    assert Design.from_toml(path).chain.sampling_rate_hz == 20_000.0


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (
            {"channels": 68, "sampling_rate_hz": 20_000.0},
            "recording.channels must be 68, as the recording has, or be left out, not 16",
        ),
        (
            {"channels": 16, "sampling_rate_hz": 30_000.25},
            (
                "recording.sampling_rate_hz must be 30000.25, as the recording has, "
                "or be left out, not 20000"
            ),
        ),
    ],
    ids=["channels", "sampling_rate"],
)
def test_a_recording_of_another_shape_than_the_design_fixes_is_refused(design_file, shape, message):
    path = design_file("[recording]\nchannels = 16\nsampling_rate_hz = 20000\n")

    assert refusal(path, **shape) == message


def test_a_design_for_this_recording_only_keeps_its_shape(design_file):
    design = Design.default(channels=3, sampling_rate_hz=20_000.0).for_this_recording_only()

    assert Design.from_toml(design_file(design.to_toml())) == design


def test_a_sampling_rate_that_the_band_does_not_suit_is_refused(design_file):
    path = design_file("[band_pass]\nhigh_pass_hz = 300\nlow_pass_hz = 5000\n")

    assert refusal(path, channels=1, sampling_rate_hz=8_000.0) == (
        "a sampling rate must be at least 11112 Hz to serve the band from 300 to 5000 Hz, "
        "not 8000 Hz: band_pass.low_pass_hz must be positive and at most 3600 (0.45 of the "
        "sampling rate), not 5000.0; give another design (axocell design prints one to change)"
    )
    assert Design.from_toml(path, sampling_rate_hz=11_112.0)


@pytest.mark.parametrize("sampling_rate_hz", [5e-324, 1_000.0, 300_000.0, 1.7e308])
def test_the_refusal_of_a_sampling_rate_names_one_that_serves(sampling_rate_hz):
    with pytest.raises(UserError) as error:
        Design.default(sampling_rate_hz=sampling_rate_hz)

    found = re.match(
        r"a sampling rate must be at (?:most|least) (\d+) Hz to serve the band", str(error.value)
    )
    assert found
    assert Design.default(sampling_rate_hz=float(found[1]))


def test_a_lag_that_is_set_must_suit_the_sampling_rate_of_the_recording(design_file):
    path = design_file("[detector_settings]\nlag_s = 1e-4\n")

    assert Design.from_toml(path, sampling_rate_hz=40_000.0).detector_settings.lag_s == 1e-4
    assert refusal(path, sampling_rate_hz=50_000.0) == (
        "detector_settings.lag_s must be at most 8e-05 (4 frames at 50000 Hz), not 0.0001 "
        "(possible up to 40000 Hz)"
    )


def test_settings_that_reach_back_beyond_the_buffer_are_refused(design_file):
    path = design_file(
        "[snippet_buffer]\npre_trigger = 60\n[detector_settings]\n"
        "peak_window_s = 4e-3\nrefractory_s = 4e-3\n"
    )

    assert refusal(path).startswith(
        "detector_settings, snippet_buffer: peak_window_s, lag_s and pre_trigger must together "
    )


def test_the_most_channels_are_those_of_the_blocks():
    assert Design.default(channels=1024).chain.channels == 1024
    with pytest.raises(ValueError, match=r"^channels must be in 1\.\.1024, not 1025$"):
        BandPassConfig(channels=1025)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[band_pas]\n", "unknown key band_pas; did you mean band_pass?"),
        (
            "zzz = 3\n",
            (
                "unknown key zzz; known there: recording, recording_frontend, gain_choice, "
                "band_pass, spike_detector, snippet_buffer, detector_settings, rtl_simulation, "
                "seeds, ap_coding, attention_head, processor"
            ),
        ),
        ("band_pass = 3\n", "band_pass must be a table, not 3"),
        (
            "[band_pass]\nlow_pas_hz = 3\n",
            "unknown key band_pass.low_pas_hz; did you mean band_pass.low_pass_hz?",
        ),
        (
            "[band_pass]\nguard_bits = 3\n",
            "band_pass.guard_bits must be in 4..12, not 3",
        ),
        (
            "[band_pass]\nlow_pass_hz = 12000\n",
            (
                "band_pass.low_pass_hz must be positive and at most 10800 "
                "(0.45 of the sampling rate), not 12000.0"
            ),
        ),
        (
            "[band_pass]\nchannels = 3\n",
            "band_pass.channels cannot be set: it follows from recording.channels",
        ),
        (
            "[snippet_buffer]\nsample_width = 3\n",
            (
                "snippet_buffer.sample_width cannot be set: "
                "it follows from recording_frontend.converter.bits"
            ),
        ),
        (
            "[recording_frontend]\noversampling = 4\n",
            (
                "recording_frontend.oversampling cannot be set: "
                "it follows from the recording, which is sampled already"
            ),
        ),
        (
            "[recording_frontend.converter]\nbits = 99\n",
            "recording_frontend.converter.bits must be in 2..16, not 99",
        ),
        (
            "[recording_frontend.amplifier]\ngain = 99\n",
            (
                "recording_frontend.amplifier.gain must be one of "
                "(25.0, 50.0, 100.0, 200.0, 400.0, 800.0), not 99.0"
            ),
        ),
        (
            (
                "[recording_frontend.amplifier]\nlow_pass_hz = inf\nnoise_efficiency_factor = 0\n"
                "[recording_frontend.electrode]\nresistance_ohm = 1e5\n"
            ),
            (
                "recording_frontend.electrode.resistance_ohm must be 0 without a bandwidth "
                "(amplifier low_pass_hz inf), not 100000.0"
            ),
        ),
        (
            "[recording]\nchannels = 0\n",
            "recording.channels must be positive, not 0",
        ),
        (
            "[recording]\nsampling_rate_hz = inf\n",
            "recording.sampling_rate_hz must be positive, not inf",
        ),
        (
            "[recording]\nchannels = 5000\n",
            (
                "a recording must have at most 1024 channels, not 5000: save those to be processed "
                "to a file of their own, or, if 5000 is its number of frames, say with --channels "
                "how many channels it has"
            ),
        ),
        (
            "[detector_settings]\nmode = 'fast'\n",
            "detector_settings.mode must be one of absolute, neo, smoothed_neo, not 'fast'",
        ),
        (
            "[detector_settings]\nrefractory_s = 0.1\n",
            (
                "detector_settings.refractory_s must be at most 0.005292 (127 frames at 24000 Hz), "
                "not 0.1 (possible up to 1270 Hz)"
            ),
        ),
        (
            "[detector_settings]\nchannel_thresholds = [1.0, 2.0]\n",
            (
                "detector_settings.channel_thresholds must have one value for each of 68 channels, "
                "not 2"
            ),
        ),
        (
            "[detector_settings]\ndisabled_channels = [68]\n",
            "detector_settings.disabled_channels must be in 0..67, not 68",
        ),
        (
            "[rtl_simulation]\nengine = 'verilator'\n",
            (
                'rtl_simulation.engine must be one of "auto", "cxxrtl", "pysim", "none", '
                'not "verilator"'
            ),
        ),
        ("[rtl_simulation]\nseconds = 0\n", "rtl_simulation.seconds must be positive, not 0.0"),
        (
            "[rtl_simulation]\npysim_samples = 0\n",
            "rtl_simulation.pysim_samples must be positive, not 0",
        ),
        (
            "[rtl_simulation]\ncodec_samples = -1\n",
            "rtl_simulation.codec_samples must be at least 0, not -1",
        ),
        ("[gain_choice]\nfill = 2\n", "gain_choice.fill must be above 0 and at most 1, not 2.0"),
        ("[gain_choice]\nseconds = 0\n", "gain_choice.seconds must be positive, not 0.0"),
        ("[seeds]\nnoise = -1\n", "seeds.noise must not be negative, not -1"),
        (
            "[seeds\n",
            (
                "a design must be valid TOML: "
                "Expected ']' at the end of a table declaration (at line 1, column 7)"
            ),
        ),
    ],
)
def test_errors_name_file_key_rule_and_value(design_file, text, message):
    assert refusal(design_file(text)) == message


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    assert refusal(tmp_path / "no.toml") == "the design cannot be read: No such file or directory"
    assert refusal(tmp_path) == "the design cannot be read: Is a directory"


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "design.toml"
    path.write_bytes(b"# \xff\xfe")

    assert refusal(path) == "a design must be UTF-8 text, but has byte 0xff at offset 2"


def test_a_byte_order_mark_is_no_obstacle(tmp_path):
    path = tmp_path / "design.toml"
    path.write_bytes(b"\xef\xbb\xbf[seeds]\r\ndie = 7\r\n")

    assert Design.from_toml(path).seeds.die == 7


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#" * (1 << 20) + "\n", "a design must have at most 1048576 bytes, and this has more"),
        ("a = " + "[" * 100_000, "a design must be valid TOML, not nested this deep"),
    ],
    ids=["long", "deep"],
)
def test_a_file_meant_to_harm_is_refused(design_file, text, message):
    assert refusal(design_file(text)) == message


def test_a_number_of_thousands_of_digits_is_refused(design_file):
    assert refusal(design_file(f"a = {'9' * 5000}")).startswith("a design must be valid TOML: ")


def test_the_design_as_a_dict_says_everything_and_is_plain():
    values = Design.default(channels=3).as_dict()

    assert values["recording"] == {
        "channels": 3,
        "sampling_rate_hz": 24_000.0,
        "clipped_limit": 0.001,
    }
    assert values["recording_frontend"]["converter"]["bits"] == 10
    assert json.loads(json.dumps(values))["seeds"] == {"die": 1, "noise": 2, "recording": 3}
