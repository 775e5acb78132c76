/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void nh_lines_start(struct nh_lines *lines, const char *data, size_t len)
{
    lines->at = data;
    lines->end = data + len;
    lines->number = 0;
    lines->text[0] = '\0';
}

bool nh_lines_next(struct nh_lines *lines)
{
    if (lines->at >= lines->end)
        return false;
    size_t left = (size_t)(lines->end - lines->at);
    const char *newline = memchr(lines->at, '\n', left);
    size_t len = newline ? (size_t)(newline - lines->at) : left;
    size_t kept = len < NH_LINE_BYTES ? len : NH_LINE_BYTES - 1;
    for (size_t i = 0; i < kept; i++) {
        unsigned char c = (unsigned char)lines->at[i];
        lines->text[i] = (char)(c < ' ' || c == 127 ? ' ' : c);
    }
    lines->text[kept] = '\0';
    lines->at = newline ? newline + 1 : lines->end;
    lines->number++;
    return true;
}

/* The end of the word at `p`: where `gap` blanks or the end of the text begin. */
static char *word_end(char *p, int gap)
{
    while (*p) {
        p += strcspn(p, " ");
        size_t blanks = strspn(p, " ");
        if (blanks >= (size_t)gap || p[blanks] == '\0')
            return p;
        p += blanks;
    }
    return p;
}

int nh_line_split(char *text, int gap, char **words)
{
    int n = 0;
    char *p = text + strspn(text, " ");
    while (*p && n < NH_LINE_WORDS) {
        words[n++] = p;
        p = word_end(p, gap);
        if (*p)
            *p++ = '\0';
        p += strspn(p, " ");
    }
    return n;
}

bool nh_line_number(const char *word, double *value, double *step)
{
    if (*word == '\0' || strspn(word, "0123456789.eE+-") != strlen(word))
        return false;
    char *end;
    double v = strtod(word, &end);
    if (*end || !isfinite(v) || v < 0)
        return false;
    const char *point = strchr(word, '.'), *power = strpbrk(word, "eE");
    int decimals = point ? (int)strspn(point + 1, "0123456789") : 0;
    *value = v;
    *step = 0.5 * pow(10, (power ? atof(power + 1) : 0) - decimals);
    return true;
}

bool nh_lines_contain(const char *data, size_t len, const char *start)
{
    size_t n = strlen(start);
    const char *end = data + len;
    for (const char *p = data; p < end;) {
        while (p < end && (*p == ' ' || *p == '\t'))
            p++;
        if ((size_t)(end - p) >= n && memcmp(p, start, n) == 0)
            return true;
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        p = newline ? newline + 1 : end;
    }
    return false;
}

char nh_lines_first(const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\r\n", data[i]))
            return data[i];
    return '\0';
}
