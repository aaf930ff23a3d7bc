"""The parts of a run: what is kept of it, how the circuit is checked beside it, its report."""
