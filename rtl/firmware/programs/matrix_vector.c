/* A product of 64 x 64 weights and a vector, 8 bits each, in plain C. */
#include <stdint.h>

#include "console.h"
#include "figures.h"
#include "matrix_vector.h"

static void multiply(int32_t *restrict product, const int8_t *restrict weights,
                     const int8_t *restrict vector)
{
    for (int row = 0; row < ROWS; ++row) {
        int32_t sum = 0;
        for (int column = 0; column < COLUMNS; ++column)
            sum += weights[row * COLUMNS + column] * vector[column];
        product[row] = sum;
    }
}

int main(void)
{
    static int8_t weights[ROWS * COLUMNS], vector[COLUMNS];
    static int32_t product[ROWS];
    fill_operands(weights, vector);
    uint32_t instructions = instructions_now(), cycles = cycles_now();
    multiply(product, weights, vector);
    cycles = cycles_now() - cycles;
    instructions = instructions_now() - instructions;
    leave_figures(ROWS * COLUMNS, cycles, instructions, checksum_of_product(product));
    print("matrix_vector: checksum %08x\n", checksum_of_product(product));
    return 0;
}
