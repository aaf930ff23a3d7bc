/* The timer: time in ticks, and an interrupt at a time. */
#ifndef AXOCELL_TIMER_H
#define AXOCELL_TIMER_H

#include <stdint.h>

#include "processor.h"
#include "timer_registers.h"

static inline uint64_t timer_now(void)
{
    uint32_t high, low;
    do {
        high = timer_time_high_read(TIMER);
        low = timer_time_low_read(TIMER);
    } while (timer_time_high_read(TIMER) != high);
    return (uint64_t)high << 32 | low;
}

/* From this time on the timer's line is high. */
static inline void timer_alarm_at(uint64_t time)
{
    timer_compare_high_write(TIMER, UINT32_MAX); /* never in between */
    timer_compare_low_write(TIMER, (uint32_t)time);
    timer_compare_high_write(TIMER, (uint32_t)(time >> 32));
}

static inline void timer_alarm_off(void) { timer_alarm_at(UINT64_MAX); }

static inline void request_software_interrupt(uint32_t request)
{
    timer_software_write(TIMER, request);
}

#endif
