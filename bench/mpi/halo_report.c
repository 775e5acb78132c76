/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/mpi/halo_state.h"
#include "common/stats.h"
#include "common/units.h"

enum { COPY_PASSES = 5 };
static const char *const WAY_NAMES[NH_COPY_WAYS] = {"loop", "memcpy"};

/* ---- gathering, on all ranks ---- */

int nh_halo_measure_copy(struct nh_halo *h, struct nh_error *err)
{
    struct nh_mpi_session *s = h->session;
    if (h->copy.count == 0)
        return NH_OK;
    int code = nh_mpi_agree(s, nh_copy_open(&h->copy, h->copy.count, err), err);
    for (int i = 0; code == NH_OK && i < COPY_PASSES; i++) {
        for (int way = 0; way < NH_COPY_WAYS; way++) {
            MPI_Barrier(s->comm);
            nh_copy_pass(&h->copy, (enum nh_copy_way)way, s->clock.now, s->clock.context);
        }
    }
    nh_copy_close(&h->copy);
    return code;
}

int nh_halo_gather(struct nh_halo *h, struct nh_error *err)
{
    struct nh_mpi_session *s = h->session;
    struct nh_halo_rank *m = &h->mine;
    size_t recent = m->iterations < NH_HALO_RECENT ? (size_t)m->iterations : NH_HALO_RECENT;
    nh_sort(h->recent, recent);
    m->compute_median_ns = nh_median_sorted(h->recent, recent);
    m->cells = (double)h->n[0] * (double)h->n[1] * (double)h->n[2];
    for (int way = 0; way < NH_COPY_WAYS; way++)
        m->copy_Bps[way] = nh_copy_bandwidth(&h->copy, (enum nh_copy_way)way);
    if (s->rank == 0)
        h->ranks = calloc((size_t)s->size, sizeof *h->ranks);
    int code = NH_OK;
    if (s->rank == 0 && !h->ranks)
        code = nh_fail(err, NH_EFAIL, "no memory for the times of %d ranks", s->size);
    if ((code = nh_mpi_agree(s, code, err)))
        return code;
    MPI_Gather(m, sizeof *m, MPI_BYTE, h->ranks, sizeof *m, MPI_BYTE, 0, s->comm);
    return NH_OK;
}

/* ---- figures, on rank 0 ---- */

struct range {
    double least, mean, most;
};

struct figures {
    double cells;
    struct range compute, halo, allreduce; /* shares of a rank's time */
    double load_balance;                   /* mean / largest compute time */
    double compute_ns;                     /* of an iteration: the slowest rank's median */
    double copy_Bps;                       /* all ranks together, by the better way */
    int copy_way;
    double traffic_bytes, bound; /* modelled; its time at copy bandwidth / compute_ns */
};

static void widen(struct range *r, double value, int index, int count)
{
    if (index == 0)
        *r = (struct range){value, 0, value};
    r->least = fmin(r->least, value);
    r->most = fmax(r->most, value);
    r->mean += value / count;
}

static void copy_figures(const struct nh_halo *h, struct figures *f)
{
    double sum[NH_COPY_WAYS] = {0};
    for (int way = 0; way < NH_COPY_WAYS; way++)
        for (int i = 0; i < h->session->size; i++)
            sum[way] += h->ranks[i].copy_Bps[way];
    f->copy_way = sum[NH_COPY_MEMCPY] > sum[NH_COPY_LOOP] ? NH_COPY_MEMCPY : NH_COPY_LOOP;
    f->copy_Bps = sum[f->copy_way];
}

