"""Engines that execute generated RTL on whole recordings."""
