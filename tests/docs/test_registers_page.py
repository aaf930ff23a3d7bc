import runpy
from pathlib import Path

import pytest

from rtl.register_export import to_markdown
from system.design import Design

ROOT = Path(__file__).parents[2]
TOOL = runpy.run_path(str(ROOT / "tools" / "refresh_registers.py"))
PAGES = {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in TOOL["PAGES"]}

each_page = pytest.mark.parametrize("page", PAGES)


@each_page
def test_the_page_is_as_its_command_makes_it(page):
    assert TOOL["refreshed"](page, PAGES[page]) == PAGES[page]


def test_the_tool_brings_a_page_up_to_date():
    page = PAGES["registers.md"]
    stale = page.replace("Number of channels.", "Some number.")

    assert stale != page
    assert TOOL["refreshed"]("registers.md", stale) == page


def test_every_register_map_is_on_a_page():
    assert {name for names in TOOL["PAGES"].values() for name in names} == set(TOOL["all_maps"]())


def test_the_tables_are_those_of_the_default_design():
    tables = to_markdown(Design.default().chain.registers, generator=TOOL["COMMAND"])

    assert tables in PAGES["registers.md"]


@each_page
def test_the_command_in_the_page_exists(page):
    _, path = TOOL["COMMAND"].split()

    assert (ROOT / path).is_file()
    assert f"`{TOOL['COMMAND']}`" in PAGES[page]
