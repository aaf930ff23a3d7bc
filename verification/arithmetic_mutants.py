"""The breaks that the benches of the arithmetic coder's parts must notice."""

from verification.mutation import Mutant

__all__ = ["ARITHMETIC_MUTANTS"]


def _encoder(name: str, find: str, replace: str, *, of: str = "arithmetic_encoder") -> Mutant:
    """Return a mutant of the encoder or one of its parts."""
    return Mutant(
        name=name,
        block="arithmetic_encoder",
        file=f"rtl/{of}.py",
        find=find,
        replace=replace,
        variant="shared_packets",
    )


ARITHMETIC_MUTANTS = (
    _encoder("ends_an_interval_beside_its_upper_end", "low + product - 1", "low + product"),
    _encoder("leaves_out_the_lowest_symbol", "Mux(below_all, 0, cumulative)", "cumulative"),
    _encoder(
        "escapes_the_largest_residual", "symbol >= config.symbols)", "symbol >= config.symbols - 1)"
    ),
    _encoder("does_not_escape_the_most_negative", "(symbol <= 0) |", "(symbol < 0) |"),
    _encoder("skips_the_upper_bits", "Mux(has_upper, _Part.UPPER, _Part.LOWER)", "_Part.LOWER"),
    _encoder(
        "takes_the_first_table_for_the_last", "Mux(above > last_table, last_table", "Mux(0, 0"
    ),
    _encoder(
        "takes_both_banks_for_one",
        "arriving.entry.bank.eq(given.bank)",
        "arriving.entry.bank.eq(given.last)",
    ),
    _encoder(
        "ends_a_body_twice", "string.last.eq(beat.last & second)", "string.last.eq(beat.last)"
    ),
    _encoder(
        "keeps_the_interval_of_the_packet_before", "with m.Elif(~verbatim):", "with m.Else():"
    ),
    _encoder("finishes_what_has_not_begun", "beat_valid & (second | state.at_work)", "beat_valid"),
    _encoder(
        "misses_the_state_just_written",
        "states.read_port(transparent_for=(write,))",
        "states.read_port()",
    ),
    _encoder(
        "goes_on_before_its_bits_are_taken",
        "packer.i.ready | ~packer.i.valid",
        "packer.i.ready | 1",
    ),
    _encoder(
        "loses_open_bits", "Mux(same == 0, self.pending, 0) + opened", "opened", of="interval_shift"
    ),
    _encoder(
        "never_decides_open_bits", "cut.eq(pending > MAX_PENDING)", "cut.eq(0)", of="interval_shift"
    ),
    _encoder(
        "decides_a_bit_too_soon",
        "pending > MAX_PENDING",
        "pending >= MAX_PENDING",
        of="interval_shift",
    ),
    _encoder(
        "decides_for_the_wrong_half",
        "Mux(cut, shifted_high[-1]",
        "Mux(cut, ~shifted_high[-1]",
        of="interval_shift",
    ),
    _encoder(
        "fills_up_the_upper_end_with_zeros",
        "~(~self.high << shift)",
        "self.high << shift",
        of="interval_shift",
    ),
    _encoder(
        "repeats_open_bits_as_the_first",
        "Cat(self.low[:-1], ~first)",
        "Cat(self.low[:-1], first)",
        of="interval_shift",
    ),
    _encoder("ends_without_a_one", "bits.eq(1 << (BYTE_WIDTH - 1))", "bits.eq(0)", of="bit_packer"),
    _encoder(
        "forgets_a_string_that_stalls",
        "step.eq(busy & (self.o.ready | ~gives_byte))",
        "step.eq(busy)",
        of="bit_packer",
    ),
    _encoder(
        "mixes_the_bits_of_groups",
        "Mux(clearing, cleared, string.group)",
        "Mux(clearing, cleared, 0)",
        of="bit_packer",
    ),
    _encoder(
        "takes_what_is_below_a_string",
        " & ~(Const(0xFF, BYTE_WIDTH) >> count)",
        "",
        of="bit_packer",
    ),
    _encoder(
        "reads_a_group_before_it_is_written",
        "memories.read_port(transparent_for=(write,))",
        "memories.read_port()",
        of="bit_packer",
    ),
)
