/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/study/kernels.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/nearest.h"
#include "common/units.h"

#define TWO_SIDED "persistent buffers unaligned refine order"
#define REDUCTION "type op in_place nonblocking overlap"

/* Sizes are the kernels' own (nodehour-mpi KERNEL --help), written out so that their number
 * is known; each of the 27 guidelines times two sides. */
const struct nh_study_kernel nh_study_kernels[] = {
    {"pingpong", NH_RANKS_PAIRS, "0,1-4M", 0, 1, "pairs " TWO_SIDED, NULL},
    {"bandwidth", NH_RANKS_TWO, "1-4M", 1, 1, "window direction " TWO_SIDED, NULL},
    {"rate", NH_RANKS_EVEN, "1-64K", 1, 1, "window direction " TWO_SIDED, NULL},
    {"rma", NH_RANKS_TWO, "8-4M", 1, 1, "op window epoch unaligned refine order",
     "put get accumulate"},
    {"matrix", NH_RANKS_SEVERAL, NULL, 0, 0, "measure size window serial", NULL},
    {"allreduce", NH_RANKS_SEVERAL, "8-4M", 0, 1, REDUCTION, NULL},
    {"reduce", NH_RANKS_SEVERAL, "8-4M", 0, 1, REDUCTION, NULL},
    {"reducescatter", NH_RANKS_SEVERAL, "8-1M", 0, 1, REDUCTION, NULL},
    {"bcast", NH_RANKS_SEVERAL, "1-4M", 1, 1, "nonblocking overlap", NULL},
    {"allgather", NH_RANKS_SEVERAL, "1-1M", 1, 1, "in_place nonblocking overlap", NULL},
    {"alltoall", NH_RANKS_SEVERAL, "1-1M", 1, 1, "in_place nonblocking overlap", NULL},
    {"gather", NH_RANKS_SEVERAL, "1-1M", 1, 1, "in_place nonblocking overlap", NULL},
    {"scatter", NH_RANKS_SEVERAL, "1-1M", 1, 1, "in_place nonblocking overlap", NULL},
    {"barrier", NH_RANKS_SEVERAL, NULL, 0, 1, "nonblocking overlap", NULL},
    {"guidelines", NH_RANKS_SEVERAL, "64,1K,16K,256K", 1, 54, "of", NULL},
    {"algorithms", NH_RANKS_SEVERAL, "8-8M", 0, 8, "type op in_place algorithms", NULL},
    {"halo", NH_RANKS_ANY, NULL, 0, 1, "cells cells_per_rank", NULL},
    {"limits", NH_RANKS_TWO, NULL, 0, 13, "", NULL},
};
const size_t nh_study_kernel_count = sizeof nh_study_kernels / sizeof *nh_study_kernels;

/* What the sampling loop takes, and the proofs. */
static const char everywhere[] = "precision max_time max_samples min_samples sync common_clock "
                                 "timeout inter_node require_transport";

const struct nh_study_parameter nh_study_parameters[NH_PARAM_IDS] = {
    [NH_PARAM_ID_SIZES] = {"sizes", "--sizes", NH_PARAM_SIZES, NULL},
    [NH_PARAM_ID_SIZE] = {"size", "--size", NH_PARAM_SIZE, NULL},
    [NH_PARAM_ID_TYPE] = {"type", "--type", NH_PARAM_CHOICE, "float double int32 int64"},
    [NH_PARAM_ID_OP] = {"op", "--op", NH_PARAM_CHOICE, "sum min max"},
    [NH_PARAM_ID_IN_PLACE] = {"in_place", "--in-place", NH_PARAM_FLAG, NULL},
    [NH_PARAM_ID_NONBLOCKING] = {"nonblocking", "--nonblocking", NH_PARAM_FLAG, NULL},
    [NH_PARAM_ID_OVERLAP] = {"overlap", "--overlap", NH_PARAM_FLAG, NULL},
    [NH_PARAM_ID_ALGORITHMS] =
        {"algorithms", "--algorithms", NH_PARAM_CHOICES,
         "library reduce+bcast recursive-doubling ring rabenseifner shm levels-doubling "
         "levels-rabenseifner"},
    [NH_PARAM_ID_OF] = {"of", "--of", NH_PARAM_CHOICE,
                        "allreduce reduce reducescatter bcast allgather alltoall gather scatter"},
    [NH_PARAM_ID_PAIRS] = {"pairs", "--pairs", NH_PARAM_COUNT, NULL},
    [NH_PARAM_ID_WINDOW] = {"window", "--window", NH_PARAM_COUNT, NULL},
    [NH_PARAM_ID_DIRECTION] = {"direction", "--direction", NH_PARAM_CHOICE, "one two"},
    [NH_PARAM_ID_PERSISTENT] = {"persistent", "--persistent", NH_PARAM_FLAG, NULL},
    [NH_PARAM_ID_BUFFERS] = {"buffers", "--buffers", NH_PARAM_CHOICE, "hot rotating flushed"},
    [NH_PARAM_ID_UNALIGNED] = {"unaligned", "--unaligned", NH_PARAM_COUNT, NULL},
    [NH_PARAM_ID_REFINE] = {"refine", "--refine", NH_PARAM_COUNT, NULL},
    [NH_PARAM_ID_ORDER] = {"order", "--order", NH_PARAM_CHOICE, "ascending random"},
    [NH_PARAM_ID_EPOCH] = {"epoch", "--epoch", NH_PARAM_CHOICE, "flush fence"},
    [NH_PARAM_ID_MEASURE] = {"measure", "--measure", NH_PARAM_CHOICE, "latency bandwidth"},
    [NH_PARAM_ID_SERIAL] = {"serial", "--serial", NH_PARAM_FLAG, NULL},
    [NH_PARAM_ID_CELLS] = {"cells", "--cells", NH_PARAM_BOX, NULL},
    [NH_PARAM_ID_CELLS_PER_RANK] = {"cells_per_rank", "--cells-per-rank", NH_PARAM_BOX, NULL},
    [NH_PARAM_ID_PRECISION] = {"precision", "--precision", NH_PARAM_NUMBER, NULL},
    [NH_PARAM_ID_MAX_TIME] = {"max_time", "--max-time", NH_PARAM_NUMBER, NULL},
    [NH_PARAM_ID_MAX_SAMPLES] = {"max_samples", "--max-samples", NH_PARAM_COUNT, NULL},
    [NH_PARAM_ID_MIN_SAMPLES] = {"min_samples", "--min-samples", NH_PARAM_COUNT, NULL},
    [NH_PARAM_ID_SYNC] = {"sync", "--sync", NH_PARAM_CHOICE,
                          "none barrier double_barrier dissemination window round_time"},
    [NH_PARAM_ID_COMMON_CLOCK] = {"common_clock", "--common-clock", NH_PARAM_FLAG, NULL},
    [NH_PARAM_ID_TIMEOUT] = {"timeout", "--timeout", NH_PARAM_COUNT, NULL},
    [NH_PARAM_ID_INTER_NODE] = {"inter_node", "--inter-node", NH_PARAM_FLAG, NULL},
    [NH_PARAM_ID_REQUIRE_TRANSPORT] = {"require_transport", "--require-transport", NH_PARAM_CHOICE,
                                       "shm efa tcp"},
};

