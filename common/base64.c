/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/base64.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void nh_base64_write(FILE *out, const void *data, size_t len)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < len; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        uint32_t bits = (uint32_t)p[i] << 16;
        bits |= n > 1 ? (uint32_t)p[i + 1] << 8 : 0;
        bits |= n > 2 ? p[i + 2] : 0;
        for (size_t k = 0; k < 4; k++)
            putc(k <= n ? alphabet[bits >> (18 - 6 * k) & 63] : '=', out);
    }
}

enum { OTHER = 64 }; /* a byte that is none of the alphabet */

static void fill_table(unsigned char table[256])
{
    memset(table, OTHER, 256);
    for (int i = 0; i < 64; i++)
        table[(unsigned char)alphabet[i]] = (unsigned char)i;
}

void nh_base64_read(const char *text, size_t len, unsigned char **data, size_t *got)
{
    unsigned char table[256];
    uint32_t bits = 0;
    int held = 0;
    fill_table(table);
    *got = 0;
    *data = malloc(len / 4 * 3 + 4);
    for (size_t i = 0; *data != NULL && i < len; i++) {
        uint32_t value = table[(unsigned char)text[i]];
        if (value == OTHER)
            break;
        bits = bits << 6 | value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            (*data)[(*got)++] = (unsigned char)(bits >> held);
        }
    }
}
