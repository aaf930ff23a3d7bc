"""Decoders of the codecs, and the files that hold what they send."""
