"""cocotb benches, one a block, for any simulator."""
