/* Jobs of the MAC array. */
#ifndef AXOCELL_MAC_ARRAY_H
#define AXOCELL_MAC_ARRAY_H

#include <stdint.h>

#include "interrupts_registers.h"
#include "mac_array_registers.h"
#include "processor.h"

#define MAC_ALIGNED __attribute__((aligned(16))) /* as the array wants what it reads or writes */

struct mac_job {
    const void *weights;    /* row by row, from row to row `stride` bytes */
    const void *vector;
    const void *constants;  /* biases, if `control` has them */
    void *output;
    uint32_t rows, columns, stride, shift;
    uint32_t control;       /* by the functions of mac_array_registers.h */
};

/* Starts a job; nothing may touch its memory before it is done. */
static inline void mac_start(const struct mac_job *job)
{
    mac_array_control_write(MAC_ARRAY, job->control);
    mac_array_shape_write(MAC_ARRAY, mac_array_shape_columns_set(
                                         mac_array_shape_rows_set(0, job->rows), job->columns));
    mac_array_shift_write(MAC_ARRAY, job->shift);
    mac_array_weights_write(MAC_ARRAY, (uint32_t)(uintptr_t)job->weights);
    mac_array_stride_write(MAC_ARRAY, job->stride);
    mac_array_vector_write(MAC_ARRAY, (uint32_t)(uintptr_t)job->vector);
    mac_array_constants_write(MAC_ARRAY, (uint32_t)(uintptr_t)job->constants);
    mac_array_output_write(MAC_ARRAY, (uint32_t)(uintptr_t)job->output);
    __asm__ volatile("" ::: "memory"); /* what the job reads has been written */
    mac_array_command_write(MAC_ARRAY, 0, mac_array_command_start_set(0, 1));
}

/* Sleeps until the job is done, with interrupts disabled; returns why it was refused, or 0. */
static inline uint32_t mac_finish(void)
{
    uint32_t line = interrupts_enable_mac_array_set(0, 1);
    interrupts_enable_write(INTERRUPTS, interrupts_enable_read(INTERRUPTS) | line);
    enable_lines(LINE_MAC_ARRAY);
    uint32_t status;
    while (!mac_array_status_done_get(status = mac_array_status_read(MAC_ARRAY)))
        wait_for_interrupt();
    disable_lines(LINE_MAC_ARRAY);
    mac_array_command_write(MAC_ARRAY, 0, mac_array_command_acknowledge_set(0, 1));
    interrupts_pending_write(INTERRUPTS, 0, line);
    __asm__ volatile("" ::: "memory"); /* what the job wrote is read from now on */
    return mac_array_status_error_get(status);
}

#endif
