/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/verb_nvme.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/nvme/bench.h"
#include "bench/nvme/drive.h"
#include "bench/nvme/show.h"
#include "common/units.h"

struct options {
    char *root, *directory, *tests, *launches, *time, *threads, *depth, *size, *share, *engine;
    char *machine, *output;
    int json, quiet, sweep;
    struct poptOption table[16];
};

static const struct poptOption *nvme_options(void *state)
{
    struct options *o = state;
    const struct poptOption table[] = {
        {"json", 0, POPT_ARG_NONE, &o->json, 0, "print JSON: drives, or a record a line", NULL},
        {"root", 0, POPT_ARG_STRING, &o->root, 0, "list: a recorded tree in place of /", "DIR"},
        {"directory", 0, POPT_ARG_STRING, &o->directory, 0,
         "bench: files of its own in this folder", "DIR"},
        {"tests", 0, POPT_ARG_STRING, &o->tests, 0,
         "bench: of read, write, randread, randwrite, latency (all)", "LIST"},
        {"sweep", 0, POPT_ARG_NONE, &o->sweep, 0, "bench: small reads over depth and threads too",
         NULL},
        {"launches", 0, POPT_ARG_STRING, &o->launches, 0, "bench: launches of each test (6)", "N"},
        {"time", 0, POPT_ARG_STRING, &o->time, 0, "bench: seconds of a test (5)", "S"},
        {"threads", 0, POPT_ARG_STRING, &o->threads, 0, "bench: threads (those of the machine)",
         "N"},
        {"depth", 0, POPT_ARG_STRING, &o->depth, 0, "bench: operations in flight a thread (16)",
         "N"},
        {"size", 0, POPT_ARG_STRING, &o->size, 0, "bench: of a thread's file (256M, or what fits)",
         "SIZE"},
        {"share", 0, POPT_ARG_STRING, &o->share, 0,
         "bench: of the free space filled at most, in % (10)", "PERCENT"},
        {"engine", 0, POPT_ARG_STRING, &o->engine, 0, "bench: libaio, io_uring or psync (as found)",
         "NAME"},
        {"machine", 'm', POPT_ARG_STRING, &o->machine, 0, "bench: instance type (as found)",
         "NAME"},
        {"output", 'o', POPT_ARG_STRING, &o->output, 0, "bench: append records to this file",
         "FILE"},
        {"quiet", 'q', POPT_ARG_NONE, &o->quiet, 0, "bench: no table and no progress", NULL},
        POPT_TABLEEND};
    _Static_assert(sizeof table <= sizeof o->table, "room for every option");
    memcpy(o->table, table, sizeof table);
    return o->table;
}

/* ---- list ---- */

static int print_json(json_t *value, struct nh_error *err)
{
    int rc = !value || json_dumpf(value, stdout, JSON_INDENT(1)) || putchar('\n') == EOF
                 ? nh_fail(err, NH_EFAIL, "cannot write the list")
                 : NH_OK;
    json_decref(value);
    return rc;
}

static int run_list(const struct options *o, struct nh_error *err)
{
    const struct nh_site site = {.root = o->root ? o->root : ""};
    struct nh_drives drives;
    if (o->root && access(o->root, R_OK | X_OK))
        return nh_fail_errno(err, "--root %s", o->root) ? NH_EINPUT : NH_OK;
    nh_drives_find(&site, &drives);
    return o->json ? print_json(nh_drives_json(&drives), err)
                   : nh_drives_show(&drives, stdout, err);
}

/* ---- bench ---- */

static int read_whole(const char *name, const char *text, long max, long *value,
                      struct nh_error *err)
{
    return text ? nh_parse_long(name, text, 1, max, value, err) : NH_OK;
}

static int read_share(const char *text, double *share, struct nh_error *err)
{
    double percent;
    int rc = text ? nh_parse_positive("--share", text, &percent, err) : NH_OK;
    if (!rc && text && percent > 90)
        rc = nh_fail(err, NH_EINPUT, "--share: %s %% is too much; at most 90", text);
    if (!rc && text)
        *share = percent / 100;
    return rc;
}

