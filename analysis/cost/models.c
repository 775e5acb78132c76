/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/cost/models.h"

#include <stddef.h>
#include <string.h>

/* Longer names before those that they begin with. */
static const struct nh_price_model models[] = {
    {.name = "on-demand", .title = "on-demand"},
    {.name = "spot", .title = "spot", .interrupted = true},
    {.name = "capacity-block", .title = "a Capacity Block", .block = true},
    {.name = "reserved-convertible", .title = "a convertible reservation", .term_in_name = true},
    {.name = "reserved", .title = "a reservation", .term_in_name = true},
    {.name = "savings-compute", .title = "a Compute Savings Plan", .term_in_name = true},
    {.name = "savings-ec2", .title = "an EC2 Instance Savings Plan", .term_in_name = true},
};

static const struct {
    const char *name;
    double years;
} terms[] = {{"-1y", 1}, {"-3y", 3}};

static const char *const payments[] = {"-no-upfront", "-partial-upfront", "-all-upfront"};

/* Years of "-3y-all-upfront"; 0 when it is no term. */
static double term_years(const char *suffix)
{
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        size_t len = strlen(terms[i].name);
        for (size_t j = 0; strncmp(suffix, terms[i].name, len) == 0 && j < 3; j++)
            if (strcmp(suffix + len, payments[j]) == 0)
                return terms[i].years;
    }
    return 0;
}

const struct nh_price_model *nh_price_model(const char *name)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        size_t len = strlen(models[i].name);
        if (strncmp(name, models[i].name, len) == 0 &&
            (models[i].term_in_name ? term_years(name + len) > 0 : name[len] == '\0'))
            return &models[i];
    }
    return NULL;
}

double nh_price_term_hours(const struct nh_price *p)
{
    const struct nh_price_model *m = nh_price_model(p->model);
    if (m && m->term_in_name)
        return NH_HOURS_PER_YEAR * term_years(p->model + strlen(m->name));
    return m && m->block ? p->block_hours : 0;
}

double nh_price_upfront_usd(const struct nh_price *p)
{
    static const char whole[] = "-all-upfront";
    size_t len = strlen(p->model), end = sizeof whole - 1;
    const struct nh_price_model *m = nh_price_model(p->model);
    bool all = m && (m->block || (len > end && strcmp(p->model + len - end, whole) == 0));
    if (all && p->upfront.micro == 0)
        return nh_money_value(p->per_hour) * nh_price_term_hours(p);
    return nh_money_value(p->upfront);
}

bool nh_break_even(const struct nh_price *committed, const struct nh_price *on_demand,
                   struct nh_break_even *out)
{
    double hours = nh_price_term_hours(committed);
    if (hours <= 0 || on_demand->per_hour.micro <= 0)
        return false;
    out->utilisation = nh_money_value(committed->per_hour) / nh_money_value(on_demand->per_hour);
    out->hours_per_year = out->utilisation * NH_HOURS_PER_YEAR;
    out->node_hours = out->utilisation * hours;
    return true;
}
