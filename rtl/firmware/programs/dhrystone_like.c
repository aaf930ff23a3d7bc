/* A loop of the mix that R. Weicker counted in programs ("Dhrystone: a synthetic systems programming
   benchmark", Communications of the ACM, October 1984), written anew from his counts: about a
   hundred statements, half of them assignments, a third control, a sixth calls; records reached
   through pointers, strings of thirty letters, small arrays. Its figures are its own. */
#include <stdint.h>

#include "console.h"
#include "figures.h"
#include "text.h"

#ifndef LOOPS
#define LOOPS 200u
#endif
#define NOT_INLINE __attribute__((noinline)) /* calls are part of the mix */

enum colour { RED, GREEN, BLUE, WHITE, BLACK };

struct record {
    struct record *link;
    enum colour colour, shade;
    int32_t number;
    char label[31];
};

static struct record first, second;
static struct record *head, *next_head;
static int32_t total;
static char letter_1, letter_2;
static int32_t row[50], table[50][50];

static NOT_INLINE int32_t letters_match(char one, char other)
{
    char copy = one;
    if (copy != other)
        return 0;
    letter_1 = copy;
    return 1;
}

static NOT_INLINE int32_t comes_after(const char *one, const char *other)
{
    int32_t place = 2;
    char letter = 'A';
    while (place <= 2) {
        if (letters_match(one[place], other[place + 1]))
            ++place;
        else {
            letter = 'B';
            place += 3;
        }
    }
    if (letter >= 'W' && letter < 'Z')
        place = 7;
    if (letter == 'R')
        return 1;
    if (strcmp(one, other) <= 0)
        return 0;
    total = place + 7;
    return 1;
}

static NOT_INLINE int32_t is_blue(enum colour colour)
{
    enum colour copy = colour;
    return copy == BLUE;
}

static NOT_INLINE void add_with_two(int32_t one, int32_t other, int32_t *sum)
{
    int32_t more = one + 2;
    *sum = other + more;
}

static NOT_INLINE void change_colour(enum colour colour, enum colour *result)
{
    *result = is_blue(colour) ? colour : WHITE;
    switch (colour) {
    case RED:
        *result = RED;
        break;
    case GREEN:
        *result = total > 100 ? RED : WHITE;
        break;
    case BLUE:
        *result = GREEN;
        break;
    case WHITE:
        break;
    case BLACK:
        *result = BLUE;
        break;
    }
}

static NOT_INLINE void follow_head(struct record **result)
{
    if (head)
        *result = head->link;
    add_with_two(10, total, &head->number);
}

static NOT_INLINE void copy_record(struct record *from)
{
    struct record *to = from->link;
    *to = *head;
    from->number = 5;
    to->number = from->number;
    to->link = from->link;
    follow_head(&to->link);
    if (to->colour == RED) {
        to->number = 6;
        change_colour(from->shade, &to->shade);
        to->link = head->link;
        add_with_two(to->number, 10, &to->number);
    } else {
        *from = *to;
    }
}

static NOT_INLINE void until_letter(int32_t *number)
{
    int32_t local = *number + 10;
    enum colour colour = BLACK;
    for (;;) {
        if (letter_1 == 'A') {
            --local;
            *number = local - total;
            colour = RED;
        }
        if (colour == RED)
            break;
    }
}

static NOT_INLINE void set_letters(void)
{
    int32_t flag = letter_1 == 'A';
    total |= flag;
    letter_2 = 'B';
}

static NOT_INLINE void fill_arrays(int32_t *one, int32_t (*two)[50], int32_t index, int32_t value)
{
    int32_t place = index + 5;
    one[place] = value;
    one[place + 1] = one[place];
    one[place + 30] = place;
    for (int32_t column = place; column <= place + 1; ++column)
        two[place][column] = place;
    ++two[place][place - 1];
    two[place + 20][place] = one[place];
    total = 5;
}

static void loop_once(int32_t loop, const char *fixed, char *changing)
{
    int32_t one = 2, two = 3, three = 0;
    enum colour colour = GREEN;
    letter_1 = 'A';
    set_letters();
    strcpy(changing, "SOME LETTERS THAT HAVE NO SENSE");
    int32_t differs = !comes_after(fixed, changing);
    while (one < two) {
        three = 5 * one - two;
        add_with_two(one, two, &three);
        ++one;
    }
    fill_arrays(row, table, one, three);
    copy_record(head);
    for (char letter = 'A'; letter <= letter_2; ++letter)
        if (letters_match(letter, 'C')) {
            change_colour(RED, &colour);
            strcpy(changing, "SOME LETTERS WITHOUT ANY SENSE");
            two = loop;
        }
    two *= one;
    one = two / three;
    two = 7 * (two - three) - one;
    until_letter(&one);
    total += differs + one + two;
}

int main(void)
{
    char fixed[32], changing[32];
    volatile uint32_t loops = LOOPS;
    head = &first;
    next_head = &second;
    first.link = next_head;
    first.colour = RED;
    first.shade = BLUE;
    first.number = 40;
    strcpy(first.label, "A LABEL OF NEARLY THIRTY SIGNS");
    strcpy(fixed, "SOME LETTERS THAT MAKE NO SENSE");
    table[8][7] = 10;

    uint32_t instructions = instructions_now(), cycles = cycles_now();
    for (uint32_t loop = 1; loop <= loops; ++loop)
        loop_once((int32_t)loop, fixed, changing);
    cycles = cycles_now() - cycles;
    instructions = instructions_now() - instructions;

    uint32_t sum = (uint32_t)(total + table[8][7] + row[8] + first.number + second.number);
    leave_figures(loops, cycles, instructions, sum);
    print("dhrystone_like: %u loops, checksum %08x\n", loops, sum);
    return 0;
}
