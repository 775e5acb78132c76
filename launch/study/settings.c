/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/nearest.h"
#include "common/units.h"
#include "launch/hosts.h"
#include "launch/study/parts.h"
#include "launch/study/values.h"

/* ---- machine and prices ---- */

/* "on-demand,reserved" from the list; on-demand when nothing is said. */
static int join_prices(struct nh_study *study, const char *from_option, struct nh_error *err)
{
    size_t used = 0;
    if (from_option)
        return snprintf(study->price_models, sizeof study->price_models, "%s", from_option) >=
                       (int)sizeof study->price_models
                   ? nh_fail(err, NH_EINPUT, "--price-model: too long; give fewer")
                   : NH_OK;
    for (size_t i = 0; i < study->raw->prices_count; i++) {
        used += (size_t)snprintf(study->price_models + used, sizeof study->price_models - used,
                                 "%s%s", i ? "," : "", study->raw->prices[i]);
        if (used >= sizeof study->price_models)
            return nh_study_fail(study, "prices", err, "too many; give fewer");
    }
    return NH_OK;
}

static int choose_prices(struct nh_study *study, const struct nh_study_options *o,
                         struct nh_error *err)
{
    const char *models = *study->price_models ? study->price_models : NULL;
    int rc = NH_OK;
    if (study->machine)
        rc = nh_price_choose(&study->catalog, study->machine, models, &study->prices, err);
    else if (models)
        rc = nh_price_check(&study->catalog, models, err);
    return rc ? nh_study_context(study, "prices", o->price_models ? "--price-model" : NULL, err)
              : NH_OK;
}

static int check_license(const struct nh_study *study, const char *from_option,
                         struct nh_error *err)
{
    struct nh_money fee;
    if (study->license_per_hour && nh_money_parse("the fee", study->license_per_hour, &fee, err))
        return nh_study_context(study, "license_per_hour",
                                from_option ? "--license-per-hour" : NULL, err);
    return NH_OK;
}

/* "cost.boot_time" of --boot-time. */
static void cost_key(size_t i, char *key, size_t len)
{
    snprintf(key, len, "cost.%s", nh_cost_option_name(i) + 2);
    for (char *c = key; *c; c++)
        *c = *c == '-' ? '_' : *c;
}

/* A fee on the command line stands for any of the file. */
static int choose_cost(struct nh_study *study, const char *fee_option, struct nh_error *err)
{
    char key[64];
    study->cost = study->raw->cost;
    for (size_t i = 0; i < NH_COST_OPTIONS; i++)
        if (study->cost.value[i] && nh_cost_option_check(i, study->cost.value[i], err)) {
            cost_key(i, key, sizeof key);
            return nh_study_context(study, key, NULL, err);
        }
    if (fee_option)
        study->cost.value[NH_COST_LICENSE] = NULL;
    if (study->license_per_hour && study->cost.value[NH_COST_LICENSE])
        return nh_study_fail(study, "license_per_hour", err,
                             "a fee is given by cost.license too; leave out one");
    return NH_OK;
}

int nh_study_read_machine(struct nh_study *study, const struct nh_study_options *o,
                          struct nh_error *err)
{
    study->machine = o->machine ? o->machine : study->raw->machine;
    study->license_per_hour =
        o->license_per_hour ? o->license_per_hour : study->raw->license_per_hour;
    int rc = check_license(study, o->license_per_hour, err);
    if (!rc)
        rc = choose_cost(study, o->license_per_hour, err);
    if (!rc)
        rc = nh_catalog_load_own(&study->catalog, NULL, err);
    if (!rc)
        rc = nh_catalog_keep_region(&study->catalog, NULL, err);
    if (!rc && study->machine) {
        const struct nh_machine *m = nh_catalog_machine(&study->catalog, study->machine, err);
        if (!m)
            return nh_study_context(study, "machine", o->machine ? "--machine" : NULL, err);
        study->cores = m->cores;
    }
    if (!rc)
        rc = join_prices(study, o->price_models, err);
    return rc ? rc : choose_prices(study, o, err);
}

/* ---- launcher ---- */

static const char *const launchers[] = {"local", "ssh", "slurm"};

