/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/mpi/kernels.h"
#include "bench/mpi/sizes.h"

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
    const char *name;
    size_t size;
    void (*set)(void *p, size_t i, double x);
    double (*get)(const void *p, size_t i);
};

static const struct element elements[] = {{"float", sizeof(float), set_float, get_float},
                                          {"double", sizeof(double), set_double, get_double},
                                          {"int32", sizeof(int32_t), set_int32, get_int32},
                                          {"int64", sizeof(int64_t), set_int64, get_int64}};
static const char *const type_names[] = {"float", "double", "int32", "int64", NULL};
static const char *const op_names[] = {"sum", "min", "max", NULL};
enum { OP_SUM, OP_MIN, OP_MAX };

/* MPI's handles are constants of the program in some libraries only, hence no tables. */
static MPI_Datatype mpi_type(int type)
{
    MPI_Datatype types[] = {MPI_FLOAT, MPI_DOUBLE, MPI_INT32_T, MPI_INT64_T};
    return types[type];
}

static MPI_Op mpi_op(int op)
{
    MPI_Op ops[] = {MPI_SUM, MPI_MIN, MPI_MAX};
    return ops[op];
}

/* ---- kernel ---- */

struct allreduce {
    MPI_Comm comm;
    int rank, ranks;
    int type, op, count; /* elements */
    bool in_place;
    MPI_Datatype mpi_type;
    MPI_Op mpi_op;
    void *send, *receive; /* in place uses `receive` only */
};

static int batch(void *state, size_t reps, struct nh_error *err)
{
    const struct allreduce *a = state;
    const void *from = a->in_place ? MPI_IN_PLACE : a->send;
    (void)err;
    for (size_t i = 0; i < reps; i++)
        MPI_Allreduce(from, a->receive, a->count, a->mpi_type, a->mpi_op, a->comm);
    return NH_OK;
}

/* Whole numbers so small that every partial sum is exact in a float (below 2^24 up to
 * a million ranks), so the result does not depend on the order of additions. */
static double input(size_t i, int rank)
{
    return (double)(i % 7 + 1) + (double)(rank % 5);
}

static double expected(const struct allreduce *a, size_t i)
{
    double base = (double)(i % 7 + 1);
    int highest = a->ranks < 5 ? a->ranks - 1 : 4, rest = a->ranks % 5;
    if (a->op == OP_MIN)
        return base;
    if (a->op == OP_MAX)
        return base + highest;
    return base * a->ranks + a->ranks / 5 * 10 + rest * (rest - 1) / 2;
}

static int check(const struct allreduce *a, struct nh_error *err)
{
    const struct element *e = &elements[a->type];
    for (size_t i = 0; i < (size_t)a->count; i++)
        if (e->get(a->receive, i) != expected(a, i))
            return nh_fail(err, NH_EFAIL,
                           "verification failed: element %zu of %d is %.17g, not %.17g; the MPI "
                           "library computes wrong results, do not trust it",
                           i, a->count, e->get(a->receive, i), expected(a, i));
    return NH_OK;
}

/* Leaves zeros in place: sums done over and over in one buffer must not overflow. */
static int verify(void *state, struct nh_error *err)
{
    struct allreduce *a = state;
    const struct element *e = &elements[a->type];
    void *in = a->in_place ? a->receive : a->send;
    memset(a->receive, 0, (size_t)a->count * e->size);
    for (size_t i = 0; i < (size_t)a->count; i++)
        e->set(in, i, input(i, a->rank));
    batch(a, 1, err);
    int code = check(a, err);
    if (a->in_place)
        memset(a->receive, 0, (size_t)a->count * e->size);
    return code;
}

static int describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                    struct nh_error *err)
{
    const struct allreduce *a = state;
    double bytes = (double)a->count * (double)elements[a->type].size;
    (void)detail;
    (void)err;
    json_object_set_new(params, "size_bytes", json_integer((json_int_t)bytes));
    json_object_set_new(params, "type", json_string(elements[a->type].name));
    json_object_set_new(params, "op", json_string(op_names[a->op]));
    json_object_set_new(params, "in_place", json_boolean(a->in_place));
    if (median_ns > 0)
        json_object_set_new(derived, "algorithm_bytes_per_s",
                            json_real(bytes / (median_ns * 1e-9)));
    return NH_OK;
}

/* Each rank but one gives its data away, and each but one is given the result, at least. */
static double wire_bytes(const void *state)
{
    const struct allreduce *a = state;
    return 2.0 * (a->ranks - 1) * (double)a->count * (double)elements[a->type].size;
}

