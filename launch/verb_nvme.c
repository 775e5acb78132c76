/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/verb_nvme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/nvme/bench.h"
#include "bench/nvme/drive.h"
#include "bench/nvme/raid.h"
#include "bench/nvme/show.h"
#include "common/units.h"

struct options {
    char *root, *directory, *tests, *launches, *time, *threads, *depth, *size, *share, *engine;
    char *machine, *output, *drives, *erase, *chunk, *fs, *mount;
    int json, quiet, sweep;
    struct poptOption table[24];
};

static const struct poptOption *nvme_options(void *state)
{
    struct options *o = state;
    const struct poptOption table[] = {
        {"json", 0, POPT_ARG_NONE, &o->json, 0, "print JSON: drives, or a record a line", NULL},
        {"root", 0, POPT_ARG_STRING, &o->root, 0,
         "list, raid: plan on a recorded tree in place of /", "DIR"},
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
        {"drives", 0, POPT_ARG_STRING, &o->drives, 0,
         "bench: read these raw; raid create: of these (all free instance store)", "SERIAL,..."},
        {"erase", 0, POPT_ARG_STRING, &o->erase, 0,
         "raid: do it, and lose what is on these serial numbers", "SERIAL,..."},
        {"chunk", 0, POPT_ARG_STRING, &o->chunk, 0, "raid create: chunk of a drive (512K)", "SIZE"},
        {"fs", 0, POPT_ARG_STRING, &o->fs, 0, "raid create: with a file system, xfs or ext4",
         "NAME"},
        {"mount", 0, POPT_ARG_STRING, &o->mount, 0, "raid create: mounted in this folder", "DIR"},
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
                                  .drives = o->drives,
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
    if (!o->directory == !o->drives)
        return nh_fail(err, NH_EINPUT,
                       "say where to measure: --directory DIR, or --drives "
                       "SERIAL,... to read drives raw");
    int rc = read_bench(o, &bench, err);
    if (!rc)
        rc = nh_site_find(&request, &site, err);
    return rc ? rc : nh_nvme_bench(&bench, &site, stdout, err);
}

/* ---- raid ---- */

typedef int plan_fn(const struct nh_raid_request *q, const struct nh_site *site,
                    struct nh_raid_plan *plan, struct nh_error *err);

static int read_raid(const struct options *o, struct nh_raid_request *q, struct nh_error *err)
{
    static const char *const kinds[] = {"xfs", "ext4", NULL};
    int kind;
    *q = (struct nh_raid_request){
        .drives = o->drives, .erase = o->erase, .chunk = 512 << 10, .fs = o->fs, .mount = o->mount};
    int rc = o->fs ? nh_choice("--fs", o->fs, kinds, &kind, err) : NH_OK;
    if (!rc && o->chunk && (rc = nh_parse_size(o->chunk, &q->chunk, err)))
        nh_context(err, "--chunk");
    if (!rc && o->root && o->erase)
        rc = nh_fail(err, NH_EINPUT, "--root is for plans; leave --erase out");
    return rc;
}

/* The serial numbers that --erase must name. */
static void print_how(const struct nh_raid_plan *plan)
{
    fputs("dry run, nothing was done; everything on these drives would be lost. To do it, add:\n"
          "  --erase ",
          stdout);
    for (size_t i = 0; i < plan->members.count; i++)
        printf("%s%s", i ? "," : "", plan->members.items[i]->serial);
    putchar('\n');
}

static int carry_out(const struct nh_raid_plan *plan, struct nh_error *err)
{
    if (!plan->step_count) {
        printf(*plan->array ? "/dev/%s is there already; nothing to do\n"
                            : "no array of ours%s; nothing to do\n",
               plan->array);
        return NH_OK;
    }
    int rc = nh_raid_show(plan, stdout, err);
    if (rc)
        return rc;
    if (!plan->erase) {
        print_how(plan);
        return NH_OK;
    }
    fflush(stdout);
    rc = nh_raid_execute(plan, err);
    if (!rc)
        puts("done");
    return rc;
}

static int run_plan(const struct options *o, plan_fn *make, struct nh_error *err)
{
    const struct nh_site site = {.root = o->root ? o->root : ""};
    struct nh_raid_request request;
    struct nh_raid_plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return nh_fail(err, NH_EFAIL, "out of memory");
    int rc = read_raid(o, &request, err);
    if (!rc)
        rc = make(&request, &site, plan, err);
    if (!rc)
        rc = carry_out(plan, err);
    nh_raid_plan_clear(plan);
    free(plan);
    return rc;
}

static int run_create(const struct options *o, struct nh_error *err)
{
    return run_plan(o, nh_raid_plan_create, err);
}

static int run_destroy(const struct options *o, struct nh_error *err)
{
    return run_plan(o, nh_raid_plan_destroy, err);
}

/* ---- the verb ---- */

enum { LIST = 1, BENCH = 2, CREATE = 4, DESTROY = 8 };

static const struct action {
    const char *name, *what; /* what: of "raid" */
    int bit;
    int (*run)(const struct options *o, struct nh_error *err);
} actions[] = {{"list", NULL, LIST, run_list},
               {"bench", NULL, BENCH, run_bench},
               {"raid", "create", CREATE, run_create},
               {"raid", "destroy", DESTROY, run_destroy}};
enum { ACTIONS = sizeof actions / sizeof *actions };

static int check_fit(const struct options *o, const struct action *action, struct nh_error *err)
{
    const struct {
        const char *name;
        bool given;
        int fits;
    } options[] = {{"root", o->root, LIST | CREATE | DESTROY},
                   {"json", o->json, LIST | BENCH},
                   {"directory", o->directory, BENCH},
                   {"tests", o->tests, BENCH},
                   {"sweep", o->sweep, BENCH},
                   {"launches", o->launches, BENCH},
                   {"time", o->time, BENCH},
                   {"threads", o->threads, BENCH},
                   {"depth", o->depth, BENCH},
                   {"size", o->size, BENCH},
                   {"share", o->share, BENCH},
                   {"engine", o->engine, BENCH},
                   {"machine", o->machine, BENCH},
                   {"output", o->output, BENCH},
                   {"quiet", o->quiet, BENCH},
                   {"drives", o->drives, BENCH | CREATE},
                   {"erase", o->erase, CREATE | DESTROY},
                   {"chunk", o->chunk, CREATE},
                   {"fs", o->fs, CREATE},
                   {"mount", o->mount, CREATE}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given && !(options[i].fits & action->bit))
            return nh_fail(err, NH_EINPUT, "--%s has no meaning for nvme %s; leave it out",
                           options[i].name, action->what ? action->what : action->name);
    return NH_OK;
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    for (size_t i = 0; i < ACTIONS; i++) {
        const struct action *a = &actions[i];
        int words = a->what ? 2 : 1;
        if (argc < words || strcmp(argv[0], a->name) != 0 ||
            (a->what && strcmp(argv[1], a->what) != 0))
            continue;
        if (argc > words)
            return nh_fail(err, NH_EINPUT, "'%.60s' is too much; see --help", argv[words]);
        int rc = check_fit(state, a, err);
        return rc ? rc : a->run(state, err);
    }
    return nh_fail(err, NH_EINPUT,
                   "'%.60s%s%.60s' is not known; write nodehour nvme followed by "
                   "list, bench, raid create or raid destroy",
                   argc ? argv[0] : "", argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
}

const struct nh_verb nh_verb_nvme = {
    .name = "nvme",
    .summary = "List NVMe drives, make them one array, measure storage with fio",
    .arguments = "list | bench | raid create | raid destroy [OPTION...]",
    .examples =
        "  nodehour nvme list                      # drives, and what uses them\n"
        "  nodehour nvme list --json\n"
        "  nodehour nvme bench --directory /scratch -o records.jsonl\n"
        "  nodehour nvme raid create --fs xfs --mount /scratch   # shows what would be done\n"
        "  nodehour nvme raid destroy\n",
    .options = nvme_options,
    .state_size = sizeof(struct options),
    .run = run,
};
