/* What the programs that multiply a matrix and a vector share: the numbers, and their checksum. */
#ifndef AXOCELL_MATRIX_VECTOR_H
#define AXOCELL_MATRIX_VECTOR_H

#include <stdint.h>

#define ROWS 64
#define COLUMNS 64

/* A generator of Marsaglia's, "Xorshift RNGs", 2003: its lowest bytes are the numbers. */
static inline uint32_t next_random(uint32_t state)
{
    state ^= state << 13;
    state ^= state >> 17;
    return state ^ state << 5;
}

static inline void fill_operands(int8_t *weights, int8_t *vector)
{
    uint32_t state = 1;
    for (int i = 0; i < ROWS * COLUMNS; ++i)
        weights[i] = (int8_t)(state = next_random(state));
    for (int i = 0; i < COLUMNS; ++i)
        vector[i] = (int8_t)(state = next_random(state));
}

static inline uint32_t checksum_of_product(const int32_t *product)
{
    uint32_t sum = 0;
    for (int row = 0; row < ROWS; ++row)
        sum = sum * 31 + (uint32_t)product[row];
    return sum;
}

#endif
