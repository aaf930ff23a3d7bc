"""ELF files of 32-bit little-endian RISC-V, read with suspicion: nothing in them is trusted."""

import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from system.errors import UserError
from system.firmware.program import Program, Segment, Symbol
from system.names import displayable

__all__ = ["parse_elf", "read_elf"]

LARGEST_FILE = 1 << 26  # bytes; a thousand times the memories
FILE_HEADER = struct.Struct("<16sHHIIIIIHHHHHH")
SEGMENT_HEADER = struct.Struct("<8I")
SECTION_HEADER = struct.Struct("<10I")
SYMBOL = struct.Struct("<IIIBBH")

CLASSES = {1: "32-bit", 2: "64-bit"}
BYTE_ORDERS = {1: "little-endian", 2: "big-endian"}
TYPES = {1: "a relocatable object", 2: "an executable", 3: "a shared object", 4: "a core dump"}
EXECUTABLE, RISC_V, CURRENT_VERSION = 2, 243, 1
MACHINES = {3: "x86", 8: "MIPS", 40: "Arm", 62: "x86-64", 183: "AArch64"}
FLOAT_ABI, EMBEDDED_ABI = 0x6, 0x8
LOADED, EXECUTES = 1, 1  # PT_LOAD, PF_X
SYMBOL_TABLE = 2
NOTHING, FUNCTION = 0, 2  # types of symbols; 1 is an object
SECTION_EXECUTES = 4  # SHF_EXECINSTR


def read_elf(path: Path) -> Program:
    """Return the program that a file holds.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Program
        Pieces of memory, entry and names.

    Raises
    ------
    UserError
        The file is not there, or is no executable for a 32-bit RISC-V.
    """
    name = displayable(path)
    if not path.exists():
        raise UserError(f"{name}: must exist, but there is no such file")
    if not path.is_file():
        raise UserError(f"{name}: must be a file, but is something else, not one")
    if path.stat().st_size > LARGEST_FILE:
        raise UserError(
            f"{name}: must have at most {LARGEST_FILE} bytes, not {path.stat().st_size}"
        )
    return parse_elf(path.read_bytes(), name=name)


def parse_elf(content: bytes, *, name: str) -> Program:
    """Return the program that the bytes of an ELF file describe.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        How messages call it.

    Returns
    -------
    Program
        Pieces of memory, entry and names.

    Raises
    ------
    UserError
        It is no executable for a 32-bit RISC-V, or is damaged.
    """
    return _Reader(content, name).program()


