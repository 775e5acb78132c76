/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/sweep.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/pt2pt/refine.h"
#include "common/cli.h"
#include "common/rng.h"
#include "common/units.h"

enum { MOST_ADDED = 1000 };

struct poptOption *nh_mpi_sweep_table(struct nh_mpi_sweep_options *o)
{
    const struct poptOption table[] = {
        {"refine", 0, POPT_ARG_STRING, &o->refine, 0,
         "then add up to N sizes where the time bends most (default 0)", "N"},
        {"order", 0, POPT_ARG_STRING, &o->order, 0,
         "in which sizes are measured (default ascending)", "ascending|random"},
        {"seed", 0, POPT_ARG_STRING, &o->seed, 0, "of the random order (default 1)", "N"},
        POPT_TABLEEND};
    memcpy(o->table, table, sizeof table);
    return o->table;
}

static int parse_order(const struct nh_mpi_sweep_options *o, struct nh_mpi_sweep *s,
                       struct nh_error *err)
{
    static const char *const orders[] = {"ascending", "random", NULL};
    int order = 0, code;
    long seed = 1;
    if (o->order && (code = nh_choice("--order", o->order, orders, &order, err)))
        return code;
    if (o->refine && (code = nh_parse_long("--refine", o->refine, 0, MOST_ADDED, &s->refine, err)))
        return code;
    if (o->seed && (code = nh_parse_long("--seed", o->seed, 0, LONG_MAX, &seed, err)))
        return code;
    s->random = order == 1;
    s->seed = (uint64_t)seed;
    return NH_OK;
}

int nh_mpi_sweep_parse(const struct nh_mpi_sweep_options *o, const char *sizes, size_t unit,
                       const char *unit_name, size_t least, struct nh_mpi_sweep *s,
                       struct nh_error *err)
{
    *s = (struct nh_mpi_sweep){.unit = unit};
    int code = parse_order(o, s, err);
    return code ? code : nh_sizes_parse(sizes, unit, unit_name, least, &s->sizes, err);
}

void nh_mpi_sweep_clear(struct nh_mpi_sweep *s)
{
    free(s->sizes.items);
    s->sizes = (struct nh_sizes){NULL, 0};
}

/* ---- measuring ---- */

struct sweep_run {
    struct nh_mpi_session *session;
    struct nh_mpi_sweep *sweep;
    nh_mpi_sweep_size *measure;
    void *state;
    struct nh_timed_size *points; /* measured so far, ascending */
    size_t count;
};

static void keep(struct sweep_run *r, size_t size, double ns)
{
    size_t i = r->count++;
    for (; i > 0 && r->points[i - 1].size > size; i--)
        r->points[i] = r->points[i - 1];
    r->points[i] = (struct nh_timed_size){size, ns};
}

static int measure(struct sweep_run *r, size_t size, struct nh_error *err)
{
    double median = 0;
    int code = r->measure(r->session, r->state, size, &median, err);
    keep(r, size, median);
    r->sweep->position++;
    return code;
}

static int measure_asked(struct sweep_run *r, size_t *order, struct nh_error *err)
{
    const struct nh_sizes *sizes = &r->sweep->sizes;
    int code = NH_OK;
    for (size_t i = 0; i < sizes->count; i++)
        order[i] = i;
    struct nh_rng rng = {r->sweep->seed};
    if (r->sweep->random)
        nh_rng_shuffle(&rng, order, sizes->count);
    for (size_t i = 0; code == NH_OK && i < sizes->count; i++)
        code = measure(r, sizes->items[order[i]], err);
    return code;
}

/* Every rank has the same medians and so comes to the same sizes. */
static int measure_added(struct sweep_run *r, struct nh_error *err)
{
    int code = NH_OK;
    r->sweep->added = true;
    for (long i = 0; code == NH_OK && i < r->sweep->refine; i++) {
        size_t size = nh_refine_next(r->points, r->count, r->sweep->unit);
        if (size == 0)
            break;
        code = measure(r, size, err);
    }
    return code;
}

int nh_mpi_sweep_run(struct nh_mpi_session *session, struct nh_mpi_sweep *sweep,
                     nh_mpi_sweep_size *measure_size, void *state, struct nh_error *err)
{
    size_t asked = sweep->sizes.count, most = asked + (size_t)sweep->refine;
    struct sweep_run r = {session, sweep, measure_size, state, NULL, 0};
    size_t *order = malloc((asked + 1) * sizeof *order);
    r.points = malloc((most + 1) * sizeof *r.points);
    int code = order && r.points ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
    code = nh_mpi_agree(session, code, err);
    session->total = most;
    sweep->position = 0;
    sweep->added = false;
    if (code == NH_OK && order && r.points)
        code = measure_asked(&r, order, err);
    if (code == NH_OK && order && r.points)
        code = measure_added(&r, err);
    free(order);
    free(r.points);
    return code;
}

void nh_mpi_sweep_describe(const struct nh_mpi_sweep *s, json_t *detail)
{
    if (!s->random && s->refine == 0)
        return;
    json_t *sweep = json_object();
    json_object_set_new(sweep, "order", json_string(s->random ? "random" : "ascending"));
    if (s->random)
        json_object_set_new(sweep, "seed", json_integer((json_int_t)s->seed));
    json_object_set_new(sweep, "position", json_integer((json_int_t)s->position));
    json_object_set_new(sweep, "added", json_boolean(s->added));
    json_object_set_new(detail, "sweep", sweep);
}

int nh_mpi_measure_size(struct nh_mpi_session *session, const struct nh_kernel_ops *ops,
                        void *state, size_t size, const char *rate_key, double *median_ns,
                        struct nh_error *err)
{
    char label[24];
    snprintf(label, sizeof label, "%zu", size);
    const struct nh_case row = {"size_B", label, rate_key, "GB/s", 1e9};
    return nh_mpi_measure(session, ops, state, &row, median_ns, err);
}
