/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/verb_lint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/journal.h"
#include "launch/lint/lint.h"

struct options {
    char *machine;
    int json, list;
    struct poptOption table[4];
};

static const struct poptOption *lint_options(void *state)
{
    struct options *o = state;
    o->table[0] =
        (struct poptOption){"machine",   'm', POPT_ARG_STRING,
                            &o->machine, 0,   "instance type that they are for (as the files say)",
                            "NAME"};
    o->table[1] = (struct poptOption){"json", 0, POPT_ARG_NONE, &o->json, 0, "print as JSON", NULL};
    o->table[2] =
        (struct poptOption){"list", 0, POPT_ARG_NONE, &o->list, 0, "list the rules", NULL};
    o->table[3] = (struct poptOption)POPT_TABLEEND;
    return o->table;
}

static int lint_file(const char *path, const struct nh_catalog *catalog,
                     const struct nh_machine *machine, struct nh_faults *faults,
                     struct nh_error *err)
{
    char *text;
    size_t len;
    int rc = nh_file_read(path, &text, &len, err);
    if (rc)
        return rc;
    rc = nh_lint_text(path, text, len, catalog, machine, faults, err);
    free(text);
    return rc;
}

static int print(const struct options *o, const struct nh_faults *faults, struct nh_error *err)
{
    if (!o->json) {
        nh_faults_print(faults, stdout);
        return NH_OK;
    }
    json_t *list = nh_faults_json(faults);
    int bad = json_dumpf(list, stdout, JSON_INDENT(2)) || putchar('\n') == EOF;
    json_decref(list);
    return bad ? nh_fail(err, NH_EFAIL, "cannot write JSON") : NH_OK;
}

static int lint_files(const struct options *o, const struct nh_catalog *catalog, int n,
                      char **files, struct nh_error *err)
{
    struct nh_faults faults = {0};
    const struct nh_machine *machine =
        o->machine ? nh_catalog_machine(catalog, o->machine, err) : NULL;
    if (o->machine && !machine)
        return nh_context(err, "--machine");
    int rc = NH_OK;
    for (int i = 0; i < n && !rc; i++)
        rc = lint_file(files[i], catalog, machine, &faults, err);
    int printed = print(o, &faults, rc ? NULL : err);
    rc = rc ? rc : printed;
    if (!rc && faults.count)
        rc = nh_fail(err, NH_EFAIL, "%zu fault%s", faults.count, faults.count == 1 ? "" : "s");
    nh_faults_clear(&faults);
    return rc;
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    const struct options *o = state;
    struct nh_catalog catalog;
    if (o->list) {
        nh_lint_list(stdout);
        return NH_OK;
    }
    if (argc == 0)
        return nh_fail(err, NH_EINPUT,
                       "no file given; name job definitions, templates, cluster files or scripts");
    int rc = nh_catalog_load(&catalog, err);
    if (rc)
        return rc;
    rc = lint_files(o, &catalog, argc, argv, err);
    nh_catalog_clear(&catalog);
    return rc;
}

const struct nh_verb nh_verb_lint = {
    .name = "lint",
    .summary = "Find faults in job definitions, templates, cluster files and batch scripts",
    .arguments = "FILE... [OPTION...]",
    .examples = "  nodehour lint job-definition.json\n"
                "  nodehour lint stack.yaml cluster.yaml run.sbatch --json\n"
                "  nodehour lint run.sbatch --machine c5n.18xlarge\n"
                "  nodehour lint --list\n"
                "\nExit code 1 when there are faults, 2 when a file cannot be read.\n",
    .options = lint_options,
    .state_size = sizeof(struct options),
    .run = run,
};
