/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/jsonline.h"

#include <stdbool.h>
#include <string.h>

/* Past the closing quote of the string that begins at `p`. */
static const char *end_of_string(const char *p)
{
    for (p++; *p && *p != '"'; p++)
        if (*p == '\\' && p[1])
            p++;
    return *p ? p + 1 : p;
}

static size_t line_at(const char *text, const char *at)
{
    size_t line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The items of a list whose '[' is before `p`: where number `index` begins. */
static const char *find_item(const char *p, size_t index)
{
    const char *item = p;
    bool begins = true; /* the next value begins an item */
    for (int depth = 0; *p && depth >= 0;) {
        if (begins && !is_blank(*p) && *p != ']') {
            item = p;
            begins = false;
            if (index-- == 0)
                return item;
        }
        depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
        begins = begins || (depth == 0 && *p == ',');
        p = *p == '"' ? end_of_string(p) : p + 1;
    }
    return item;
}

/* Whether the string at `p` is `key`, followed by a colon and a list; past its '['. */
static const char *list_after(const char *p, const char *key)
{
    size_t len = strlen(key);
    const char *end = end_of_string(p);
    if ((size_t)(end - p) != len + 2 || strncmp(p + 1, key, len) != 0)
        return NULL;
    while (is_blank(*end) || *end == ':')
        end++;
    return *end == '[' ? end + 1 : NULL;
}

size_t nh_json_line_of(const char *text, const char *key, size_t index)
{
    const char *p = text;
    for (int depth = 0; *p;) {
        const char *list = depth == 1 && *p == '"' ? list_after(p, key) : NULL;
        if (list)
            return line_at(text, find_item(list, index));
        depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
        p = *p == '"' ? end_of_string(p) : p + 1;
    }
    return 1;
}
