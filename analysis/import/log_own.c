/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/log_own.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- transport and order ---- */

/* A fixed root need not wait for the leaves: the time of many operations is a period. */
static bool in_a_pipeline(const struct nh_record *r)
{
    return r->ops_per_sample > 1 && strncmp(nh_json_text(r->params, "root", ""), "root ", 5) == 0;
}

void nh_log_own_series(const struct nh_record *r, struct nh_log_series *s)
{
    bool failed = json_is_true(json_object_get(r->transport, "failed"));
    if (r->imported)
        return;
    snprintf(s->transport, sizeof s->transport, "%.7s", nh_json_text(r->transport, "verdict", ""));
    snprintf(s->missed, sizeof s->missed, "%.7s",
             failed ? nh_json_text(r->transport, "required", "") : "");
    s->pipelined = in_a_pipeline(r);
}

/* ---- limits ---- */

/* Both looks and their faster mode: the cores may have been nearer in between. */
static double least_handover(const json_t *limits)
{
    double least = nh_json_number(limits, "handover_ns", NAN);
    least = fmin(least, nh_json_number(limits, "handover_before_ns", NAN));
    least = fmin(least, nh_json_number(limits, "handover_after_ns", NAN));
    return fmin(least, nh_json_number(json_object_get(limits, "handover_modes"), "low", NAN));
}

void nh_log_own_limits(const struct nh_record *r, struct nh_log_row *row)
{
    row->value[NH_LOG_HANDOVER] = least_handover(r->limits);
    row->value[NH_LOG_COPY_RATE] = nh_json_number(r->limits, "copy_bytes_per_s", NAN);
    if (isnan(row->value[NH_LOG_RATE]))
        row->value[NH_LOG_RATE] = nh_json_number(r->derived, "algorithm_bytes_per_s", NAN);
}

/* ---- matrix ---- */

bool nh_log_is_matrix(const struct nh_record *r)
{
    return strcmp(r->kernel, "matrix") == 0 && !r->imported && json_is_object(r->detail);
}

struct link {
    size_t from, to;
    double value; /* ns or bytes/s; NaN for none */
};

static const char *host_of(const struct nh_record *r, size_t rank)
{
    return nh_json_text(json_array_get(r->placement, rank), "host", "");
}

static bool faster(bool rate, double a, double b)
{
    return isnan(b) || (rate ? a > b : a < b);
}

static struct link fastest(const struct nh_record *r, bool rate, bool between)
{
    struct link best = {0, 0, NAN};
    const json_t *row, *cell, *matrix = json_object_get(r->detail, "matrix");
    for (size_t from = 0; from < json_array_size(matrix); from++) {
        row = json_array_get(matrix, from);
        for (size_t to = 0; to < json_array_size(row); to++) {
            cell = json_array_get(row, to);
            bool apart = strcmp(host_of(r, from), host_of(r, to)) != 0;
            if (json_is_number(cell) && apart == between &&
                faster(rate, json_number_value(cell), best.value))
                best = (struct link){from, to, json_number_value(cell)};
        }
    }
    return best;
}

void nh_log_own_matrix(const struct nh_record *r, struct nh_log_series *s, struct nh_log_row *row)
{
    bool rate = strcmp(nh_json_text(r->detail, "unit", "ns"), "bytes_per_s") == 0;
    bool between = r->nodes > 1;
    const char *where = between ? "between hosts" : "inside a host";
    struct link best = fastest(r, rate, between);
    s->op = nh_operation_by_kernel(rate ? "bandwidth" : "pingpong");
    s->statistic = "median of tournaments";
    if (isnan(best.value)) {
        best.value = nh_json_number(
            json_object_get(r->detail, between ? "between_hosts" : "within_hosts"), "median", NAN);
        snprintf(s->variant, sizeof s->variant, "median link %s", where);
    } else {
        snprintf(s->variant, sizeof s->variant, "fastest link %s, rank %zu to %zu", where,
                 best.from, best.to);
    }
    row->bytes = nh_json_number(r->params, "size_bytes", NAN);
    row->value[rate ? NH_LOG_RATE : NH_LOG_TIME] = best.value;
}
