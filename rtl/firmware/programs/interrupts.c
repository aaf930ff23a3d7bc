/* Interrupts of the timer and by software, an exception that is skipped, and sleep in between. */
#include <stdint.h>

#include "console.h"
#include "processor.h"
#include "timer.h"

#define ALARMS 5u
#define TICKS 50u
#define ILLEGAL 2u
#define PARCEL 2u /* bytes of a compressed instruction */

static volatile uint32_t alarms, requests, exceptions, last_cause;
static volatile uint64_t last_alarm;

INTERRUPT_HANDLER void timer_interrupt(void)
{
    ++alarms;
    last_alarm = timer_now();
    if (alarms < ALARMS)
        timer_alarm_at(last_alarm + TICKS);
    else
        timer_alarm_off();
}

INTERRUPT_HANDLER void software_interrupt(void)
{
    ++requests;
    request_software_interrupt(0);
}

INTERRUPT_HANDLER void exception(void)
{
    ++exceptions;
    last_cause = READ_CSR(mcause);
    WRITE_CSR(mepc, READ_CSR(mepc) + PARCEL);
}

static int failed(const char *what)
{
    print("failed: %s\n", what);
    return 1;
}

int main(void)
{
    uint64_t start = timer_now();
    timer_alarm_at(start + TICKS);
    enable_lines(LINE_TIMER | LINE_SOFTWARE);
    enable_interrupts();
    while (alarms < ALARMS)
        wait_for_interrupt();
    if (last_alarm - start < (uint64_t)ALARMS * TICKS)
        return failed("the alarms came too early");

    request_software_interrupt(1);
    for (uint32_t i = 0; i < 100 && !requests; ++i)
        __asm__ volatile("nop");
    if (requests != 1)
        return failed("no software interrupt");

    __asm__ volatile(".half 0"); /* never an instruction */
    if (exceptions != 1 || last_cause != ILLEGAL)
        return failed("no exception");

    disable_interrupts();
    request_software_interrupt(1);
    wait_for_interrupt(); /* an enabled line wakes up, whether or not it is taken */
    request_software_interrupt(0);
    if (requests != 1)
        return failed("an interrupt while they were disabled");
    print("interrupts: %u alarms, %u request, %u exception\n", alarms, requests, exceptions);
    return 0;
}
