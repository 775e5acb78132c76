/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/doctor/before.h"

#include <stdio.h>
#include <string.h>

#include "launch/doctor/doctor.h"

static const double long_plan_s = 100;

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* Launches with hosts to spare walk round the list: all that any of them uses. */
static int find_hosts(const struct nh_plan *plan, const struct nh_launcher *launcher,
                      const void *context, struct nh_hosts *hosts)
{
    struct nh_launch launch = {.nodes = nh_plan_most_nodes(plan)};
    size_t before;
    if (!launcher->nodes)
        return NH_OK;
    do {
        struct nh_args names = {0};
        before = hosts->count;
        launcher->nodes(context, &launch, &names);
        for (size_t i = 0; i < names.count; i++)
            (void)nh_hosts_add(hosts, names.items[i], 0, NULL); /* twice: it is there already */
        bool failed = names.failed;
        nh_args_clear(&names);
        if (failed)
            return NH_EFAIL;
        launch.number++;
    } while (hosts->count > before);
    return NH_OK;
}

static bool is_fabric(const char *subject)
{
    static const char *const subjects[] = {"efa", "driver", "uverbs", "libfabric"};
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        if (strcmp(subject, subjects[i]) == 0)
            return true;
    return false;
}

static void choose_subjects(const struct nh_plan *plan, char *buf, size_t len)
{
    size_t used = 0;
    bool noise = nh_plan_expected_s(plan) >= long_plan_s, fabric = nh_plan_most_nodes(plan) > 1;
    for (size_t i = 0; nh_checks[i] && used < len; i++) {
        const char *subject = nh_checks[i]->subject;
        if ((fabric || !is_fabric(subject)) && (noise || strcmp(subject, "noise") != 0))
            used += (size_t)snprintf(buf + used, len - used, "%s%s", used ? "," : "", subject);
    }
}

static long most_ranks(const struct nh_plan *plan)
{
    long most = 0;
    for (size_t i = 0; i < plan->job_count; i++) {
        const struct nh_job *job = &plan->jobs[i];
        long ranks = job->ranks_per_node ? job->ranks_per_node : job->ranks;
        most = ranks > most ? ranks : most;
    }
    return most;
}

/* The subjects that are not ok on any node, each once: "clock, numa". */
static void name_subjects(const json_t *report, char *buf, size_t len)
{
    size_t used = 0;
    const json_t *nodes = json_object_get(report, "nodes");
    buf[0] = '\0';
    for (size_t n = 0; n < json_array_size(nodes); n++) {
        const json_t *list = json_object_get(json_array_get(nodes, n), "findings");
        for (size_t i = 0; i < json_array_size(list) && used < len; i++) {
            const json_t *f = json_array_get(list, i);
            if (strcmp(text_of(f, "level"), "ok") != 0 && !strstr(buf, text_of(f, "subject")))
                used += (size_t)snprintf(buf + used, len - used, "%s%s", used ? ", " : "",
                                         text_of(f, "subject"));
        }
    }
}

/* "0 fail, 2 warn (clock, numa); RUN/doctor.json says why" */
static void sum_up(const json_t *report, const char *path, char *summary, size_t len)
{
    char subjects[256];
    const json_t *counts = json_object_get(report, "counts");
    summary[0] = '\0';
    if (strcmp(text_of(report, "level"), "ok") == 0)
        return;
    name_subjects(report, subjects, sizeof subjects);
    snprintf(summary, len, "%lld fail, %lld warn%s%s%s; %s says why",
             (long long)json_integer_value(json_object_get(counts, "fail")),
             (long long)json_integer_value(json_object_get(counts, "warn")), *subjects ? " (" : "",
             subjects, *subjects ? ")" : "", path);
}

static int keep(const json_t *report, const struct nh_rundir *dir, char *summary, size_t len,
                struct nh_error *err)
{
    char path[NH_PATH_MAX];
    int rc = nh_rundir_path(dir, path, sizeof path, err, "doctor.json");
    if (!rc && json_dump_file(report, path, JSON_INDENT(1)))
        rc = nh_fail_errno(err, "%s: cannot write", path);
    if (!rc)
        sum_up(report, path, summary, len);
    if (!rc && nh_doctor_verdict(report, err)) {
        size_t n = strlen(err->text);
        snprintf(err->text + n, sizeof err->text - n, " (%s; --no-doctor measures all the same)",
                 path);
        rc = err->code;
    }
    return rc;
}

int nh_doctor_before(const struct nh_plan *plan, const struct nh_launcher *launcher,
                     const void *context, const struct nh_rundir *dir, char *summary, size_t len,
                     struct nh_error *err)
{
    char subjects[512] = "";
    struct nh_hosts hosts = {0};
    json_t *report = NULL;
    if (find_hosts(plan, launcher, context, &hosts)) {
        nh_hosts_clear(&hosts);
        return nh_fail(err, NH_EFAIL, "out of memory");
    }
    choose_subjects(plan, subjects, sizeof subjects);
    const struct nh_doctor doctor = {
        .site = {.ranks = most_ranks(plan), .nodes = nh_plan_most_nodes(plan)},
        .only = subjects,
        .hosts = &hosts,
        .srun = strcmp(launcher->name, "slurm") == 0};
    int rc = nh_doctor_run(&doctor, &report, err);
    if (!rc)
        rc = keep(report, dir, summary, len, err);
    json_decref(report);
    nh_hosts_clear(&hosts);
    return rc;
}
