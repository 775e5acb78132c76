/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/shm/distance.h"

#include <math.h>
#include <stdio.h>
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

struct nh_distance {
    const struct nh_group *group;
    const struct nh_clock *clock;
    bool two_cores;
    struct nh_segment segment;
    struct nh_floor floor;
    struct nh_error reason; /* why nothing can be looked at; code NH_OK when it can */
    bool fresh;             /* floor.after is recent enough for the next measurement */
    bool looked;            /* in this measurement */
    double noted_ns;        /* hand-over that was told last */
};

static int agree(const struct nh_distance *d, int code, struct nh_error *err)
{
    return d->group->agree(d->group->context, code, err);
}

/* ---- the two cores ---- */

/* Rank 0 makes the segment, rank 1 maps it, and then its name goes. */
static int share(struct nh_distance *d, struct nh_error *err)
{
    char name[NH_SEGMENT_NAME] = "";
    int code = NH_OK;
    if (d->group->rank == 0) {
        code = nh_segment_make(&d->segment, sizeof(struct nh_line), err);
        memcpy(name, d->segment.name, sizeof name);
    }
    if ((code = agree(d, code, err)) ||
        (code = d->group->broadcast(d->group->context, name, sizeof name, err)))
        return code;
    if (d->group->rank == 1)
        code = nh_segment_join(&d->segment, name, sizeof(struct nh_line), err);
    code = agree(d, code, err);
    nh_segment_unname(&d->segment);
    return code;
}

/* A partner that did not answer once is not asked again. */
static void give_up(struct nh_distance *d, const struct nh_error *why)
{
    d->reason = *why;
    d->reason.code = NH_EFAIL;
}

static void meet(struct nh_distance *d)
{
    struct nh_error err = {0};
    if (share(d, &err))
        give_up(d, &err);
    else
        d->floor.handover = (struct nh_handover){.line = d->segment.memory,
                                                 .side = d->group->rank,
                                                 .clock = d->clock,
                                                 .timeout_s = TIMEOUT_S};
}

/* Both ranks, together. */
static void look_at_handover(struct nh_distance *d, struct nh_floor_look *look)
{
    struct nh_error err = {0};
    int code = d->group->barrier(d->group->context, &err);
    if (code == NH_OK)
        code = nh_floor_handover(&d->floor, look, &err);
    if (agree(d, code, &err))
        give_up(d, &err);
}

static void look_at_copy(struct nh_distance *d, struct nh_floor_look *look)
{
    if (d->group->rank == 0)
        nh_floor_copy(&d->floor, look, COPY_BUDGET_NS);
}

/* The first column is the size in the kernels that have one. */
static size_t row_bytes(const struct nh_case *row)
{
    if (strncmp(row->column, "size", 4) != 0)
        return 0;
    size_t bytes = (size_t)strtoull(row->label, NULL, 10);
    return bytes < NH_FLOOR_COPY_MAX ? bytes : NH_FLOOR_COPY_MAX;
}

struct nh_distance *nh_distance_open(const struct nh_group *group, const struct nh_clock *clock,
                                     bool two_cores)
{
    struct nh_distance *d = calloc(1, sizeof *d);
    if (d)
        *d = (struct nh_distance){.group = group, .clock = clock, .two_cores = two_cores};
    return d;
}

void nh_distance_before(struct nh_distance *d, const struct nh_case *row)
{
    if (!d->two_cores || strcmp(row->column, "limit") == 0) /* measures nothing else */
        return;
    if (!d->floor.handover.line && !d->reason.code)
        meet(d);
    if (d->reason.code)
        return;
    d->floor.copy_bytes = row_bytes(row);
    if (d->fresh)
        d->floor.before = d->floor.after;
    else
        look_at_handover(d, &d->floor.before);
    look_at_copy(d, &d->floor.before);
    d->looked = true;
}

void nh_distance_after(struct nh_distance *d)
{
    if (d->reason.code || !d->looked)
        return;
    look_at_handover(d, &d->floor.after);
    look_at_copy(d, &d->floor.after);
    d->fresh = !d->reason.code;
}

void nh_distance_close(struct nh_distance *d)
{
    if (!d)
        return;
    nh_floor_close(&d->floor);
    nh_segment_close(&d->segment);
    free(d);
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

void nh_distance_record(const struct nh_distance *d, struct nh_record *r)
{
    if (d->reason.code)
        r->limits = json_pack("{s:s}", "unavailable", d->reason.text);
    else if (d->looked)
        r->limits = nh_floor_json(&d->floor, r->stats.median, bandwidth_of(r), directions(r));
    else if (r->nodes > 1)
        r->limits = line_rate(r);
}

bool nh_distance_news(struct nh_distance *d, char *text, size_t len)
{
    double scratch[NH_FLOOR_SAMPLES];
    const struct nh_floor_look *look = &d->floor.after;
    if (d->reason.code || !d->looked || look->handovers == 0)
        return false;
    double ns = nh_median(look->handover_ns, look->handovers, scratch);
    if (d->noted_ns > 0 && fabs(ns / d->noted_ns - 1) < 0.3)
        return false;
    snprintf(text, len, "limit: a cache line goes from core to core in %.0f ns%s", ns,
             d->noted_ns > 0 ? " now" : "");
    d->noted_ns = ns;
    return true;
}
