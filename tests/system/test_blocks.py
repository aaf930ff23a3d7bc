from importlib.util import find_spec
from pathlib import Path

import pytest
from amaranth.hdl import Fragment

from rtl.detection_chain import DetectionChain
from system.blocks import BLOCKS, block_rows, block_table_markdown, find_block
from system.cli import main
from system.design import Design
from system.errors import UserError
from verification.benches import BENCH_COMPONENTS

ROOT = Path(__file__).parents[2]

each_block = pytest.mark.parametrize("block", BLOCKS.values(), ids=list(BLOCKS))


@each_block
def test_a_block_has_all_that_shows_that_it_is_right(block):
    assert find_spec(block.golden), "golden model"
    assert find_spec(block.bench), "bench"
    assert (ROOT / "tests" / "rtl" / f"test_{block.name}.py").is_file(), "tests"
    assert (ROOT / "docs" / "blocks" / f"{block.name}.md").is_file(), "page"
    assert block.checks[:2] == ("golden model", "bench")


@each_block
def test_a_block_is_made_as_the_design_asks(block):
    component = block.make(Design.default(channels=3))
    Fragment.get(component, platform=None)  # it elaborates

    assert isinstance(component, block.component)
    assert block.component.__module__ == f"rtl.{block.name}"
    assert getattr(component.config, "channels", 3) == 3
    assert component.latency == block.component.latency >= 0
    assert component.throughput == block.component.throughput


@each_block
def test_a_block_says_what_it_does(block):
    assert len(block.summary) > 20
    assert not block.summary.endswith(".")


def test_every_block_has_components_for_its_bench_and_no_other_has():
    assert set(BENCH_COMPONENTS) == set(BLOCKS)


def test_every_golden_model_and_bench_is_of_a_block():
    goldens = [path.stem for path in (ROOT / "verification" / "golden").glob("[!_]*.py")]
    benches = [
        path.stem.removeprefix("bench_")
        for path in (ROOT / "verification" / "cocotb_benches").glob("bench_*.py")
    ]

    assert set(goldens) <= set(BLOCKS)
    assert set(benches) <= set(BLOCKS)


def test_the_readme_has_the_table_of_blocks():
    assert block_table_markdown() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_has_latency_and_throughput_as_declared():
    rows = {row.name: row for row in block_rows()}

    assert rows["detection_chain"].latency_cycles == DetectionChain.latency
    assert rows["detection_chain"].throughput == DetectionChain.throughput


def test_the_list_shows_every_block_and_its_checks(capsys):
    assert main(["list"]) == 0

    shown = capsys.readouterr().out
    for name in BLOCKS:
        assert name in shown
    assert "golden model, bench" in shown


def test_the_list_can_be_markdown(capsys):
    assert main(["list", "--markdown"]) == 0
    assert capsys.readouterr().out == block_table_markdown()


def test_an_unknown_block_is_refused():
    names = ", ".join(BLOCKS)

    with pytest.raises(UserError) as error:
        find_block("zzz")

    assert str(error.value) == f"block must be one of {names}, not 'zzz'"
