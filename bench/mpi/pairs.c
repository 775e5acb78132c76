/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/pairs.h"

#include <math.h>
#include <stdlib.h>

#include "common/stats.h"

enum { KEPT = 1024, MOST_LISTED = 64 };

int nh_mpi_pairs_form(struct nh_mpi_session *s, long count, struct nh_mpi_pairs *out,
                      struct nh_error *err)
{
    int code;
    if (count == 0) {
        if ((code = nh_mpi_need_pair(s, err)))
            return code;
        *out = (struct nh_mpi_pairs){1, s->rank, 1 - s->rank, s->rank == 0};
        return NH_OK;
    }
    if (count > s->size / 2)
        return nh_fail(err, NH_EINPUT,
                       "--pairs: %ld pairs need %ld ranks and there are %d; give at most %d pairs, "
                       "or start more ranks",
                       count, 2 * count, s->size, s->size / 2);
    *out = (struct nh_mpi_pairs){(int)count, s->rank, -1, s->rank < count};
    if (s->rank < 2 * count)
        out->peer = s->rank + (int)(out->leads ? count : -count);
    return NH_OK;
}

/* ---- watch ---- */

int nh_mpi_watch_open(struct nh_mpi_watch *w, struct nh_mpi_session *s,
                      const struct nh_mpi_pairs *pairs, struct nh_error *err)
{
    *w = (struct nh_mpi_watch){.clock = &s->clock};
    if (pairs->leads)
        w->ns = malloc(KEPT * sizeof *w->ns);
    if (s->rank == 0)
        w->pairs = malloc((size_t)s->size * sizeof *w->pairs);
    if ((pairs->leads && !w->ns) || (s->rank == 0 && !w->pairs))
        return nh_fail(err, NH_EFAIL, "out of memory for the times of pairs");
    return NH_OK;
}

void nh_mpi_watch_close(struct nh_mpi_watch *w)
{
    free(w->ns);
    free(w->pairs);
    *w = (struct nh_mpi_watch){0};
}

void nh_mpi_watch_keep(struct nh_mpi_watch *w, size_t reps, double ops, int64_t ns)
{
    if (reps != w->reps)
        w->count = 0;
    w->reps = reps;
    w->ns[w->count++ % KEPT] = (double)ns / ((double)reps * ops);
}

int nh_mpi_watch_gather(struct nh_mpi_watch *w, const struct nh_mpi_pairs *pairs, MPI_Comm comm,
                        struct nh_error *err)
{
    size_t kept = w->count < KEPT ? w->count : KEPT;
    (void)err;
    w->median_ns = pairs->leads && kept ? nh_median(w->ns, kept, w->ns) : NAN;
    w->count = 0;
    MPI_Gather(&w->median_ns, 1, MPI_DOUBLE, w->pairs, 1, MPI_DOUBLE, 0, comm);
    return NH_OK;
}

static json_t *pair_object(const struct nh_mpi_pairs *pairs, int i, double ns)
{
    return json_pack("{s:[i,i], s:f}", "ranks", i, i + pairs->count, "median_ns", ns);
}

static json_t *list(const double *ns, int n)
{
    json_t *array = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(array, json_real(ns[i]));
    return array;
}

void nh_mpi_watch_describe(const struct nh_mpi_watch *w, const struct nh_mpi_pairs *pairs,
                           json_t *detail)
{
    int slowest = 0, fastest = 0, n = pairs->count;
    for (int i = 1; i < n; i++) {
        slowest = w->pairs[i] > w->pairs[slowest] ? i : slowest;
        fastest = w->pairs[i] < w->pairs[fastest] ? i : fastest;
    }
    json_t *object = json_object();
    if (n <= MOST_LISTED)
        json_object_set_new(object, "median_ns", list(w->pairs, n));
    json_object_set_new(object, "slowest", pair_object(pairs, slowest, w->pairs[slowest]));
    json_object_set_new(object, "fastest", pair_object(pairs, fastest, w->pairs[fastest]));
    json_object_set_new(object, "median_of_pairs_ns",
                        json_real(nh_median(w->pairs, (size_t)n, w->pairs)));
    json_object_set_new(detail, "pairs", object);
}