static int read_time(const char *text, double *seconds, struct nh_error *err)
{
    int rc = text ? nh_parse_positive("--time", text, seconds, err) : NH_OK;
    if (!rc && (*seconds < 1 || *seconds > 86400))
        rc = nh_fail(err, NH_EINPUT, "--time: %s is out of range; from 1 to 86400 seconds", text);
    return rc;
}

static int read_bench(const struct options *o, struct nh_nvme_options *b, struct nh_error *err)
{
    *b = (struct nh_nvme_options){.directory = o->directory,
                                  .engine = o->engine,
                                  .tests = o->tests,
                                  .output = o->output,
                                  .depth = 16,
                                  .launches = 6,
                                  .runtime_s = 5,
                                  .share = 0.1,
                                  .sweep = o->sweep,
                                  .json = o->json,
                                  .quiet = o->quiet};
    int rc = read_whole("--launches", o->launches, 1000, &b->launches, err);
    if (!rc)
        rc = read_whole("--threads", o->threads, 4096, &b->threads, err);
    if (!rc)
        rc = read_whole("--depth", o->depth, 4096, &b->depth, err);
    if (!rc)
        rc = read_time(o->time, &b->runtime_s, err);
    if (!rc)
        rc = read_share(o->share, &b->share, err);
    if (!rc && o->size && (rc = nh_parse_size(o->size, &b->bytes, err)))
        nh_context(err, "--size");
    return rc;
}

static int run_bench(const struct options *o, struct nh_error *err)
{
    const struct nh_site_request request = {.machine = o->machine};
    struct nh_nvme_options bench;
    struct nh_site site;
    if (!o->directory)
        return nh_fail(err, NH_EINPUT, "say where to measure: --directory DIR");
    int rc = read_bench(o, &bench, err);
    if (!rc)
        rc = nh_site_find(&request, &site, err);
    return rc ? rc : nh_nvme_bench(&bench, &site, stdout, err);
}

/* ---- the verb ---- */

static int check_fit(const struct options *o, bool bench, struct nh_error *err)
{
    const struct {
        const char *name;
        bool given, bench;
    } options[] = {{"root", o->root, false},        {"directory", o->directory, true},
                   {"tests", o->tests, true},       {"sweep", o->sweep, true},
                   {"launches", o->launches, true}, {"time", o->time, true},
                   {"threads", o->threads, true},   {"depth", o->depth, true},
                   {"size", o->size, true},         {"share", o->share, true},
                   {"engine", o->engine, true},     {"machine", o->machine, true},
                   {"output", o->output, true},     {"quiet", o->quiet, true}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given && options[i].bench != bench)
            return nh_fail(err, NH_EINPUT, "--%s is of nvme %s; leave it out", options[i].name,
                           bench ? "list" : "bench");
    return NH_OK;
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    static const struct action {
        const char *name;
        int (*run)(const struct options *o, struct nh_error *err);
    } actions[] = {{"list", run_list}, {"bench", run_bench}};
    static const char *const names[] = {"list", "bench", NULL};
    int which;
    if (!argc)
        return nh_fail(err, NH_EINPUT,
                       "what is to be done is missing; write nodehour nvme list, or bench");
    int rc = nh_choice("action", argv[0], names, &which, err);
    if (!rc && argc > 1)
        rc = nh_fail(err, NH_EINPUT, "'%.60s' is too much; see --help", argv[1]);
    if (!rc)
        rc = check_fit(state, actions[which].run == run_bench, err);
    return rc ? rc : actions[which].run(state, err);
}

const struct nh_verb nh_verb_nvme = {
    .name = "nvme",
    .summary = "List the NVMe drives and what uses them, or measure storage with fio",
    .arguments = "list|bench [OPTION...]",
    .examples = "  nodehour nvme list                      # drives, and what uses them\n"
                "  nodehour nvme list --json\n"
                "  nodehour nvme bench --directory /scratch -o records.jsonl\n",
    .options = nvme_options,
    .state_size = sizeof(struct options),
    .run = run,
};
