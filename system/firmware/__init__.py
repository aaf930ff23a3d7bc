"""Programs for the processor: read from ELF files, built, run on model or circuit, and measured."""
