/* SPDX-License-Identifier: BSD-3-Clause */
#include <popt.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/import/log_records.h"
#include "analysis/verb_logs.h"
#include "common/units.h"

static const long most_nodes = 1000000, most_ranks = 100000000;

void nh_log_option_table(struct nh_log_options *o, struct poptOption *table)
{
    const struct poptOption entries[NH_LOG_OPTIONS] = {
        {"machine", 'm', POPT_ARG_STRING, &o->machine, 0,
         "EC2 instance type that ran (default: as the file says)", "NAME"},
        {"nodes", 0, POPT_ARG_STRING, &o->nodes, 0, "nodes that ran", "N"},
        {"ranks", 0, POPT_ARG_STRING, &o->ranks, 0, "ranks that ran", "N"},
        {"inter-node", 0, POPT_ARG_NONE, &o->between, 0, "messages went between nodes", NULL},
        {"intra-node", 0, POPT_ARG_NONE, &o->inside, 0, "messages stayed inside a node", NULL},
        {"skip-damaged", 0, POPT_ARG_NONE, &o->skip_damaged, 0, "leave out damaged lines", NULL}};
    memcpy(table, entries, sizeof entries);
}

int nh_log_settings(const struct nh_log_options *o, struct nh_guard_options *out,
                    struct nh_error *err)
{
    *out = (struct nh_guard_options){.machine = o->machine};
    int rc = NH_OK;
    if (o->nodes)
        rc = nh_parse_long("--nodes", o->nodes, 1, most_nodes, &out->nodes, err);
    if (!rc && o->ranks)
        rc = nh_parse_long("--ranks", o->ranks, 1, most_ranks, &out->ranks, err);
    if (rc)
        return rc;
    if (o->between && o->inside)
        return nh_fail(err, NH_EINPUT, "--inter-node and --intra-node exclude each other");
    if (o->between && out->nodes == 1)
        return nh_fail(err, NH_EINPUT, "--inter-node needs more than --nodes 1");
    if (o->inside && out->nodes > 1)
        return nh_fail(err, NH_EINPUT, "--intra-node contradicts --nodes %ld", out->nodes);
    out->placement = o->between  ? NH_BETWEEN_NODES
                     : o->inside ? NH_INSIDE_NODE
                                 : NH_PLACEMENT_UNKNOWN;
    return NH_OK;
}

static int read_records(const char *path, const char *data, size_t len,
                        const struct nh_importer *importer, bool skip_damaged, struct nh_log *log,
                        struct nh_error *err)
{
    struct nh_dataset set = {0};
    int rc = importer->read(path, data, len, skip_damaged, &set, err);
    if (!rc && set.records.count == 0)
        rc = nh_fail(err, NH_EINPUT,
                     "%s: no figures of a benchmark in it; give a log of OSU, IMB, nccl-tests or "
                     "fio, records, or published figures",
                     path);
    if (!rc)
        rc = nh_log_from_records(path, &set.records, log, err);
    log->damaged = set.records.damaged;
    nh_dataset_clear(&set);
    return rc;
}

static int read_one(const char *path, bool skip_damaged, struct nh_log *log, struct nh_error *err)
{
    char *data;
    size_t len;
    int rc = nh_input_read(path, &data, &len, err);
    if (rc)
        return rc;
    const struct nh_importer *importer = nh_importer_of(data, len);
    if (importer->runs)
        rc = nh_fail(err, NH_EINPUT,
                     "%s: timings of an application (%s), no figures of a benchmark; give it to "
                     "'nodehour report' or 'nodehour advise'",
                     path, importer->name);
    else
        rc = importer->parse ? importer->parse(path, data, len, skip_damaged, log, err)
                             : read_records(path, data, len, importer, skip_damaged, log, err);
    if (rc)
        nh_log_clear(log);
    free(data);
    return rc;
}

int nh_logs_read(char *const *paths, int count, bool skip_damaged, struct nh_logs *logs,
                 struct nh_error *err)
{
    *logs = (struct nh_logs){0};
    if (count == 0)
        return nh_fail(err, NH_EINPUT,
                       "no file given; name logs of OSU, IMB, nccl-tests or fio, or records");
    logs->items = calloc((size_t)count, sizeof *logs->items);
    int rc = logs->items ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
    for (int i = 0; !rc && i < count; i++) {
        rc = read_one(paths[i], skip_damaged, &logs->items[i], err);
        logs->count += rc == NH_OK;
    }
    if (rc)
        nh_logs_clear(logs);
    return rc;
}

void nh_logs_clear(struct nh_logs *logs)
{
    for (size_t i = 0; i < logs->count; i++)
        nh_log_clear(&logs->items[i]);
    free(logs->items);
    *logs = (struct nh_logs){0};
}
