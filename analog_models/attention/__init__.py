"""Attention computed by gain cells: the published equations, and dies with their physics."""