static int choose_launcher(struct nh_study *study, const struct nh_study_options *o,
                           struct nh_error *err)
{
    const char *wanted = o->launcher ? o->launcher : study->raw->launcher.type;
    const char *option = o->launcher ? "--launcher" : NULL;
    study->launcher = o->hosts && !o->launcher ? "ssh" : "local";
    if (!wanted || (o->hosts && !o->launcher))
        return NH_OK;
    for (size_t i = 0; i < sizeof launchers / sizeof *launchers; i++)
        if (strcmp(wanted, launchers[i]) == 0) {
            study->launcher = launchers[i];
            return NH_OK;
        }
    const char *near = nh_nearest(wanted, launchers, sizeof launchers / sizeof *launchers);
    nh_fail(err, NH_EINPUT, "'%.60s' is unknown; %s%s", wanted, near ? "did you mean " : "",
            near ? near : "give local, ssh or slurm");
    return nh_study_context(study, "launcher.type", option, err);
}

static int choose_mode(struct nh_study *study, struct nh_error *err)
{
    const char *mode = study->raw->launcher.mode;
    study->job_per_node_count = mode && strcmp(mode, "per-nodes") == 0;
    if (mode && !study->job_per_node_count && strcmp(mode, "allocation") != 0)
        return nh_study_fail(study, "launcher.mode", err,
                             "'%.60s' is unknown; give allocation or per-nodes", mode);
    return NH_OK;
}

/* Keys that another launcher has. */
static int check_keys(const struct nh_study *study, struct nh_error *err)
{
    const struct nh_raw_launcher *l = &study->raw->launcher;
    const struct {
        const void *given;
        const char *key, *launcher;
    } keys[] = {{l->hosts, "hosts", "ssh"},           {l->partition, "partition", "slurm"},
                {l->account, "account", "slurm"},     {l->time, "time", "slurm"},
                {l->mode, "mode", "slurm"},           {l->sbatch, "sbatch", "slurm"},
                {l->srun ? l : NULL, "srun", "slurm"}};
    if (!l->type)
        return NH_OK;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char key[32];
        snprintf(key, sizeof key, "launcher.%s", keys[i].key);
        if (keys[i].given && strcmp(l->type, keys[i].launcher) != 0)
            return nh_study_fail(study, key, err, "not for type %s; it belongs to type %s", l->type,
                                 keys[i].launcher);
    }
    return NH_OK;
}

/* A host file named in a study is relative to the study, one on the command line is not. */
static int place_hostfile(struct nh_study *study, const char *from_option, struct nh_error *err)
{
    const char *hosts = study->raw->launcher.hosts;
    const char *slash = strrchr(study->path, '/');
    if (from_option)
        return nh_path(study->hostfile, sizeof study->hostfile, err, "%s", from_option);
    if (!hosts)
        return nh_study_fail(study, "launcher", err,
                             "ssh needs a host file; add 'hosts: FILE', or give --hosts FILE");
    if (*hosts == '/' || !slash)
        return nh_path(study->hostfile, sizeof study->hostfile, err, "%s", hosts);
    return nh_path(study->hostfile, sizeof study->hostfile, err, "%.*s/%s",
                   (int)(slash - study->path), study->path, hosts);
}

static int count_hosts(struct nh_study *study, const struct nh_study_options *o,
                       struct nh_error *err)
{
    struct nh_hosts hosts = {0};
    int rc = nh_hosts_read(study->hostfile, &hosts, err);
    if (rc)
        nh_study_context(study, "launcher.hosts", o->hosts ? "--hosts" : NULL, err);
    if (!rc && study->exclude && nh_hosts_exclude(&hosts, study->exclude, true, err))
        rc = o->exclude ? NH_EINPUT : nh_study_context(study, "launcher.exclude", NULL, err);
    study->nodes_available = (long)hosts.count;
    nh_hosts_clear(&hosts);
    return rc;
}

