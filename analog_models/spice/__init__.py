"""The gain cell and the charge-to-pulse converter as transistors, simulated by ngspice."""
