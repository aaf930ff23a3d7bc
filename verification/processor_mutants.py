"""The breaks that the benches of the processor and its parts must notice."""

from verification.mutation import Mutant

__all__ = ["PROCESSOR_MUTANTS"]

PROCESSOR_MUTANTS = (
    Mutant(
        name="uses_registers_before_they_are_written",
        block="processor_core",
        file="rtl/processor_core.py",
        find="Mux((number == back) & (back != 0), arriving, stored)",
        replace="stored",
        variant="all_there_is",
    ),
    Mutant(
        name="forwards_what_was_meant_for_register_zero",
        block="processor_core",
        file="rtl/processor_core.py",
        find="Mux((number == back) & (back != 0), arriving, stored)",
        replace="Mux(number == back, arriving, stored)",
        variant="all_there_is",
    ),
    Mutant(
        name="interrupts_what_has_begun",
        block="processor_core",
        file="rtl/processor_core.py",
        find="interrupted.eq(loaded & ~begun & ~halts & machine.pending)",
        replace="interrupted.eq(loaded & ~halts & machine.pending)",
        variant="all_there_is",
    ),
    Mutant(
        name="writes_a_register_though_it_traps",
        block="processor_core",
        file="rtl/processor_core.py",
        find="back.eq(Mux(retires, decoder.rd, 0))",
        replace="back.eq(Mux(runs & ~waits, decoder.rd, 0))",
        variant="all_there_is",
    ),
    Mutant(
        name="keeps_the_lowest_bit_of_a_target",
        block="processor_core",
        file="rtl/processor_core.py",
        find="Cat(C(0, 1), unit.sum[1:])",
        replace="unit.sum",
        variant="all_there_is",
    ),
    Mutant(
        name="returns_with_interrupts_as_they_are",
        block="processor_core",
        file="rtl/machine_registers.py",
        find="enabled.eq(enabled_before), enabled_before.eq(1)",
        replace="enabled_before.eq(1)",
        variant="all_there_is",
    ),
    Mutant(
        name="counts_the_sign_of_the_second_factor",
        block="processor_core",
        file="rtl/one_cycle_multiplier.py",
        find="self.b[-1] & ~self.function[1]",
        replace="self.b[-1] & (self.function != MULHU)",
        variant="all_there_is",
    ),
    Mutant(
        name="adds_the_last_partial_product",
        block="processor_core",
        file="rtl/serial_multiplier.py",
        find="negative = is_last & ~self.function[1] & low[0]",
        replace="negative = is_last & ~self.function[1] & low[0] & 0",
        variant="least",
    ),
    Mutant(
        name="negates_a_quotient_by_zero",
        block="processor_core",
        file="rtl/divider.py",
        find="(negative_a ^ negative_b) & (self.b != 0)",
        replace="negative_a ^ negative_b",
        variant="all_there_is",
    ),
    Mutant(
        name="shifts_no_sign_in",
        block="processor_core",
        file="rtl/integer_unit.py",
        find="fill = self.arithmetic & a[-1]",
        replace="fill = a[-1] & 0",
        variant="all_there_is",
    ),
    Mutant(
        name="expands_a_reserved_adjustment",
        block="processor_core",
        file="rtl/compressed_decoder.py",
        find="with m.If(sign | half[2:7].any()):",
        replace="with m.If(1):",
        variant="all_there_is",
    ),
    Mutant(
        name="prefers_the_timer_to_all_others",
        block="processor_core",
        file="rtl/machine_registers.py",
        find="for number in (TIMER, SOFTWARE, EXTERNAL, *range(16, WORD)):",
        replace="for number in (*range(16, WORD), EXTERNAL, SOFTWARE, TIMER):",
        variant="all_there_is",
    ),
)
