#include "text.h"

#include <stdint.h>

/* A loop that copies is no call of memcpy here: this is memcpy. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

typedef uint32_t __attribute__((may_alias)) any_word;

#define WORD sizeof(any_word)
#define ALIGNED(address) ((uintptr_t)(address) % WORD == 0)

/* Whether one of the four bytes is zero: the classic trick of subtracting one from each. */
#define HAS_ZERO(word) ((((word) - 0x01010101u) & ~(word) & 0x80808080u) != 0)

void *memcpy(void *restrict target, const void *restrict source, size_t count)
{
    unsigned char *to = target;
    const unsigned char *from = source;
    if (ALIGNED(to) && ALIGNED(from))
        for (; count >= WORD; count -= WORD, to += WORD, from += WORD)
            *(any_word *)to = *(const any_word *)from;
    while (count--)
        *to++ = *from++;
    return target;
}

void *memmove(void *target, const void *source, size_t count)
{
    unsigned char *to = target;
    const unsigned char *from = source;
    if ((uintptr_t)to - (uintptr_t)from >= count)
        return memcpy(target, source, count);
    while (count--)
        to[count] = from[count];
    return target;
}

void *memset(void *target, int value, size_t count)
{
    unsigned char *to = target;
    uint32_t word = (unsigned char)value * 0x01010101u;
    if (ALIGNED(to))
        for (; count >= WORD; count -= WORD, to += WORD)
            *(any_word *)to = word;
    while (count--)
        *to++ = (unsigned char)value;
    return target;
}

int memcmp(const void *one, const void *other, size_t count)
{
    const unsigned char *a = one, *b = other;
    for (; count--; ++a, ++b)
        if (*a != *b)
            return *a - *b;
    return 0;
}

size_t strlen(const char *text)
{
    const char *end = text;
    while (*end)
        ++end;
    return (size_t)(end - text);
}

int strcmp(const char *one, const char *other)
{
    const unsigned char *a = (const unsigned char *)one, *b = (const unsigned char *)other;
    if (ALIGNED(a) && ALIGNED(b))
        for (;; a += WORD, b += WORD) {
            any_word word = *(const any_word *)a;
            if (word != *(const any_word *)b || HAS_ZERO(word))
                break;
        }
    for (; *a && *a == *b; ++a, ++b)
        ;
    return *a - *b;
}

char *strcpy(char *restrict target, const char *restrict source)
{
    char *to = target;
    if (ALIGNED(to) && ALIGNED(source))
        for (;; to += WORD, source += WORD) {
            any_word word = *(const any_word *)source;
            if (HAS_ZERO(word))
                break;
            *(any_word *)to = word;
        }
    while ((*to++ = *source++))
        ;
    return target;
}
