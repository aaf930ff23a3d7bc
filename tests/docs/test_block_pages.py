import dataclasses
import importlib
import re
from pathlib import Path

import pytest
from amaranth.hdl import Elaboratable, Fragment

from rtl.ap_codec_config import ApCodecConfig
from rtl.arithmetic_encoder import ArithmeticEncoder
from rtl.arithmetic_encoder_config import ArithmeticEncoderConfig
from rtl.attention_head_config import AttentionHeadConfig
from rtl.attention_schedule import AttentionSchedule, AttentionScheduleConfig
from rtl.band_pass import BandPass, BandPassConfig
from rtl.detector_settings import DetectorControl, DetectorMode, DetectorSettings
from rtl.dpcm_predictor import DpcmPredictor, DpcmPredictorConfig
from rtl.event_packer import EventPacker, EventPackerConfig
from rtl.frame_tagger import FrameTagger, FrameTaggerConfig
from rtl.gain_cell_twin import GainCellTwin, GainCellTwinConfig
from rtl.golomb_encoder import GolombEncoder, GolombEncoderConfig
from rtl.head_scaler import HeadScaler, HeadScalerConfig
from rtl.lfp_decimator import LfpDecimator, LfpDecimatorConfig
from rtl.lms_predictor import LmsPredictor, LmsPredictorConfig
from rtl.mac_array import MacArray
from rtl.mac_array_config import MacArrayConfig
from rtl.nlms_predictor import NlmsPredictor, NlmsPredictorConfig
from rtl.packet_format import Engine
from rtl.packet_framer import PacketFramer, PacketFramerConfig
from rtl.packet_marker import PacketMarker, PacketMarkerConfig
from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_core import ProcessorCore
from rtl.pulse_counter import PulseCounter, PulseCounterConfig
from rtl.query_pulse_driver import QueryPulseDriver, QueryPulseDriverConfig
from rtl.residual_context import ResidualContext, ResidualContextConfig
from rtl.snippet_buffer import SnippetBuffer, SnippetBufferConfig
from rtl.snippet_marker import SnippetMarker, SnippetMarkerConfig
from rtl.spike_detector import SpikeDetector, SpikeDetectorConfig
from rtl.table_trainer import TableTrainer
from rtl.table_trainer_config import TableTrainerConfig
from rtl.template_encoder import TemplateEncoder
from rtl.template_encoder_config import TemplateEncoderConfig
from rtl.tile_accumulator import TileAccumulator, TileAccumulatorConfig
from rtl.write_controller import WriteController, WriteControllerConfig
from system.blocks import BLOCKS
from tests.docs.cycle_tables import cycle_tables, replayed, split_rows

FOLDER = Path(__file__).parents[2] / "docs" / "blocks"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.md"))}

each_page = pytest.mark.parametrize("name", PAGES)


class FixedDetector(SpikeDetector):
    """A detector of one channel of whose settings only these are of interest."""

    def __init__(self, *, threshold, **settings):
        super().__init__(SpikeDetectorConfig(channels=1))
        self.threshold = threshold
        self.settings = DetectorControl(
            mode=DetectorMode.ABSOLUTE,
            lag=1,
            adaptive=False,
            floor=0,
            mean_shift=4,
            warm_up=0,
            **settings,
        )

    async def set_up(self, ctx):
        for name, value in vars(self.settings).items():
            ctx.set(self.control[name], int(value))
        ctx.set(self.table.write_data, {"enable": 1, "threshold": self.threshold})
        ctx.set(self.table.write_valid, 1)
        await ctx.tick()
        ctx.set(self.table.write_valid, 0)


DEFAULTS = re.compile(
    r"^\| (?:parameter|setting) \| default \|.*\n\|.*\n((?:\|.*\n)+)", re.MULTILINE
)
SPELLINGS = {"true": True, "false": False, "none": (), "both": tuple(Engine)}  # in tables

MAKERS = {
    maker.__name__: maker
    for maker in (
        ArithmeticEncoder,
        ArithmeticEncoderConfig,
        TableTrainer,
        TableTrainerConfig,
        BandPass,
        BandPassConfig,
        EventPacker,
        EventPackerConfig,
        FixedDetector,
        FrameTagger,
        FrameTaggerConfig,
        SnippetBuffer,
        SnippetBufferConfig,
        AttentionSchedule,
        AttentionScheduleConfig,
        GainCellTwin,
        GainCellTwinConfig,
        DpcmPredictor,
        DpcmPredictorConfig,
        LmsPredictor,
        LmsPredictorConfig,
        MacArray,
        MacArrayConfig,
        NlmsPredictor,
        NlmsPredictorConfig,
        ResidualContext,
        ResidualContextConfig,
        GolombEncoder,
        GolombEncoderConfig,
        HeadScaler,
        HeadScalerConfig,
        LfpDecimator,
        LfpDecimatorConfig,
        PacketFramer,
        PacketFramerConfig,
        PacketMarker,
        PacketMarkerConfig,
        SnippetMarker,
        SnippetMarkerConfig,
        ProcessorCore,
        ProcessorCoreConfig,
        PulseCounter,
        PulseCounterConfig,
        QueryPulseDriver,
        QueryPulseDriverConfig,
        TemplateEncoder,
        TemplateEncoderConfig,
        TileAccumulator,
        TileAccumulatorConfig,
        WriteController,
        WriteControllerConfig,
    )
}


