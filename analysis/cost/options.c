/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/cost/options.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"

static const double hours_per_month = 730; /* of 8,760 a year; as AWS counts them */

static int parse_usd(const char *text, double *usd, struct nh_error *err)
{
    struct nh_money m;
    int rc = nh_money_parse("the amount", text, &m, err);
    *usd = rc ? 0 : nh_money_value(m);
    return rc;
}

/* ---- Licence ---- */

static const struct {
    const char *name, *unit;
    enum nh_licence_kind kind;
} licences[] = {{"per-hour", "per hour", NH_LICENCE_PER_HOUR},
                {"per-core-hour", "per core-hour", NH_LICENCE_PER_CORE_HOUR},
                {"per-job", "per run", NH_LICENCE_PER_JOB},
                {"tokens", "per core-hour", NH_LICENCE_TOKENS}};
enum { LICENCES = sizeof licences / sizeof *licences };

/* "0.05:512": an amount, and for tokens the most cores that are charged. */
static int parse_fee(const char *text, struct nh_licence *l, struct nh_error *err)
{
    char amount[32];
    size_t len = strcspn(text, ":");
    if (text[len] && l->kind != NH_LICENCE_TOKENS)
        return nh_fail(err, NH_EINPUT,
                       "'%.40s': only tokens have a cap; leave out what follows ':'", text);
    snprintf(amount, sizeof amount, "%.*s", (int)(len < 31 ? len : 31), text);
    int rc = parse_usd(amount, &l->usd, err);
    if (!rc && text[len])
        rc = nh_parse_long("the cap in cores", text + len + 1, 1, 100000000, &l->cap_cores, err);
    return rc;
}

static int apply_licence(const char *text, struct nh_cost_settings *s, struct nh_error *err)
{
    size_t len = strcspn(text, "=");
    for (size_t i = 0; text[len] && i < LICENCES; i++)
        if (strlen(licences[i].name) == len && strncmp(text, licences[i].name, len) == 0) {
            s->terms.licence.kind = licences[i].kind;
            return parse_fee(text + len + 1, &s->terms.licence, err);
        }
    return nh_fail(err, NH_EINPUT,
                   "'%.40s' is no licence; write per-hour=22, per-core-hour=0.05, per-job=100 or "
                   "tokens=0.05:512 (at most 512 cores charged)",
                   text);
}

const char *nh_licence_text(const struct nh_licence *l, char *buf)
{
    char cap[40] = "";
    buf[0] = '\0';
    if (l->kind == NH_LICENCE_TOKENS && l->cap_cores > 0)
        snprintf(cap, sizeof cap, " of at most %ld cores", l->cap_cores);
    for (size_t i = 0; i < LICENCES; i++)
        if (licences[i].kind == l->kind)
            snprintf(buf, NH_LICENCE_TEXT, "licence %.10g USD %s%s", l->usd, licences[i].unit, cap);
    return buf;
}

/* ---- What lies around the run ---- */

static int apply_boot(const char *text, struct nh_cost_settings *s, struct nh_error *err)
{
    return nh_parse_duration(text, &s->terms.boot_s, err);
}

static int apply_idle(const char *text, struct nh_cost_settings *s, struct nh_error *err)
{
    return nh_parse_duration(text, &s->terms.idle_s, err);
}

static int apply_storage(const char *text, struct nh_cost_settings *s, struct nh_error *err)
{
    return parse_usd(text, &s->terms.storage_usd_per_hour, err);
}

static int apply_transfer(const char *text, struct nh_cost_settings *s, struct nh_error *err)
{
    return parse_usd(text, &s->terms.transfer_usd, err);
}

static const struct {
    const char *name;
    double step_s, minimum_s;
} billings[] = {
    {"second", NH_BILLING_STEP_S, NH_BILLING_MINIMUM_S}, {"hour", 3600, 3600}, {"exact", 0, 0}};

static int apply_billing(const char *text, struct nh_cost_settings *s, struct nh_error *err)
{
    for (size_t i = 0; i < sizeof billings / sizeof *billings; i++)
        if (strcmp(text, billings[i].name) == 0) {
            s->terms.billing_step_s = billings[i].step_s;
            s->terms.billing_minimum_s = billings[i].minimum_s;
            return NH_OK;
        }
    return nh_fail(err, NH_EINPUT,
                   "'%.40s' is no rule; write second (at least a minute), hour (each started "
                   "hour) or exact",
                   text);
}

/* ---- Spot ---- */

/* A number per node-hour, or the share of instances that are interrupted in a month:
 * 1 - e^{-730 r} = share. */
static int apply_rate(const char *text, struct nh_cost_settings *s, struct nh_error *err)
{
    char number[32];
    size_t len = strlen(text);
    bool monthly = len > 1 && text[len - 1] == '%';
    double value = 0;
    snprintf(number, sizeof number, "%.*s", (int)(len - monthly), text);
    int rc = len - monthly < sizeof number ? nh_parse_double("the rate", number, &value, err)
                                           : nh_parse_double("the rate", text, &value, err);
    if (!rc && (value < 0 || (monthly && value >= 100)))
        rc = nh_fail(err, NH_EINPUT,
                     "'%.20s' is no rate; write interruptions per node-hour, as 0.001, or the "
                     "share of instances that are interrupted in a month, as 5%%",
                     text);
    s->spot.interruptions_per_node_hour = monthly ? -log1p(-value / 100) / hours_per_month : value;
    return rc;
}

