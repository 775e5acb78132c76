/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/verb_doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/units.h"
#include "launch/capture.h"
#include "launch/doctor/doctor.h"
#include "launch/doctor/show.h"
#include "launch/hosts.h"
#include "launch/mpirun.h"

struct options {
    char *only, *hosts, *machine, *ranks, *slots, *nodes, *launcher, *timeout, *root;
    int json, quiet, here, list;
    struct poptOption table[16];
};

static const struct poptOption *doctor_options(void *state)
{
    struct options *o = state;
    const struct poptOption table[] = {
        {"hosts", 0, POPT_ARG_STRING, &o->hosts, 0, "look at these nodes, by ssh or srun",
         "FILE|HOST,..."},
        {"here", 0, POPT_ARG_NONE, &o->here, 0, "this node alone, also in a Slurm allocation",
         NULL},
        {"only", 0, POPT_ARG_STRING, &o->only, 0, "these subjects (all)", "SUBJECT,..."},
        {"list", 0, POPT_ARG_NONE, &o->list, 0, "list the subjects", NULL},
        {"machine", 'm', POPT_ARG_STRING, &o->machine, 0,
         "instance type that it should be (as found)", "NAME"},
        {"ranks", 0, POPT_ARG_STRING, &o->ranks, 0, "ranks on each node (its cores)", "N"},
        {"slots", 0, POPT_ARG_STRING, &o->slots, 0, "slots of each node in the host file", "N"},
        {"nodes", 0, POPT_ARG_STRING, &o->nodes, 0, "nodes of the study (those of --hosts)", "N"},
        {"launcher", 0, POPT_ARG_STRING, &o->launcher, 0,
         "fixes for host, container, slurm or batch (as found)", "NAME"},
        {"timeout", 0, POPT_ARG_STRING, &o->timeout, 0, "seconds for each node (15)", "S"},
        {"root", 0, POPT_ARG_STRING, &o->root, 0, "look at a recorded tree in place of /", "DIR"},
        {"json", 0, POPT_ARG_NONE, &o->json, 0, "print the report as JSON", NULL},
        {"quiet", 'q', POPT_ARG_NONE, &o->quiet, 0, "only what is not ok", NULL},
        POPT_TABLEEND};
    _Static_assert(sizeof table <= sizeof o->table, "room for every option");
    memcpy(o->table, table, sizeof table);
    return o->table;
}

static int optional_long(const char *name, const char *text, long max, long *value,
                         struct nh_error *err)
{
    return text ? nh_parse_long(name, text, 1, max, value, err) : NH_OK;
}

static int read_options(const struct options *o, struct nh_doctor *d, struct nh_error *err)
{
    *d = (struct nh_doctor){
        .only = o->only, .site = {.root = o->root, .machine = o->machine, .launcher = o->launcher}};
    int rc = optional_long("--ranks", o->ranks, 4096, &d->site.ranks, err);
    if (!rc)
        rc = optional_long("--slots", o->slots, 4096, &d->site.slots, err);
    if (!rc)
        rc = optional_long("--nodes", o->nodes, 100000, &d->site.nodes, err);
    if (!rc && o->timeout)
        rc = nh_parse_positive("--timeout", o->timeout, &d->timeout_s, err);
    if (!rc && o->here && o->hosts)
        rc = nh_fail(err, NH_EINPUT, "--here and --hosts contradict each other; leave one out");
    if (!rc && o->root && o->hosts)
        rc = nh_fail(err, NH_EINPUT, "--root is of one host; leave --hosts out");
    if (!rc && o->root && access(o->root, R_OK | X_OK))
        rc = nh_fail_errno(err, "--root %s", o->root) ? NH_EINPUT : NH_OK;
    return rc;
}

/* ---- nodes ---- */

/* The nodes of our allocation; scontrol turns "node[1-3]" into names. */
static int read_allocation(struct nh_hosts *hosts, struct nh_error *err)
{
    char program[NH_PATH_MAX], text[65536], *rest = NULL;
    char *list = getenv("SLURM_JOB_NODELIST");
    if (!list || !nh_on_path("scontrol", program, sizeof program))
        return NH_OK;
    int rc = nh_capture((char *[]){program, "show", "hostnames", list, NULL}, NULL, text,
                        sizeof text, err);
    for (char *word = rc ? NULL : strtok_r(text, " \n", &rest); word && !rc;
         word = strtok_r(NULL, " \n", &rest))
        rc = nh_hosts_add(hosts, word, 0, err);
    return rc;
}

/* All nodes of an allocation of several, unless we are one of the ranks that srun started. */
static bool is_head_of_allocation(void)
{
    const char *nodes = getenv("SLURM_JOB_NUM_NODES"), *step = getenv("SLURM_STEP_ID");
    return nodes && strtol(nodes, NULL, 10) > 1 && !step;
}

static int find_hosts(const struct options *o, struct nh_doctor *d, struct nh_hosts *hosts,
                      struct nh_error *err)
{
    int rc = NH_OK;
    if (o->hosts)
        rc = nh_hosts_given(o->hosts, hosts, err);
    else if (!o->here && !o->root && is_head_of_allocation())
        rc = read_allocation(hosts, err);
    d->hosts = hosts;
    d->srun = getenv("SLURM_JOB_ID") != NULL;
    return rc;
}

/* ---- output ---- */

static int print_subjects(void)
{
    for (size_t i = 0; nh_checks[i]; i++)
        printf("%-12s %s\n", nh_checks[i]->subject, nh_checks[i]->summary);
    return NH_OK;
}

static int print_report(const struct options *o, const json_t *report, struct nh_error *err)
{
    if (!o->json)
        nh_doctor_show(report, o->quiet, stdout);
    else if (json_dumpf(report, stdout, JSON_INDENT(1)) || putchar('\n') == EOF)
        return nh_fail(err, NH_EFAIL, "cannot write the report");
    return NH_OK;
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    const struct options *o = state;
    struct nh_doctor doctor;
    struct nh_hosts hosts = {0};
    json_t *report = NULL;
    if (argc)
        return nh_fail(err, NH_EINPUT, "'%s' is too much; options only, see --help", argv[0]);
    if (o->list)
        return print_subjects();
    int rc = read_options(o, &doctor, err);
    if (!rc)
        rc = find_hosts(o, &doctor, &hosts, err);
    if (!rc)
        rc = nh_doctor_run(&doctor, &report, err);
    if (!rc)
        rc = print_report(o, report, err);
    if (!rc) /* the report has said why */
        rc = nh_doctor_verdict(report, NULL);
    json_decref(report);
    nh_hosts_clear(&hosts);
    return rc;
}

const struct nh_verb nh_verb_doctor = {
    .name = "doctor",
    .summary = "Say what on this node, or on many, keeps a study from being right",
    .arguments = "[OPTION...]",
    .examples = "  nodehour doctor                         # this node\n"
                "  nodehour doctor --quiet --ranks 36      # only what is not ok\n"
                "  nodehour doctor --hosts hosts.txt       # all nodes at once, and compared\n"
                "  nodehour doctor --only shm,memlock --launcher batch --json\n"
                "  sbatch -N 4 --exclusive --wrap 'nodehour doctor'\n",
    .options = doctor_options,
    .state_size = sizeof(struct options),
    .run = run,
};
