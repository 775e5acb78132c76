/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/app/fill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/nearest.h"

enum { MOST_NAMES = 64 };

struct filler {
    const struct nh_fill_name *names;
    size_t count;
    bool last;
    FILE *out;
    struct nh_error *err;
};

static int unknown(const struct filler *f, const char *name)
{
    const char *known[MOST_NAMES];
    size_t n = f->count < MOST_NAMES ? f->count : MOST_NAMES;
    for (size_t i = 0; i < n; i++)
        known[i] = f->names[i].name;
    const char *near = nh_nearest(name, known, n);
    return nh_fail(f->err, NH_EINPUT, "unknown placeholder '{%s}'; %s%s%s", name,
                   near ? "did you mean '{" : "write {{ and }} for braces of your own",
                   near ? near : "", near ? "}'?" : "");
}

/* A value has no placeholders of its own: its braces are kept from the second time. */
static void put_value(const struct filler *f, const char *value)
{
    for (; *value; value++) {
        if (!f->last && (*value == '{' || *value == '}'))
            fputc(*value, f->out);
        fputc(*value, f->out);
    }
}

static int put_name(const struct filler *f, const char *at, size_t len)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(len < 63 ? len : 63), at);
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->names[i].name, name) != 0)
            continue;
        if (f->names[i].text)
            put_value(f, f->names[i].text);
        else if (f->last)
            return nh_fail(f->err, NH_EINPUT, "'{%s}' has no value here; leave it out", name);
        else
            fprintf(f->out, "{%s}", name);
        return NH_OK;
    }
    return unknown(f, name);
}

/* What stands at a brace; the number of letters taken goes to `taken`. */
static int put_brace(const struct filler *f, const char *at, size_t *taken)
{
    if (at[1] == at[0]) { /* a brace of the user's own */
        fprintf(f->out, f->last ? "%c" : "%c%c", at[0], at[0]);
        *taken = 2;
        return NH_OK;
    }
    const char *end = at[0] == '{' ? strchr(at, '}') : NULL;
    if (!end)
        return nh_fail(f->err, NH_EINPUT,
                       "a single '%c' in '%.60s'; write {name}, or %c%c for a brace of your own",
                       at[0], at, at[0], at[0]);
    *taken = (size_t)(end - at) + 1;
    return put_name(f, at + 1, *taken - 2);
}

int nh_fill(const char *text, const struct nh_fill_name *names, size_t count, bool last, char **out,
            struct nh_error *err)
{
    size_t len = 0;
    struct filler f = {.names = names, .count = count, .last = last, .err = err};
    *out = NULL;
    f.out = open_memstream(out, &len);
    if (!f.out)
        return nh_fail(err, NH_EFAIL, "out of memory");
    int rc = NH_OK;
    for (size_t taken = 1; *text && !rc; text += taken) {
        taken = 1;
        if (*text == '{' || *text == '}')
            rc = put_brace(&f, text, &taken);
        else
            fputc(*text, f.out);
    }
    if (fclose(f.out) && !rc)
        rc = nh_fail(err, NH_EFAIL, "out of memory");
    if (rc) {
        free(*out);
        *out = NULL;
    }
    return rc;
}

bool nh_fill_mentions(const char *text, const char *name)
{
    size_t len = strlen(name);
    for (; (text = strchr(text, '{')); text += text[1] == '{' ? 2 : 1)
        if (strncmp(text + 1, name, len) == 0 && text[len + 1] == '}')
            return true;
    return false;
}
