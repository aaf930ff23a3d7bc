"""Behavioural tables of analog blocks, refitted from their transistors."""
