/* A loop of the kinds of work that EEMBC describes for CoreMark (CoreMark: "A realistic yet simple
   benchmark", EEMBC 2009), written anew from the description: a list is searched, reversed and
   sorted, matrices are multiplied, a state machine reads numbers, and a checksum covers it all.
   It is as large as the original, 2,000 bytes, but not the same: its figures are its own. */
#ifndef COREMARK_LIKE_WORK_H
#define COREMARK_LIKE_WORK_H

#include <stdbool.h>
#include <stdint.h>

#define PART_BYTES 666 /* a third of the data each */

uint16_t checksum_16(uint16_t value, uint16_t checksum);
uint16_t checksum_32(uint32_t value, uint16_t checksum);

#define NODE_BYTES 20 /* with its item, as the original counts */
#define NODES (PART_BYTES / NODE_BYTES - 2)

struct item {
    int16_t value;
    int16_t rank;
};

struct node {
    struct node *next;
    struct item *item;
};

typedef int32_t comparison(struct item *one, struct item *other);

struct node *make_list(struct node *nodes, struct item *items, int16_t seed);
struct node *find_rank(struct node *list, int16_t rank);
struct node *find_value(struct node *list, uint8_t value);
struct node *reversed(struct node *list);
struct node *sorted(struct node *list, comparison *compare);
struct node *take_second(struct node *list);
void put_second(struct node *list, struct node *taken);

#define SIDE 9 /* of matrices of 16 bits, two of them, and 32 bits for the result */

struct matrices {
    int32_t result[SIDE * SIDE];
    int16_t a[SIDE * SIDE];
    int16_t b[SIDE * SIDE];
};

void make_matrices(struct matrices *matrices, int16_t seed);
uint16_t matrix_work(struct matrices *matrices, int16_t value, uint16_t checksum);

void make_text(char *text, uint32_t size);
uint16_t text_work(char *text, uint32_t size, char damage, uint32_t step, uint16_t checksum);

#endif
