/* The product of matrix_vector.c by the MAC array, while the core sleeps. */
#include <stdint.h>

#include "console.h"
#include "figures.h"
#include "mac_array.h"
#include "matrix_vector.h"

int main(void)
{
    static int8_t weights[ROWS * COLUMNS] MAC_ALIGNED;
    static int8_t vector[COLUMNS] MAC_ALIGNED;
    static int32_t product[ROWS] MAC_ALIGNED;
    fill_operands(weights, vector);

    uint32_t control = mac_array_control_operation_set(0, MAC_ARRAY_CONTROL_OPERATION_PRODUCTS);
    control = mac_array_control_output_width_set(control, MAC_ARRAY_CONTROL_OUTPUT_WIDTH_BITS_32);
    control = mac_array_control_interrupt_enable_set(control, 1);
    struct mac_job job = {
        .weights = weights,
        .vector = vector,
        .output = product,
        .rows = ROWS,
        .columns = COLUMNS,
        .stride = COLUMNS,
        .control = control,
    };
    uint32_t cycles = cycles_now();
    mac_start(&job);
    uint32_t error = mac_finish();
    cycles = cycles_now() - cycles;

    /* In place of instructions: the cycles that the array itself counted. */
    uint32_t own = mac_array_cycles_read(MAC_ARRAY);
    leave_figures(ROWS * COLUMNS, cycles, own, checksum_of_product(product));
    print("matrix_vector_array: checksum %08x, error %u\n", checksum_of_product(product), error);
    return (int)error;
}
