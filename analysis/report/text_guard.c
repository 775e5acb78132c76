/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/text_guard.h"

#include "analysis/report/table.h"

enum { MOST_ENTRIES = 20 };

static void print_doubt(FILE *out, const struct nh_doubts *f, size_t first, size_t end)
{
    const struct nh_doubt *a = &f->items[first];
    char text[1024];
    snprintf(text, sizeof text, "%s: %s: %s%s%s%s%s [%s]%s%s", a->where, nh_level_name(a->level),
             a->figure, *a->why.value ? ": " : "", a->why.value,
             *a->why.bound ? "; can only be " : "", a->why.bound, a->rule->name,
             *a->why.formula ? ": " : "", a->why.formula);
    nh_print_wrapped(out, "  - ", "    ", text);
    if (end - first > 1)
        fprintf(out, "    and %zu more, to %s\n", end - first - 1, f->items[end - 1].where);
}

void nh_text_guard(FILE *out, const struct nh_doubts *f, const char *head_on, const char *head_off)
{
    size_t shown = 0, end;
    if (f->count == 0)
        return;
    fprintf(out, "%sPhysics guard%s\n", head_on, head_off);
    for (size_t i = 0; i < f->count; i = end) {
        end = nh_doubts_alike(f, i);
        if (shown++ < MOST_ENTRIES)
            print_doubt(out, f, i, end);
    }
    if (shown > MOST_ENTRIES)
        fprintf(out, "  %zu more series: 'nodehour check' names them\n", shown - MOST_ENTRIES);
    fputc('\n', out);
}
