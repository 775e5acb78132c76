/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/pingpong.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/mpi/kernels.h"
#include "bench/mpi/pattern.h"
#include "bench/mpi/sizes.h"

enum { TAG = 1, SEED = 3 };

/* ---- kernel ---- */

static int batch(void *state, size_t reps, struct nh_error *err)
{
    const struct nh_pingpong *p = state;
    (void)err;
    if (p->rank == 0) {
        for (size_t i = 0; i < reps; i++) {
            MPI_Send(p->send, p->bytes, MPI_BYTE, p->peer, TAG, p->comm);
            MPI_Recv(p->receive, p->bytes, MPI_BYTE, p->peer, TAG, p->comm, MPI_STATUS_IGNORE);
        }
    } else {
        for (size_t i = 0; i < reps; i++) {
            MPI_Recv(p->receive, p->bytes, MPI_BYTE, p->peer, TAG, p->comm, MPI_STATUS_IGNORE);
            MPI_Send(p->send, p->bytes, MPI_BYTE, p->peer, TAG, p->comm);
        }
    }
    return NH_OK;
}

/* Each direction carries its own pattern into a cleared buffer. */
static int verify(void *state, struct nh_error *err)
{
    struct nh_pingpong *p = state;
    size_t bytes = (size_t)p->bytes;
    nh_pattern_fill(p->send, bytes, SEED + (unsigned)p->rank);
    memset(p->receive, 0, bytes);
    batch(p, 1, err);
    return nh_pattern_check(p->receive, bytes, SEED + (unsigned)p->peer, p->peer, err);
}

static int describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                    struct nh_error *err)
{
    const struct nh_pingpong *p = state;
    (void)detail;
    (void)err;
    json_object_set_new(params, "size_bytes", json_integer(p->bytes));
    if (p->bytes > 0 && median_ns > 0)
        json_object_set_new(derived, "bandwidth_bytes_per_s",
                            json_real(p->bytes / (median_ns * 1e-9)));
    return NH_OK;
}

const struct nh_kernel_ops nh_pingpong_ops = {.name = "pingpong",
                                              .metric = "one_way_latency",
                                              .timing = NH_TIMING_ROOT,
                                              .sync = "none",
                                              .batch = batch,
                                              .ops_per_rep = 2,
                                              .verify = verify,
                                              .describe = describe};

/* ---- verb ---- */

struct verb_state {
    struct nh_mpi_options common;
    char *sizes_text;
    struct nh_mpi_sizes sizes;
    struct poptOption table[3];
};

static const struct poptOption *options(void *state)
{
    struct verb_state *v = state;
    const struct poptOption table[] = {
        NH_MPI_SIZES_OPTION(&v->sizes_text, "message sizes, 8,1K,3M or a doubling range 1-4M "
                                            "(default 0,1-4M)"),
        NH_MPI_COMMON_OPTIONS(&v->common), POPT_TABLEEND};
    memcpy(v->table, table, sizeof table);
    return v->table;
}

static int measure_size(struct nh_mpi_session *s, struct nh_pingpong *p, size_t size,
                        struct nh_error *err)
{
    char label[24];
    snprintf(label, sizeof label, "%zu", size);
    const struct nh_mpi_case row = {"size_B", label, "bandwidth_bytes_per_s", "GB/s", 1e9};
    p->bytes = (int)size;
    return nh_mpi_measure(s, &nh_pingpong_ops, p, &row, NULL, err);
}

static int body(struct nh_mpi_session *s, void *state, struct nh_error *err)
{
    const struct verb_state *v = state;
    size_t largest = nh_mpi_sizes_largest(&v->sizes);
    int code = nh_mpi_need_pair(s, err);
    if (code == NH_OK)
        code = nh_mpi_check_memory(s, 2 * largest, "--sizes: the largest size", err);
    if (code)
        return code;
    struct nh_pingpong p = {.comm = s->comm, .rank = s->rank, .peer = 1 - s->rank};
    p.send = nh_mpi_buffer(largest, err);
    p.receive = nh_mpi_buffer(largest, err);
    code = nh_mpi_agree(s, p.send && p.receive ? NH_OK : NH_EFAIL, err);
    s->total = v->sizes.count;
    for (size_t i = 0; code == NH_OK && i < v->sizes.count; i++)
        code = measure_size(s, &p, v->sizes.items[i], err);
    free(p.send);
    free(p.receive);
    return code;
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    struct verb_state *v = state;
    int code = nh_mpi_no_arguments(argc, argv, err);
    if (code == NH_OK)
        code = nh_mpi_sizes_parse(v->sizes_text ? v->sizes_text : "0,1-4M", 1, "byte", 0, &v->sizes,
                                  err);
    if (code == NH_OK)
        code = nh_mpi_run(&v->common, "pingpong", body, v, err);
    free(v->sizes.items);
    return code;
}

const struct nh_verb nh_verb_pingpong = {
    .name = "pingpong",
    .summary = "One-way latency between two ranks, half of a round trip",
    .arguments = "[OPTION...]",
    .examples = "  mpirun -n 2 nodehour-mpi pingpong\n"
                "  mpirun -n 2 nodehour-mpi pingpong --sizes 8,1000,64K-1M -o latency.jsonl\n",
    .options = options,
    .state_size = sizeof(struct verb_state),
    .run = run};
