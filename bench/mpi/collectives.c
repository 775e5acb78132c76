/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/collectives.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/mpi/kernels.h"
#include "bench/record/sizes.h"
#include "common/units.h"

/* The verbs of the collective operations: one for each entry of nh_coll_models. */
enum { OPTIONS_MAX = 9 };

struct verb_state {
    const struct nh_coll_model *model;
    struct nh_kernel_options common;
    char *sizes_text, *type_text, *op_text, *root_text;
    int in_place, nonblocking, overlap;
    int type, op, root;
    struct nh_sizes sizes;
    struct poptOption table[OPTIONS_MAX];
};

static enum nh_coll_id id_of(const struct verb_state *v)
{
    return (enum nh_coll_id)(v->model - nh_coll_models);
}

/* ---- options ---- */

static const struct poptOption *options(void *state)
{
    struct verb_state *v = state;
    const struct nh_coll_model *m = v->model;
    const struct {
        bool wanted;
        struct poptOption option;
    } all[] = {
        {id_of(v) != NH_BARRIER,
         NH_SIZES_OPTION(&v->sizes_text, "bytes, 8,1K,3M or a doubling range; of what, see the "
                                         "manual (default: one element to 4M, or 1M where "
                                         "each rank has a block)")},
        {m->reduces,
         {"type", 't', POPT_ARG_STRING, &v->type_text, 0, "element type (default float)",
          "float|double|int32|int64"}},
        {m->reduces,
         {"op", 0, POPT_ARG_STRING, &v->op_text, 0, "operation (default sum)", "sum|min|max"}},
        {m->in_place,
         {"in-place", 'i', POPT_ARG_NONE, &v->in_place, 0, "MPI_IN_PLACE: no second buffer", NULL}},
        {m->rooted,
         {"root", 0, POPT_ARG_STRING, &v->root_text, 0,
          "rotate: each rank in turn (default); fixed:R: rank R (fixed:0 with --in-place)",
          "rotate|fixed:R"}},
        {true,
         {"nonblocking", 0, POPT_ARG_NONE, &v->nonblocking, 0,
          "start the operation and wait for it at once", NULL}},
        {true,
         {"overlap", 0, POPT_ARG_NONE, &v->overlap, 0,
          "compute between start and wait; how much of it was free", NULL}},
        {true, NH_COMMON_OPTIONS(&v->common)},
        {true, POPT_TABLEEND}};
    _Static_assert(sizeof all / sizeof *all <= OPTIONS_MAX, "table too small");
    size_t n = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].wanted)
            v->table[n++] = all[i].option;
    return v->table;
}

/* In place the root is rank 0 unless another is asked for: MPI_Reduce of MPICH 4.0.2 crashes
 * in place at any other. */
static int parse_root(struct verb_state *v, struct nh_error *err)
{
    static const char fixed[] = "fixed:";
    long root;
    v->root = v->in_place && !v->root_text ? 0 : NH_MPI_ROTATE;
    if (!v->root_text || strcmp(v->root_text, "rotate") == 0)
        return NH_OK;
    if (strncmp(v->root_text, fixed, sizeof fixed - 1) != 0)
        return nh_fail(err, NH_EINPUT, "--root: '%.60s' is neither rotate nor fixed:R; give one",
                       v->root_text);
    int code = nh_parse_long("--root", v->root_text + sizeof fixed - 1, 0, INT_MAX, &root, err);
    v->root = (int)root;
    return code;
}

static bool block_for_each(const struct nh_coll_model *m)
{
    return nh_coll_total_bytes(m, 2, 1) > 1;
}

static int parse_sizes(struct verb_state *v, struct nh_error *err)
{
    char all[32];
    enum nh_coll_id id = id_of(v);
    size_t element = nh_mpi_coll_element(id, (enum nh_coll_type)v->type);
    const char *name = v->model->reduces ? nh_coll_type_names[v->type] : "byte";
    if (id == NH_BARRIER)
        return NH_OK;
    snprintf(all, sizeof all, "%zu-%s", element, block_for_each(v->model) ? "1M" : "4M");
    return nh_sizes_parse_up_to(v->sizes_text ? v->sizes_text : all, element, name, element,
                                nh_mpi_coll_most(), &v->sizes, err);
}

/* ---- measuring ---- */

