/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/doctor/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/cli.h"
#include "common/nearest.h"
#include "launch/doctor/nodes.h"

/* Adding a check is one file and one line. */
const struct nh_check *const nh_checks[] = {&nh_check_instance,
                                            &nh_check_efa,
                                            &nh_check_driver,
                                            &nh_check_uverbs,
                                            &nh_check_libfabric,
                                            &nh_check_memlock,
                                            &nh_check_shm,
                                            &nh_check_cma,
                                            &nh_check_files,
                                            &nh_check_smt,
                                            &nh_check_cores,
                                            &nh_check_numa,
                                            &nh_check_hugepages,
                                            &nh_check_governor,
                                            &nh_check_clocksource,
                                            &nh_check_steal,
                                            &nh_check_noise,
                                            &nh_check_clock,
                                            &nh_check_versions,
                                            &nh_check_programs,
                                            &nh_check_gpu,
                                            &nh_check_nvme,
                                            NULL};

enum { MOST_CHECKS = sizeof nh_checks / sizeof *nh_checks };

/* ---- which checks ---- */

static int unknown_subject(const char *word, size_t len, struct nh_error *err)
{
    char text[64];
    const char *names[MOST_CHECKS];
    size_t n = 0;
    snprintf(text, sizeof text, "%.*s", (int)(len < 60 ? len : 60), word);
    for (; nh_checks[n]; n++)
        names[n] = nh_checks[n]->subject;
    const char *near = nh_nearest(text, names, n);
    return nh_fail(err, NH_EINPUT, "--only: unknown subject '%s'; %s%s%s", text,
                   near ? "did you mean '" : "see --list", near ? near : "", near ? "'?" : "");
}

/* Marks the checks of a comma-separated list; all of them for NULL. */
static int choose(const char *only, bool *chosen, struct nh_error *err)
{
    for (size_t i = 0; nh_checks[i]; i++)
        chosen[i] = !only;
    while (only && *only) {
        size_t len = strcspn(only, ","), i = 0;
        while (nh_checks[i] && (strncmp(nh_checks[i]->subject, only, len) != 0 ||
                                nh_checks[i]->subject[len] != '\0'))
            i++;
        if (!nh_checks[i])
            return unknown_subject(only, len, err);
        chosen[i] = true;
        only += len + (only[len] == ',');
    }
    return NH_OK;
}

/* ---- one node ---- */

static json_t *list_json(const struct nh_findings *found)
{
    json_t *list = json_array();
    for (size_t i = 0; i < found->count; i++)
        json_array_append_new(list, nh_finding_json(&found->items[i]));
    return list;
}

