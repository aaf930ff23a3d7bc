"""Amaranth components: one block a file, each with a frozen config that validates itself."""
