/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/shm/floor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/fields.h"
#include "common/stats.h"

/* From here on the copy and not the hand-over is what a message costs at least. */
enum { COPY_MATTERS = 4096, PASSES_LEAST = 3 };

static int64_t now(const struct nh_floor *f)
{
    return f->handover.clock->now(f->handover.clock->context);
}

int nh_floor_handover(struct nh_floor *f, struct nh_floor_look *look, struct nh_error *err)
{
    look->handovers = 0;
    for (size_t i = 0; i < NH_FLOOR_SAMPLES; i++) {
        int64_t start = now(f);
        int code = nh_handover_rounds(&f->handover, NH_FLOOR_ROUNDS, err);
        if (code)
            return code;
        look->handover_ns[i] = (double)(now(f) - start) / (2.0 * NH_FLOOR_ROUNDS);
    }
    look->handovers = NH_FLOOR_SAMPLES;
    return NH_OK;
}

/* ---- copies ---- */

static bool make_room(struct nh_floor *f, size_t bytes)
{
    if (bytes <= f->room)
        return true;
    nh_floor_close(f);
    size_t page = 4096, rounded = (bytes + page - 1) / page * page;
    f->from = aligned_alloc(page, rounded);
    f->to = aligned_alloc(page, rounded);
    if (!f->from || !f->to) {
        nh_floor_close(f);
        return false;
    }
    memset(f->from, 1, rounded);
    memset(f->to, 2, rounded);
    f->room = rounded;
    return true;
}

/* Not inlined into a loop that the compiler could see through. */
static void copy_times(void *to, const void *from, size_t bytes, size_t times)
{
    void *(*volatile copy)(void *, const void *, size_t) = memcpy;
    for (size_t i = 0; i < times; i++)
        copy(to, from, bytes);
}

/* As many copies in a pass as make it some 10 us long, so that the clock does not matter. */
static size_t times_for(const struct nh_floor *f, size_t bytes)
{
    copy_times(f->to, f->from, bytes, 1);
    int64_t start = now(f);
    copy_times(f->to, f->from, bytes, 1);
    double once = (double)(now(f) - start);
    return once >= 10000 ? 1 : (size_t)(10000 / fmax(once, 5));
}

void nh_floor_copy(struct nh_floor *f, struct nh_floor_look *look, double budget_ns)
{
    size_t bytes = f->copy_bytes;
    look->copies = 0;
    if (bytes == 0 || !make_room(f, bytes))
        return;
    size_t times = times_for(f, bytes);
    int64_t begin = now(f);
    while (look->copies < NH_FLOOR_COPIES_MAX &&
           (look->copies < PASSES_LEAST || (double)(now(f) - begin) < budget_ns)) {
        int64_t start = now(f);
        copy_times(f->to, f->from, bytes, times);
        look->copy_ns[look->copies++] = (double)(now(f) - start) / (double)times;
    }
}

void nh_floor_close(struct nh_floor *f)
{
    free(f->from);
    free(f->to);
    f->from = f->to = NULL;
    f->room = 0;
}

/* ---- the record ---- */

static size_t pool(const double *a, size_t n, const double *b, size_t m, double *all)
{
    memcpy(all, a, n * sizeof *all);
    memcpy(all + n, b, m * sizeof *all);
    return n + m;
}

static json_t *median_json(const double *x, size_t n)
{
    double scratch[2 * NH_FLOOR_SAMPLES];
    return n ? nh_json_real(nh_median(x, n, scratch)) : json_null();
}

static json_t *modes_json(const struct nh_summary *s)
{
    if (!s->bimodal)
        return json_null();
    return json_pack("{s:f, s:f, s:f}", "low", s->modes.low, "high", s->modes.high, "low_share",
                     s->modes.low_share);
}

static double put_handover(const struct nh_floor *f, json_t *o)
{
    double all[2 * NH_FLOOR_SAMPLES];
    struct nh_summary s;
    size_t n = pool(f->before.handover_ns, f->before.handovers, f->after.handover_ns,
                    f->after.handovers, all);
    if (n == 0 || nh_summarise(all, n, 0.95, false, &s))
        return NAN;
    json_object_set_new(o, "handover_ns", nh_json_real(s.median));
    json_object_set_new(o, "handover_before_ns",
                        median_json(f->before.handover_ns, f->before.handovers));
    json_object_set_new(o, "handover_after_ns",
                        median_json(f->after.handover_ns, f->after.handovers));
    json_object_set_new(o, "handover_modes", modes_json(&s));
    return s.median;
}

static double put_copy(const struct nh_floor *f, json_t *o)
{
    double all[2 * NH_FLOOR_COPIES_MAX], scratch[2 * NH_FLOOR_COPIES_MAX];
    size_t n = pool(f->before.copy_ns, f->before.copies, f->after.copy_ns, f->after.copies, all);
    if (n == 0)
        return NAN;
    double rate = (double)f->copy_bytes / nh_median(all, n, scratch) * 1e9;
    json_object_set_new(o, "copy_bytes", json_integer((json_int_t)f->copy_bytes));
    json_object_set_new(o, "copy_bytes_per_s", nh_json_real(rate));
    return rate;
}

static void put_ratio(json_t *o, double ratio, const char *of)
{
    json_object_set_new(o, "ratio", nh_json_real(ratio));
    json_object_set_new(o, "ratio_of", isfinite(ratio) ? json_string(of) : json_null());
}

json_t *nh_floor_json(const struct nh_floor *f, double time_ns, double bandwidth_Bps, int cores)
{
    if (f->before.handovers + f->after.handovers == 0)
        return NULL;
    json_t *o = json_object();
    double handover = put_handover(f, o), copy = put_copy(f, o);
    if (f->copy_bytes < COPY_MATTERS)
        put_ratio(o, time_ns / handover, "time over hand-over");
    else
        put_ratio(o, bandwidth_Bps / (copy * cores), "bandwidth over copy bandwidth");
    return o;
}
