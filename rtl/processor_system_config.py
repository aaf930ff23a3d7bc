"""Processor configuration: core, sizes of the memories, and what is around them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rtl.checks import check_ranges
from rtl.dma_registers import dma_registers
from rtl.gpio_registers import gpio_registers
from rtl.interrupt_registers import interrupt_registers
from rtl.mac_array_config import MacArrayConfig
from rtl.mac_array_registers import mac_array_registers
from rtl.mailbox_registers import mailbox_registers
from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_map import DATA_BASE, ProcessorMap
from rtl.registers import RegisterMap
from rtl.spi_registers import spi_registers
from rtl.timer_registers import timer_registers

__all__ = ["ProcessorSystemConfig"]


@dataclass(frozen=True, kw_only=True)
class ProcessorSystemConfig:
    """What a :class:`~rtl.processor.Processor` is built of.

    Parameters
    ----------
    core : ProcessorCoreConfig
        Of the core, which has dot products unless told.
    processor_map : ProcessorMap
        Sizes of the memories.
    boot : {"image", "host"}
        The core runs what the memories hold after reset, or waits for the host to load them.
    streams : int
        Streams of events, each with a ring, in 1..8.
    pins : int
        General-purpose pins, in 1..32.
    queue_bytes : int
        Bytes of either queue of the mailbox, in 1..255.
    mac_array : bool
        There is a MAC array beside the core; the memory of data then has 1024 bytes or more.
    vector_beats : int
        Beats of 16 bytes that the MAC array's buffer holds, a power of two in 2..256.
    gated : bool
        From the second cycle of its sleep on no register of the core changes, mcycle included, by
        one enable for all of them, of which synthesis makes clock gates.
    """

    core: ProcessorCoreConfig = field(default_factory=lambda: ProcessorCoreConfig(dot=True))
    processor_map: ProcessorMap = field(default_factory=ProcessorMap)
    boot: Literal["image", "host"] = "image"
    streams: int = 1
    pins: int = 16
    queue_bytes: int = 16
    mac_array: bool = True
    vector_beats: int = 32
    gated: bool = False

    def __post_init__(self) -> None:
        check_ranges(self, streams=(1, 8), pins=(1, 32), queue_bytes=(1, 255))
        if self.boot not in ("image", "host"):
            raise ValueError(f"boot must be image or host, not {self.boot!r}")
        if self.core.reset_address >= self.processor_map.text_bytes:
            raise ValueError(
                f"reset_address must be in the {self.processor_map.text_bytes} bytes of the "
                f"memory of instructions, not {self.core.reset_address:#x}"
            )
        if self.mac_array:
            _ = self.mac  # which raises unless it can be

    @property
    def mac(self) -> MacArrayConfig:
        """Size of the MAC array, if there is one."""
        return MacArrayConfig(
            vector_beats=self.vector_beats,
            memory_base=DATA_BASE,
            memory_bytes=self.processor_map.data_bytes,
        )

    def check_images(self, *, text: bytes, data: bytes) -> None:
        """Accept what the memories are to hold after reset.

        Parameters
        ----------
        text, data : bytes
            From the beginning of either memory.

        Raises
        ------
        ValueError
            One of them is larger than its memory.
        """
        for name, image, limit in (
            ("text", text, self.processor_map.text_bytes),
            ("data", data, self.processor_map.data_bytes),
        ):
            if len(image) > limit:
                raise ValueError(f"{name} must have at most {limit} bytes, not {len(image)}")

    @property
    def registers(self) -> Mapping[str, RegisterMap]:
        """The register map of each device, by its name, in the order of their pages."""
        maps = [
            mailbox_registers(),
            timer_registers(),
            interrupt_registers(),
            dma_registers(self.streams, self.processor_map),
            gpio_registers(self.pins),
            spi_registers(runs=self.boot == "image"),
        ]
        if self.mac_array:
            maps.append(mac_array_registers(self.mac))
        return {each.name: each for each in maps}
