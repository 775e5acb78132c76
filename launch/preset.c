/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/preset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "launch/study/kernels.h"

static const size_t largest_message = (size_t)1 << 30;
enum { NH_COLLECTIVE_RANKS_MAX = 8, NH_RANKS_MAX = 4096, NH_CELLS_MAX = 2048 };

/* Adds --sizes with the sizes that the kernel accepts: at least `least` bytes, whole
 * elements. The user's own text is passed on when nothing is left out. */
static int add_sizes(const struct nh_request *request, const char *preset, size_t least,
                     size_t element, struct nh_job *job, struct nh_error *err)
{
    const char *text = request->sizes ? request->sizes : preset;
    size_t *sizes, count, kept = 0;
    int rc = nh_parse_size_list(text, &sizes, &count, err);
    if (rc)
        return nh_context(err, "--sizes");
    char *list = malloc(count * 21 + 1), *at = list;
    if (list)
        *list = '\0';
    for (size_t i = 0; list && i < count; i++) {
        if (sizes[i] < least || sizes[i] % element)
            continue;
        at += sprintf(at, "%s%zu", kept++ ? "," : "", sizes[i]);
    }
    free(sizes);
    if (!list)
        return nh_fail(err, NH_EFAIL, "out of memory");
    if (!kept)
        rc = nh_fail(err, NH_EINPUT, "--sizes %s: none for %s; give a multiple of %zu", text,
                     job->name, element);
    nh_args_add(&job->args, "--sizes");
    nh_args_add(&job->args, "%s", kept == count ? text : list);
    job->measurements = kept;
    free(list);
    return rc;
}

/* Two ranks on one core take turns: such a time says nothing about the machine. */
static bool too_few_cores(const struct nh_request *request, struct nh_plan *plan, const char *what)
{
    if (request->cores >= 2)
        return false;
    nh_plan_note(plan, "%s is left out: its 2 ranks need 2 cores, and this machine has 1", what);
    return true;
}

static int point_to_point(const char *kernel, const char *sizes, size_t least,
                          const struct nh_request *request, struct nh_plan *plan,
                          struct nh_error *err)
{
    if (too_few_cores(request, plan, kernel))
        return NH_OK;
    struct nh_job *job = nh_plan_add(plan, 2, err, "%s.n2", kernel);
    if (!job)
        return NH_EFAIL;
    nh_args_add(&job->args, "nodehour-mpi");
    nh_args_add(&job->args, "%s", kernel);
    return add_sizes(request, sizes, least, 1, job, err);
}

static int pingpong(const struct nh_request *request, struct nh_plan *plan, struct nh_error *err)
{
    return point_to_point("pingpong", "0,1-4M", 0, request, plan, err);
}

static int bandwidth(const struct nh_request *request, struct nh_plan *plan, struct nh_error *err)
{
    return point_to_point("bandwidth", "64-1M", 1, request, plan, err);
}

static int allreduce(const struct nh_request *request, struct nh_plan *plan, struct nh_error *err)
{
    int ranks = request->cores < NH_COLLECTIVE_RANKS_MAX ? request->cores : NH_COLLECTIVE_RANKS_MAX;
    if (request->ranks)
        ranks = (int)request->ranks;
    else if (too_few_cores(request, plan, "allreduce"))
        return NH_OK;
    if (ranks > request->cores)
        nh_plan_note(plan, "allreduce: %d ranks share %d cores, so its times say little", ranks,
                     request->cores);
    struct nh_job *job = nh_plan_add(plan, ranks, err, "allreduce.n%d", ranks);
    if (!job)
        return NH_EFAIL;
    static const char *const words[] = {"nodehour-mpi", "allreduce", "--type", "double",
                                        "--op",         "sum",       NULL};
    nh_args_extend(&job->args, (char *const *)words);
    return add_sizes(request, "8-4M", sizeof(double), sizeof(double), job, err);
}

