/* Where programs that measure leave what they measured, for the host. */
#ifndef AXOCELL_FIGURES_H
#define AXOCELL_FIGURES_H

#include <stdint.h>

#include "mailbox_registers.h"
#include "processor.h"

/* Loops, cycles and instructions that they took, and a checksum of what came out. */
static inline void leave_figures(uint32_t loops, uint32_t cycles, uint32_t instructions,
                                 uint32_t checksum)
{
    mailbox_scratch_0_write(MAILBOX, loops);
    mailbox_scratch_1_write(MAILBOX, cycles);
    mailbox_scratch_2_write(MAILBOX, instructions);
    mailbox_scratch_3_write(MAILBOX, checksum);
}

#endif
