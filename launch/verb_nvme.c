/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/verb_nvme.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/nvme/drive.h"
#include "bench/nvme/show.h"

struct options {
    char *root;
    int json;
    struct poptOption table[4];
};

static const struct poptOption *nvme_options(void *state)
{
    struct options *o = state;
    const struct poptOption table[] = {
        {"root", 0, POPT_ARG_STRING, &o->root, 0, "look at a recorded tree in place of /", "DIR"},
        {"json", 0, POPT_ARG_NONE, &o->json, 0, "print JSON", NULL},
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

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    static const struct action {
        const char *name;
        int (*run)(const struct options *o, struct nh_error *err);
    } actions[] = {{"list", run_list}};
    static const char *const names[] = {"list", NULL};
    int which;
    if (!argc)
        return nh_fail(err, NH_EINPUT, "what is to be done is missing; write nodehour nvme list");
    int rc = nh_choice("action", argv[0], names, &which, err);
    if (!rc && argc > 1)
        rc = nh_fail(err, NH_EINPUT, "'%.60s' is too much; see --help", argv[1]);
    return rc ? rc : actions[which].run(state, err);
}

const struct nh_verb nh_verb_nvme = {
    .name = "nvme",
    .summary = "List the local NVMe drives and what uses them",
    .arguments = "list [OPTION...]",
    .examples = "  nodehour nvme list                      # drives, and what uses them\n"
                "  nodehour nvme list --json\n",
    .options = nvme_options,
    .state_size = sizeof(struct options),
    .run = run,
};
