#include "work.h"

#define POLYNOMIAL 0xA001u /* x16 + x15 + x2 + 1, lowest bit first */

static uint16_t checksum_8(uint8_t value, uint16_t checksum)
{
    for (int bit = 0; bit < 8; ++bit) {
        bool odd = (value ^ checksum) & 1;
        value >>= 1;
        checksum >>= 1;
        if (odd)
            checksum ^= POLYNOMIAL;
    }
    return checksum;
}

uint16_t checksum_16(uint16_t value, uint16_t checksum)
{
    checksum = checksum_8((uint8_t)value, checksum);
    return checksum_8((uint8_t)(value >> 8), checksum);
}

uint16_t checksum_32(uint32_t value, uint16_t checksum)
{
    checksum = checksum_16((uint16_t)value, checksum);
    return checksum_16((uint16_t)(value >> 16), checksum);
}
