#include "console.h"

#include <stdbool.h>
#include <stdint.h>

#include "mailbox_registers.h"
#include "processor.h"

#define PATIENCE 100000u /* polls */
#define DIGITS 10

void put_character(char letter)
{
    volatile void *mailbox = MAILBOX;
    for (uint32_t poll = 0; poll < PATIENCE; ++poll)
        if (mailbox_status_output_free_get(mailbox_status_read(mailbox)))
            break;
    mailbox_output_write(mailbox, 0, (uint8_t)letter);
}

void put_text(const char *text)
{
    while (*text)
        put_character(*text++);
}

int get_character(void)
{
    uint32_t word = mailbox_input_read(MAILBOX, 0);
    return mailbox_input_valid_get(word) ? (int)mailbox_input_value_get(word) : -1;
}

static int put_padded(const char *text, int length, int width, char padding, bool left)
{
    int count = length > width ? length : width;
    for (int i = length; i < width && !left; ++i)
        put_character(padding);
    for (int i = 0; i < length; ++i)
        put_character(text[i]);
    for (int i = length; i < width && left; ++i)
        put_character(' ');
    return count;
}

static int put_number(uint32_t value, uint32_t base, bool negative, const char *digits, int width,
                      bool zeros, bool left)
{
    char text[DIGITS + 1];
    int first = sizeof text;
    do {
        text[--first] = digits[value % base];
        value /= base;
    } while (value);
    int count = 0;
    if (negative && zeros && !left) {
        put_character('-');
        count = 1;
        --width;
    } else if (negative) {
        text[--first] = '-';
    }
    char padding = zeros ? '0' : ' ';
    return count + put_padded(text + first, (int)sizeof text - first, width, padding, left);
}

int print_list(const char *format, va_list values)
{
    static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
    int count = 0;
    for (; *format; ++format) {
        if (*format != '%') {
            put_character(*format);
            ++count;
            continue;
        }
        bool left = false, zeros = false;
        int width = 0;
        for (++format; *format == '-' || *format == '0'; ++format) {
            left |= *format == '-';
            zeros |= *format == '0';
        }
        for (; *format >= '0' && *format <= '9'; ++format)
            width = 10 * width + *format - '0';
        while (*format == 'l')
            ++format;
        switch (*format) {
        case 'd':
        case 'i': {
            int32_t value = va_arg(values, int32_t);
            uint32_t magnitude = value < 0 ? -(uint32_t)value : (uint32_t)value;
            count += put_number(magnitude, 10, value < 0, lower, width, zeros, left);
            break;
        }
        case 'u':
            count += put_number(va_arg(values, uint32_t), 10, false, lower, width, zeros, left);
            break;
        case 'x':
        case 'p':
            count += put_number(va_arg(values, uint32_t), 16, false, lower, width, zeros, left);
            break;
        case 'X':
            count += put_number(va_arg(values, uint32_t), 16, false, upper, width, zeros, left);
            break;
        case 'c': {
            char letter = (char)va_arg(values, int);
            count += put_padded(&letter, 1, width, ' ', left);
            break;
        }
        case 's': {
            const char *text = va_arg(values, const char *);
            int length = 0;
            while (text[length])
                ++length;
            count += put_padded(text, length, width, ' ', left);
            break;
        }
        case '\0':
            return count;
        default:
            put_character(*format);
            ++count;
        }
    }
    return count;
}

int print(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int count = print_list(format, values);
    va_end(values);
    return count;
}
