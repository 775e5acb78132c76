/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "launch/study/estimate.h"
#include "launch/study/matrix.h"
#include "tests/fuzz/fuzz.h"

/* A study that is taken has jobs with safe and unique names, and what run.json keeps of it reads
 * back to the same plan. */

static void check_jobs(const struct nh_plan *plan)
{
    fuzz_require(plan->job_count > 0 && plan->step_count > 0);
    for (size_t i = 0; i < plan->job_count && i < 100; i++) {
        const struct nh_job *job = &plan->jobs[i];
        fuzz_require(*job->name && *job->name != '.' && !strpbrk(job->name, "/ \t\n'\"="));
        fuzz_require(job->ranks == job->nodes * job->ranks_per_node && job->expected_s > 0);
        for (size_t k = 0; k < i; k++)
            fuzz_require(strcmp(job->name, plan->jobs[k].name) != 0);
    }
}

static void read_back(const struct nh_plan *plan, const struct nh_study *study)
{
    struct nh_plan again;
    struct nh_study restored;
    struct nh_error err = {0};
    json_t *json = nh_plan_json(plan), *stored = nh_study_json(study);
    fuzz_require(json && stored);
    fuzz_require(nh_plan_parse(json, &again, &err) == NH_OK);
    fuzz_require(again.job_count == plan->job_count && again.step_count == plan->step_count);
    fuzz_require(nh_study_restore(stored, 4, &restored, &err) == NH_OK);
    fuzz_require(strcmp(restored.digest, study->digest) == 0);
    nh_study_clear(&restored);
    nh_plan_clear(&again);
    json_decref(stored);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nh_study study;
    struct nh_plan plan;
    struct nh_error err = {0};
    int code = nh_study_parse("study.yaml", (const char *)data, size, NULL, 4, &study, &err);
    fuzz_check(code, &err);
    if (code)
        return 0;
    code = nh_study_plan(&study, 1, &plan, &err);
    fuzz_check(code, &err);
    if (code == NH_OK && plan.step_count < 20000) {
        check_jobs(&plan);
        fuzz_check(nh_study_check_ceilings(&study, &plan, &err), &err);
        read_back(&plan, &study);
    }
    if (code == NH_OK)
        nh_plan_clear(&plan);
    nh_study_clear(&study);
    return 0;
}
