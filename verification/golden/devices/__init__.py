"""Models of a processor's devices, as software and the outside see them."""