static int apply_interval(const char *text, struct nh_cost_settings *s, struct nh_error *err)
{
    return nh_parse_duration(text, &s->spot.checkpoint_interval_s, err);
}

static int apply_checkpoint(const char *text, struct nh_cost_settings *s, struct nh_error *err)
{
    return nh_parse_duration(text, &s->spot.checkpoint_cost_s, err);
}

static int apply_restart(const char *text, struct nh_cost_settings *s, struct nh_error *err)
{
    return nh_parse_duration(text, &s->spot.restart_s, err);
}

/* ---- The table ---- */

static const struct {
    const char *name, *about, *argument; /* name as typed */
    int (*apply)(const char *text, struct nh_cost_settings *s, struct nh_error *err);
} options[NH_COST_OPTIONS] = {
    [NH_COST_LICENSE] = {"--license",
                         "licence fee: per-hour, per-core-hour, per-job, tokens=USD[:CORES]",
                         "KIND=USD", apply_licence},
    [NH_COST_BOOT_TIME] = {"--boot-time", "billed on every node before a run", "TIME", apply_boot},
    [NH_COST_IDLE_TIME] = {"--idle-time", "billed on every node after a run", "TIME", apply_idle},
    [NH_COST_STORAGE_PER_HOUR] = {"--storage-per-hour",
                                  "file system and volumes, while nodes are billed", "USD",
                                  apply_storage},
    [NH_COST_TRANSFER] = {"--transfer", "data transfer of a run", "USD", apply_transfer},
    [NH_COST_BILLING] = {"--billing", "rounding: second (at least a minute), hour, exact", "RULE",
                         apply_billing},
    [NH_COST_SPOT_INTERRUPTION_RATE] = {"--spot-interruption-rate",
                                        "interruptions per node-hour, or share in a month, as 5%",
                                        "RATE", apply_rate},
    [NH_COST_CHECKPOINT_INTERVAL] = {"--checkpoint-interval",
                                     "on spot, work is saved this often (never)", "TIME",
                                     apply_interval},
    [NH_COST_CHECKPOINT_COST] = {"--checkpoint-cost", "time that saving takes", "TIME",
                                 apply_checkpoint},
    [NH_COST_RESTART_TIME] = {"--restart-time", "time to get nodes again after an interruption",
                              "TIME", apply_restart}};

void nh_cost_option_table(struct nh_cost_options *o, struct poptOption table[NH_COST_OPTIONS + 1])
{
    for (size_t i = 0; i < NH_COST_OPTIONS; i++)
        table[i] = (struct poptOption){options[i].name + 2, 0, POPT_ARG_STRING,
                                       &o->value[i],        0, options[i].about,
                                       options[i].argument};
    table[NH_COST_OPTIONS] = (struct poptOption)POPT_TABLEEND;
}

const char *nh_cost_option_name(size_t i)
{
    return options[i].name;
}

int nh_cost_option_check(size_t i, const char *text, struct nh_error *err)
{
    struct nh_cost_settings settings = {.terms = {.boot_s = 0}};
    return options[i].apply(text, &settings, err);
}

/* What is rounded is the time from the start of an instance to its end, so without boot and
 * idle times the run is a part of it that nothing rounds. */
static void choose_billing(struct nh_cost_terms *t)
{
    bool started = t->boot_s > 0 || t->idle_s > 0;
    if (t->billing_step_s >= 0)
        return;
    t->billing_step_s = started ? NH_BILLING_STEP_S : 0;
    t->billing_minimum_s = started ? NH_BILLING_MINIMUM_S : 0;
}

static int add_fee_per_hour(const char *usd, struct nh_licence *l, struct nh_error *err)
{
    struct nh_money m;
    if (l->kind)
        return nh_fail(err, NH_EINPUT,
                       "--license-per-hour: a fee is given by --license too; leave out one");
    int rc = nh_money_parse("--license-per-hour", usd, &m, err);
    if (!rc)
        *l = (struct nh_licence){.kind = NH_LICENCE_PER_HOUR, .usd = nh_money_value(m)};
    return rc;
}

int nh_cost_options_parse(const struct nh_cost_options *o, const char *license_per_hour,
                          struct nh_cost_settings *out, struct nh_error *err)
{
    *out = (struct nh_cost_settings){.terms = {.billing_step_s = -1}}; /* not chosen */
    for (size_t i = 0; i < NH_COST_OPTIONS; i++)
        if (o->value[i] && options[i].apply(o->value[i], out, err))
            return nh_context(err, "%s", options[i].name);
    choose_billing(&out->terms);
    return license_per_hour ? add_fee_per_hour(license_per_hour, &out->terms.licence, err) : NH_OK;
}
