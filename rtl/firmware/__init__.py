"""Sources of the firmware kit, in C and assembler, and the images made of them; no Python."""
