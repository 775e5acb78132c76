/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/operations.h"

#include <string.h>
#include <strings.h>

/*
 * Least traffic of one node, one way, without reduction in the network. All-reduce: Patarasuk
 * and Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations", JPDC 2009,
 * with nodes as processes; the others follow from what a node must learn or give away.
 */
static double all_reduce(double size, double nodes, double ranks)
{
    (void)ranks;
    return 2 * size * (nodes - 1) / nodes;
}

static double whole(double size, double nodes, double ranks)
{
    (void)nodes, (void)ranks;
    return size;
}

static double scattered(double size, double nodes, double ranks)
{
    (void)ranks;
    return size * (nodes - 1) / nodes;
}

static double from_others(double size, double nodes, double ranks)
{
    return size * (ranks - ranks / nodes);
}

static double to_each_other(double size, double nodes, double ranks)
{
    return size * ranks / nodes * (ranks - ranks / nodes);
}

#define EVERYONE NH_PATTERN_EVERYONE

static const struct nh_operation operations[] = {
    {"pingpong", "Latency", "osu_latency", "PingPong", NULL, NH_PATTERN_LATENCY, whole, "S", 0,
     false, NULL},
    {"bandwidth", "Bandwidth", "osu_bw", NULL, NULL, NH_PATTERN_RATE, whole, "S", 0, false, NULL},
    {"bandwidth_two_way", "Bi-Directional Bandwidth", "osu_bibw", NULL, NULL, NH_PATTERN_RATE_TWO,
     whole, "S", 0, false, NULL},
    {"message_rate", "Multiple Bandwidth / Message Rate", "osu_mbw_mr", "Uniband", NULL,
     NH_PATTERN_RATE_ALL, whole, "S", 0, false, NULL},
    {"multi_pair_latency", "Multi Latency", "osu_multi_lat", NULL, NULL, NH_PATTERN_LATENCY, whole,
     "S", 0, false, NULL},
    {"allreduce", "Allreduce Latency", "osu_allreduce", "Allreduce", "all_reduce", EVERYONE,
     all_reduce, "2 S (N-1)/N", 2, false, NULL},
    {"allgather", "Allgather Latency", "osu_allgather", "Allgather", "all_gather", EVERYONE,
     from_others, "S (n - n/N)", 1, true, NULL},
    {"alltoall", "All-to-All Personalized Exchange Latency", "osu_alltoall", "Alltoall", "alltoall",
     EVERYONE, to_each_other, "S (n/N) (n - n/N)", 1, true, NULL},
    {"reducescatter", "Reduce_scatter Latency", "osu_reduce_scatter", "Reduce_scatter",
     "reduce_scatter", EVERYONE, scattered, "S (N-1)/N", 1, false, NULL},
    {"reducescatterblock", "Reduce_scatter_block Latency", "osu_reduce_scatter_block",
     "Reduce_scatter_block", NULL, EVERYONE, scattered, "S (N-1)/N", 1, false, NULL},
    {"barrier", "Barrier Latency", "osu_barrier", "Barrier", NULL, EVERYONE, NULL, "", 0, false,
     NULL},
    {"bcast", "Broadcast Latency", "osu_bcast", "Bcast", "broadcast", NH_PATTERN_BROADCAST, whole,
     "S", 0, false, NULL},
    {"reduce", "Reduce Latency", "osu_reduce", "Reduce", "reduce", NH_PATTERN_ROOTED, whole, "S", 0,
     false, NULL},
    {"gather", "Gather Latency", "osu_gather", "Gather", "gather", NH_PATTERN_ROOTED, from_others,
     "S (n - n/N)", 1, true, NULL},
    {"scatter", "Scatter Latency", "osu_scatter", "Scatter", "scatter", NH_PATTERN_ROOTED,
     from_others, "S (n - n/N)", 1, true, NULL},
    {"rma_put", "MPI_Put Latency", "osu_put_latency", NULL, NULL, NH_PATTERN_ONE_SIDED, whole, "S",
     0, false, "put"},
    {"rma_get", "MPI_Get Latency", "osu_get_latency", NULL, NULL, NH_PATTERN_ONE_SIDED, whole, "S",
     0, false, "get"},
    {"rma_accumulate", "MPI_Accumulate Latency", "osu_acc_latency", NULL, NULL,
     NH_PATTERN_ONE_SIDED, whole, "S", 0, false, "accumulate"},
    {"rma_put", "MPI_Put Bandwidth", "osu_put_bw", NULL, NULL, NH_PATTERN_RATE, whole, "S", 0,
     false, "put"},
    {"rma_put", "MPI_Put Bi-directional Bandwidth", "osu_put_bibw", NULL, NULL, NH_PATTERN_RATE_TWO,
     whole, "S", 0, false, "put"},
    {"rma_get", "MPI_Get Bandwidth", "osu_get_bw", NULL, NULL, NH_PATTERN_RATE, whole, "S", 0,
     false, "get"},
    {"rma_accumulate", NULL, NULL, NULL, NULL, NH_PATTERN_RATE, whole, "S", 0, false, "accumulate"},
    {"sendrecv", NULL, NULL, NULL, "sendrecv", EVERYONE, whole, "S", 0, false, NULL},
};
enum { OPERATIONS = sizeof operations / sizeof *operations };

