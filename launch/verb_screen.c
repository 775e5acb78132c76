/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/verb_screen.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/units.h"
#include "launch/cores.h"
#include "launch/screen/places.h"

static const char default_list[] = "nodehour-exclude.txt";

struct options {
    char *hosts, *launcher, *exclude, *mpirun, *size, *max_time, *timeout, *output;
    int json, quiet, srun, serial;
    struct poptOption table[14];
};

static const struct poptOption *screen_options(void *state)
{
    struct options *o = state;
    const struct poptOption table[] = {
        {"hosts", 0, POPT_ARG_STRING, &o->hosts, 0, "of these, by ssh; or some of an allocation",
         "FILE|HOST,..."},
        {"launcher", 0, POPT_ARG_STRING, &o->launcher, 0, "ssh, slurm or local (as found)", "TYPE"},
        {"exclude", 0, POPT_ARG_STRING, &o->exclude, 0, "hosts not to look at", "LIST"},
        {"mpirun", 0, POPT_ARG_STRING, &o->mpirun, 0, "the mpirun to use ($NODEHOUR_MPIRUN)",
         "PATH"},
        {"srun", 0, POPT_ARG_NONE, &o->srun, 0, "Slurm: start ranks by srun", NULL},
        {"size", 's', POPT_ARG_STRING, &o->size, 0, "of a message, for bandwidth (1M)", "BYTES"},
        {"serial", 0, POPT_ARG_NONE, &o->serial, 0,
         "one pair at a time: where hosts share a thin network", NULL},
        {"max-time", 0, POPT_ARG_STRING, &o->max_time, 0, "seconds of each tournament (2)", "S"},
        {"timeout", 0, POPT_ARG_STRING, &o->timeout, 0,
         "a launch hangs after S seconds (60, and 0.5 for each host)", "S"},
        {"output", 'o', POPT_ARG_STRING, &o->output, 0,
         "the list of hosts to exclude (nodehour-exclude.txt)", "FILE"},
        {"json", 0, POPT_ARG_NONE, &o->json, 0, "print the report as JSON", NULL},
        {"quiet", 'q', POPT_ARG_NONE, &o->quiet, 0, "print nothing; the list is written", NULL},
        POPT_TABLEEND};
    _Static_assert(sizeof table <= sizeof o->table, "room for every option");
    memcpy(o->table, table, sizeof table);
    return o->table;
}

static int read_options(const struct options *o, struct nh_screen *s, struct nh_error *err)
{
    *s = (struct nh_screen){.mpirun = o->mpirun,
                            .srun = o->srun != 0,
                            .serial = o->serial != 0,
                            .cores = nh_physical_cores("")};
    int rc = o->size ? nh_parse_size(o->size, &s->size, err) : NH_OK;
    if (rc)
        return nh_context(err, "--size");
    if (o->size && s->size == 0)
        return nh_fail(err, NH_EINPUT, "--size: 0 bytes have no bandwidth; give one or more");
    if (o->max_time)
        rc = nh_parse_positive("--max-time", o->max_time, &s->max_time_s, err);
    if (!rc && o->timeout)
        rc = nh_parse_positive("--timeout", o->timeout, &s->limit_s, err);
    return rc;
}

static int print_report(const struct options *o, const json_t *report, const char *list,
                        struct nh_error *err)
{
    if (o->json) {
        if (json_dumpf(report, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) ||
            putchar('\n') == EOF)
            return nh_fail(err, NH_EFAIL, "cannot write the report");
        return NH_OK;
    }
    if (o->quiet)
        return NH_OK;
    nh_screen_show(report, stdout);
    if (json_array_size(json_object_get(report, "exclude")))
        printf("the same, a host a line: %s\n", list);
    return NH_OK;
}

static int screen_hosts(const struct options *o, struct nh_screen *s, struct nh_error *err)
{
    const char *list = o->output ? o->output : default_list;
    json_t *report = NULL;
    nh_progress_start(s->shown, stderr, !o->quiet);
    int rc = nh_screen_run(s, &report, err);
    if (!rc)
        rc = nh_screen_write_list(report, list, err);
    if (!rc)
        rc = print_report(o, report, list, err);
    if (!rc) /* the report has said why */
        rc = nh_screen_verdict(report, o->quiet || o->json ? err : NULL);
    json_decref(report);
    return rc;
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    const struct options *o = state;
    const struct nh_screen_places places = {o->hosts, o->launcher, o->exclude};
    struct nh_screen screen;
    struct nh_progress progress;
    struct nh_hosts hosts = {0};
    if (argc)
        return nh_fail(err, NH_EINPUT, "'%s' is too much; options only, see --help", argv[0]);
    int rc = read_options(o, &screen, err);
    if (!rc)
        rc = nh_screen_find_hosts(&places, &hosts, &screen.agent, err);
    screen.hosts = &hosts;
    screen.shown = &progress;
    if (!rc)
        rc = screen_hosts(o, &screen, err);
    nh_hosts_clear(&hosts);
    return rc;
}

const struct nh_verb nh_verb_screen = {
    .name = "screen",
    .summary = "Find the bad hosts among many, and write the list to leave them out by",
    .arguments = "[OPTION...]",
    .examples =
        "  nodehour screen --hosts hosts.txt       # every host with every other one\n"
        "  nodehour screen --hosts a,b,c,d --json\n"
        "  salloc -N 16 nodehour screen            # the nodes of an allocation\n"
        "  nodehour run STUDY --screen             # the same before a study\n"
        "\nExit code 72 when hosts are to be excluded; their names are in\n"
        "nodehour-exclude.txt, for --exclude=./nodehour-exclude.txt of Slurm and of ours.\n",
    .options = screen_options,
    .state_size = sizeof(struct options),
    .run = run,
};
