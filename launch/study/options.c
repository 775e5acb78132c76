/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "launch/study/study.h"

size_t nh_study_option_table(struct nh_study_options *o, struct poptOption table[NH_STUDY_OPTIONS])
{
    const struct {
        const char *name;
        char **value;
        const char *about, *argument;
    } options[NH_STUDY_OPTIONS] = {
        {"launches", &o->launches, "launches of each job (6)", "N"},
        {"seed", &o->seed, "of the order of launches (random)", "N"},
        {"mpirun", &o->mpirun, "the mpirun to use ($NODEHOUR_MPIRUN)", "PATH"},
        {"machine", &o->machine, "instance type, where not detected", "NAME"},
        {"price-model", &o->price_models, "price models, the first for limits", "LIST"},
        {"license-per-hour", &o->license_per_hour, "licence of a run, per hour", "USD"},
        {"launcher", &o->launcher, "study: local, ssh or slurm", "TYPE"},
        {"hosts", &o->hosts, "study: host file, for ssh", "FILE"},
        {"exclude", &o->exclude, "study: hosts not to use", "LIST"},
        {"partition", &o->partition, "study: Slurm partition", "NAME"},
        {"nodes", &o->nodes, "study: node counts instead of its own", "LIST"},
        {"ranks-per-node", &o->ranks_per_node, "study: the same for ranks on a node", "LIST"},
        {"max-time", &o->max_time, "study: nothing starts that may take longer, 2h", "TIME"},
        {"max-cost", &o->max_cost, "study: nothing starts that may cost more, 40", "USD"},
    };
    for (size_t i = 0; i < NH_STUDY_OPTIONS; i++)
        table[i] = (struct poptOption){options[i].name,    0, POPT_ARG_STRING,
                                       options[i].value,   0, options[i].about,
                                       options[i].argument};
    return NH_STUDY_OPTIONS;
}