def declared(name, what):
    """Return the first number in the row ``what`` of the page's first table."""
    (row,) = re.findall(rf"^\| {what} \| (.*) \|$", PAGES[name], flags=re.MULTILINE)
    return row


def test_every_block_has_a_page_and_every_page_a_block():
    assert set(PAGES) == set(BLOCKS)


@each_page
def test_a_page_begins_with_the_name_of_its_block(name):
    assert PAGES[name].startswith(f"# {name}\n")


@each_page
def test_the_examples_of_a_page_run(name):
    examples = re.findall(r"```python\n(.*?)```", PAGES[name], flags=re.DOTALL)
    namespace = {}

    for example in examples:
        exec(compile(example, f"docs/blocks/{name}.md", "exec"), namespace)

    for value in namespace.values():
        if isinstance(value, Elaboratable):
            Fragment.get(value, platform=None)
    assert examples


@each_page
def test_a_page_has_the_latency_that_its_component_declares(name):
    cycles = re.match(r"(\d+) cycles?\b", declared(name, "latency"))

    assert cycles
    assert int(cycles[1]) == BLOCKS[name].component.latency


@each_page
def test_a_page_names_a_golden_model_and_a_bench_that_exist(name):
    module, model = re.findall(r"`([\w.]+)\.(\w+)`", declared(name, "golden model"))[0]
    bench = re.findall(r"`([\w.]+)`", declared(name, "bench"))[0]

    assert hasattr(importlib.import_module(module), model)
    assert module == BLOCKS[name].golden
    assert bench == BLOCKS[name].bench


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("band_pass", BandPassConfig),
        ("event_packer", EventPackerConfig),
        ("frame_tagger", FrameTaggerConfig),
        ("snippet_buffer", SnippetBufferConfig),
        ("spike_detector", SpikeDetectorConfig),
        ("spike_detector", DetectorSettings),
        ("ap_codec", ApCodecConfig),
        ("attention_head", AttentionHeadConfig),
        ("attention_schedule", AttentionScheduleConfig),
        ("arithmetic_encoder", ArithmeticEncoderConfig),
        ("golomb_encoder", GolombEncoderConfig),
        ("dpcm_predictor", DpcmPredictorConfig),
        ("residual_context", ResidualContextConfig),
        ("nlms_predictor", NlmsPredictorConfig),
        ("lms_predictor", LmsPredictorConfig),
        ("head_scaler", HeadScalerConfig),
        ("lfp_decimator", LfpDecimatorConfig),
        ("packet_framer", PacketFramerConfig),
        ("packet_marker", PacketMarkerConfig),
        ("snippet_marker", SnippetMarkerConfig),
        ("mac_array", MacArrayConfig),
        ("processor_core", ProcessorCoreConfig),
        ("pulse_counter", PulseCounterConfig),
        ("query_pulse_driver", QueryPulseDriverConfig),
        ("template_encoder", TemplateEncoderConfig),
        ("tile_accumulator", TileAccumulatorConfig),
        ("write_controller", WriteControllerConfig),
    ],
)
def test_a_page_has_every_parameter_and_its_default(name, config):
    defaults = {}
    for table in DEFAULTS.findall(PAGES[name]):
        for names, values in re.findall(r"^\| (.+?) \| (.+?) \|", table, re.MULTILINE):
            said = [eval(value, SPELLINGS) for value in values.replace("`", "").split(", ")]
            defaults |= dict(zip(re.findall(r"`(\w+)`", names), said, strict=True))

    real = {field.name: field.default for field in dataclasses.fields(config)}
    assert {each: defaults.get(each) for each in real} == real


def test_the_page_of_the_snippet_buffer_has_its_gap():
    assert f"N + {SnippetBuffer.packet_gap} cycles" in declared("snippet_buffer", "throughput")


TABLES = [(name, table) for name, page in PAGES.items() for table in cycle_tables(page)]


@pytest.mark.parametrize("table", [table for _, table in TABLES], ids=[name for name, _ in TABLES])
def test_what_a_page_says_cycle_by_cycle_is_what_the_circuit_does(table):
    dut = eval(table.expression, MAKERS)
    inputs, outputs = split_rows(table, dut)

    seen = replayed(inputs, outputs, dut, set_up=getattr(dut, "set_up", None))

    assert seen == outputs
    assert outputs


def test_the_blocks_of_the_datapath_have_a_table():
    of_parts = {"lfp_codec", "ap_codec", "register_bank", "detection_chain", "attention_head"}
    of_parts |= {"processor", "spike_processor"}
    assert {name for name, _ in TABLES} == set(BLOCKS) - of_parts
