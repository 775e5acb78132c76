/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/decide/goal.h"

#include "common/money.h"
#include "common/units.h"

enum { MOST_RUNS = 1000000000, MOST_NODES = 10000000 };

static int read_deadline(const char *name, const char *text, struct nh_goal *g,
                         struct nh_error *err)
{
    return nh_parse_duration(text, &g->deadline_s, err) ? nh_context(err, "%s", name) : NH_OK;
}

static int read_by(const char *name, const char *text, struct nh_goal *g, struct nh_error *err)
{
    return nh_parse_duration(text, &g->by_s, err) ? nh_context(err, "%s", name) : NH_OK;
}

static int read_money(const char *name, const char *text, double *amount, struct nh_error *err)
{
    struct nh_money money = {.currency = "USD"};
    int rc = nh_money_parse(name, text, &money, err);
    *amount = nh_money_value(money);
    if (!rc && money.micro == 0)
        rc = nh_fail(err, NH_EINPUT, "%s: 0 is no amount to plan with; give more", name);
    return rc;
}

static int read_budget(const char *name, const char *text, struct nh_goal *g, struct nh_error *err)
{
    return read_money(name, text, &g->budget, err);
}

static int read_value(const char *name, const char *text, struct nh_goal *g, struct nh_error *err)
{
    return read_money(name, text, &g->value_per_hour, err);
}

static int read_efficiency(const char *name, const char *text, struct nh_goal *g,
                           struct nh_error *err)
{
    double percent = 0;
    int rc = nh_parse_positive(name, text, &percent, err);
    if (!rc && percent > 100)
        rc = nh_fail(err, NH_EINPUT, "%s: %g is above 100 %%; give a percentage", name, percent);
    g->min_efficiency = percent / 100;
    return rc;
}

static int read_runs(const char *name, const char *text, struct nh_goal *g, struct nh_error *err)
{
    return nh_parse_long(name, text, 1, MOST_RUNS, &g->runs, err);
}

static int read_nodes(const char *name, const char *text, struct nh_goal *g, struct nh_error *err)
{
    return nh_parse_long(name, text, 1, MOST_NODES, &g->max_nodes, err);
}

static const struct {
    const char *name, *argument, *about;
    int (*read)(const char *name, const char *text, struct nh_goal *g, struct nh_error *err);
} options[NH_GOAL_OPTIONS] = {
    [NH_GOAL_DEADLINE] = {"--deadline", "TIME", "cheapest size that ends in time", read_deadline},
    [NH_GOAL_BUDGET] = {"--budget", "USD", "fastest size for the money of a run", read_budget},
    [NH_GOAL_VALUE] = {"--value-per-hour", "USD", "least of cost and what waiting costs",
                       read_value},
    [NH_GOAL_EFFICIENCY] = {"--min-efficiency", "PERCENT", "fastest size that keeps it",
                            read_efficiency},
    [NH_GOAL_RUNS] = {"--runs", "M", "a campaign of so many runs, with --by", read_runs},
    [NH_GOAL_BY] = {"--by", "TIME", "time in which the campaign ends", read_by},
    [NH_GOAL_MAX_NODES] = {"--max-nodes", "N", "nodes that can be had at once", read_nodes}};

void nh_goal_option_table(struct nh_goal_options *o, struct poptOption table[NH_GOAL_OPTIONS + 1])
{
    for (size_t i = 0; i < NH_GOAL_OPTIONS; i++)
        table[i] = (struct poptOption){options[i].name + 2, 0, POPT_ARG_STRING,
                                       &o->value[i],        0, options[i].about,
                                       options[i].argument};
    table[NH_GOAL_OPTIONS] = (struct poptOption)POPT_TABLEEND;
}

const char *nh_goal_option_name(size_t i)
{
    return options[i].name;
}

int nh_goal_parse(const struct nh_goal_options *t, struct nh_goal *g, struct nh_error *err)
{
    int rc = NH_OK;
    *g = (struct nh_goal){0};
    for (size_t i = 0; !rc && i < NH_GOAL_OPTIONS; i++)
        if (t->value[i])
            rc = options[i].read(options[i].name, t->value[i], g, err);
    if (!rc && !g->runs != !(g->by_s > 0))
        rc = nh_fail(err, NH_EINPUT,
                     "a campaign is --runs M --by TIME: so many runs, and the time from now in "
                     "which all of them end; give both");
    return rc;
}
