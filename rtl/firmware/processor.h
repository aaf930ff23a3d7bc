/* The hart as C sees it: counters, interrupts, sleep. */
#ifndef AXOCELL_PROCESSOR_H
#define AXOCELL_PROCESSOR_H

#include <stdint.h>

#include "memory_map.h"

#define READ_CSR(name)                                                  \
    ({                                                                  \
        uint32_t word_of_csr;                                           \
        __asm__ volatile("csrr %0, " #name : "=r"(word_of_csr));        \
        word_of_csr;                                                    \
    })
#define WRITE_CSR(name, word) __asm__ volatile("csrw " #name ", %0" ::"r"((uint32_t)(word)))
#define SET_CSR(name, bits) __asm__ volatile("csrs " #name ", %0" ::"r"((uint32_t)(bits)))
#define CLEAR_CSR(name, bits) __asm__ volatile("csrc " #name ", %0" ::"r"((uint32_t)(bits)))

/* A function with one of the names in startup.S, declared so, handles that interrupt. */
#define INTERRUPT_HANDLER __attribute__((interrupt("machine")))

/* Memory that startup does not clear, as it would take longer than it is worth. */
#define UNCLEARED __attribute__((noinit))

#define MSTATUS_MIE 8u

/* Ends the program; the host is told the code. */
void exit_program(int code) __attribute__((noreturn));

static inline uint32_t cycles_now(void) { return READ_CSR(mcycle); }
static inline uint32_t instructions_now(void) { return READ_CSR(minstret); }

/* Lines by their places in mip: LINE_TIMER and the like, of memory_map.h. */
static inline void enable_lines(uint32_t lines) { SET_CSR(mie, lines); }
static inline void disable_lines(uint32_t lines) { CLEAR_CSR(mie, lines); }
static inline void enable_interrupts(void) { SET_CSR(mstatus, MSTATUS_MIE); }
static inline void disable_interrupts(void) { CLEAR_CSR(mstatus, MSTATUS_MIE); }
static inline void wait_for_interrupt(void) { __asm__ volatile("wfi" ::: "memory"); }

#endif
