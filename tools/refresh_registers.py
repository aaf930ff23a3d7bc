"""Make the tables of the pages on registers anew, from the register maps of all blocks."""

from pathlib import Path

from rtl.register_export import refresh_document
from rtl.registers import RegisterMap
from system.blocks import BLOCKS
from system.design import Design

DOCS = Path(__file__).parents[1] / "docs"
COMMAND = "python tools/refresh_registers.py"
PAGES = {
    "registers.md": ("detection_chain", "attention_head"),
    "processor_registers.md": ("mailbox", "timer", "interrupts", "spi"),
    "processor_work_registers.md": ("dma", "gpio", "mac_array"),
}


def all_maps() -> dict[str, RegisterMap]:
    """Return every register map of the default design, by name."""
    design = Design.default()
    maps = [block.registers(design) for block in BLOCKS.values() if block.registers]
    return {each.name: each for several in maps for each in several}


def refreshed(page: str, document: str) -> str:
    """Return the text of a page with the tables of its register maps."""
    maps = all_maps()
    return refresh_document(document, [maps[name] for name in PAGES[page]], generator=COMMAND)


if __name__ == "__main__":
    for name in PAGES:
        path = DOCS / name
        path.write_text(refreshed(name, path.read_text(encoding="utf-8")), encoding="utf-8")
