/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/text_parts.h"

#include <math.h>
#include <stddef.h>

#include "analysis/report/table.h"
#include "common/units.h"

/* A part of the cost that is shown when any size has it. */
static const struct {
    const char *name;
    size_t offset;
} parts[] = {{"compute", offsetof(struct nh_cost_parts, compute)},
             {"licence", offsetof(struct nh_cost_parts, licence)},
             {"boot, idle, rounding", offsetof(struct nh_cost_parts, overhead)},
             {"storage", offsetof(struct nh_cost_parts, storage)},
             {"transfer", offsetof(struct nh_cost_parts, transfer)}};
enum { PARTS = sizeof parts / sizeof *parts };

static double part_of(const struct nh_cost_point *p, size_t part)
{
    return *(const double *)((const char *)&p->parts + parts[part].offset);
}

static bool is_there(const struct nh_advice *a, size_t part)
{
    bool any = false;
    for (size_t i = 0; i < a->count; i++)
        any = any || part_of(&a->points[i], part) > 0;
    return any;
}

static void heads(struct nh_table *t, const struct nh_advice *a)
{
    nh_table_row(t);
    nh_table_cell(t, "%s", "");
    for (size_t j = 0; j < PARTS; j++)
        if (is_there(a, j))
            nh_table_cell(t, "%s", parts[j].name);
    if (a->terms.spot) {
        nh_table_cell(t, "90%% of runs end in");
        nh_table_cell(t, "and cost at most");
    }
    nh_table_cell(t, "%s", ""); /* the last column is text, to the left */
}

static void spot_cells(struct nh_table *t, const struct nh_advice *a, const struct nh_cost_point *p)
{
    char time[NH_UNIT_TEXT], cost[NH_MONEY_TEXT];
    if (isfinite(p->p90_time_s)) {
        nh_table_cell(t, "%s", nh_format_duration(p->p90_time_s, time));
        nh_table_cell(t, "%s", nh_amount_text(a, p->p90_amount, cost));
    } else {
        nh_table_cell(t, "no end");
        nh_table_cell(t, "-");
    }
}

static void row(struct nh_table *t, const struct nh_scaling *s, const struct nh_advice *a, size_t i)
{
    char size[NH_SIZE_TEXT], cost[NH_MONEY_TEXT];
    nh_table_row(t);
    nh_table_cell(t, "%s", nh_size_text(s, i, size));
    for (size_t j = 0; j < PARTS; j++)
        if (is_there(a, j))
            nh_table_cell(t, "%s",
                          nh_amount_text(a, part_of(&a->points[i], j) * a->shown_factor, cost));
    if (a->terms.spot)
        spot_cells(t, a, &a->points[i]);
    nh_table_cell(t, "%s", "");
}

int nh_text_parts(FILE *out, const struct nh_scaling *s, const struct nh_advice *a, const char *dim,
                  const char *off, struct nh_error *err)
{
    struct nh_table t = {0};
    bool around = is_there(a, 2) || is_there(a, 3) || is_there(a, 4);
    if (!around && !a->terms.spot)
        return NH_OK;
    fprintf(out, "\n  What a %s costs, in parts\n", a->shown_per);
    heads(&t, a);
    for (size_t i = 0; i < a->count; i++)
        row(&t, s, a, i);
    return nh_table_print(&t, out, 2, 0, dim, off, err);
}