static int measure_size(struct nh_mpi_session *s, const struct verb_state *v, struct nh_mpi_coll *c,
                        const struct nh_case *row, size_t size, struct nh_error *err)
{
    nh_mpi_coll_resize(c, size);
    if (v->overlap)
        return nh_mpi_coll_overlap(s, c, row, err);
    const struct nh_kernel_ops ops = nh_mpi_coll_kernel(c);
    return nh_mpi_measure(s, &ops, c, row, NULL, err);
}

static int measure_sizes(struct nh_mpi_session *s, const struct verb_state *v,
                         struct nh_mpi_coll *c, struct nh_error *err)
{
    int code = NH_OK;
    struct nh_case row = {"size_B", NULL, "bus_bytes_per_s", "bus GB/s", 1e9};
    if (v->overlap)
        row = (struct nh_case){"size_B", NULL, "overlap_percent", "overlap_%", 1};
    s->total = v->sizes.count;
    for (size_t i = 0; code == NH_OK && i < v->sizes.count; i++) {
        char label[24];
        snprintf(label, sizeof label, "%zu", v->sizes.items[i]);
        row.label = label;
        code = measure_size(s, v, c, &row, v->sizes.items[i], err);
    }
    return code;
}

static int measure_barrier(struct nh_mpi_session *s, const struct verb_state *v,
                           struct nh_mpi_coll *c, struct nh_error *err)
{
    char label[24];
    struct nh_case row = {"ranks", label, NULL, NULL, 1};
    if (v->overlap)
        row = (struct nh_case){"ranks", label, "overlap_percent", "overlap_%", 1};
    snprintf(label, sizeof label, "%d", s->size);
    s->total = 1;
    return measure_size(s, v, c, &row, 0, err);
}

/* Sizes that the user asked for must fit. Of the default ones, those that fit are taken. */
static int fit_memory(struct nh_mpi_session *s, struct verb_state *v, enum nh_coll_id id,
                      struct nh_error *err)
{
    size_t asked = v->sizes.count;
    int code = NH_OK;
    while (asked > 0) {
        size_t need = nh_mpi_coll_memory(s, id, nh_sizes_largest(&v->sizes), v->root);
        code = nh_mpi_check_memory(s, need, "--sizes: the largest size", err);
        if (code == NH_OK || v->sizes_text || v->sizes.count == 1)
            break;
        v->sizes.count--;
    }
    if (code == NH_OK && v->sizes.count < asked)
        nh_mpi_note(s, "sizes above %zu are left out: memory is short",
                    nh_sizes_largest(&v->sizes));
    return code;
}

/* Sizes that the user asked for must be shared evenly. Of the default ones, the next that are. */
static int fit_ranks(struct nh_mpi_session *s, struct verb_state *v, struct nh_error *err)
{
    size_t unit = (size_t)s->size * nh_mpi_coll_element(id_of(v), (enum nh_coll_type)v->type);
    for (size_t i = 0; v->model->even && v->sizes_text && i < v->sizes.count; i++)
        if (v->sizes.items[i] % unit)
            return nh_fail(err, NH_EINPUT,
                           "--sizes: %d ranks cannot have equal shares of %zu bytes; give "
                           "multiples of %zu",
                           s->size, v->sizes.items[i], unit);
    if (v->model->even && !v->sizes_text)
        nh_sizes_round_up(&v->sizes, unit);
    return NH_OK;
}

static int body(struct nh_mpi_session *s, void *state, struct nh_error *err)
{
    struct verb_state *v = state;
    enum nh_coll_id id = id_of(v);
    if (v->root >= s->size)
        return nh_fail(err, NH_EINPUT, "--root: there is no rank %d; give one from 0 to %d",
                       v->root, s->size - 1);
    int code = fit_ranks(s, v, err);
    if (code == NH_OK)
        code = fit_memory(s, v, id, err);
    if (code)
        return code;
    struct nh_mpi_coll c = {.id = id,
                            .type = (enum nh_coll_type)v->type,
                            .op = (enum nh_coll_op)v->op,
                            .root = v->root,
                            .in_place = v->in_place,
                            .nonblocking = v->nonblocking || v->overlap};
    code = nh_mpi_coll_open(s, &c, nh_sizes_largest(&v->sizes), err);
    if (code)
        return code;
    code = id == NH_BARRIER ? measure_barrier(s, v, &c, err) : measure_sizes(s, v, &c, err);
    nh_mpi_coll_close(&c);
    return code;
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    struct verb_state *v = state;
    int code = nh_mpi_no_arguments(argc, argv, err);
    if (code == NH_OK && v->type_text)
        code = nh_choice("--type", v->type_text, nh_coll_type_names, &v->type, err);
    if (code == NH_OK && v->op_text)
        code = nh_choice("--op", v->op_text, nh_coll_op_names, &v->op, err);
    if (code == NH_OK)
        code = parse_root(v, err);
    if (code == NH_OK)
        code = parse_sizes(v, err);
    if (code == NH_OK)
        code = nh_mpi_run(&v->common, v->model->name, body, v, err);
    free(v->sizes.items);
    return code;
}

