/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/record/table.h"

#include <math.h>
#include <string.h>

static void print_us(FILE *out, double ns)
{
    if (isnan(ns))
        fprintf(out, " %11s", "-");
    else
        fprintf(out, " %11.3f", ns / 1000);
}

void nh_table_head(FILE *out, const struct nh_case *row)
{
    fprintf(out, "# %10s %11s %11s %11s %11s %8s %11s %-9s", row->column, "median_us", "ci_low_us",
            "ci_high_us", "p99_us", "samples", "ops/sample", "stop");
    if (row->rate_key)
        fprintf(out, " %9s", row->rate_head);
    fprintf(out, "  flags\n");
}

static void print_flags(FILE *out, const struct nh_summary *s, unsigned times_flags)
{
    const char *gap = "  ", *times[NH_TIMES_FLAGS + 1];
    const struct {
        bool on;
        const char *word;
    } flags[] = {{s->autocorrelated, "autocorrelated"},
                 {s->trending, "trend"},
                 {s->bimodal, "bimodal"},
                 {!s->steady, "unsteady"}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (!flags[i].on)
            continue;
        fprintf(out, "%s%s", gap, flags[i].word);
        gap = ",";
    }
    nh_times_flag_names(times_flags, times);
    for (size_t i = 0; times[i]; i++) {
        fprintf(out, "%s%s", gap, times[i]);
        gap = ",";
    }
}

static void print_modes(FILE *out, const struct nh_modes *m)
{
    fprintf(out,
            "# two modes: %.3f us (%.0f %%) and %.3f us (%.0f %%); quote both, not the median\n",
            m->low / 1000, 100 * m->low_share, m->high / 1000, 100 - 100 * m->low_share);
}

void nh_table_line(FILE *out, const struct nh_case *row, const struct nh_series *series,
                   double rate)
{
    const struct nh_summary *s = &series->stats;
    fprintf(out, "%12s", row->label);
    print_us(out, s->median);
    print_us(out, s->ci.lo);
    print_us(out, s->ci.hi);
    print_us(out, s->p99);
    fprintf(out, " %8zu %11zu %-9s", s->n, series->ops_per_sample, series->stop_rule);
    if (row->rate_key && isnan(rate))
        fprintf(out, " %9s", "-");
    else if (row->rate_key)
        fprintf(out, " %9.4g", rate / row->rate_unit);
    print_flags(out, s, series->times.flags);
    fputc('\n', out);
    if (s->bimodal)
        print_modes(out, &s->modes);
    fflush(out);
}
