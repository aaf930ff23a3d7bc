"""Where the simulator keeps what a hart remembers: one array of integers, and what is in it."""

import numpy as np
import numpy.typing as npt

__all__ = ["FIELDS", "STATE", "TRACE", "new_state"]

FIELDS = (
    "pc",
    "mie_bit",  # of mstatus
    "mpie_bit",
    "mie",
    "mtvec",
    "mscratch",
    "mepc",
    "mcause",
    "mtval",
    "mcycle",
    "minstret",
    "mcountinhibit",
    "lines",  # of interrupt, as mip shows them
    "waiting",  # in wfi
    "compressed",  # whether the hart knows compressed instructions
    "event_counters",  # whether it has those of events
    "event_3",  # cycles that the model does not know
    "event_4",
    "event_5",  # jumps and branches taken
    "event_6",  # products
    "dot",  # whether it knows dot products
    "sum_0",  # of dot products, signed
    "sum_1",
    "sum_2",
    "sum_3",
    "hart",
    "vendor",
    "architecture",
    "implementation",
    "text_base",
    "text_bytes",
    "data_base",
    "data_bytes",
    "executable_bytes",  # of the memory of data, for instructions
    "bus_state",  # of an access that is no memory's: none, asked, answered, refused
    "bus_address",
    "bus_mask",
    "bus_write",
    "bus_data",
    "order",  # instructions retired or trapped so far
)
STATE = {name: index for index, name in enumerate(FIELDS)}

TRACE = (
    "order",
    "insn",
    "trap",
    "halt",
    "intr",
    "mode",
    "ixl",
    "rs1_addr",
    "rs2_addr",
    "rs1_rdata",
    "rs2_rdata",
    "rd_addr",
    "rd_wdata",
    "pc_rdata",
    "pc_wdata",
    "mem_addr",
    "mem_rmask",
    "mem_wmask",
    "mem_rdata",
    "mem_wdata",
)
"""What is told of each instruction, by the names of the RISC-V formal interface."""


def new_state(**values: int) -> npt.NDArray[np.int64]:
    """Return a state of zeros but for ``values``.

    Parameters
    ----------
    **values : int
        Fields of :data:`FIELDS`.

    Returns
    -------
    ndarray of int64, shape (fields,)
        The state.
    """
    state = np.zeros(len(FIELDS), dtype=np.int64)
    for name, value in values.items():
        state[STATE[name]] = value
    return state
