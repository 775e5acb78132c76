/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/study/estimate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "launch/study/parts.h"

/* Start and end of an mpirun launch: seen 0.4 to 0.8 s with few ranks on one node; a node more
 * is a daemon to start, one after the other at worst. */
static const double start_base_s = 0.6, start_rank_s = 0.01, start_node_s = 0.25;
static const char default_cap[] = "1"; /* nodehour-mpi --max-time */

const char *nh_study_cap(const struct nh_study *study, size_t measure)
{
    const char *given = study->raw->measure[measure].parameters[NH_PARAM_ID_MAX_TIME];
    return given ? given : default_cap;
}

static size_t count_sizes(const char *list)
{
    size_t *sizes, count;
    if (nh_parse_size_list(list, &sizes, &count, NULL))
        return 1;
    free(sizes);
    return count;
}

static long number(const char *text)
{
    return text ? strtol(text, NULL, 10) : 0;
}

/* Lines of a launch's table that may take the time cap each. */
static size_t lines_of(const struct nh_study *study, size_t measure, int ranks)
{
    const struct nh_study_kernel *kernel = study->kernels[measure];
    char *const *given = study->raw->measure[measure].parameters;
    const char *serial = given[NH_PARAM_ID_SERIAL];
    size_t lines = kernel->lines, n = (size_t)ranks;
    if (!lines) /* pairs of ranks: as many at once as are disjoint, or one after the other */
        return serial && nh_study_flag(serial) ? n * (n - 1) / 2 : n;
    if (!kernel->sizes)
        return lines;
    const char *list = given[NH_PARAM_ID_SIZES] ? given[NH_PARAM_ID_SIZES] : kernel->sizes;
    return lines * count_sizes(list) + (size_t)number(given[NH_PARAM_ID_REFINE]);
}

void nh_study_estimate(const struct nh_study *study, size_t measure, struct nh_job *job)
{
    if (!job->app) { /* an application says it itself */
        job->measurements = lines_of(study, measure, job->ranks);
        job->expected_s = strtod(nh_study_cap(study, measure), NULL) * (double)job->measurements;
    }
    job->expected_s +=
        start_base_s + start_rank_s * job->ranks_per_node + start_node_s * (double)(job->nodes - 1);
    job->limit_s = study->launch_time_s ? study->launch_time_s : nh_plan_limit_s(job->expected_s);
    if (study->prices.count)
        job->price_per_hour = nh_money_value(study->prices.items[0]->per_hour);
}

static int check_launch_time(const struct nh_study *study, const struct nh_plan *plan,
                             struct nh_error *err)
{
    char limit[NH_UNIT_TEXT], expected[NH_UNIT_TEXT];
    for (size_t i = 0; i < plan->job_count && study->launch_time_s; i++)
        if (plan->jobs[i].expected_s > study->launch_time_s)
            return nh_study_fail(study, "limits.launch_time", err,
                                 "%s, but a launch of %s may take %s; give more, or a lower "
                                 "%s in measure",
                                 nh_format_duration(study->launch_time_s, limit),
                                 plan->jobs[i].name,
                                 nh_format_duration(plan->jobs[i].expected_s, expected),
                                 plan->jobs[i].app ? "expected_time" : "max_time");
    return NH_OK;
}

int nh_study_set_limits(const struct nh_study *study, struct nh_plan *plan, struct nh_error *err)
{
    plan->max_time_s = study->max_time_s;
    plan->max_cost = nh_money_value(study->max_cost);
    if (study->prices.count) {
        snprintf(plan->price_model, sizeof plan->price_model, "%s", study->prices.items[0]->model);
        snprintf(plan->currency, sizeof plan->currency, "%s",
                 study->prices.items[0]->per_hour.currency);
    }
    if (strcmp(study->launcher, "slurm") != 0)
        plan->billed_nodes = study->nodes_available;
    else
        plan->billed_nodes = study->job_per_node_count ? 0 : nh_plan_most_nodes(plan);
    return check_launch_time(study, plan, err);
}

