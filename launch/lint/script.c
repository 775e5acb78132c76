/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <string.h>

#include "launch/lint/rule.h"

/* Lines of shell text as the rules want them. */

/* Appends what fits; false when the line goes on with a backslash at its end. */
static bool append(struct nh_script_line *line, const char *from, size_t len)
{
    size_t used = strlen(line->text), room = sizeof line->text - used - 1;
    bool goes_on = len && from[len - 1] == '\\' && !line->comment;
    if (goes_on)
        len--;
    len = len < room ? len : room;
    memcpy(line->text + used, from, len);
    line->text[used + len] = '\0';
    return !goes_on;
}

/* A "#" after a blank begins a comment; quoted ones do not matter to the rules. */
static void cut_comment(char *text)
{
    for (char *at = text; (at = strchr(at, '#')); at++)
        if (at > text && isspace((unsigned char)at[-1])) {
            *at = '\0';
            return;
        }
}

bool nh_script_next(const char **at, size_t *number, struct nh_script_line *line)
{
    *line = (struct nh_script_line){.number = *number};
    bool ended = false;
    while (**at && !(ended && *line->text)) {
        if (ended)
            *line = (struct nh_script_line){.number = *number};
        size_t len = strcspn(*at, "\n"), skip = strspn(*at, " \t\r");
        skip = skip < len ? skip : len;
        if (!*line->text)
            line->comment = (*at)[skip] == '#' && skip < len;
        ended = append(line, *at + skip, len - skip);
        *at += len + ((*at)[len] == '\n');
        ++*number;
    }
    if (!line->comment)
        cut_comment(line->text);
    return *line->text != '\0';
}

static bool ends_word(char c)
{
    return c == '\0' || isspace((unsigned char)c) || strchr(";|&()\"'", c);
}

/* Where the word begins on the line, alone, or NULL. */
static const char *find_word(const char *line, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = line; (at = strstr(at, word)); at++)
        if ((at == line || ends_word(at[-1]) || at[-1] == '/') && ends_word(at[len]))
            return at;
    return NULL;
}

bool nh_script_has(const char *line, const char *word)
{
    return find_word(line, word) != NULL;
}

const char *nh_script_option(const char *line, const char *option, char *buf, size_t len)
{
    const char *at = find_word(line, option);
    if (!at)
        return NULL;
    at += strlen(option);
    at += strspn(at, " \t");
    size_t n = strcspn(at, " \t;|&");
    n = n < len - 1 ? n : len - 1;
    memcpy(buf, at, n);
    buf[n] = '\0';
    return n ? buf : NULL;
}
