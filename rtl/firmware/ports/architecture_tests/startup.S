# What a public test begins and ends with: the exit code says how it went.

#include "memory_map.h"

#define UNEXPECTED 0x400 /* and the cause, if a trap comes that the test does not handle */

    .section .text.startup, "ax"
    .globl _start
_start:
    la t0, trap
    csrw mtvec, t0
    j rvtest_entry_point

    .balign 4
trap:
    .weak mtvec_handler             # some of riscv-tests have it
    la t5, mtvec_handler
    beqz t5, 1f
    jr t5
1:  csrr a0, mcause
    ori a0, a0, UNEXPECTED

# a0 is the exit code.
    .globl end_of_test
end_of_test:
    li t0, MAILBOX_EXIT_CODE_ADDRESS
    sw a0, 0(t0)
1:  wfi
    j 1b
