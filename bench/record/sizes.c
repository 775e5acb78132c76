/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/record/sizes.h"

#include <limits.h>
#include <stdlib.h>

#include "common/units.h"

static int by_size(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static void unique(struct nh_sizes *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        if (kept == 0 || s->items[kept - 1] != s->items[i])
            s->items[kept++] = s->items[i];
    s->count = kept;
}

static void sort_unique(struct nh_sizes *s)
{
    qsort(s->items, s->count, sizeof *s->items, by_size);
    unique(s);
}

static int check_size(size_t size, size_t unit, const char *unit_name, size_t least, size_t most,
                      struct nh_error *err)
{
    if (size < least)
        return nh_fail(err, NH_EINPUT, "--sizes: %zu is too small; give at least %zu", size, least);
    if (size % unit)
        return nh_fail(err, NH_EINPUT,
                       "--sizes: %zu is not a multiple of %zu bytes, the size of a %s; give %zu or "
                       "%zu",
                       size, unit, unit_name, size < unit ? unit : size / unit * unit,
                       (size / unit + 1) * unit);
    if (size / unit > most)
        return nh_fail(err, NH_EINPUT,
                       "--sizes: %zu bytes are more than MPI 3 can count (%zu elements of %zu); "
                       "give a smaller size",
                       size, most, unit);
    return NH_OK;
}

int nh_sizes_parse(const char *text, size_t unit, const char *unit_name, size_t least,
                   struct nh_sizes *out, struct nh_error *err)
{
    return nh_sizes_parse_up_to(text, unit, unit_name, least, INT_MAX, out, err);
}

int nh_sizes_parse_up_to(const char *text, size_t unit, const char *unit_name, size_t least,
                         size_t most, struct nh_sizes *out, struct nh_error *err)
{
    *out = (struct nh_sizes){NULL, 0};
    if (nh_parse_size_list(text, &out->items, &out->count, err))
        return nh_context(err, "--sizes");
    int code = NH_OK;
    for (size_t i = 0; code == NH_OK && i < out->count; i++)
        code = check_size(out->items[i], unit, unit_name, least, most, err);
    if (code == NH_OK) {
        sort_unique(out);
        return NH_OK;
    }
    free(out->items);
    *out = (struct nh_sizes){NULL, 0};
    return code;
}

size_t nh_sizes_largest(const struct nh_sizes *s)
{
    return s->count ? s->items[s->count - 1] : 0;
}

void nh_sizes_round_up(struct nh_sizes *s, size_t unit)
{
    for (size_t i = 0; i < s->count; i++)
        s->items[i] = (s->items[i] + unit - 1) / unit * unit;
    unique(s);
}
