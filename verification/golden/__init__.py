"""Bit-exact integer models, written from the definition of each block."""
