"""The breaks that the bench of the template encoder must notice."""

from verification.mutation import Mutant

__all__ = ["TEMPLATE_MUTANTS"]


def _mutant(name: str, find: str, replace: str, *, variant: str = "three_channels") -> Mutant:
    return Mutant(
        name=name,
        block="template_encoder",
        file="rtl/template_encoder.py",
        find=find,
        replace=replace,
        variant=variant,
    )


TEMPLATE_MUTANTS: tuple[Mutant, ...] = (
    _mutant("takes_the_last_of_equal_templates", "total.as_unsigned() < least", "total <= least"),
    _mutant("adds_up_all_templates", "add.eq(index != 0), clear.eq(row_end)", "add.eq(index != 0)"),
    _mutant("leaves_out_the_last_sample", "add.eq(index != 0),\n", "add.eq(index > 1),\n"),
    _mutant(
        "rounds_half_steps_up",
        "(1 << ROUNDING_BITS) - DEAD_ZONE_SIXTEENTHS",
        "8",
    ),
    _mutant(
        "wraps_large_coefficients",
        "Mux(rounded > config.largest, config.largest, rounded)",
        "rounded",
    ),
    _mutant("forgets_how_coarse_samples_are", "read.data << coarser) - word", "read.data) - word"),
    _mutant(
        "takes_every_verbatim_byte_for_a_first_one",
        "(beat.kind == Kind.VERBATIM) & ~is_open.bit_select(beat.channel, 1)",
        "(beat.kind == Kind.VERBATIM)",
    ),
    _mutant("sends_a_last_zero", "is_last & (coefficient > 0)", "coefficient > 0"),
    _mutant(
        "remembers_the_snippet_before",
        "Mux(is_last | is_first, 0, magnitudes + magnitude)",
        "magnitudes + magnitude",
    ),
    _mutant("ends_with_any_that_is_not_zero", "LAST_ZONE_SIXTEENTHS <<", "DEAD_ZONE_SIXTEENTHS <<"),
    _mutant("confuses_banks", "snippet.bank.eq(beat.bank)", "snippet.bank.eq(0)"),
)
