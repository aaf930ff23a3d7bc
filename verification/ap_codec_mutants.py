"""The breaks that the bench of the action-potential codec must notice."""

from verification.mutation import Mutant

__all__ = ["AP_CODEC_MUTANTS"]


def _codec(name: str, find: str, replace: str, *, of: str = "ap_codec", variant: str) -> Mutant:
    """Return a mutant of the codec or one of its parts."""
    return Mutant(
        name=name,
        block="ap_codec",
        file=f"rtl/{of}.py",
        find=find,
        replace=replace,
        variant=variant,
    )


AP_CODEC_MUTANTS = (
    _codec(
        "changes_coders_before_the_old_one_is_empty",
        "drained.eq(flushed & (inside == 0))",
        "drained.eq(flushed)",
        variant="both_engines",
    ),
    _codec(
        "says_the_coder_that_is_wanted",
        "settings.engine.eq(at_work.engine)",
        "settings.engine.eq(self.settings.engine)",
        variant="golomb_alone",
    ),
    _codec(
        "counts_what_the_resting_marker_leaves_out",
        "any_lost |= each.lost & chosen",
        "any_lost |= each.lost",
        variant="both_engines",
    ),
    _codec(
        "begins_packets_in_full_rings",
        "each.discard.eq(framer.discard | ~chosen.replicate(config.groups))",
        "each.discard.eq(~chosen.replicate(config.groups))",
        variant="both_engines",
    ),
    _codec(
        "codes_templates_with_the_coder_that_is_set",
        "m.d.comb += wanted.engine.eq(Engine.GOLOMB)",
        "m.d.comb += wanted.engine.eq(self.settings.engine)",
        variant="trained",
    ),
    _codec(
        "gives_rows_the_version_of_tables",
        "with m.If(~at_work.templates):",
        "with m.If(at_work.engine == at_work.engine):",
        variant="trained",
    ),
    _codec(
        "waits_for_packets_of_templates_to_train",
        "opened &= ~at_work.templates",
        "opened |= 0",
        variant="trained",
    ),
    _codec(
        "mixes_what_is_told",
        "with m.If(o.valid & o.ready & o.payload.last):",
        "with m.If(o.valid & o.ready):",
        of="stream_choice",
        variant="trained",
    ),
    _codec(
        "says_the_table_that_is_set",
        "settings.table.eq(self.version)",
        "settings.table.eq(self.settings.table)",
        variant="trained",
    ),
    _codec(
        "keeps_the_tables_that_were_given",
        "Mux(trainer.table.valid, getattr(trainer.table, name), write)",
        "write",
        variant="trained",
    ),
    _codec(
        "counts_symbols_that_wait",
        "trainer.taken.eq(symbols.valid & symbols.ready)",
        "trainer.taken.eq(symbols.valid)",
        variant="trained",
    ),
    _codec(
        "writes_tables_that_packets_of_samples_use",
        "any_opened |= each.opened",
        "any_opened = each.opened",
        variant="trained",
    ),
    _codec(
        "uses_tables_that_were_not_told",
        'with m.State("send"), m.If(sender.done):',
        'with m.State("send"):',
        of="table_trainer",
        variant="trained",
    ),
    _codec(
        "says_that_it_predicts_adaptively_where_it_cannot",
        "self.settings.adaptive & config.adaptive",
        "self.settings.adaptive",
        variant="golomb_alone",
    ),
)