static struct figures figures_of(const struct nh_halo *h)
{
    struct figures f = {.cells = h->cg.count};
    struct range compute_ns = {0};
    int n = h->session->size;
    for (int i = 0; i < n; i++) {
        const struct nh_halo_rank *r = &h->ranks[i];
        double total = r->compute_ns + r->halo_ns + r->allreduce_ns;
        widen(&f.compute, r->compute_ns / total, i, n);
        widen(&f.halo, r->halo_ns / total, i, n);
        widen(&f.allreduce, r->allreduce_ns / total, i, n);
        widen(&compute_ns, r->compute_ns, i, n);
        f.compute_ns = fmax(f.compute_ns, r->compute_median_ns);
    }
    f.load_balance = compute_ns.mean / compute_ns.most;
    copy_figures(h, &f);
    f.traffic_bytes = f.cells * NH_BLOCK_BYTES_PER_CELL;
    f.bound = f.traffic_bytes / f.copy_Bps * 1e9 / f.compute_ns;
    return f;
}

/* ---- the record ---- */

static void put(json_t *object, const char *key, double value)
{
    json_object_set_new(object, key, isfinite(value) ? json_real(value) : json_null());
}

static void put_count(json_t *object, const char *key, size_t value)
{
    json_object_set_new(object, key, json_integer((json_int_t)value));
}

static void put_box(json_t *object, const size_t cells[3])
{
    put_count(object, "cells_x", cells[0]);
    put_count(object, "cells_y", cells[1]);
    put_count(object, "cells_z", cells[2]);
}

static void put_params(const struct nh_halo *h, json_t *params)
{
    const int *dims = h->grid.dims;
    json_object_set_new(params, "scaling", json_string(h->weak ? "weak" : "strong"));
    put_count(params, "cells", h->grid.cells[0] * h->grid.cells[1] * h->grid.cells[2]);
    put_box(params, h->grid.cells);
    json_object_set_new(params, "grid", json_sprintf("%dx%dx%d", dims[0], dims[1], dims[2]));
}

static void put_derived(const struct nh_halo *h, const struct figures *f, double median_ns,
                        json_t *derived)
{
    put(derived, "cells", f->cells);
    put(derived, "cells_per_rank", f->cells / h->session->size);
    put(derived, "cells_per_s", f->cells / median_ns * 1e9);
    put(derived, "compute_share", f->compute.mean);
    put(derived, "halo_share", f->halo.mean);
    put(derived, "allreduce_share", f->allreduce.mean);
    put(derived, "communication_share", f->halo.mean + f->allreduce.mean);
    put(derived, "load_balance", f->load_balance);
    put(derived, "compute_ns", f->compute_ns);
    put_count(derived, "halo_bytes", 2 * nh_grid_surface(&h->grid) * sizeof(double));
    put(derived, "modelled_traffic_bytes", f->traffic_bytes);
    if (h->copy.count) {
        put(derived, "copy_bandwidth_bytes_per_s", f->copy_Bps);
        put(derived, "fraction_of_copy_bound", f->bound);
    }
    if (h->check.done) {
        put_count(derived, "iterations", (size_t)h->check.iterations);
        put(derived, "max_error", h->check.max_error);
    }
}

