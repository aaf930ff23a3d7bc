"""Behavioural models of the analog half, in SI units; an instance is one fabricated die."""
