/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/operations.h"

#include <string.h>

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
     false},
    {"bandwidth", "Bandwidth", "osu_bw", NULL, NULL, NH_PATTERN_RATE, whole, "S", 0, false},
    {"bandwidth_two_way", "Bi-Directional Bandwidth", "osu_bibw", NULL, NULL, NH_PATTERN_RATE_TWO,
     whole, "S", 0, false},
    {"message_rate", "Multiple Bandwidth / Message Rate", "osu_mbw_mr", "Uniband", NULL,
     NH_PATTERN_RATE_ALL, whole, "S", 0, false},
    {"multi_pair_latency", "Multi Latency", "osu_multi_lat", NULL, NULL, NH_PATTERN_LATENCY, whole,
     "S", 0, false},
    {"allreduce", "Allreduce Latency", "osu_allreduce", "Allreduce", "all_reduce", EVERYONE,
     all_reduce, "2 S (N-1)/N", 2, false},
    {"allgather", "Allgather Latency", "osu_allgather", "Allgather", "all_gather", EVERYONE,
     from_others, "S (n - n/N)", 1, true},
    {"alltoall", "All-to-All Personalized Exchange Latency", "osu_alltoall", "Alltoall", "alltoall",
     EVERYONE, to_each_other, "S (n/N) (n - n/N)", 1, true},
    {"reduce_scatter", "Reduce_scatter Latency", "osu_reduce_scatter", "Reduce_scatter",
     "reduce_scatter", EVERYONE, scattered, "S (N-1)/N", 1, false},
    {"barrier", "Barrier Latency", "osu_barrier", "Barrier", NULL, EVERYONE, NULL, "", 0, false},
    {"bcast", "Broadcast Latency", "osu_bcast", "Bcast", "broadcast", NH_PATTERN_BROADCAST, whole,
     "S", 0, false},
    {"reduce", "Reduce Latency", "osu_reduce", "Reduce", "reduce", NH_PATTERN_ROOTED, whole, "S", 0,
     false},
    {"gather", "Gather Latency", "osu_gather", "Gather", "gather", NH_PATTERN_ROOTED, from_others,
     "S (n - n/N)", 1, true},
    {"scatter", "Scatter Latency", "osu_scatter", "Scatter", "scatter", NH_PATTERN_ROOTED,
     from_others, "S (n - n/N)", 1, true},
    {"sendrecv", NULL, NULL, NULL, "sendrecv", EVERYONE, whole, "S", 0, false},
};
enum { OPERATIONS = sizeof operations / sizeof *operations };

const struct nh_operation nh_operation_unknown = {.kernel = "other", .volume_text = ""};
const struct nh_operation nh_operation_storage = {
    .kernel = "storage", .pattern = NH_PATTERN_STORAGE, .volume_text = ""};

static bool is(const char *name, const char *text)
{
    return name && strcmp(name, text) == 0;
}

/* Other words for the same in records. */
static const char *plain_name(const char *kernel)
{
    return strcmp(kernel, "broadcast") == 0 ? "bcast" : kernel;
}

const struct nh_operation *nh_operation_by_kernel(const char *kernel)
{
    const char *name = plain_name(kernel);
    for (size_t i = 0; i < OPERATIONS; i++)
        if (is(operations[i].kernel, name))
            return &operations[i];
    return &nh_operation_unknown;
}

const struct nh_operation *nh_operation_by_osu_title(const char *title)
{
    for (size_t i = 0; i < OPERATIONS; i++)
        if (is(operations[i].osu_title, title))
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
