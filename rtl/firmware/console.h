/* Text to the host, through the mailbox. */
#ifndef AXOCELL_CONSOLE_H
#define AXOCELL_CONSOLE_H

#include <stdarg.h>

/* Waits for room, but not for ever: what no host reads is lost, and the mailbox counts it. */
void put_character(char letter);

void put_text(const char *text);

/* Knows %d %i %u %x %X %p %c %s %%, l before them, a width, 0 before it, and - for the left. Words
   have 32 bits, int and long alike: the compiler's own check of formats would tell them apart. */
int print(const char *format, ...);
int print_list(const char *format, va_list values);

/* The next byte from the host, or -1. */
int get_character(void);

#endif
