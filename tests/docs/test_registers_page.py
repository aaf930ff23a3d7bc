import runpy
from pathlib import Path

from rtl.register_export import to_markdown
from system.design import Design

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "registers.md").read_text(encoding="utf-8")
TOOL = runpy.run_path(str(ROOT / "tools" / "refresh_registers.py"))


def test_the_page_is_as_its_command_makes_it():
    assert TOOL["refreshed"](PAGE) == PAGE


def test_the_tool_brings_a_page_up_to_date():
    stale = PAGE.replace("Number of channels.", "Some number.")

    assert stale != PAGE
    assert TOOL["refreshed"](stale) == PAGE


def test_the_tables_are_those_of_the_default_design():
    tables = to_markdown(Design.default().chain.registers, generator=TOOL["COMMAND"])

    assert tables in PAGE


def test_the_command_in_the_page_exists():
    _, path = TOOL["COMMAND"].split()

    assert (ROOT / path).is_file()
    assert f"`{TOOL['COMMAND']}`" in PAGE
