/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/given_options.h"

#include <string.h>

#include "common/units.h"

struct poptOption *nh_given_option_table(struct nh_given_options *o)
{
    const struct poptOption entries[NH_GIVEN_OPTIONS + 1] = {
        {"nodes", 0, POPT_ARG_STRING, &o->nodes, 0, "logs: nodes that ran", "N"},
        {"cores", 0, POPT_ARG_STRING, &o->cores, 0, "logs: cores that ran, of all nodes", "N"},
        {"cells", 0, POPT_ARG_STRING, &o->cells, 0, "logs: cells or atoms of the problem", "N"},
        {"case", 0, POPT_ARG_STRING, &o->name, 0, "logs: name of the case", "NAME"},
        {"strong", 0, POPT_ARG_NONE, &o->strong, 0, "logs: one problem on every number of nodes",
         NULL},
        {"weak", 0, POPT_ARG_NONE, &o->weak, 0, "logs: the problem grows with the nodes", NULL},
        {"map", 0, POPT_ARG_STRING, &o->map, 0,
         "logs: what names in them stand for, as p=nodes,size=cells", "LIST"},
        {"skip-steps", 0, POPT_ARG_STRING, &o->skip_steps, 0,
         "logs: steps at the start that do not count (1)", "N"},
        {"run", 0, POPT_ARG_STRING, &o->which, 0, "logs: which of several runs in one log, or all",
         "N"},
        {"work", 0, POPT_ARG_STRING, &o->work, 0,
         "logs: steps (GROMACS: ns) of the run that is planned", "N"},
        POPT_TABLEEND};
    memcpy(o->table, entries, sizeof entries);
    return o->table;
}

static int read_which(const char *text, long *out, struct nh_error *err)
{
    *out = -1;
    if (strcmp(text, "all") == 0)
        return NH_OK;
    return nh_parse_long("--run", text, 1, 1000000, out, err);
}

static int read_numbers(const struct nh_given_options *o, struct nh_given *out,
                        struct nh_error *err)
{
    int rc = NH_OK;
    if (o->nodes)
        rc = nh_parse_long("--nodes", o->nodes, 1, 1000000, &out->nodes, err);
    if (!rc && o->cores)
        rc = nh_parse_long("--cores", o->cores, 1, 100000000, &out->cores, err);
    if (!rc && o->cells)
        rc = nh_parse_positive("--cells", o->cells, &out->cells, err);
    if (!rc && o->skip_steps)
        rc = nh_parse_long("--skip-steps", o->skip_steps, 0, 1000000000, &out->skip_steps, err);
    if (!rc && o->which)
        rc = read_which(o->which, &out->which, err);
    return !rc && o->work ? nh_parse_positive("--work", o->work, &out->work, err) : rc;
}

int nh_given_settings(const struct nh_given_options *o, struct nh_given *out, struct nh_error *err)
{
    *out = (struct nh_given){.name = o->name, .map = o->map, .skip_steps = -1};
    if (o->strong && o->weak)
        return nh_fail(err, NH_EINPUT, "--strong and --weak exclude each other");
    out->scaling = o->strong ? NH_DECLARED_STRONG : o->weak ? NH_DECLARED_WEAK : NH_UNDECLARED;
    if (o->name && (*o->name == '\0' || strlen(o->name) > 95))
        return nh_fail(err, NH_EINPUT, "--case: empty, or longer than 95 bytes; shorten it");
    if (o->map && !strchr(o->map, '='))
        return nh_fail(
            err, NH_EINPUT,
            "--map: '%.40s' is no list of NAME=MEANING; write it like p=nodes,t=solver_s", o->map);
    return read_numbers(o, out, err);
}

size_t nh_given_command(const struct nh_given_options *o, char **words)
{
    static char nodes[] = "--nodes", cores[] = "--cores", cells[] = "--cells", name[] = "--case",
                map[] = "--map", skip[] = "--skip-steps", which[] = "--run", work[] = "--work",
                strong[] = "--strong", weak[] = "--weak";
    const struct {
        char *option, *value;
    } texts[] = {{nodes, o->nodes}, {cores, o->cores},     {cells, o->cells}, {name, o->name},
                 {map, o->map},     {skip, o->skip_steps}, {which, o->which}, {work, o->work}};
    size_t n = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].value) {
            words[n++] = texts[i].option;
            words[n++] = texts[i].value;
        }
    if (o->strong)
        words[n++] = strong;
    if (o->weak)
        words[n++] = weak;
    return n;
}