/* ---- the verbs ---- */

/* The same for all; the model at the start of their state sets them apart. */
#define VERB(id, word, summary_text, example_text)                                                 \
    const struct nh_verb nh_verb_##word = {                                                        \
        .name = #word,                                                                             \
        .summary = (summary_text),                                                                 \
        .arguments = "[OPTION...]",                                                                \
        .examples = (example_text),                                                                \
        .options = options,                                                                        \
        .state_size = sizeof(struct verb_state),                                                   \
        .initial = &(const struct verb_state){.model = &nh_coll_models[id]},                       \
        .run = run}

VERB(NH_ALLREDUCE, allreduce, "Time of MPI_Allreduce, the slowest rank's",
     "  mpirun -n 4 nodehour-mpi allreduce\n"
     "  mpirun -n 4 nodehour-mpi allreduce --type double --op max --in-place --sizes 8,1M\n");
VERB(NH_REDUCE, reduce, "Time of MPI_Reduce, the slowest rank's",
     "  mpirun -n 4 nodehour-mpi reduce\n"
     "  mpirun -n 4 nodehour-mpi reduce --root fixed:0 --type double --sizes 8-64K\n");
VERB(NH_REDUCESCATTER, reducescatter, "Time of MPI_Reduce_scatter, the slowest rank's",
     "  mpirun -n 4 nodehour-mpi reducescatter\n"
     "  mpirun -n 4 nodehour-mpi reducescatter --type int64 --sizes 1K-1M\n");
VERB(NH_REDUCESCATTERBLOCK, reducescatterblock,
     "Time of MPI_Reduce_scatter_block, the slowest rank's",
     "  mpirun -n 4 nodehour-mpi reducescatterblock\n"
     "  mpirun -n 4 nodehour-mpi reducescatterblock --type double --sizes 1K-1M\n");
VERB(NH_BCAST, bcast, "Time of MPI_Bcast, the slowest rank's",
     "  mpirun -n 4 nodehour-mpi bcast\n"
     "  mpirun -n 4 nodehour-mpi bcast --root fixed:3 --sizes 1-1M\n");
VERB(NH_ALLGATHER, allgather, "Time of MPI_Allgather, the slowest rank's",
     "  mpirun -n 4 nodehour-mpi allgather\n"
     "  mpirun -n 4 nodehour-mpi allgather --in-place --sizes 1K,64K\n");
VERB(NH_ALLTOALL, alltoall, "Time of MPI_Alltoall, the slowest rank's",
     "  mpirun -n 4 nodehour-mpi alltoall\n"
     "  mpirun -n 4 nodehour-mpi alltoall --overlap --sizes 1K,64K\n");
VERB(NH_GATHER, gather, "Time of MPI_Gather, the slowest rank's",
     "  mpirun -n 4 nodehour-mpi gather\n"
     "  mpirun -n 4 nodehour-mpi gather --root fixed:0 --sizes 1-64K\n");
VERB(NH_SCATTER, scatter, "Time of MPI_Scatter, the slowest rank's",
     "  mpirun -n 4 nodehour-mpi scatter\n"
     "  mpirun -n 4 nodehour-mpi scatter --nonblocking --sizes 1-64K\n");
VERB(NH_BARRIER, barrier, "Time of MPI_Barrier, the slowest rank's",
     "  mpirun -n 4 nodehour-mpi barrier\n"
     "  mpirun -n 4 nodehour-mpi barrier --nonblocking\n");
