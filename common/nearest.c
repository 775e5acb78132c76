/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/nearest.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST = 63 };

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein distance over one row, ignoring case. */
static size_t edits(const char *a, const char *b)
{
    size_t row[LONGEST + 1], n = strnlen(b, LONGEST);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i] && i < LONGEST; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 1; j <= n; j++) {
            size_t above = row[j];
            size_t same = tolower((unsigned char)a[i]) == tolower((unsigned char)b[j - 1]);
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + !same);
            diagonal = above;
        }
    }
    return row[n];
}

const char *nh_nearest(const char *text, const char *const *candidates, size_t count)
{
    const char *best = NULL;
    size_t fewest = strlen(text) / 3 + 2;
    for (size_t i = 0; i < count; i++) {
        size_t d = edits(text, candidates[i]);
        if (d < fewest) {
            fewest = d;
            best = candidates[i];
        }
    }
    return best;
}
