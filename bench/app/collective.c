/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/app/collective.h"

#include <stdint.h>

/* name, MPI's name, reduces, rooted, in place, addressed, even, root gives, others give, root
 * gets, others get. A broadcast has one buffer: what the root gives is what it has afterwards. */
const struct nh_coll_model nh_coll_models[NH_COLL_COUNT] = {
    [NH_ALLREDUCE] = {"allreduce", "MPI_Allreduce", true, false, true, false, false, NH_PART_ONE,
                      NH_PART_ONE, NH_PART_ONE, NH_PART_ONE},
    [NH_REDUCE] = {"reduce", "MPI_Reduce", true, true, true, false, false, NH_PART_ONE, NH_PART_ONE,
                   NH_PART_ONE, NH_PART_NONE},
    [NH_REDUCESCATTER] = {"reducescatter", "MPI_Reduce_scatter", true, false, true, false, false,
                          NH_PART_ONE, NH_PART_ONE, NH_PART_SHARE, NH_PART_SHARE},
    [NH_REDUCESCATTERBLOCK] = {"reducescatterblock", "MPI_Reduce_scatter_block", true, false, true,
                               false, true, NH_PART_ONE, NH_PART_ONE, NH_PART_SHARE, NH_PART_SHARE},
    [NH_BCAST] = {"bcast", "MPI_Bcast", false, true, false, false, false, NH_PART_ONE, NH_PART_NONE,
                  NH_PART_ONE, NH_PART_ONE},
    [NH_ALLGATHER] = {"allgather", "MPI_Allgather", false, false, true, false, false, NH_PART_ONE,
                      NH_PART_ONE, NH_PART_EACH, NH_PART_EACH},
    [NH_ALLTOALL] = {"alltoall", "MPI_Alltoall", false, false, true, true, false, NH_PART_EACH,
                     NH_PART_EACH, NH_PART_EACH, NH_PART_EACH},
    [NH_GATHER] = {"gather", "MPI_Gather", false, true, true, false, false, NH_PART_ONE,
                   NH_PART_ONE, NH_PART_EACH, NH_PART_NONE},
    [NH_SCATTER] = {"scatter", "MPI_Scatter", false, true, true, true, false, NH_PART_EACH,
                    NH_PART_NONE, NH_PART_ONE, NH_PART_ONE},
    [NH_BARRIER] = {"barrier", "MPI_Barrier", false, false, false, false, false, NH_PART_NONE,
                    NH_PART_NONE, NH_PART_NONE, NH_PART_NONE}};

/* ---- blocks ---- */

static enum nh_coll_part gives(const struct nh_coll_view *v)
{
    return v->rank == v->root ? v->model->root_gives : v->model->others_give;
}

static enum nh_coll_part gets(const struct nh_coll_view *v)
{
    return v->rank == v->root ? v->model->root_gets : v->model->others_get;
}

static int blocks(const struct nh_coll_view *v, enum nh_coll_part part)
{
    if (part == NH_PART_NONE)
        return 0;
    return part == NH_PART_EACH ? v->ranks : 1;
}

int nh_coll_blocks_given(const struct nh_coll_view *v)
{
    return blocks(v, gives(v));
}

int nh_coll_blocks_got(const struct nh_coll_view *v)
{
    return blocks(v, gets(v));
}

size_t nh_coll_gives(const struct nh_coll_view *v)
{
    return v->count * (size_t)nh_coll_blocks_given(v);
}

size_t nh_coll_gets(const struct nh_coll_view *v)
{
    if (gets(v) == NH_PART_SHARE)
        return nh_coll_share(v->count, v->ranks, v->rank, NULL);
    return v->count * (size_t)nh_coll_blocks_got(v);
}

size_t nh_coll_share(size_t count, int ranks, int rank, size_t *first)
{
    size_t n = (size_t)ranks, r = (size_t)rank, rest = count % n;
    if (first)
        *first = count / n * r + (r < rest ? r : rest);
    return count / n + (r < rest);
}

int nh_coll_source(const struct nh_coll_view *v, int b)
{
    return gets(v) == NH_PART_EACH ? b : v->root;
}

/* The pattern of bytes repeats marks after 251. Neither factor shares that prime, so senders
 * less than 251 apart differ, and so do addressees, and (a, b) from (b, a). */
static unsigned mark(const struct nh_coll_view *v, int from, int to)
{
    return 138U * (unsigned)from + (v->model->addressed ? 62U * (unsigned)to : 0);
}

unsigned nh_coll_mark_given(const struct nh_coll_view *v, int b)
{
    return mark(v, v->rank, b);
}

