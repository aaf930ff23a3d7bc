/* What C compilers expect to be there, and a little more of <string.h>. */
#ifndef AXOCELL_TEXT_H
#define AXOCELL_TEXT_H

#include <stddef.h>

void *memcpy(void *restrict target, const void *restrict source, size_t count);
void *memmove(void *target, const void *source, size_t count);
void *memset(void *target, int value, size_t count);
int memcmp(const void *one, const void *other, size_t count);
size_t strlen(const char *text);
int strcmp(const char *one, const char *other);
char *strcpy(char *restrict target, const char *restrict source);

#endif