static const struct nh_kernel_ops kernel_ops = {.name = "allreduce",
                                                .metric = "time_per_operation",
                                                .timing = NH_TIMING_MAX_OVER_RANKS,
                                                .sync = "barrier",
                                                .batch = batch,
                                                .ops_per_rep = 1,
                                                .verify = verify,
                                                .describe = describe,
                                                .wire_bytes = wire_bytes};

/* ---- verb ---- */

struct verb_state {
    struct nh_mpi_options common;
    char *sizes_text, *type_text, *op_text;
    int in_place, type, op;
    struct nh_mpi_sizes sizes;
    struct poptOption table[6];
};

static const struct poptOption *options(void *state)
{
    struct verb_state *v = state;
    const struct poptOption table[] = {
        NH_MPI_SIZES_OPTION(&v->sizes_text, "bytes per rank, 8,1K,3M or a doubling range "
                                            "(default: one element to 4M)"),
        {"type", 't', POPT_ARG_STRING, &v->type_text, 0, "element type (default float)",
         "float|double|int32|int64"},
        {"op", 0, POPT_ARG_STRING, &v->op_text, 0, "operation (default sum)", "sum|min|max"},
        {"in-place", 'i', POPT_ARG_NONE, &v->in_place, 0, "MPI_IN_PLACE: result replaces input",
         NULL},
        NH_MPI_COMMON_OPTIONS(&v->common),
        POPT_TABLEEND};
    memcpy(v->table, table, sizeof table);
    return v->table;
}

static int measure_size(struct nh_mpi_session *s, struct allreduce *a, size_t size,
                        struct nh_error *err)
{
    char label[24];
    snprintf(label, sizeof label, "%zu", size);
    const struct nh_mpi_case row = {"size_B", label, "algorithm_bytes_per_s", "GB/s", 1e9};
    a->count = (int)(size / elements[a->type].size);
    return nh_mpi_measure(s, &kernel_ops, a, &row, NULL, err);
}

static int body(struct nh_mpi_session *s, void *state, struct nh_error *err)
{
    const struct verb_state *v = state;
    size_t largest = nh_mpi_sizes_largest(&v->sizes);
    int code = nh_mpi_check_memory(s, 2 * largest, "--sizes: the largest size", err);
    if (code)
        return code;
    struct allreduce a = {.comm = s->comm,
                          .rank = s->rank,
                          .ranks = s->size,
                          .type = v->type,
                          .op = v->op,
                          .in_place = v->in_place,
                          .mpi_type = mpi_type(v->type),
                          .mpi_op = mpi_op(v->op)};
    a.send = nh_mpi_buffer(v->in_place ? 0 : largest, err);
    a.receive = nh_mpi_buffer(largest, err);
    code = nh_mpi_agree(s, a.send && a.receive ? NH_OK : NH_EFAIL, err);
    s->total = v->sizes.count;
    for (size_t i = 0; code == NH_OK && i < v->sizes.count; i++)
        code = measure_size(s, &a, v->sizes.items[i], err);
    free(a.send);
    free(a.receive);
    return code;
}

static int parse_sizes(struct verb_state *v, struct nh_error *err)
{
    char all[32];
    const struct element *e = &elements[v->type];
    snprintf(all, sizeof all, "%zu-4M", e->size);
    return nh_mpi_sizes_parse(v->sizes_text ? v->sizes_text : all, e->size, e->name, e->size,
                              &v->sizes, err);
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    struct verb_state *v = state;
    int code = nh_mpi_no_arguments(argc, argv, err);
    if (code == NH_OK && v->type_text)
        code = nh_choice("--type", v->type_text, type_names, &v->type, err);
    if (code == NH_OK && v->op_text)
        code = nh_choice("--op", v->op_text, op_names, &v->op, err);
    if (code == NH_OK)
        code = parse_sizes(v, err);
    if (code == NH_OK)
        code = nh_mpi_run(&v->common, "allreduce", body, v, err);
    free(v->sizes.items);
    return code;
}

const struct nh_verb nh_verb_allreduce = {
    .name = "allreduce",
    .summary = "Time of MPI_Allreduce, the slowest rank's",
    .arguments = "[OPTION...]",
    .examples =
        "  mpirun -n 4 nodehour-mpi allreduce\n"
        "  mpirun -n 4 nodehour-mpi allreduce --type double --op max --in-place --sizes 8,1M\n",
    .options = options,
    .state_size = sizeof(struct verb_state),
    .run = run};
