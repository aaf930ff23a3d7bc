"""Register file: the integer registers of a core, of flip-flops or of latches."""

from typing import Literal

from amaranth.hdl import Array, C, ClockSignal, Instance, Module, Mux, Signal, Value
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["LATCHES", "LATCH_WORD", "RegisterFile"]

WORD = 32
LATCHES = "latch_word"
LATCH_WORD = f"""\
module {LATCHES}(clock, chosen, data, word);
  input clock;
  input chosen;
  input [31:0] data;
  output reg [31:0] word;
  wire opens = chosen & ~clock;
  /* verilator lint_off LATCH */
  always @* if (opens) word = data;
  /* verilator lint_on LATCH */
endmodule
"""
REGISTERS = 32


class RegisterFile(wiring.Component):
    """Keep registers 1 to 31; register 0 has no place and reads as zero.

    What is read is there in the same cycle, and so is what is just being written.

    Of flip-flops it is a memory with two ports that read at once, which an FPGA has, too. Of
    latches, the half of a flip-flop, it takes the least area as gates: those of the word to be
    written are open while the clock is low, and close as it rises. So ``rd`` must be steady
    before the clock falls, which it is when it comes from flip-flops, and ``data`` before it
    rises. After power-up latches hold anything, and only simulators of Verilog know them.

    Parameters
    ----------
    kind : {"flip_flops", "latches"}
        What it is made of.

    Members
    -------
    rs1, rs2 : ``In(5)``
        Registers to read.
    value_1, value_2 : ``Out(32)``
        What they hold.
    rd : ``In(5)``
        Register to write; 0 for none.
    data : ``In(32)``
        What to write.
    """

    latency = 0

    rs1: Signal
    rs2: Signal
    value_1: Signal
    value_2: Signal
    rd: Signal
    data: Signal

    def __init__(self, kind: Literal["flip_flops", "latches"] = "flip_flops") -> None:
        self._kind: Literal["flip_flops", "latches"] = kind
        super().__init__(
            {
                "rs1": In(5),
                "rs2": In(5),
                "value_1": Out(WORD),
                "value_2": Out(WORD),
                "rd": In(5),
                "data": In(WORD),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        read = self._latches if self._kind == "latches" else self._memory
        for number, value, stored in zip(
            (self.rs1, self.rs2), (self.value_1, self.value_2), read(m), strict=True
        ):
            on_its_way = (number == self.rd) & (self.rd != 0)
            m.d.comb += value.eq(Mux(on_its_way, self.data, stored))
        return m

    def _memory(self, m: Module) -> list[Value]:
        """Return what both ports read of flip-flops."""
        m.submodules.words = words = memory.Memory(shape=WORD, depth=REGISTERS - 1, init=[])
        write = words.write_port()
        m.d.comb += [
            write.addr.eq(~self.rd),  # register 0 has no place
            write.data.eq(self.data),
            write.en.eq(self.rd != 0),
        ]
        stored = []
        for number in (self.rs1, self.rs2):
            port = words.read_port(domain="comb")
            m.d.comb += port.addr.eq(~number)
            stored.append(Mux(number == 0, 0, port.data))
        return stored

    def _latches(self, m: Module) -> list[Value]:
        """Return what both ports read of latches."""
        words: list[Value] = [C(0, WORD)]
        for number in range(1, REGISTERS):
            word = Signal(WORD, name=f"x{number}")
            m.submodules[f"latch_{number}"] = Instance(
                LATCHES,
                i_clock=ClockSignal(),
                i_chosen=self.rd == number,
                i_data=self.data,
                o_word=word,
            )
            words.append(word)
        return [Array(words)[number] for number in (self.rs1, self.rs2)]