static json_t *rank_rows(const struct nh_halo *h)
{
    json_t *rows = json_array();
    for (int i = 0; i < h->session->size; i++) {
        const struct nh_halo_rank *r = &h->ranks[i];
        json_t *row = json_object();
        put_count(row, "rank", (size_t)i);
        put(row, "cells", r->cells);
        put(row, "compute_s", r->compute_ns * 1e-9);
        put(row, "compute_median_s", r->compute_median_ns * 1e-9);
        put(row, "halo_s", r->halo_ns * 1e-9);
        put(row, "allreduce_s", r->allreduce_ns * 1e-9);
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *copy_object(const struct nh_halo *h, const struct figures *f)
{
    json_t *copy = json_object();
    if (h->copy.count == 0) {
        json_object_set_new(copy, "skipped", json_string("simulated ranks share one process"));
        return copy;
    }
    json_object_set_new(copy, "way", json_string(WAY_NAMES[f->copy_way]));
    for (int way = 0; way < NH_COPY_WAYS; way++) {
        char key[32];
        double sum = 0;
        for (int i = 0; i < h->session->size; i++)
            sum += h->ranks[i].copy_Bps[way];
        snprintf(key, sizeof key, "%s_bytes_per_s", WAY_NAMES[way]);
        put(copy, key, sum);
    }
    put_count(copy, "passes", (size_t)h->copy.passes[0]);
    put_count(copy, "buffer_bytes", h->copy.count * sizeof(double));
    return copy;
}

/* Residuals as hexadecimal too: equal text is equal bits. */
static json_t *check_object(const struct nh_halo_check *c)
{
    json_t *check = json_object();
    put_box(check, c->cells);
    put_count(check, "iterations", (size_t)c->iterations);
    put(check, "relative_residual", c->residual);
    json_object_set_new(check, "relative_residual_bits", json_sprintf("%a", c->residual));
    put(check, "max_error", c->max_error);
    put(check, "measured_box_recursive_residual", c->recursive_residual);
    put(check, "measured_box_true_residual", c->true_residual);
    return check;
}

int nh_halo_describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                     struct nh_error *err)
{
    const struct nh_halo *h = state;
    struct figures f = figures_of(h);
    (void)err;
    put_params(h, params);
    put_derived(h, &f, median_ns, derived);
    put_count(detail, "timed_iterations", (size_t)h->mine.iterations);
    json_object_set_new(detail, "instructions", json_string(nh_block_instructions(&h->cg.block)));
    json_object_set_new(detail, "ranks", rank_rows(h));
    json_object_set_new(detail, "copy", copy_object(h, &f));
    if (h->check.done)
        json_object_set_new(detail, "check", check_object(&h->check));
    return NH_OK;
}

/* ---- lines for people ---- */

static void print_share(const struct nh_halo *h, const char *what, const struct range *r)
{
    nh_mpi_note(h->session, "  %-11s %5.1f %% of the time (%.1f to %.1f over ranks)", what,
                100 * r->mean, 100 * r->least, 100 * r->most);
}

static void print_bound(const struct nh_halo *h, const struct figures *f)
{
    struct nh_mpi_session *s = h->session;
    char text[NH_UNIT_TEXT];
    nh_mpi_note(s, "memory      %.0f %% of the copy bound (%d B per cell, copy %s by %s)",
                100 * f->bound, NH_BLOCK_BYTES_PER_CELL, nh_format_rate(f->copy_Bps, text),
                WAY_NAMES[f->copy_way]);
    if (f->bound > 1.2)
        nh_mpi_note(s, "            above it because much of the data stays in cache: %s per rank",
                    nh_format_bytes((size_t)f->cells / (size_t)s->size * 4 * sizeof(double), text));
}

void nh_halo_print(const struct nh_halo *h, double median_ns)
{
    struct figures f = figures_of(h);
    struct nh_mpi_session *s = h->session;
    const int *dims = h->grid.dims;
    char time[NH_UNIT_TEXT];
    nh_mpi_note(s, "grid        %dx%dx%d ranks, %.0f cells per rank, %s scaling", dims[0], dims[1],
                dims[2], f.cells / s->size, h->weak ? "weak" : "strong");
    nh_mpi_note(s, "speed       %.1f million cells/s, %s per iteration", f.cells / median_ns * 1e3,
                nh_format_ns(median_ns, time));
    print_share(h, "compute", &f.compute);
    print_share(h, "halo", &f.halo);
    print_share(h, "all-reduce", &f.allreduce);
    nh_mpi_note(s, "balance     %.1f %% (mean over largest compute time)", 100 * f.load_balance);
    if (h->copy.count)
        print_bound(h, &f);
    else
        nh_mpi_note(s, "memory      copy bandwidth is not measured: the ranks are simulated");
    if (h->check.done)
        nh_mpi_note(s, "check       %ld iterations on %zux%zux%zu cells, error %.1e",
                    h->check.iterations, h->check.cells[0], h->check.cells[1], h->check.cells[2],
                    h->check.max_error);
}
