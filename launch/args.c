/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/args.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void nh_args_add(struct nh_args *args, const char *fmt, ...)
{
    char *text = NULL;
    char **grown = realloc(args->items, (args->count + 2) * sizeof *grown);
    if (grown)
        args->items = grown;
    va_list list;
    va_start(list, fmt);
    int n = vasprintf(&text, fmt, list);
    va_end(list);
    if (n < 0 || !grown) {
        if (n >= 0)
            free(text);
        args->failed = true;
        return;
    }
    args->items[args->count++] = text;
    args->items[args->count] = NULL;
}

void nh_args_extend(struct nh_args *args, char *const *list)
{
    for (; *list; list++)
        nh_args_add(args, "%s", *list);
}

void nh_args_clear(struct nh_args *args)
{
    for (size_t i = 0; i < args->count; i++)
        free(args->items[i]);
    free(args->items);
    *args = (struct nh_args){0};
}

static void put_quoted(FILE *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./,:=+@%";
    if (*word && strspn(word, plain) == strlen(word)) {
        fputs(word, out);
        return;
    }
    putc('\'', out);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", out);
        else
            putc(*word, out);
    putc('\'', out);
}

char *nh_args_quoted(char *const *list)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return NULL;
    for (size_t i = 0; list[i]; i++) {
        if (i)
            putc(' ', out);
        put_quoted(out, list[i]);
    }
    if (fclose(out)) {
        free(text);
        return NULL;
    }
    return text;
}
