/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/record/times.h"

#include <math.h>

#include "common/fields.h"
#include "common/record.h"

static const char *host_of(const json_t *placement, int rank)
{
    return nh_json_text(json_array_get(placement, (size_t)rank), "host", "?");
}

static json_t *estimate(const struct nh_estimate *e, bool there)
{
    if (!there || isnan(e->median))
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "median", nh_json_real(e->median), "ci_low",
                     nh_json_real(e->lo), "ci_high", nh_json_real(e->hi));
}

static json_t *straggler(const struct nh_times *t, const json_t *placement)
{
    if (!t->over_ranks)
        return json_null();
    return json_pack("{s:i, s:s, s:o}", "rank", t->straggler, "host",
                     host_of(placement, t->straggler), "share", nh_json_real(t->straggler_share));
}

static json_t *clock(const struct nh_times *t)
{
    const struct nh_clock_quality *q = &t->clock;
    if (!t->global_clock)
        return json_null();
    return json_pack("{s:s, s:i, s:o, s:o, s:o, s:b}", "method", q->method, "clocks", q->clocks,
                     "bound_ns", nh_json_real(q->bound_ns), "spread_ns", nh_json_real(q->spread_ns),
                     "disagreement_ns", nh_json_real(q->disagreement_ns), "consistent",
                     q->consistent);
}

static json_t *flag_names(unsigned flags)
{
    const char *names[NH_TIMES_FLAGS + 1];
    json_t *list = json_array();
    nh_times_flag_names(flags, names);
    for (size_t i = 0; names[i]; i++)
        json_array_append_new(list, json_string(names[i]));
    return list;
}

json_t *nh_times_json(const struct nh_times *t, const json_t *placement)
{
    if (!t->over_ranks && t->invalid == 0)
        return NULL;
    json_t *o = json_object();
    json_object_set_new(o, "local_max", estimate(&t->local_max, t->over_ranks));
    json_object_set_new(o, "osu_avg", estimate(&t->osu_avg, t->over_ranks));
    json_object_set_new(o, "bracket_low", estimate(&t->bracket_low, t->over_ranks));
    json_object_set_new(o, "global", estimate(&t->global, t->global_clock));
    json_object_set_new(o, "from_start", estimate(&t->from_start, t->global_clock));
    json_object_set_new(o, "skew", estimate(&t->skew, t->global_clock));
    json_object_set_new(o, "straggler", straggler(t, placement));
    json_object_set_new(o, "clock", clock(t));
    json_object_set_new(o, "valid", json_integer((json_int_t)t->valid));
    json_object_set_new(o, "invalid", json_integer((json_int_t)t->invalid));
    json_object_set_new(o, "flags", flag_names(t->flags));
    return o;
}

/* ---- the block of --times ---- */

void nh_times_head(FILE *out, const struct nh_case *row)
{
    fprintf(out,
            "# Other definitions of time, medians in us of one operation (skew: of a sample); "
            "see method.md.\n"
            "# %10s %11s %11s %11s %11s %11s %11s %9s  slowest most often\n",
            row->column, "local_max", "osu_avg", "bracket_low", "global", "from_start", "skew",
            "late");
}

static void print_us(FILE *out, const struct nh_estimate *e, bool there)
{
    if (!there || isnan(e->median))
        fprintf(out, " %11s", "-");
    else
        fprintf(out, " %11.3f", e->median / 1000);
}

void nh_times_line(FILE *out, const struct nh_case *row, const struct nh_times *t,
                   const json_t *placement)
{
    char late[24];
    fprintf(out, "%12s", row->label);
    print_us(out, &t->local_max, t->over_ranks);
    print_us(out, &t->osu_avg, t->over_ranks);
    print_us(out, &t->bracket_low, t->over_ranks);
    print_us(out, &t->global, t->global_clock);
    print_us(out, &t->from_start, t->global_clock);
    print_us(out, &t->skew, t->global_clock);
    snprintf(late, sizeof late, "%zu/%zu", t->invalid, t->valid + t->invalid);
    fprintf(out, " %9s", late);
    if (t->over_ranks)
        fprintf(out, "  rank %d on %s (%.0f %%)", t->straggler, host_of(placement, t->straggler),
                100 * t->straggler_share);
    fputc('\n', out);
}
