#include <stddef.h>

#include "work.h"

/* Values repeat in blocks; ranks are the order in which the items were made. */
struct node *make_list(struct node *nodes, struct item *items, int16_t seed)
{
    for (int i = 0; i < NODES; ++i) {
        uint16_t pattern = (uint16_t)((seed ^ i) & 0xF);
        uint16_t low = (uint16_t)(pattern << 3 | (i & 7));
        items[i].value = (int16_t)(low << 8 | low);
        items[i].rank = (int16_t)(i < NODES / 5 ? i : (i * 7 % NODES) | (seed & 0x0700));
        nodes[i].item = &items[i];
        nodes[i].next = i + 1 < NODES ? &nodes[i + 1] : NULL;
    }
    return nodes;
}

struct node *find_rank(struct node *list, int16_t rank)
{
    while (list && list->item->rank != rank)
        list = list->next;
    return list;
}

struct node *find_value(struct node *list, uint8_t value)
{
    while (list && (uint8_t)list->item->value != value)
        list = list->next;
    return list;
}

struct node *reversed(struct node *list)
{
    struct node *done = NULL;
    while (list) {
        struct node *following = list->next;
        list->next = done;
        done = list;
        list = following;
    }
    return done;
}

/* Merges runs of 1, 2, 4 ... nodes; equal ones stay in order. */
struct node *sorted(struct node *list, comparison *compare)
{
    for (int run = 1;; run *= 2) {
        struct node *rest = list, **end = &list;
        int merges = 0;
        list = NULL;
        while (rest) {
            struct node *other = rest;
            int ours = 0, theirs = run;
            ++merges;
            while (ours < run && other) {
                other = other->next;
                ++ours;
            }
            while (ours > 0 || (theirs > 0 && other)) {
                struct node *least;
                if (!ours || (theirs && other && compare(rest->item, other->item) > 0)) {
                    least = other;
                    other = other->next;
                    --theirs;
                } else {
                    least = rest;
                    rest = rest->next;
                    --ours;
                }
                *end = least;
                end = &least->next;
            }
            rest = other;
        }
        *end = NULL;
        if (merges <= 1)
            return list;
    }
}

struct node *take_second(struct node *list)
{
    struct node *taken = list->next;
    struct item *item = taken->item;
    taken->item = list->item; /* the node goes, the first item with it */
    list->item = item;
    list->next = taken->next;
    taken->next = NULL;
    return taken;
}

void put_second(struct node *list, struct node *taken)
{
    struct item *item = list->item;
    list->item = taken->item;
    taken->item = item;
    taken->next = list->next;
    list->next = taken;
}
