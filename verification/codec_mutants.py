"""The breaks that the benches of the codecs and their parts must notice."""

from verification.mutation import Mutant

__all__ = ["CODEC_MUTANTS"]

CODEC_MUTANTS: tuple[Mutant, ...] = ()
