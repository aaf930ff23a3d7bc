#include "work.h"

enum state { START, SIGNED, WHOLE, POINT, FRACTION, EXPONENT, SIGNED_EXPONENT, POWER, WRONG, STATES };

static const char *const numbers[][4] = {
    {"4711", "90125", "-360", "+1848"},
    {"27.1828", "-.57721", "+161.80", "-14.1421"},
    {"6.022e+23", "-.667e-10", "-16e+189", "+9.10e-31"},
    {"Q1.5e-2R", "-Z.Z++Zy", "7Q2.2e5y", "19.4e-Z~"},
};

/* Numbers of all kinds, whole ones most often, with commas between, as many as fit whole. */
void make_text(char *text, uint32_t size)
{
    static const uint8_t kinds[] = {0, 0, 0, 1, 1, 2, 2, 3};
    uint32_t place = 0;
    for (uint32_t i = 0;; ++i) {
        const char *number = numbers[kinds[i & 7]][i >> 3 & 3];
        uint32_t length = 0;
        while (number[length])
            ++length;
        if (place + length + 1 >= size)
            break;
        for (uint32_t letter = 0; letter < length; ++letter)
            text[place++] = number[letter];
        text[place++] = ',';
    }
    while (place < size)
        text[place++] = 0;
}

static bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/* Reads to the end of a number; counts the steps between states. */
static enum state read_number(const char **place, uint32_t *steps)
{
    const char *text = *place;
    enum state state = START;
    for (; *text && state != WRONG; ++text) {
        char letter = *text;
        if (letter == ',') {
            ++text;
            break;
        }
        enum state next = WRONG;
        switch (state) {
        case START:
            if (is_digit(letter))
                next = WHOLE;
            else if (letter == '+' || letter == '-')
                next = SIGNED;
            else if (letter == '.')
                next = POINT;
            break;
        case SIGNED:
            if (is_digit(letter))
                next = WHOLE;
            else if (letter == '.')
                next = POINT;
            break;
        case WHOLE:
            if (is_digit(letter))
                next = WHOLE;
            else if (letter == '.')
                next = FRACTION;
            else if (letter == 'e' || letter == 'E')
                next = EXPONENT;
            break;
        case POINT:
        case FRACTION:
            if (is_digit(letter))
                next = FRACTION;
            else if (state == FRACTION && (letter == 'e' || letter == 'E'))
                next = EXPONENT;
            break;
        case EXPONENT:
            if (letter == '+' || letter == '-')
                next = SIGNED_EXPONENT;
            break;
        case SIGNED_EXPONENT:
        case POWER:
            if (is_digit(letter))
                next = POWER;
            break;
        default:
            break;
        }
        if (next != state)
            ++steps[state];
        state = next;
    }
    *place = text;
    return state;
}

static void read_all(const char *text, uint32_t *ends, uint32_t *steps)
{
    while (*text)
        ++ends[read_number(&text, steps)];
}

static void damage_some(char *text, uint32_t size, char damage, uint32_t step)
{
    for (uint32_t place = 0; place < size; place += step)
        if (text[place] != ',' && text[place])
            text[place] ^= damage;
}

uint16_t text_work(char *text, uint32_t size, char damage, uint32_t step, uint16_t checksum)
{
    uint32_t ends[STATES] = {0}, steps[STATES] = {0};
    read_all(text, ends, steps);
    damage_some(text, size, damage, step);
    read_all(text, ends, steps);
    damage_some(text, size, damage, step);
    for (int state = 0; state < STATES; ++state) {
        checksum = checksum_32(ends[state], checksum);
        checksum = checksum_32(steps[state], checksum);
    }
    return checksum;
}
