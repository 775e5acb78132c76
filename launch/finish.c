/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/finish.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/build.h"
#include "common/record.h"

/* Whoever reads the page must see which hosts its figures are not of. */
static void warn_screened(const struct nh_screened *screened, struct nh_dataset *data)
{
    json_t *summary = nh_screen_summary(screened);
    const json_t *hosts = json_object_get(summary, "excluded");
    const json_t *jobs = json_object_get(summary, "left_out");
    for (size_t i = 0; i < json_array_size(hosts); i++) {
        const json_t *host = json_array_get(hosts, i);
        nh_dataset_warn(data, "host %s was left out after screening, %s: %s",
                        nh_json_text(host, "host", ""), nh_json_text(host, "verdict", ""),
                        nh_json_text(host, "what", ""));
    }
    for (size_t i = 0; i < json_array_size(jobs); i++)
        nh_dataset_warn(data, "%s needs more nodes than the %ld that are good, and was left out",
                        nh_json_text(json_array_get(jobs, i), "job", ""), screened->healthy);
    json_decref(summary);
}

static int answer(const struct nh_finish *f, const struct nh_report *report, struct nh_error *err)
{
    if (f->json)
        return nh_report_json(stdout, report, err);
    if (f->quiet)
        return NH_OK;
    return nh_report_text(stdout, report, nh_colour(stdout), err);
}

/* Whoever measures an application need not be told to. */
static bool has_application(const struct nh_report *report)
{
    const struct nh_records *records = &report->data.records;
    size_t i = 0;
    while (i < records->count && strcmp(records->items[i].kernel, "application") != 0)
        i++;
    return i < records->count;
}

static void next_step(const struct nh_finish *f, const struct nh_report *report, const char *page)
{
    printf("%sReport: %s\n", f->quiet ? "" : "\n", page);
    if (f->quiet || f->result->missing || has_application(report))
        return;
    if (f->quick)
        printf("Next:   '%s run' without --quick, for 95 %% intervals\n", f->command[0]);
    else
        printf("Next:   time your own application at a few node counts, then\n"
               "        %s report TIMES.csv --machine c5n.18xlarge\n",
               f->command[0]);
}

int nh_finish(const struct nh_finish *f, struct nh_error *err)
{
    char records[NH_PATH_MAX], page[NH_PATH_MAX];
    int rc = nh_rundir_path(f->dir, records, sizeof records, err, "records.jsonl");
    if (!rc)
        rc = nh_rundir_path(f->dir, page, sizeof page, err, "report.html");
    if (rc || access(records, F_OK))
        return rc;
    char *files[] = {records};
    struct nh_report report;
    struct nh_report_options options = {.machine = f->machine,
                                        .price_models = f->price_models,
                                        .license_per_hour = f->license_per_hour,
                                        .cost = f->cost,
                                        .carry = f->make_report,
                                        .command = f->command};
    rc = nh_report_build(files, 1, &options, &report, err);
    if (rc)
        return rc;
    if (*f->result->decided)
        nh_dataset_warn(&report.data, "%zu launches were left out: the answer was decided",
                        f->result->missing);
    else if (f->result->missing)
        nh_dataset_warn(&report.data, "%zu launches of this run are missing (%s)",
                        f->result->missing, f->result->missing_jobs);
    warn_screened(f->screened, &report.data);
    if (f->make_report)
        rc = nh_report_save_page(&report, page, err);
    if (!rc)
        rc = answer(f, &report, err);
    if (!rc && !f->json && f->make_report)
        next_step(f, &report, page);
    nh_report_clear(&report);
    return rc;
}
