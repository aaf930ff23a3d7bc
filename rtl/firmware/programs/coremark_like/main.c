#include "../figures.h"
#include "console.h"
#include "work.h"

#ifndef LOOPS
#define LOOPS 4u
#endif
#define CACHED 0x80

static struct matrices matrices;
static char text[PART_BYTES];
static struct node nodes[NODES];
static struct item items[NODES];
static uint16_t total;

/* The worth of an item: that of the work that its lowest bits ask for, done once. */
static int16_t worth(struct item *item)
{
    uint16_t value = (uint16_t)item->value;
    if (value & CACHED)
        return value & 0x7F;
    uint16_t amount = value >> 3 & 0xF;
    uint16_t result = value;
    amount |= (uint16_t)(amount << 4);
    if ((value & 7) == 0)
        result = text_work(text, sizeof text, 1, amount < 0x22 ? 0x22 : amount, total);
    else if ((value & 7) == 1)
        result = matrix_work(&matrices, (int16_t)amount, total);
    total = checksum_16(result, total);
    result &= 0x7F;
    item->value = (int16_t)((value & 0xFF00) | CACHED | result);
    return (int16_t)result;
}

static int32_t by_worth(struct item *one, struct item *other) { return worth(one) - worth(other); }

/* Puts the values back as they were made, on its way. */
static int32_t by_rank(struct item *one, struct item *other)
{
    one->value = (int16_t)((one->value & 0xFF00) | (uint16_t)one->value >> 8);
    other->value = (int16_t)((other->value & 0xFF00) | (uint16_t)other->value >> 8);
    return one->rank - other->rank;
}

static struct node *list_work(struct node *list, int16_t searches, bool sorts_by_worth)
{
    uint16_t found = 0, missed = 0, sum = 0;
    for (int16_t i = 0; i < searches; ++i) {
        struct node *node = i & 1 ? find_value(list, (uint8_t)i) : find_rank(list, i);
        list = reversed(list);
        if (!node) {
            ++missed;
            continue;
        }
        ++found;
        sum = (uint16_t)(sum + (node->item->value >> 9 & 1));
        struct node *after = node->next; /* what follows it goes to the front */
        if (after) {
            node->next = after->next;
            after->next = list->next;
            list->next = after;
        }
    }
    total = checksum_16((uint16_t)(found * 4 + sum - missed), total);
    if (sorts_by_worth)
        list = sorted(list, by_worth);
    struct node *taken = take_second(list);
    for (struct node *node = list; node; node = node->next)
        total = checksum_16((uint16_t)node->item->rank, total);
    put_second(list, taken);
    list = sorted(list, by_rank);
    for (struct node *node = list; node; node = node->next)
        total = checksum_16((uint16_t)node->item->value, total);
    return list;
}

int main(void)
{
    volatile int16_t seed = 0; /* nothing may be known when this is compiled */
    struct node *list = make_list(nodes, items, seed);
    make_matrices(&matrices, (int16_t)(seed + 0x66));
    make_text(text, sizeof text);

    uint32_t instructions = instructions_now(), cycles = cycles_now();
    for (uint32_t loop = 0; loop < LOOPS; ++loop) {
        list = list_work(list, 0x66, true);
        list = list_work(list, 0x66, false);
    }
    cycles = cycles_now() - cycles;
    instructions = instructions_now() - instructions;

    leave_figures(LOOPS, cycles, instructions, total);
    print("coremark_like: %u loops, checksum %04x\n", LOOPS, total);
    return 0;
}