static json_t *node_json(const struct nh_site *site, const struct nh_findings *found)
{
    char host[256] = "unknown", now_text[40];
    time_t now = time(NULL);
    struct tm utc;
    gethostname(host, sizeof host - 1);
    gmtime_r(&now, &utc);
    strftime(now_text, sizeof now_text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return json_pack("{s:s, s:s, s:s, s:I, s:s, s:I, s:o}", "host", host, "hostname", host, "time",
                     now_text, "unix_time", (json_int_t)now, "launcher", nh_place_name(site->place),
                     "ranks", (json_int_t)site->ranks, "findings", list_json(found));
}

int nh_doctor_here(const struct nh_doctor *doctor, json_t **node, struct nh_error *err)
{
    bool chosen[MOST_CHECKS] = {false};
    struct nh_site site;
    struct nh_findings found = {0};
    int rc = choose(doctor->only, chosen, err);
    if (!rc)
        rc = nh_site_find(&doctor->site, &site, err);
    if (rc)
        return rc;
    for (size_t i = 0; nh_checks[i]; i++) {
        found.subject = nh_checks[i]->subject;
        if (chosen[i])
            nh_checks[i]->look(&site, &found);
    }
    *node = found.failed ? NULL : node_json(&site, &found);
    nh_findings_clear(&found);
    return *node ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
}

/* ---- levels ---- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

struct tally {
    json_int_t count[3];
    enum nh_grade worst;
};

static void count_level(struct tally *t, enum nh_grade level)
{
    t->count[level]++;
    t->worst = level > t->worst ? level : t->worst;
}

static void put_tally(json_t *object, const struct tally *t)
{
    json_object_set_new(object, "level", json_string(nh_grade_name(t->worst)));
    json_object_set_new(object, "counts",
                        json_pack("{s:I, s:I, s:I}", "ok", t->count[NH_GRADE_OK], "warn",
                                  t->count[NH_GRADE_WARN], "fail", t->count[NH_GRADE_FAIL]));
}

/* Of one node; a node that was not reached counts as one failure. */
static void tally_node(json_t *node, struct tally *all)
{
    struct tally own = {.worst = NH_GRADE_OK};
    json_t *findings = json_object_get(node, "findings");
    if (json_object_get(node, "error"))
        count_level(&own, NH_GRADE_FAIL);
    for (size_t i = 0; i < json_array_size(findings); i++)
        count_level(&own, nh_grade_parse(text_of(json_array_get(findings, i), "level")));
    put_tally(node, &own);
    for (int i = 0; i < 3; i++)
        all->count[i] += own.count[i];
    all->worst = own.worst > all->worst ? own.worst : all->worst;
}

json_t *nh_doctor_report(json_t *nodes)
{
    struct tally all = {.worst = NH_GRADE_OK};
    json_t *differences = nh_nodes_compare(nodes);
    json_t *report = json_pack("{s:s, s:i, s:s}", "format", "nodehour-doctor", "version", 1,
                               "program", "nodehour " NH_VERSION);
    for (size_t i = 0; i < json_array_size(nodes); i++)
        tally_node(json_array_get(nodes, i), &all);
    for (size_t i = 0; i < json_array_size(differences); i++)
        count_level(&all, nh_grade_parse(text_of(json_array_get(differences, i), "level")));
    put_tally(report, &all);
    json_object_set_new(report, "nodes", nodes);
    json_object_set_new(report, "differences", differences);
    return report;
}

int nh_doctor_run(const struct nh_doctor *doctor, json_t **report, struct nh_error *err)
{
    bool chosen[MOST_CHECKS] = {false};
    json_t *nodes = json_array(), *node = NULL;
    int rc = choose(doctor->only, chosen, err); /* before any node is asked */
    if (!rc && doctor->hosts && doctor->hosts->count)
        rc = nh_nodes_ask(doctor, nodes, err);
    else if (!rc && !(rc = nh_doctor_here(doctor, &node, err)))
        json_array_append_new(nodes, node);
    if (rc) {
        json_decref(nodes);
        return rc;
    }
    *report = nh_doctor_report(nodes);
    return NH_OK;
}

/* ---- verdict ---- */

/* The first failure: a node that is not there, then findings, then differences. */
static const json_t *first_failure(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(text_of(json_array_get(list, i), "level"), "fail") == 0)
            return json_array_get(list, i);
    return NULL;
}

int nh_doctor_verdict(const json_t *report, struct nh_error *err)
{
    const json_t *nodes = json_object_get(report, "nodes");
    json_int_t fails =
        json_integer_value(json_object_get(json_object_get(report, "counts"), "fail"));
    const json_t *node = first_failure(nodes), *finding = NULL;
    if (!fails)
        return NH_OK;
    if (node && *text_of(node, "error"))
        return nh_fail(err, NH_EPREFLIGHT, "%s cannot be looked at: %s", text_of(node, "host"),
                       text_of(node, "error"));
    if (node)
        finding = first_failure(json_object_get(node, "findings"));
    if (finding)
        return nh_fail(err, NH_EPREFLIGHT, "%s: %s: %s; %s", text_of(node, "host"),
                       text_of(finding, "subject"), text_of(finding, "what"),
                       text_of(finding, "fix"));
    finding = first_failure(json_object_get(report, "differences"));
    return nh_fail(err, NH_EPREFLIGHT, "%s", text_of(finding, "what"));
}
