#include <stdint.h>

#include "console.h"
#include "processor.h"

#define INTERRUPT 0x80000000u

void report_trap(uint32_t cause, uint32_t address, uint32_t value) __attribute__((noreturn));

/* Exit code 128 + cause of an exception, 160 + number of an interrupt. */
void report_trap(uint32_t cause, uint32_t address, uint32_t value)
{
    uint32_t number = cause & ~INTERRUPT;
    const char *kind = cause & INTERRUPT ? "interrupt" : "exception";
    print("unexpected %s %u at %08x, value %08x\n", kind, number, address, value);
    exit_program((int)((cause & INTERRUPT ? 160 : 128) + number));
}
