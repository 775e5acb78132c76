/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "launch/emit/parts.h"
#include "launch/study/estimate.h"
#include "launch/study/matrix.h"
#include "launch/study/study.h"

/* A batch script for every study that comes with nodehour and is for this machine, or for any. */

/* As long as Slurm warns before the end: what nodehour needs to keep what it has. */
enum { TERM_BEFORE_S = 60 };

static int most_ranks_per_node(const struct nh_plan *plan)
{
    int most = 1;
    for (size_t i = 0; i < plan->job_count; i++)
        most = plan->jobs[i].ranks_per_node > most ? plan->jobs[i].ranks_per_node : most;
    return most;
}

static long minutes(const struct nh_plan *plan)
{
    double seconds = plan->max_time_s > 0 ? plan->max_time_s + TERM_BEFORE_S
                                          : 2 * nh_plan_expected_s(plan) + 600;
    return (long)ceil(seconds / 60) + 1;
}

static void write_script(FILE *out, const char *study, const struct nh_machine *m,
                         const struct nh_plan *plan)
{
    char family[32];
    nh_emit_family(m, family, sizeof family);
    fprintf(
        out,
        "#!/bin/bash\n"
        "# SPDX-License-Identifier: BSD-3-Clause\n"
        "# Made by nodehour machine %s --emit sbatch. Submit it on a shared file system; fewer\n"
        "# nodes: sbatch --nodes=N. Submitted again, it goes on with an unfinished run.\n"
        "#SBATCH --job-name=%s\n"
        "#SBATCH --partition=%s\n"
        "#SBATCH --nodes=%ld\n"
        "#SBATCH --ntasks-per-node=%d\n"
        "#SBATCH --exclusive\n"
        "#SBATCH --time=%ld\n"
        "#SBATCH --requeue\n"
        "#SBATCH --signal=B:TERM@%d\n"
        "#SBATCH --output=%%x_%%j.out\n"
        "set -euo pipefail\n",
        m->name, study, family, nh_plan_most_nodes(plan), most_ranks_per_node(plan), minutes(plan),
        TERM_BEFORE_S);
    fprintf(out,
            "if type module >/dev/null 2>&1; then\n"
            "  module load openmpi libfabric-aws\n"
            "fi\n"
            "nodehour doctor --quiet\n"
            "exec nodehour run %s --machine %s --launcher slurm\n",
            study, m->name);
}

static int add_script(const char *name, const struct nh_machine *m, const struct nh_plan *plan,
                      struct nh_emit_files *files, struct nh_error *err)
{
    char path[96], *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return nh_fail_errno(err, "cannot make a script");
    write_script(out, name, m, plan);
    if (fclose(out)) {
        free(text);
        return nh_fail_errno(err, "cannot make a script");
    }
    snprintf(path, sizeof path, "sbatch/%.60s.sbatch", name);
    return nh_emit_add(files, path, text, err);
}

/* A study that names another machine is not for this one. */
static int add_study(const char *name, const struct nh_machine *m, struct nh_emit_files *files,
                     struct nh_error *err)
{
    char launcher[] = "slurm";
    struct nh_study_options options = {.launcher = launcher};
    struct nh_study study;
    struct nh_plan plan;
    int rc = nh_study_read(name, &options, m->cores, &study, err);
    if (rc)
        return rc;
    if (!study.machine || strcmp(study.machine, m->name) == 0) {
        rc = nh_study_plan(&study, 1, &plan, err);
        if (!rc) {
            rc = add_script(name, m, &plan, files, err);
            nh_plan_clear(&plan);
        }
    }
    nh_study_clear(&study);
    return rc;
}

static int make(const struct nh_machine *m, struct nh_emit_files *files, struct nh_error *err)
{
    struct nh_args names = {0};
    int rc = nh_study_names_shipped(&names, err);
    for (size_t i = 0; i < names.count && !rc; i++)
        rc = add_study(names.items[i], m, files, err);
    nh_args_clear(&names);
    return rc;
}

const struct nh_emit_kind nh_emit_sbatch = {
    .name = "sbatch",
    .summary = "batch scripts for Slurm, one for each study that comes with nodehour",
    .make = make,
};
