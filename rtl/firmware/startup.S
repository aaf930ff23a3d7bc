# From reset to main: vectors, stack, data, zeros. Then the exit code of main goes to the mailbox.

#include "memory_map.h"

    .section .text.startup, "ax"
    .option norvc                   # each vector takes four bytes
    .globl _start
    .type _start, @function
_start:
    j boot
    .size _start, 4

# Where mtvec points, vectored: exceptions first, then interrupts by their number.
    .globl vectors
    .type vectors, @function
vectors:
    j exception                     # 0
    j unexpected_trap
    j unexpected_trap
    j software_interrupt            # 3
    j unexpected_trap
    j unexpected_trap
    j unexpected_trap
    j timer_interrupt               # 7
    j unexpected_trap
    j unexpected_trap
    j unexpected_trap
    j external_interrupt            # 11
    j unexpected_trap
    j unexpected_trap
    j unexpected_trap
    j unexpected_trap
    j spi_interrupt                 # 16
    j dma_interrupt
    j gpio_interrupt
    j mac_array_interrupt
    j mailbox_interrupt             # 20
    .rept 11
    j outside_interrupt             # 21 to 31; mcause says which
    .endr
    .size vectors, . - vectors
    .option rvc

    .type boot, @function
boot:
    .option push
    .option norelax                 # the global pointer is what relaxation relies on
    la gp, __global_pointer$
    .option pop
    la sp, __stack_top
    la t0, vectors
    ori t0, t0, 1
    csrw mtvec, t0
    la t0, __data_load
    la t1, __data_start
    la t2, __data_end
    j 2f
1:  lw t3, 0(t0)
    sw t3, 0(t1)
    addi t0, t0, 4
    addi t1, t1, 4
2:  bltu t1, t2, 1b
    la t1, __bss_start
    la t2, __bss_end
    j 4f
3:  sw zero, 0(t1)
    addi t1, t1, 4
4:  bltu t1, t2, 3b
    call main
    .size boot, . - boot

# void exit_program(int code): tells the host, and sleeps.
    .globl exit_program
    .type exit_program, @function
exit_program:
    csrci mstatus, 8
    li t0, MAILBOX_EXIT_CODE_ADDRESS
    sw a0, 0(t0)
1:  wfi
    j 1b
    .size exit_program, . - exit_program

# What nobody handles ends the program.
    .weak exception, software_interrupt, timer_interrupt, external_interrupt
    .weak spi_interrupt, dma_interrupt, gpio_interrupt, mac_array_interrupt, mailbox_interrupt
    .weak outside_interrupt
    .set exception, unexpected_trap
    .set software_interrupt, unexpected_trap
    .set timer_interrupt, unexpected_trap
    .set external_interrupt, unexpected_trap
    .set spi_interrupt, unexpected_trap
    .set dma_interrupt, unexpected_trap
    .set gpio_interrupt, unexpected_trap
    .set mac_array_interrupt, unexpected_trap
    .set mailbox_interrupt, unexpected_trap
    .set outside_interrupt, unexpected_trap

    .globl unexpected_trap
    .type unexpected_trap, @function
unexpected_trap:
    la sp, __stack_top              # the one there is may be what is wrong
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    j report_trap
    .size unexpected_trap, . - unexpected_trap