unsigned nh_coll_mark_got(const struct nh_coll_view *v, int b)
{
    return mark(v, nh_coll_source(v, b), v->rank);
}

/* ---- bytes ---- */

static bool whole_is_each(const struct nh_coll_model *m)
{
    return m->root_gives == NH_PART_EACH || m->root_gets == NH_PART_EACH;
}

double nh_coll_total_bytes(const struct nh_coll_model *m, int ranks, double bytes)
{
    return whole_is_each(m) ? bytes * ranks : bytes;
}

double nh_coll_wire_bytes(const struct nh_coll_model *m, int ranks, double bytes)
{
    double others = ranks - 1;
    if (m->root_gives == NH_PART_NONE)
        return 0;
    if (m->others_get == NH_PART_EACH) /* all-gather, all-to-all: from everyone to every other */
        return ranks * others * bytes;
    if (m->reduces && m->others_get == NH_PART_ONE) /* all-reduce */
        return 2 * others * bytes;
    return others * bytes;
}

double nh_coll_bus_factor(const struct nh_coll_model *m, int ranks)
{
    double others = (double)(ranks - 1) / ranks;
    if (m->root_gives == NH_PART_NONE)
        return 0;
    if (m->reduces && m->others_get == NH_PART_ONE)
        return 2 * others;
    if (m->others_get == NH_PART_SHARE || whole_is_each(m))
        return others;
    return 1; /* broadcast, reduce: all of it enters or leaves each rank */
}

/* ---- element types: values go through double, exact for the small whole numbers used ---- */

static void set_float(void *p, size_t i, double x)
{
    ((float *)p)[i] = (float)x;
}

static double get_float(const void *p, size_t i)
{
    return ((const float *)p)[i];
}

static void set_double(void *p, size_t i, double x)
{
    ((double *)p)[i] = x;
}

static double get_double(const void *p, size_t i)
{
    return ((const double *)p)[i];
}

static void set_int32(void *p, size_t i, double x)
{
    ((int32_t *)p)[i] = (int32_t)x;
}

static double get_int32(const void *p, size_t i)
{
    return ((const int32_t *)p)[i];
}

static void set_int64(void *p, size_t i, double x)
{
    ((int64_t *)p)[i] = (int64_t)x;
}

static double get_int64(const void *p, size_t i)
{
    return (double)((const int64_t *)p)[i];
}

struct element {
    size_t size;
    void (*set)(void *p, size_t i, double x);
    double (*get)(const void *p, size_t i);
};

static const struct element elements[NH_COLL_TYPES] = {
    [NH_COLL_FLOAT] = {sizeof(float), set_float, get_float},
    [NH_COLL_DOUBLE] = {sizeof(double), set_double, get_double},
    [NH_COLL_INT32] = {sizeof(int32_t), set_int32, get_int32},
    [NH_COLL_INT64] = {sizeof(int64_t), set_int64, get_int64}};
const char *const nh_coll_type_names[] = {"float", "double", "int32", "int64", NULL};
const char *const nh_coll_op_names[] = {"sum", "min", "max", NULL};

size_t nh_coll_type_size(enum nh_coll_type type)
{
    return elements[type].size;
}

/* ---- numbers ---- */

enum { BASES = 7, STEPS = 5 }; /* input: 1 .. 7 by element, plus 0 .. 4 by rank */

static double base(size_t i)
{
    return (double)(i % BASES + 1);
}

void nh_coll_numbers(void *buffer, size_t count, enum nh_coll_type type, int rank)
{
    for (size_t i = 0; i < count; i++)
        elements[type].set(buffer, i, base(i) + rank % STEPS);
}

static double combined(double x, enum nh_coll_op op, int ranks)
{
    int highest = ranks < STEPS ? ranks - 1 : STEPS - 1, rest = ranks % STEPS;
    if (op == NH_COLL_MIN)
        return x;
    if (op == NH_COLL_MAX)
        return x + highest;
    int steps = ranks / STEPS * (STEPS * (STEPS - 1) / 2) + rest * (rest - 1) / 2;
    return x * ranks + steps;
}

int nh_coll_check_numbers(const void *buffer, size_t first, size_t count, enum nh_coll_type type,
                          enum nh_coll_op op, int ranks, struct nh_error *err)
{
    const struct element *e = &elements[type];
    for (size_t i = 0; i < count; i++) {
        double right = combined(base(first + i), op, ranks), is = e->get(buffer, i);
        if (is != right)
            return nh_fail(err, NH_EFAIL,
                           "verification failed: element %zu of %zu (offset %zu) is %.17g, not "
                           "%.17g; the MPI library computes wrong results, do not trust it",
                           i, count, i * e->size, is, right);
    }
    return NH_OK;
}
