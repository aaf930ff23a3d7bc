/* The product of matrix_vector.c with dot-product instructions: the vector stays in registers. */
#include <stdint.h>

#include "console.h"
#include "dot_product.h"
#include "figures.h"
#include "matrix_vector.h"
#include "text.h"

#define WORDS (COLUMNS / 4)

static void multiply(int32_t *restrict product, const int8_t *restrict weights,
                     const int8_t *restrict vector)
{
    uint32_t words[WORDS];
    memcpy(words, vector, sizeof words);
    DOT_SET(0, 0);
    for (int row = 0; row < ROWS; ++row) {
#pragma GCC unroll 16
        for (int i = 0; i < WORDS; ++i)
            DOT8_LOAD(0, weights, words[i]);
        product[row] = DOT_TAKE(0);
    }
}

int main(void)
{
    static int8_t weights[ROWS * COLUMNS] __attribute__((aligned(4)));
    static int8_t vector[COLUMNS] __attribute__((aligned(4)));
    static int32_t product[ROWS];
    fill_operands(weights, vector);
    uint32_t instructions = instructions_now(), cycles = cycles_now();
    multiply(product, weights, vector);
    cycles = cycles_now() - cycles;
    instructions = instructions_now() - instructions;
    leave_figures(ROWS * COLUMNS, cycles, instructions, checksum_of_product(product));
    print("matrix_vector_dot: checksum %08x\n", checksum_of_product(product));
    return 0;
}
