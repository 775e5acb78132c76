/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/shm/floor.h"
#include "bench/shm/segment.h"
#include "common/catalog.h"
#include "common/fields.h"
#include "common/stats.h"

/* What the look at copies may take; hand-overs take 1 to 3 ms. */
#define COPY_BUDGET_NS 1.5e6
/* A partner on a core of its own answers in far less than this. */
#define TIMEOUT_S 1.0

struct nh_mpi_limits {
    struct nh_segment segment;
    struct nh_floor floor;
    struct nh_error reason; /* why nothing can be looked at; code NH_OK when it can */
    bool fresh;             /* floor.after is recent enough for the next measurement */
    bool looked;            /* in this measurement */
    double noted_ns;        /* hand-over that was printed last */
};

/* Two ranks that may each have a core of one host. */
static bool applies(const struct nh_mpi_session *s)
{
    return s->size == 2 && s->nodes == 1 && !s->crowded && !s->simulated;
}

/* ---- the two cores ---- */

/* Rank 0 makes the segment, rank 1 maps it, and then its name goes. */
static int share(struct nh_mpi_session *s, struct nh_mpi_limits *l, struct nh_error *err)
{
    char name[NH_SEGMENT_NAME] = "";
    int code = NH_OK;
    if (s->rank == 0) {
        code = nh_segment_make(&l->segment, sizeof(struct nh_line), err);
        memcpy(name, l->segment.name, sizeof name);
    }
    if ((code = nh_mpi_agree(s, code, err)))
        return code;
    s->group.broadcast(s->group.context, name, sizeof name, err);
    if (s->rank == 1)
        code = nh_segment_join(&l->segment, name, sizeof(struct nh_line), err);
    code = nh_mpi_agree(s, code, err);
    nh_segment_unname(&l->segment);
    return code;
}

static void open_limits(struct nh_mpi_session *s)
{
    struct nh_error err = {0};
    struct nh_mpi_limits *l = calloc(1, sizeof *l);
    int code = nh_mpi_agree(s, l ? NH_OK : NH_EFAIL, &err);
    if (code || !l) {
        free(l);
        return;
    }
    s->floor = l;
    if (share(s, l, &err)) {
        l->reason = err;
        l->reason.code = NH_EFAIL;
        return;
    }
    l->floor.handover = (struct nh_handover){
        .line = l->segment.memory, .side = s->rank, .clock = &s->clock, .timeout_s = TIMEOUT_S};
}

/* Both ranks, together: a partner that did not answer once is not asked again. */
static void look_at_handover(struct nh_mpi_session *s, struct nh_floor_look *look)
{
    struct nh_mpi_limits *l = s->floor;
    struct nh_error err = {0};
    s->group.barrier(s->group.context, &err);
    int code = nh_floor_handover(&l->floor, look, &err);
    if (nh_mpi_agree(s, code, &err))
        l->reason = err;
}

static void look_at_copy(struct nh_mpi_session *s, struct nh_floor_look *look)
{
    if (s->rank == 0)
        nh_floor_copy(&s->floor->floor, look, COPY_BUDGET_NS);
}

/* The first column is the size in the kernels that have one. */
static size_t row_bytes(const struct nh_mpi_case *row)
{
    if (strncmp(row->column, "size", 4) != 0)
        return 0;
    size_t bytes = (size_t)strtoull(row->label, NULL, 10);
    return bytes < NH_FLOOR_COPY_MAX ? bytes : NH_FLOOR_COPY_MAX;
}

void nh_mpi_limits_before(struct nh_mpi_session *s, const struct nh_mpi_case *row)
{
    if (!applies(s) || strcmp(row->column, "limit") == 0) /* measures nothing else */
        return;
    if (!s->floor)
        open_limits(s);
    struct nh_mpi_limits *l = s->floor;
    if (!l || l->reason.code)
        return;
    l->floor.copy_bytes = row_bytes(row);
    if (l->fresh)
        l->floor.before = l->floor.after;
    else
        look_at_handover(s, &l->floor.before);
    look_at_copy(s, &l->floor.before);
    l->looked = true;
}

void nh_mpi_limits_after(struct nh_mpi_session *s)
{
    struct nh_mpi_limits *l = s->floor;
    if (!l || l->reason.code || !l->looked)
        return;
    look_at_handover(s, &l->floor.after);
    look_at_copy(s, &l->floor.after);
    l->fresh = !l->reason.code;
}

void nh_mpi_limits_close(struct nh_mpi_session *s)
{
    if (!s->floor)
        return;
    nh_floor_close(&s->floor->floor);
    nh_segment_close(&s->floor->segment);
    free(s->floor);
    s->floor = NULL;
}

/* ---- the record ---- */

static double bandwidth_of(const struct nh_record *r)
{
    double rate = nh_json_number(r->derived, "bandwidth_bytes_per_s", NAN);
    return isnan(rate) ? nh_json_number(r->derived, "algorithm_bytes_per_s", NAN) : rate;
}

static int directions(const struct nh_record *r)
{
    return strcmp(nh_json_text(r->params, "direction", "one"), "two") == 0 ? 2 : 1;
}

/* Of two hosts only: with more, the hosts' lines add up differently for every kernel. */
static json_t *line_rate(const struct nh_record *r)
{
    struct nh_catalog catalog;
    struct nh_error err = {0};
    json_t *o = NULL;
    double measured = nh_json_number(r->derived, "bandwidth_bytes_per_s", NAN);
    if (r->nodes != 2 || !r->machine || isnan(measured) || nh_catalog_load(&catalog, &err))
        return NULL;
    const struct nh_machine *m = nh_catalog_machine(&catalog, r->machine, &err);
    if (m && m->network_gbps > 0) {
        double line = m->network_gbps * 1e9 / 8;
        o = json_pack("{s:f, s:s, s:f, s:s}", "line_rate_bytes_per_s", line, "line_rate_source",
                      m->source, "ratio", measured / (line * directions(r)), "ratio_of",
                      "bandwidth over line rate");
    }
    nh_catalog_clear(&catalog);
    return o;
}

void nh_mpi_limits_record(struct nh_mpi_session *s, struct nh_record *r)
{
    const struct nh_mpi_limits *l = s->floor;
    if (l && l->reason.code)
        r->limits = json_pack("{s:s}", "unavailable", l->reason.text);
    else if (l && l->looked)
        r->limits = nh_floor_json(&l->floor, r->stats.median, bandwidth_of(r), directions(r));
    else if (s->nodes > 1)
        r->limits = line_rate(r);
}

void nh_mpi_limits_note(struct nh_mpi_session *s)
{
    struct nh_mpi_limits *l = s->floor;
    double scratch[NH_FLOOR_SAMPLES];
    if (!l || l->reason.code || !l->looked || l->floor.after.handovers == 0)
        return;
    const struct nh_floor_look *look = &l->floor.after;
    double ns = nh_median(look->handover_ns, look->handovers, scratch);
    if (l->noted_ns > 0 && fabs(ns / l->noted_ns - 1) < 0.3)
        return;
    nh_mpi_note(s, "limit: a cache line goes from core to core in %.0f ns%s", ns,
                l->noted_ns > 0 ? " now" : "");
    l->noted_ns = ns;
}
