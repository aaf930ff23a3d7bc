"""Make the tables of docs/registers.md anew, from the register maps of all blocks."""

from pathlib import Path

from rtl.register_export import refresh_document
from system.blocks import BLOCKS
from system.design import Design

PAGE = Path(__file__).parents[1] / "docs" / "registers.md"
COMMAND = "python tools/refresh_registers.py"


def refreshed(document: str) -> str:
    """Return the page with the tables of every register map of the default design."""
    design = Design.default()
    maps = [block.registers(design) for block in BLOCKS.values() if block.registers]
    one_of_each = {each.name: each for several in maps for each in several}.values()
    return refresh_document(document, one_of_each, generator=COMMAND)


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
