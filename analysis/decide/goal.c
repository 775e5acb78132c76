/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/decide/goal.h"

#include "common/money.h"
#include "common/units.h"

enum { MOST_RUNS = 1000000000, MOST_NODES = 10000000 };

static int read_duration(const char *name, const char *text, double *seconds, struct nh_error *err)
{
    return text && nh_parse_duration(text, seconds, err) ? nh_context(err, "%s", name) : NH_OK;
}

static int read_money(const char *name, const char *text, double *amount, struct nh_error *err)
{
    struct nh_money money = {.currency = "USD"};
    if (!text)
        return NH_OK;
    int rc = nh_money_parse(name, text, &money, err);
    *amount = nh_money_value(money);
    if (!rc && money.micro == 0)
        rc = nh_fail(err, NH_EINPUT, "%s: 0 is no amount to plan with; give more", name);
    return rc;
}

static int read_percent(const char *text, double *share, struct nh_error *err)
{
    double percent = 0;
    if (!text)
        return NH_OK;
    int rc = nh_parse_positive("--min-efficiency", text, &percent, err);
    if (!rc && percent > 100)
        rc = nh_fail(err, NH_EINPUT, "--min-efficiency: %g is above 100 %%; give a percentage",
                     percent);
    *share = percent / 100;
    return rc;
}

static int read_count(const char *name, const char *text, long most, long *count,
                      struct nh_error *err)
{
    return text ? nh_parse_long(name, text, 1, most, count, err) : NH_OK;
}

int nh_goal_parse(const struct nh_goal_options *t, struct nh_goal *g, struct nh_error *err)
{
    *g = (struct nh_goal){0};
    int rc = read_duration("--deadline", t->deadline, &g->deadline_s, err);
    if (!rc)
        rc = read_money("--budget", t->budget, &g->budget, err);
    if (!rc)
        rc = read_money("--value-per-hour", t->value_per_hour, &g->value_per_hour, err);
    if (!rc)
        rc = read_percent(t->min_efficiency, &g->min_efficiency, err);
    if (!rc)
        rc = read_count("--runs", t->runs, MOST_RUNS, &g->runs, err);
    if (!rc)
        rc = read_duration("--by", t->by, &g->by_s, err);
    if (!rc)
        rc = read_count("--max-nodes", t->max_nodes, MOST_NODES, &g->max_nodes, err);
    if (!rc && !g->runs != !(g->by_s > 0))
        rc = nh_fail(err, NH_EINPUT,
                     "a campaign is --runs M --by TIME: so many runs, and the time from now in "
                     "which all of them end; give both");
    return rc;
}

bool nh_goal_asks(const struct nh_goal *g)
{
    return g->deadline_s > 0 || g->budget > 0 || g->value_per_hour > 0 || g->min_efficiency > 0 ||
           g->runs > 0;
}
