/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/engine/offset.h"

#include <math.h>

/* What the reference sends: "your time?", or the result. */
struct request {
    int64_t done;
    struct nh_offset result;
};
_Static_assert(sizeof(struct request) <= NH_CONTROL_MAX, "a request is a control message");

static int64_t now(const struct nh_clock *clock)
{
    return clock->now(clock->context);
}

static int check(const struct nh_offset *o, int reference, int client, struct nh_error *err)
{
    if (o->lo <= o->hi)
        return NH_OK;
    return nh_fail(err, NH_EFAIL,
                   "the clock of rank %d or %d stepped by %lld ns while they were compared; start "
                   "again, or use --sync barrier",
                   reference, client, (long long)(o->lo - o->hi));
}

/* One exchange narrows the interval; `rtt` is its round trip. */
static int ask(const struct nh_group *g, const struct nh_clock *clock,
               const struct nh_clock_model *model, int client, struct nh_offset *o, int64_t *rtt,
               struct nh_error *err)
{
    struct request question = {0};
    int64_t t;
    int64_t s1 = nh_model_global(model, now(clock));
    int code = g->send(g->context, client, &question, sizeof question, err);
    if (code == NH_OK)
        code = g->receive(g->context, client, &t, sizeof t, err);
    if (code)
        return code;
    int64_t s2 = nh_model_global(model, now(clock));
    o->lo = t - s2 > o->lo ? t - s2 : o->lo;
    o->hi = t - s1 < o->hi ? t - s1 : o->hi;
    *rtt = s2 - s1;
    if (*rtt < o->rtt) {
        o->rtt = *rtt;
        o->stamp = t;
    }
    return NH_OK;
}

int nh_offset_serve(const struct nh_group *g, const struct nh_clock *clock,
                    const struct nh_clock_model *model, int64_t bound, int client,
                    struct nh_offset *out, struct nh_error *err)
{
    struct request answer = {
        .done = 1, .result = {.lo = INT64_MIN, .hi = INT64_MAX, .rtt = INT64_MAX, .bound = bound}};
    int64_t begin = now(clock), rtt;
    for (int i = 1; i <= NH_EXCHANGES_MOST; i++) {
        int64_t known = answer.result.rtt;
        int code = ask(g, clock, model, client, &answer.result, &rtt, err);
        if (code)
            return code;
        if (i >= NH_EXCHANGES_LEAST && (double)rtt <= 1.1 * (double)known)
            break;
    }
    int64_t drift = (int64_t)ceil(NH_DRIFT_MAX * (double)(now(clock) - begin));
    answer.result.lo -= drift;
    answer.result.hi += drift;
    *out = answer.result;
    int code = g->send(g->context, client, &answer, sizeof answer, err);
    return code ? code : check(out, g->rank, client, err);
}

int nh_offset_learn(const struct nh_group *g, const struct nh_clock *clock, int reference,
                    struct nh_offset *out, struct nh_error *err)
{
    for (;;) {
        struct request request;
        int code = g->receive(g->context, reference, &request, sizeof request, err);
        if (code == NH_OK && request.done) {
            *out = request.result;
            return check(out, reference, g->rank, err);
        }
        int64_t t = now(clock);
        if (code == NH_OK)
            code = g->send(g->context, reference, &t, sizeof t, err);
        if (code)
            return code;
    }
}
