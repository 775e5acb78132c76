/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/showplan.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/paths.h"
#include "common/units.h"
#include "launch/app/trial.h"
#include "launch/run.h"

const char *nh_plan_words(const struct nh_plan *plan, char *buf, size_t len)
{
    char time[NH_UNIT_TEXT];
    nh_format_duration((double)(long)(nh_plan_expected_s(plan) + 0.5), time);
    snprintf(buf, len, "%zu launch%s (%zu job%s x %ld), up to %s", plan->step_count,
             plan->step_count == 1 ? "" : "es", plan->job_count, plan->job_count == 1 ? "" : "s",
             plan->launches, time);
    return buf;
}

/* The command of launch `number` of a job, as a shell would read it; malloc'ed. */
static char *command_text(const struct nh_job *job, const struct nh_launcher *launcher,
                          const void *context, const char *folder, const char *number)
{
    char kernel[NH_PATH_MAX], *text = NULL;
    struct nh_args words = {0}, command = {0};
    if (job->app) {
        if (nh_trial_show(job, launcher, context, &command, NULL) == NH_OK)
            text = nh_args_quoted(command.items);
        nh_args_clear(&command);
        return text;
    }
    if (nh_program_path("nodehour-mpi", kernel, sizeof kernel, NULL))
        return NULL;
    nh_run_kernel_command(job, folder, "RUN", number, !launcher->nodes, &words);
    if (!words.failed) {
        char *first = words.items[0];
        words.items[0] = kernel;
        struct nh_launch launch = nh_run_launch(job, words.items, 0);
        launcher->command(context, &launch, &command);
        words.items[0] = first;
    }
    if (!words.failed && !command.failed)
        text = nh_args_quoted(command.items);
    nh_args_clear(&words);
    nh_args_clear(&command);
    return text;
}

static void print_order(const struct nh_plan *plan)
{
    printf("\nOrder (job/launch):\n");
    for (size_t i = 0; i < plan->step_count; i++) {
        char item[128];
        const struct nh_plan_step *s = &plan->steps[i];
        snprintf(item, sizeof item, "%s/%ld", plan->jobs[s->job].name, s->launch);
        printf("%s%-16s", i % 5 ? " " : i ? "\n  " : "  ", item);
    }
    printf("\n");
}

static int show_text(const struct nh_plan *plan, const struct nh_launcher *launcher,
                     const void *context, const char *folder, struct nh_error *err)
{
    char words[128];
    printf("Plan: %s; seed %llu.\n%s.\n", nh_plan_words(plan, words, sizeof words),
           (unsigned long long)plan->seed, launcher->describe(context));
    for (size_t i = 0; i < plan->note_count; i++)
        printf("Note: %s.\n", plan->notes[i]);
    printf("\nCommands, for launch K = 0 to %ld of each job:\n", plan->launches - 1);
    for (size_t i = 0; i < plan->job_count; i++) {
        const struct nh_job *job = &plan->jobs[i];
        char *text = command_text(job, launcher, context, folder, "K");
        if (!text)
            return nh_fail(err, NH_EFAIL, "out of memory");
        printf("  # %s, %d rank%s, up to %.1f s a launch\n  %s\n", job->name, job->ranks,
               job->ranks == 1 ? "" : "s", job->expected_s, text);
        free(text);
    }
    print_order(plan);
    printf("\nNothing was started or written.\n");
    return NH_OK;
}

static int show_json(const struct nh_plan *plan, const struct nh_launcher *launcher,
                     const void *context, const char *folder, struct nh_error *err)
{
    json_t *o = nh_plan_json(plan), *order = json_array();
    for (size_t i = 0; i < plan->job_count; i++) {
        char *text = command_text(&plan->jobs[i], launcher, context, folder, "K");
        json_object_set_new(json_array_get(json_object_get(o, "jobs"), i), "command",
                            json_string(text ? text : ""));
        free(text);
    }
    for (size_t i = 0; i < plan->step_count; i++)
        json_array_append_new(order, json_pack("[s, I]", plan->jobs[plan->steps[i].job].name,
                                               (json_int_t)plan->steps[i].launch));
    json_object_set_new(o, "order", order);
    json_object_set_new(o, "expected_s", json_real(nh_plan_expected_s(plan)));
    json_object_set_new(o, "launcher", json_string(launcher->describe(context)));
    int bad = json_dumpf(o, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(o);
    return bad ? nh_fail(err, NH_EFAIL, "cannot print the plan") : NH_OK;
}

int nh_show_plan(const struct nh_plan *plan, const struct nh_launcher *launcher,
                 const void *context, const char *folder, bool json, struct nh_error *err)
{
    return json ? show_json(plan, launcher, context, folder, err)
                : show_text(plan, launcher, context, folder, err);
}