const struct nh_operation nh_operation_unknown = {.kernel = "other", .volume_text = ""};
const struct nh_operation nh_operation_storage = {
    .kernel = "storage", .pattern = NH_PATTERN_STORAGE, .volume_text = ""};

static bool is(const char *name, const char *text)
{
    return name && strcmp(name, text) == 0;
}

/* Other words for the same in records: of figures imported, and of our own algorithms. */
static const char *plain_name(const char *kernel)
{
    static const char *const words[][2] = {{"broadcast", "bcast"},
                                           {"reduce_scatter", "reducescatter"},
                                           {"allreduce_algorithm", "allreduce"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(kernel, words[i][0]) == 0)
            return words[i][1];
    return kernel;
}

const struct nh_operation *nh_operation_by_kernel(const char *kernel)
{
    const char *name = plain_name(kernel);
    for (size_t i = 0; i < OPERATIONS; i++)
        if (is(operations[i].kernel, name))
            return &operations[i];
    return &nh_operation_unknown;
}

const struct nh_operation *nh_operation_one_sided(const char *name, enum nh_pattern pattern)
{
    for (size_t i = 0; i < OPERATIONS; i++)
        if (is(operations[i].one_sided, name) && operations[i].pattern == pattern)
            return &operations[i];
    return &nh_operation_unknown;
}

const struct nh_operation *nh_operation_by_osu_title(const char *title)
{
    for (size_t i = 0; i < OPERATIONS; i++)
        if (operations[i].osu_title && strcasecmp(operations[i].osu_title, title) == 0)
            return &operations[i];
    return &nh_operation_unknown;
}

const struct nh_operation *nh_operation_by_osu_program(const char *program)
{
    for (size_t i = 0; i < OPERATIONS; i++)
        if (is(operations[i].osu_program, program))
            return &operations[i];
    return &nh_operation_unknown;
}

const struct nh_operation *nh_operation_by_imb(const char *name)
{
    for (size_t i = 0; i < OPERATIONS; i++)
        if (is(operations[i].imb, name))
            return &operations[i];
    return &nh_operation_unknown;
}

const struct nh_operation *nh_operation_by_nccl(const char *name)
{
    size_t len = strlen(name);
    if (len > 5 && strcmp(name + len - 5, "_perf") == 0)
        len -= 5;
    for (size_t i = 0; i < OPERATIONS; i++) {
        const char *nccl = operations[i].nccl;
        if (nccl && strlen(nccl) == len && strncmp(nccl, name, len) == 0)
            return &operations[i];
    }
    return &nh_operation_unknown;
}

double nh_bus_ratio(const struct nh_operation *op, double ranks)
{
    return op->bus_factor > 0 ? op->bus_factor * (ranks - 1) / ranks : 1;
}