int nh_study_read_launcher(struct nh_study *study, const struct nh_study_options *o,
                           struct nh_error *err)
{
    const struct nh_raw_launcher *l = &study->raw->launcher;
    int rc = choose_launcher(study, o, err);
    if (!rc)
        rc = choose_mode(study, err);
    if (!rc && !o->launcher && !o->hosts)
        rc = check_keys(study, err);
    if (rc)
        return rc;
    study->mpirun = o->mpirun ? o->mpirun : l->mpirun;
    study->exclude = o->exclude ? o->exclude : l->exclude;
    study->partition = o->partition ? o->partition : l->partition;
    for (size_t i = 0; i < l->sbatch_count; i++)
        nh_args_add(&study->sbatch, "%s", l->sbatch[i]);
    if (study->sbatch.failed)
        return nh_fail(err, NH_EFAIL, "out of memory");
    if (strcmp(study->launcher, "slurm") == 0)
        return NH_OK;
    study->nodes_available = 1;
    if (strcmp(study->launcher, "local") == 0)
        return NH_OK;
    rc = place_hostfile(study, o->hosts, err);
    return rc ? rc : count_hosts(study, o, err);
}

/* ---- limits ---- */

static int read_duration(const struct nh_study *study, const char *key, const char *text,
                         const char *option, double *seconds, struct nh_error *err)
{
    if (text && nh_study_duration(text, seconds, err))
        return nh_study_context(study, key, option, err);
    return NH_OK;
}

static int read_cost(struct nh_study *study, const char *from_option, struct nh_error *err)
{
    const char *text = from_option ? from_option : study->raw->limits.max_cost;
    const char *option = from_option ? "--max-cost" : NULL;
    if (!text)
        return NH_OK;
    if (nh_study_money(text, &study->max_cost, err))
        return nh_study_context(study, "limits.max_cost", option, err);
    if (!study->prices.count) {
        nh_fail(err, NH_EINPUT, "no price of %s is known, so cost cannot be limited; %s",
                study->machine ? study->machine : "the machine",
                study->machine ? "leave it out" : "name the machine (machine: c5n.18xlarge)");
        return nh_study_context(study, "limits.max_cost", option, err);
    }
    const char *currency = study->prices.items[0]->per_hour.currency;
    if (strcmp(currency, study->max_cost.currency) != 0) {
        nh_fail(err, NH_EINPUT, "in %s, but prices are in %s; write it in %s",
                study->max_cost.currency, currency, currency);
        return nh_study_context(study, "limits.max_cost", option, err);
    }
    return NH_OK;
}

static int check_times(const struct nh_study *study, struct nh_error *err)
{
    char all[NH_UNIT_TEXT], one[NH_UNIT_TEXT];
    if (!study->max_time_s || study->launch_time_s <= study->max_time_s)
        return NH_OK;
    return nh_study_fail(study, "limits.launch_time", err,
                         "%s for one launch contradicts max_time %s for all; give less",
                         nh_format_duration(study->launch_time_s, one),
                         nh_format_duration(study->max_time_s, all));
}

static int read_counts(struct nh_study *study, const struct nh_study_options *o,
                       struct nh_error *err)
{
    study->launches = study->raw->launches ? (long)study->raw->launches : NH_LAUNCHES;
    study->seed = study->raw->seed ? (long)*study->raw->seed : -1;
    if (nh_node_get(study->root, "launches") &&
        (!study->raw->launches || study->raw->launches > NH_LAUNCHES_MAX))
        return nh_study_fail(study, "launches", err, "%u is out of range; give 1 to %d",
                             (unsigned)study->raw->launches, NH_LAUNCHES_MAX);
    if (o->launches &&
        nh_parse_long("--launches", o->launches, 1, NH_LAUNCHES_MAX, &study->launches, err))
        return NH_EINPUT;
    if (o->seed && nh_parse_long("--seed", o->seed, 0, 2147483647, &study->seed, err))
        return NH_EINPUT;
    return NH_OK;
}

int nh_study_read_limits(struct nh_study *study, const struct nh_study_options *o,
                         struct nh_error *err)
{
    const struct nh_raw_limits *l = &study->raw->limits;
    study->time_option = o->max_time != NULL;
    study->cost_option = o->max_cost != NULL;
    int rc = read_duration(study, "limits.max_time", o->max_time ? o->max_time : l->max_time,
                           o->max_time ? "--max-time" : NULL, &study->max_time_s, err);
    if (!rc)
        rc = read_duration(study, "limits.launch_time", l->launch_time, NULL, &study->launch_time_s,
                           err);
    if (!rc)
        rc = check_times(study, err);
    if (!rc)
        rc = read_cost(study, o->max_cost, err);
    return rc ? rc : read_counts(study, o, err);
}
