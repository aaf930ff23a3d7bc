"""A program as the processor's memories take it: pieces of memory, an entry, and names."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from rtl.processor_map import DATA_BASE, TEXT_BASE, ProcessorMap
from system.errors import UserError

__all__ = ["Program", "Segment", "Symbol"]


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A piece of memory.

    Parameters
    ----------
    load_address : int
        Where the bytes are put before the program starts.
    address : int
        Where the program expects them; its own startup code copies them there if it is elsewhere.
    content : bytes
        The bytes.
    memory_bytes : int
        How much memory the piece takes at ``address``; at least the bytes.
    executable : bool
        Whether there are instructions in it.
    """

    load_address: int
    address: int
    content: bytes
    memory_bytes: int
    executable: bool


@dataclass(frozen=True, kw_only=True)
class Symbol:
    """The name of an address.

    Parameters
    ----------
    name : str
        The name.
    address : int
        The address.
    size : int
        Bytes; 0 where the file does not say.
    function : bool
        Whether it names instructions.
    """

    name: str
    address: int
    size: int
    function: bool


@dataclass(frozen=True, kw_only=True)
class Program:
    """What an ELF file holds for the processor.

    Parameters
    ----------
    name : str
        How messages call it.
    entry : int
        Address of the first instruction.
    segments : tuple of Segment
        In the order of the file.
    symbols : tuple of Symbol
        Names, if the file has any.
    """

    name: str
    entry: int
    segments: tuple[Segment, ...]
    symbols: tuple[Symbol, ...] = ()

    def address_of(self, symbol: str) -> int:
        """Return the address that a name stands for.

        Parameters
        ----------
        symbol : str
            The name.

        Returns
        -------
        int
            The address.

        Raises
        ------
        UserError
            The program has no such name.
        """
        for each in self.symbols:
            if each.name == symbol:
                return each.address
        raise UserError(f"{self.name}: must have the symbol {symbol!r}, but has not")

    def function_at(self, address: int) -> tuple[str, int]:
        """Return the name of the function at an address, and the distance from its beginning.

        Parameters
        ----------
        address : int
            Of an instruction.

        Returns
        -------
        tuple of str and int
            The name is empty where no function is, and the distance then the address itself.

        Examples
        --------
        >>> main = Symbol(name="main", address=0x40, size=8, function=True)
        >>> program = Program(name="a", entry=0, segments=(), symbols=(main,))
        >>> program.function_at(0x44), program.function_at(0x48)
        (('main', 4), ('', 72))
        """
        starts, functions = self._functions
        index = bisect_right(starts, address) - 1
        if index < 0:
            return "", address
        found = functions[index]
        offset = address - found.address
        if found.size and offset >= found.size:
            return "", address
        return found.name, offset

    @cached_property
    def _functions(self) -> tuple[list[int], list[Symbol]]:
        """By address; of several at one address the one that says its size, then the first name."""
        best: dict[int, Symbol] = {}
        for each in self.symbols:
            if each.function:
                other = best.get(each.address, each)
                best[each.address] = min(each, other, key=lambda one: (one.size == 0, one.name))
        starts = sorted(best)
        return starts, [best[start] for start in starts]

    def check_fits(self, memory_map: ProcessorMap) -> None:
        """Make sure that the program lies in the memories of a processor.

        Parameters
        ----------
        memory_map : ProcessorMap
            Sizes of the memories.

        Raises
        ------
        UserError
            A piece lies beyond them.
        """
        if not TEXT_BASE <= self.entry < TEXT_BASE + memory_map.text_bytes:
            raise UserError(
                f"{self.name}: entry must lie in text memory, from which instructions come, "
                f"not at {self.entry:#x}"
            )
        memories = (("text", TEXT_BASE, memory_map.text_bytes),)
        memories += (("data", DATA_BASE, memory_map.data_bytes),)
        for segment in self.segments:
            for start, size in (
                (segment.load_address, len(segment.content)),
                (segment.address, segment.memory_bytes),
            ):
                if not any(
                    base <= start and start + size <= base + available
                    for _, base, available in memories
                ):
                    known = " or ".join(
                        f"{name} memory {base:#x}..{base + available - 1:#x}"
                        for name, base, available in memories
                    )
                    raise UserError(
                        f"{self.name}: segments must lie in {known}, "
                        f"not at {start:#x}..{start + max(size, 1) - 1:#x}"
                    )