static int check_max_time(const struct nh_study *study, const struct nh_plan *plan,
                          struct nh_error *err)
{
    char limit[NH_UNIT_TEXT], expected[NH_UNIT_TEXT];
    double expected_s = nh_plan_expected_s(plan);
    if (!plan->max_time_s || expected_s <= plan->max_time_s)
        return NH_OK;
    nh_fail(err, NH_EINPUT,
            "%s would be crossed: %zu launches may take %s; measure less, or raise it",
            nh_format_duration(plan->max_time_s, limit), plan->step_count,
            nh_format_duration(expected_s, expected));
    return nh_study_context(study, "limits.max_time", study->time_option ? "--max-time" : NULL,
                            err);
}

int nh_study_check_ceilings(const struct nh_study *study, const struct nh_plan *plan,
                            struct nh_error *err)
{
    char limit[NH_MONEY_TEXT], expected[NH_MONEY_TEXT];
    double node_hours = nh_plan_node_hours(plan);
    int rc = check_max_time(study, plan, err);
    if (rc || !study->prices.count || !study->max_cost.micro)
        return rc;
    struct nh_money cost = nh_money_for_hours(study->prices.items[0]->per_hour, node_hours);
    if (cost.micro <= study->max_cost.micro)
        return NH_OK;
    nh_fail(err, NH_EINPUT,
            "%s would be crossed: %.3g node-hours may cost %s (%s); measure less, or raise it",
            nh_money_format(study->max_cost, limit), node_hours, nh_money_format(cost, expected),
            plan->price_model);
    return nh_study_context(study, "limits.max_cost", study->cost_option ? "--max-cost" : NULL,
                            err);
}

/* ---- in words ---- */

static const char *billing(const struct nh_study *study, const struct nh_plan *plan, char *buf,
                           size_t len)
{
    if (!plan->billed_nodes)
        snprintf(buf, len, "each launch is billed its own nodes, from its start to its end");
    else if (strcmp(study->launcher, "slurm") == 0)
        snprintf(buf, len,
                 "the allocation of %ld node%s is billed from the first start to the "
                 "last end",
                 plan->billed_nodes, plan->billed_nodes == 1 ? "" : "s");
    else if (strcmp(study->launcher, "ssh") == 0)
        snprintf(buf, len,
                 "all %ld hosts of the host file are billed from the first start to the "
                 "last end, also while they wait",
                 plan->billed_nodes);
    else
        snprintf(buf, len, "this machine is billed from the first start to the last end");
    return buf;
}

static const char *price_words(const struct nh_study *study, char *buf, size_t len)
{
    if (!study->prices.count)
        snprintf(buf, len, "no cost: %s",
                 study->machine ? "no price of this machine is known" : "no machine is named");
    else
        snprintf(buf, len,
                 "prices are those of %s as of %s, for nodes alone: no storage, no "
                 "boot, no waiting in a queue",
                 study->prices.items[0]->region, study->prices.items[0]->as_of);
    return buf;
}

static const char *duration_words(const struct nh_plan *plan)
{
    size_t applications = 0;
    for (size_t i = 0; i < plan->job_count; i++)
        applications += plan->jobs[i].app != NULL;
    if (applications == plan->job_count)
        return "an application takes its expected_time, 1 minute where none is given";
    return applications ? "every line of a kernel's table takes its time cap (max_time), most end "
                          "before; an application takes its expected_time, or 1 minute"
                        : "every line of a launch's table takes its time cap (max_time); most end "
                          "before, at the precision asked for";
}

const char *nh_study_assumption(const struct nh_study *study, const struct nh_plan *plan,
                                size_t index, char *buf, size_t len)
{
    switch (index) {
    case 0:
        return duration_words(plan);
    case 1:
        snprintf(buf, len,
                 "a launch starts, sets up its data and ends within %.1f s + %.2f s for each rank "
                 "on a node "
                 "+ %.2f s for each node beyond the first (assumed, not measured)",
                 start_base_s, start_rank_s, start_node_s);
        return buf;
    case 2:
        return billing(study, plan, buf, len);
    case 3:
        return price_words(study, buf, len);
    default:
        return NULL;
    }
}
