/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/allreduce/rules.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALGORITHMS = 7, COLLECTIVE = 2 }; /* Open MPI 4.1: 0 = own decision to 6; all-reduce */

static const char *const names[ALGORITHMS] = {
    "Open MPI's own decision", "basic linear", "nonoverlapping", "recursive doubling", "ring",
    "segmented ring",          "Rabenseifner"};

/* One number of ranks, one size: what each algorithm took, over all launches. */
struct point {
    long ranks;
    double size;
    struct {
        double sum, lo, hi; /* of medians; ends of the intervals furthest out */
        int launches;
    } by[ALGORITHMS];
};

struct points {
    struct point *items;
    size_t count;
};

static bool matters(const struct nh_record *r)
{
    return strcmp(r->kernel, "allreduce_algorithm") == 0 &&
           strcmp(nh_json_text(r->params, "algorithm", ""), "library") == 0;
}

/* ---- do they belong together? ---- */

static bool alike(const struct nh_record *a, const struct nh_record *b)
{
    static const char *const keys[] = {"type", "op"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(nh_json_text(a->params, keys[i], ""), nh_json_text(b->params, keys[i], "")) != 0)
            return false;
    return a->nodes == b->nodes && strcmp(nh_json_text(a->system, "mpi_library", ""),
                                          nh_json_text(b->system, "mpi_library", "")) == 0;
}

static int check(const struct nh_record *first, const struct nh_record *r, struct nh_error *err)
{
    const char *library = nh_json_text(r->system, "mpi_library", "an unknown library");
    double forced = nh_json_number(r->params, "library_algorithm", 0);
    if (strncmp(library, "Open MPI v4.1", 13) != 0)
        return nh_fail(err, NH_EINPUT,
                       "a record is of %.60s, but the numbers in such a file are those of Open MPI "
                       "4.1; measure with it",
                       library);
    if (!alike(first, r))
        return nh_fail(err, NH_EINPUT,
                       "records of different types, operations, libraries or "
                       "numbers of hosts; give those of one comparison");
    if (forced < 0 || forced >= ALGORITHMS)
        return nh_fail(err, NH_EINPUT, "unknown library_algorithm %g; Open MPI 4.1 has 0 to %d",
                       forced, ALGORITHMS - 1);
    return NH_OK;
}

/* ---- gathering ---- */

static struct point *find(struct points *p, long ranks, double size)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].ranks == ranks && p->items[i].size == size)
            return &p->items[i];
    p->items[p->count] = (struct point){.ranks = ranks, .size = size};
    return &p->items[p->count++];
}

static void add(struct points *p, const struct nh_record *r)
{
    int a = (int)nh_json_number(r->params, "library_algorithm", 0);
    struct point *at = find(p, r->ranks, nh_json_number(r->params, "size_bytes", 0));
    const struct nh_summary *s = &r->stats;
    /* Without an interval, all that was seen: wider, so never too bold. */
    double lo = isnan(s->ci.lo) ? s->min : s->ci.lo, hi = isnan(s->ci.hi) ? s->max : s->ci.hi;
    bool first = at->by[a].launches++ == 0;
    at->by[a].sum += s->median;
    at->by[a].lo = first || lo < at->by[a].lo ? lo : at->by[a].lo;
    at->by[a].hi = first || hi > at->by[a].hi ? hi : at->by[a].hi;
}

static int by_ranks_and_size(const void *a, const void *b)
{
    const struct point *x = a, *y = b;
    if (x->ranks != y->ranks)
        return x->ranks < y->ranks ? -1 : 1;
    return x->size < y->size ? -1 : x->size > y->size;
}

static int gather(const struct nh_records *records, struct points *p, struct nh_error *err)
{
    const struct nh_record *first = NULL;
    p->items = calloc(records->count + 1, sizeof *p->items);
    if (!p->items)
        return nh_fail(err, NH_EFAIL, "out of memory for the rules");
    for (size_t i = 0; i < records->count; i++) {
        const struct nh_record *r = &records->items[i];
        if (!matters(r))
            continue;
        first = first ? first : r;
        int code = check(first, r, err);
        if (code)
            return code;
        add(p, r);
    }
    qsort(p->items, p->count, sizeof *p->items, by_ranks_and_size);
    return NH_OK;
}

