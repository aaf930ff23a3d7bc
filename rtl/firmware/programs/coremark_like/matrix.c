#include "work.h"

void make_matrices(struct matrices *matrices, int16_t seed)
{
    int32_t state = seed ? seed : 1;
    for (int i = 0; i < SIDE * SIDE; ++i) {
        state = state * (i + 1) % 65536;
        matrices->b[i] = (int16_t)(state + i + 1);
        matrices->a[i] = (int16_t)((uint8_t)(matrices->b[i] + i + 1));
    }
}

static void add_constant(int16_t *matrix, int16_t value)
{
    for (int i = 0; i < SIDE * SIDE; ++i)
        matrix[i] = (int16_t)(matrix[i] + value);
}

static void times_constant(int32_t *restrict result, const int16_t *matrix, int16_t value)
{
    for (int i = 0; i < SIDE * SIDE; ++i)
        result[i] = (int32_t)matrix[i] * value;
}

static void times_vector(int32_t *restrict result, const int16_t *matrix, const int16_t *vector)
{
    for (int row = 0; row < SIDE; ++row) {
        result[row] = 0;
        for (int i = 0; i < SIDE; ++i)
            result[row] += (int32_t)matrix[row * SIDE + i] * vector[i];
    }
}

static void times_matrix(int32_t *restrict result, const int16_t *a, const int16_t *b)
{
    for (int row = 0; row < SIDE; ++row)
        for (int column = 0; column < SIDE; ++column) {
            int32_t sum = 0;
            for (int i = 0; i < SIDE; ++i)
                sum += (int32_t)a[row * SIDE + i] * b[i * SIDE + column];
            result[row * SIDE + column] = sum;
        }
}

/* The same of two fields of each product instead of the product. */
static void times_matrix_in_fields(int32_t *restrict result, const int16_t *a, const int16_t *b)
{
    for (int row = 0; row < SIDE; ++row)
        for (int column = 0; column < SIDE; ++column) {
            int32_t sum = 0;
            for (int i = 0; i < SIDE; ++i) {
                int32_t product = (int32_t)a[row * SIDE + i] * b[i * SIDE + column];
                sum += (product >> 2 & 0xF) * (product >> 5 & 0x7F);
            }
            result[row * SIDE + column] = sum;
        }
}

/* Counts rises, and ten for each time that the sum passes the limit. */
static int16_t judged(const int32_t *result, int32_t limit)
{
    int32_t sum = 0, previous = 0;
    int16_t score = 0;
    for (int i = 0; i < SIDE * SIDE; ++i) {
        sum += result[i];
        if (sum > limit) {
            score = (int16_t)(score + 10);
            sum = 0;
        } else {
            score = (int16_t)(score + (result[i] > previous));
        }
        previous = result[i];
    }
    return score;
}

uint16_t matrix_work(struct matrices *matrices, int16_t value, uint16_t checksum)
{
    int32_t *result = matrices->result, limit = (int32_t)(0xFFFFF000u | (uint16_t)value);
    int16_t *a = matrices->a, *b = matrices->b;
    add_constant(a, value);
    times_constant(result, a, value);
    checksum = checksum_16((uint16_t)judged(result, limit), checksum);
    times_vector(result, a, b);
    checksum = checksum_16((uint16_t)judged(result, limit), checksum);
    times_matrix(result, a, b);
    checksum = checksum_16((uint16_t)judged(result, limit), checksum);
    times_matrix_in_fields(result, a, b);
    checksum = checksum_16((uint16_t)judged(result, limit), checksum);
    add_constant(a, (int16_t)-value);
    return checksum;
}