/* True when `len` letters at `word` are one of the words in `list`. */
static bool has_word(const char *list, const char *word, size_t len)
{
    for (; *list; list += strspn(list, " ")) {
        size_t n = strcspn(list, " ");
        if (n == len && strncmp(list, word, n) == 0)
            return true;
        list += n;
    }
    return false;
}

const struct nh_study_kernel *nh_study_kernel_find(const char *name, struct nh_error *err)
{
    const char *known[sizeof nh_study_kernels / sizeof *nh_study_kernels];
    for (size_t i = 0; i < nh_study_kernel_count; i++) {
        known[i] = nh_study_kernels[i].name;
        if (strcmp(known[i], name) == 0)
            return &nh_study_kernels[i];
    }
    const char *near = nh_nearest(name, known, nh_study_kernel_count);
    if (near)
        nh_fail(err, NH_EINPUT, "unknown kernel '%.60s'; did you mean '%s'?", name, near);
    else
        nh_fail(err, NH_EINPUT, "unknown kernel '%.60s'; 'nodehour-mpi --help' lists them", name);
    return NULL;
}

bool nh_study_takes(const struct nh_study_kernel *kernel, const char *key)
{
    return has_word(kernel->parameters, key, strlen(key)) ||
           has_word(everywhere, key, strlen(key)) || (kernel->sizes && strcmp(key, "sizes") == 0);
}

bool nh_box_fits(int ranks, long cells)
{
    for (int a = 1; a <= ranks && a <= cells; a++)
        for (int b = 1; ranks % a == 0 && b <= ranks / a && b <= cells; b++)
            if (ranks / a % b == 0 && ranks / a / b <= cells)
                return true;
    return false;
}

bool nh_study_flag(const char *text)
{
    return strcmp(text, "true") == 0 || strcmp(text, "yes") == 0;
}

/* ---- values ---- */

static int check_choices(const struct nh_study_parameter *p, const char *text, struct nh_error *err)
{
    bool several = p->kind == NH_PARAM_CHOICES;
    while (*text) {
        size_t len = several ? strcspn(text, ",") : strlen(text);
        if (!has_word(p->choices, text, len))
            return nh_fail(err, NH_EINPUT, "'%.*s' is none; give one of: %s",
                           (int)(len < 60 ? len : 60), text, p->choices);
        text += len + (text[len] == ',');
    }
    return NH_OK;
}

static int check_sizes(const char *text, struct nh_error *err)
{
    static const size_t largest = (size_t)1 << 30;
    size_t *sizes, count, most = 0;
    int rc = nh_parse_size_list(text, &sizes, &count, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < count; i++)
        most = sizes[i] > most ? sizes[i] : most;
    free(sizes);
    return most > largest ? nh_fail(err, NH_EINPUT, "%zu bytes is more than 1 GiB; give less", most)
                          : NH_OK;
}

/* "128" or "256x128x128", each 1 to 1048576. */
static int check_box(const char *text, struct nh_error *err)
{
    int numbers = 0;
    const char *at = text;
    do {
        size_t digits = strspn(at, "0123456789");
        if (digits == 0 || digits > 7 || *at == '0')
            break;
        numbers++;
        at += digits;
    } while (*at == 'x' && *++at);
    if (*at || (numbers != 1 && numbers != 3))
        return nh_fail(err, NH_EINPUT,
                       "'%.60s' is no box; give cells along each side, 128 or "
                       "256x128x128",
                       text);
    return NH_OK;
}

int nh_study_check_value(const struct nh_study_parameter *p, const char *text, struct nh_error *err)
{
    double number;
    long count;
    switch (p->kind) {
    case NH_PARAM_SIZES:
    case NH_PARAM_SIZE:
        return check_sizes(text, err);
    case NH_PARAM_COUNT:
        return nh_parse_long("the value", text, 0, INT_MAX, &count, err);
    case NH_PARAM_NUMBER:
        return nh_parse_positive("the value", text, &number, err);
    case NH_PARAM_BOX:
        return check_box(text, err);
    case NH_PARAM_CHOICE:
    case NH_PARAM_CHOICES:
        return check_choices(p, text, err);
    default:
        return NH_OK;
    }
}