class _Reader:
    """The bytes of a file, and complaints that name it."""

    def __init__(self, content: bytes, name: str) -> None:
        self.content = content
        self.name = name

    def program(self) -> Program:
        self._check_identity()
        header = FILE_HEADER.unpack_from(self.content)
        (_, kind, machine, version, entry, segments_at, sections_at, flags) = header[:8]
        (_, segment_size, segment_count, section_size, section_count, _) = header[8:]
        self._must(machine == RISC_V, "machine", "RISC-V", MACHINES.get(machine, str(machine)))
        self._must(kind == EXECUTABLE, "type", "an executable", TYPES.get(kind, str(kind)))
        self._must(version == CURRENT_VERSION, "version", "1", str(version))
        if flags & (FLOAT_ABI | EMBEDDED_ABI):
            raise UserError(
                f"{self.name}: calling convention must be ilp32, without floating point and with "
                f"32 registers, but its flags are {flags:#x}"
            )
        segments = tuple(self._segments(segments_at, segment_size, segment_count))
        if not segments:
            raise UserError(f"{self.name}: must have a segment that is loaded, but has none")
        self._check_overlaps(segments)
        self._check_entry(entry, segments)
        sections = self._sections(sections_at, section_size, section_count)
        return Program(
            name=self.name,
            entry=entry,
            segments=segments,
            symbols=tuple(self._symbols(sections)),
        )

    def _must(self, holds: bool, what: str, rule: str, value: str) -> None:
        if not holds:
            raise UserError(f"{self.name}: {what} must be {rule}, not {value}")

    def _check_identity(self) -> None:
        content = self.content
        if content[:4] != b"\x7fELF":
            begin = content[:4].hex() or "nothing"
            raise UserError(f"{self.name}: must be an ELF file, but begins with {begin}")
        self._within("header", 0, FILE_HEADER.size)
        self._must(content[4] == 1, "class", "32-bit", CLASSES.get(content[4], str(content[4])))
        order = BYTE_ORDERS.get(content[5], str(content[5]))
        self._must(content[5] == 1, "byte order", "little-endian", order)

    def _within(self, what: str, start: int, size: int) -> None:
        if start + size > len(self.content):
            raise UserError(
                f"{self.name}: {what} must end within the file of {len(self.content)} bytes, "
                f"not at {start + size}: the file is truncated or damaged"
            )

    def _rows(
        self, what: str, layout: struct.Struct, start: int, size: int, count: int
    ) -> Iterator[tuple[int, ...]]:
        if not count:
            return
        if size < layout.size:
            raise UserError(
                f"{self.name}: entries of the {what} must have at least {layout.size} bytes, "
                f"not {size}"
            )
        self._within(what, start, size * count)
        for index in range(count):
            yield layout.unpack_from(self.content, start + size * index)

    def _segments(self, start: int, size: int, count: int) -> Iterator[Segment]:
        for row in self._rows("program headers", SEGMENT_HEADER, start, size, count):
            kind, offset, address, load_address, file_bytes, memory_bytes, flags, _ = row
            if kind != LOADED or not memory_bytes:
                continue
            where = f"segment at {address:#x}"
            self._within(where, offset, file_bytes)
            if file_bytes > memory_bytes:
                raise UserError(
                    f"{self.name}: {where} must take at least the {file_bytes} bytes that the "
                    f"file has of it, not {memory_bytes}"
                )
            for begin, length in ((address, memory_bytes), (load_address, file_bytes)):
                if begin + length > 1 << 32:
                    raise UserError(
                        f"{self.name}: {where} must end at 2**32 at the latest, "
                        f"not at {begin + length:#x}"
                    )
            yield Segment(
                load_address=load_address,
                address=address,
                content=self.content[offset : offset + file_bytes],
                memory_bytes=memory_bytes,
                executable=bool(flags & EXECUTES),
            )

    def _check_overlaps(self, segments: tuple[Segment, ...]) -> None:
        for places in (
            sorted((each.address, each.memory_bytes) for each in segments),
            sorted((each.load_address, len(each.content)) for each in segments if each.content),
        ):
            for (start, size), (following, _) in pairwise(places):
                if start + size > following:
                    raise UserError(
                        f"{self.name}: segments must not overlap, but the one at {start:#x} has "
                        f"{size} bytes and another begins at {following:#x}"
                    )

    def _check_entry(self, entry: int, segments: tuple[Segment, ...]) -> None:
        if not any(
            each.executable and each.address <= entry < each.address + len(each.content)
            for each in segments
        ):
            raise UserError(
                f"{self.name}: entry must lie in a segment that is loaded and executable, "
                f"not {entry:#x}"
            )
        if entry % 4:
            raise UserError(
                f"{self.name}: entry must be a multiple of 4, as a reset address is, not {entry:#x}"
            )

    def _sections(self, start: int, size: int, count: int) -> list[tuple[int, ...]]:
        if not start:
            return []
        return list(self._rows("section headers", SECTION_HEADER, start, size, count))

    def _symbols(self, sections: list[tuple[int, ...]]) -> Iterator[Symbol]:
        for section in sections:
            _, kind, _, _, start, size, link, _, _, entry_size = section
            if kind != SYMBOL_TABLE or not size:
                continue
            if link >= len(sections):
                raise UserError(
                    f"{self.name}: names of symbols must be in one of {len(sections)} sections, "
                    f"not in section {link}"
                )
            names = self._text(sections[link])
            count = size // max(entry_size, SYMBOL.size)
            for row in self._rows("symbol table", SYMBOL, start, entry_size, count):
                found = self._symbol(row, names, sections)
                if found is not None:
                    yield found

    def _text(self, section: tuple[int, ...]) -> bytes:
        start, size = section[4:6]
        self._within("names of symbols", start, size)
        return self.content[start : start + size]

    def _symbol(
        self, row: tuple[int, ...], names: bytes, sections: list[tuple[int, ...]]
    ) -> Symbol | None:
        name_at, address, size, info, _, section = row
        kind = info & 15
        if name_at >= len(names) or kind > FUNCTION or not section:
            return None
        end = names.find(b"\0", name_at)
        text = names[name_at : end if end >= 0 else None].decode("utf-8", "replace")
        if not text or text.startswith(("$", ".L")):  # the assembler's own
            return None
        in_code = section < len(sections) and bool(sections[section][2] & SECTION_EXECUTES)
        function = kind == FUNCTION or (kind == NOTHING and in_code)
        return Symbol(name=text, address=address, size=size, function=function)
