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


def _trainer(
    name: str, find: str, replace: str, *, of: str = "table_trainer", variant: str = "small"
) -> Mutant:
    """Return a mutant of the trainer or one of its parts."""
    return Mutant(
        name=name,
        block="table_trainer",
        file=f"rtl/{of}.py",
        find=find,
        replace=replace,
        variant=variant,
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
        "mixes_the_strings_of_groups",
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
    _trainer("rounds_counts_downward", " + count[dropped - 1]", ""),
    _trainer(
        "forgets_to_wait_for_a_bank", 'with m.State("wait"), m.If(free):', 'with m.State("wait"):'
    ),
    _trainer(
        "waits_for_the_bank_in_use",
        "self._bank_is_free(m, target[0])",
        "self._bank_is_free(m, self.version[0])",
    ),
    _trainer("ends_every_packet_twice", "count + begins - ends", "count + begins - 2 * ends"),
    _trainer(
        "writes_the_bank_in_use",
        "self.table.bank.eq(target[0])",
        "self.table.bank.eq(self.version[0])",
    ),
    _trainer(
        "keeps_the_total_of_the_context_before",
        "symbol.eq(0), total.eq(0)]\n                    m.next",
        "symbol.eq(0)]\n                    m.next",
    ),
    _trainer(
        "gives_what_is_left_to_the_symbol_before", "symbol == middle - 1", "symbol == middle - 2"
    ),
    _trainer(
        "begins_below_all",
        "self.table.cumulative.eq(TOTAL),",
        "self.table.cumulative.eq(TOTAL - 1),",
    ),
    _trainer("says_how_long_a_body_without_gaps_is", "Mux(came, since, 0) + 1", "1"),
    _trainer("adds_up_the_lengths_of_bodies", "counts.eq(0)", "counts.eq(counts)"),
    _trainer("counts_versions_when_sent_again", "self.version + built", "self.version + 1"),
    _trainer("sends_the_version_before", "Mux(built, target, self.version)", "self.version"),
    _trainer("rounds_frequencies_downward", " + (rest != 0)", "", of="frequency_divider"),
    _trainer(
        "lets_symbols_have_nothing",
        "Mux(count == 0, 1, ",
        "Mux(count == 0, 0, ",
        of="frequency_divider",
    ),
    _trainer("shares_one_too_many", " - count)", ")", of="frequency_divider"),
    _trainer(
        "divides_a_bit_short",
        "left.eq(TOTAL_BITS)",
        "left.eq(TOTAL_BITS - 1)",
        of="frequency_divider",
    ),
    _trainer(
        "counts_what_waits", "self.taken & (self.beat.kind", "(self.beat.kind", of="symbol_counters"
    ),
    _trainer(
        "counts_raw_bytes",
        "self.beat.kind == Kind.SAMPLE",
        "self.beat.kind != Kind.VERBATIM",
        of="symbol_counters",
    ),
    _trainer(
        "counts_escapes_as_they_fall",
        "Mux(within, symbol[: coder.symbol_width], 0)",
        "Mux(1, symbol[: coder.symbol_width], 0)",
        of="symbol_counters",
    ),
    _trainer(
        "misses_a_symbol_just_counted",
        "counters.read_port(transparent_for=(write,))",
        "counters.read_port()",
        of="symbol_counters",
    ),
    _trainer(
        "counts_on_when_full",
        "counting & ~is_full",
        "counting",
        of="symbol_counters",
        variant="soon_full",
    ),
    _trainer(
        "stays_full",
        "m.d.sync += is_full.eq(0)",
        "m.d.sync += is_full.eq(is_full)",
        of="symbol_counters",
        variant="soon_full",
    ),
    _trainer(
        "sends_from_the_last_symbol_that_came",
        "Mux(last == 0, seen, first)",
        "seen",
        of="table_sender",
    ),
    _trainer(
        "sends_what_no_symbol_had",
        "with m.If(last == 0):",
        "with m.If(last == 1):",
        of="table_sender",
    ),
    _trainer("sends_a_code_too_few", "symbol == last)", "symbol + 1 == last)", of="table_sender"),
    _trainer(
        "does_not_end_its_body",
        "self.o.payload.last.eq(final_byte)",
        "self.o.payload.last.eq(0)",
        of="table_sender",
    ),
)