static int halo_at(int ranks, const struct nh_request *request, struct nh_plan *plan,
                   struct nh_error *err)
{
    long cells = request->cells ? request->cells : NH_CELLS;
    if (!nh_box_fits(ranks, cells))
        return nh_fail(err, NH_EINPUT, "--cells %ld: too few to cut for %d ranks; give more", cells,
                       ranks);
    struct nh_job *job = nh_plan_add(plan, ranks, err, "halo.n%d", ranks);
    if (!job)
        return NH_EFAIL;
    nh_args_add(&job->args, "nodehour-mpi");
    nh_args_add(&job->args, "halo");
    nh_args_add(&job->args, "--cells");
    nh_args_add(&job->args, "%ld", cells);
    job->measurements = 1;
    return NH_OK;
}

/* Strong scaling over the powers of two below the cores, and all cores. */
static int halo(const struct nh_request *request, struct nh_plan *plan, struct nh_error *err)
{
    int rc = NH_OK;
    for (int ranks = 1; !rc && ranks < request->cores; ranks *= 2)
        rc = halo_at(ranks, request, plan, err);
    return rc ? rc : halo_at(request->cores, request, plan, err);
}

static const struct {
    const char *name;
    int (*jobs)(const struct nh_request *request, struct nh_plan *plan, struct nh_error *err);
} kernels[] = {
    {"pingpong", pingpong},
    {"bandwidth", bandwidth},
    {"allreduce", allreduce},
    {"halo", halo},
};
enum { KERNEL_COUNT = sizeof kernels / sizeof *kernels };

static int choose(const char *list, bool wanted[KERNEL_COUNT], struct nh_error *err)
{
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        size_t len = strcspn(at, ","), i = 0;
        while (i < KERNEL_COUNT &&
               (strlen(kernels[i].name) != len || strncmp(at, kernels[i].name, len)))
            i++;
        if (i == KERNEL_COUNT)
            return nh_fail(err, NH_EINPUT,
                           "--kernels: '%.*s' is unknown; choose from pingpong, bandwidth, "
                           "allreduce, halo",
                           (int)len, at);
        wanted[i] = true;
    }
    return NH_OK;
}

static int check_values(const struct nh_request *r, struct nh_error *err)
{
    size_t *sizes = NULL, count = 0;
    int rc = r->sizes ? nh_parse_size_list(r->sizes, &sizes, &count, err) : NH_OK;
    if (rc)
        return nh_context(err, "--sizes");
    for (size_t i = 0; i < count && !rc; i++)
        if (sizes[i] > largest_message)
            rc = nh_fail(err, NH_EINPUT, "--sizes %s: %zu bytes is more than 1 GiB; give less",
                         r->sizes, sizes[i]);
    free(sizes);
    if (!rc && (r->ranks < 0 || r->ranks == 1 || r->ranks > NH_RANKS_MAX))
        rc = nh_fail(err, NH_EINPUT, "--ranks %ld: give 2 to %d", r->ranks, NH_RANKS_MAX);
    if (!rc && (r->cells < 0 || r->cells > NH_CELLS_MAX))
        rc = nh_fail(err, NH_EINPUT, "--cells %ld: give 1 to %d", r->cells, NH_CELLS_MAX);
    return rc;
}

int nh_preset_jobs(const struct nh_request *request, struct nh_plan *plan, struct nh_error *err)
{
    bool wanted[KERNEL_COUNT] = {0};
    int rc = choose(request->kernels, wanted, err);
    if (!rc)
        rc = check_values(request, err);
    for (size_t i = 0; i < KERNEL_COUNT && !rc; i++)
        if (!request->kernels || wanted[i])
            rc = kernels[i].jobs(request, plan, err);
    if (!rc && !plan->job_count)
        rc = nh_fail(err, NH_EINPUT, "%s; use a machine with more cores, or --kernels halo",
                     plan->note_count ? plan->notes[0] : "nothing to measure");
    return rc;
}
