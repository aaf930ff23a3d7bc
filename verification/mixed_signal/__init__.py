"""Generated Verilog under Icarus against transistors under ngspice, joined by spicebind."""
