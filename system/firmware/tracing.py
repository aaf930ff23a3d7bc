"""What a program did, as text: an instruction a line, in the form of Spike's commit log."""

from system.firmware.machine import Row
from system.firmware.program import Program

__all__ = ["located", "trace_line"]


def trace_line(row: Row) -> str:
    """Return an instruction as Spike logs it: mode, address, code, register and memory written.

    Parameters
    ----------
    row : dict of str to int
        The instruction, by the names of the RISC-V formal interface.

    Returns
    -------
    str
        A line without its end.

    Examples
    --------
    >>> names = ("insn", "trap", "mode", "pc_rdata", "rd_addr", "rd_wdata", "mem_addr")
    >>> row = dict.fromkeys((*names, "mem_rmask", "mem_wmask", "mem_wdata"), 0)
    >>> trace_line({**row, "insn": 0x4515, "mode": 3, "rd_addr": 10, "rd_wdata": 5})
    'core   0: 3 0x00000000 (0x4515) x10 0x00000005'
    """
    digits = 4 if row["insn"] & 3 != 3 else 8
    code = f"0x{row['insn']:0{digits}x}"
    line = f"core   0: {row['mode']} 0x{row['pc_rdata']:08x} ({code})"
    if row["trap"]:
        return f"{line} trap"
    if row["rd_addr"]:
        line += f" x{row['rd_addr']:<2} 0x{row['rd_wdata']:08x}"
    mask = row["mem_rmask"] | row["mem_wmask"]
    lane = (mask & -mask).bit_length() - 1
    if mask:
        line += f" mem 0x{row['mem_addr'] + lane:08x}"
    if row["mem_wmask"]:
        size = mask.bit_count()
        value = row["mem_wdata"] >> 8 * lane & (1 << 8 * size) - 1
        line += f" 0x{value:0{2 * size}x}"
    return line


def located(program: Program, row: Row) -> str:
    """Return an instruction with the function that it belongs to.

    Parameters
    ----------
    program : Program
        Whose instruction.
    row : dict of str to int
        The instruction.

    Returns
    -------
    str
        A line without its end.
    """
    function, offset = program.function_at(row["pc_rdata"])
    return f"{trace_line(row)}  {function or 'nowhere'}+{offset:#x}"