/* ---- choosing ---- */

static double mean_of(const struct point *p, int a)
{
    return p->by[a].launches ? p->by[a].sum / p->by[a].launches : INFINITY;
}

static bool comparable(const struct point *p)
{
    bool forced = false;
    for (int a = 1; a < ALGORITHMS; a++)
        forced = forced || p->by[a].launches;
    return forced && p->by[0].launches;
}

static int best(const struct point *p)
{
    int quickest = 0;
    for (int a = 1; a < ALGORITHMS; a++)
        if (mean_of(p, a) < mean_of(p, quickest))
            quickest = a;
    return p->by[quickest].hi < p->by[0].lo ? quickest : 0;
}

/* Points that cannot be compared are left out, so that no rule rests on them. */
static int keep_comparable(struct points *p, struct nh_error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++)
        if (comparable(&p->items[i]))
            p->items[kept++] = p->items[i];
    p->count = kept;
    if (kept)
        return NH_OK;
    return nh_fail(err, NH_EINPUT,
                   "no size was measured both with Open MPI's own decision and with a forced "
                   "algorithm; run `nodehour-mpi algorithms` with and without "
                   "coll_tuned_allreduce_algorithm first");
}

/* ---- writing ---- */

/* One past the last point of the same number of ranks. */
static size_t end_of(const struct points *p, size_t from)
{
    size_t end = from;
    while (end < p->count && p->items[end].ranks == p->items[from].ranks)
        end++;
    return end;
}

/* A rule where the choice changes; the first holds from size 0. */
static bool changes(const struct points *p, size_t from, size_t i)
{
    return i == from || best(&p->items[i]) != best(&p->items[i - 1]);
}

static void write_ranks(FILE *out, const struct points *p, size_t from, size_t end)
{
    size_t rules = 0;
    for (size_t i = from; i < end; i++)
        rules += changes(p, from, i);
    fprintf(out,
            "%ld # ranks of the communicator\n%zu # rules: from size in bytes, algorithm, "
            "fan, segment\n",
            p->items[from].ranks, rules);
    for (size_t i = from; i < end; i++)
        if (changes(p, from, i))
            fprintf(out, "%.0f %d 0 0 # %s\n", i == from ? 0 : p->items[i].size, best(&p->items[i]),
                    names[best(&p->items[i])]);
}

static void write_all(FILE *out, const struct points *p)
{
    size_t groups = 0;
    for (size_t i = 0; i < p->count; i = end_of(p, i))
        groups++;
    fprintf(out,
            "# All-reduce of Open MPI 4.1 (coll/tuned), found by nodehour-mpi algorithms. Use:\n"
            "# mpirun --mca coll_tuned_use_dynamic_rules 1 --mca "
            "coll_tuned_dynamic_rules_filename FILE\n"
            "1 # collectives\n%d # which: all-reduce\n%zu # numbers of ranks\n",
            COLLECTIVE, groups);
    for (size_t i = 0; i < p->count; i = end_of(p, i))
        write_ranks(out, p, i, end_of(p, i));
}

int nh_rules_write(const struct nh_records *records, const char *path, struct nh_error *err)
{
    struct points points = {0};
    int code = gather(records, &points, err);
    if (code == NH_OK)
        code = keep_comparable(&points, err);
    if (code == NH_OK) {
        FILE *out = fopen(path, "we");
        if (!out) {
            nh_fail_errno(err, "%s", path);
            code = NH_EINPUT;
        } else {
            write_all(out, &points);
            if (ferror(out) | fclose(out))
                code = nh_fail_errno(err, "%s", path);
        }
    }
    free(points.items);
    return code;
}
