/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/guard.h"
#include "analysis/import/log_records.h"
#include "analysis/import/runs_group.h"
#include "tests/fuzz/fuzz.h"

/* Every importer of other suites' logs, whether it recognises the bytes or not; what it
 * reads goes through the guard, becomes records, and those are written and read again. What
 * importers of applications' logs read becomes points with times above zero. */
static void check_rows(const struct nh_log *log)
{
    fuzz_require(log->series_count > 0);
    for (size_t i = 0; i < log->series_count; i++) {
        const struct nh_log_series *s = &log->series[i];
        fuzz_require(s->row_count > 0 && s->op && s->statistic);
        fuzz_require(s->nodes >= 0 && s->ranks >= 0 && s->pairs >= 0);
        for (size_t k = 0; k < s->row_count; k++)
            for (int v = 0; v < NH_LOG_VALUES; v++)
                fuzz_require(!(s->rows[k].value[v] < 0));
    }
}

static void read_again(const struct nh_record *r)
{
    struct nh_record again;
    struct nh_error err = {0};
    char *line = nh_record_line(r);
    fuzz_require(line != NULL);
    /* Text that is no UTF-8 becomes null, which a required field may refuse. */
    fuzz_check(nh_record_parse(line, strlen(line) - 1, &again, &err), &err);
    nh_record_clear(&again);
    free(line);
}

static void use(const struct nh_log *log, const struct nh_catalog *catalog)
{
    const struct nh_guard_options given = {
        .machine = "p4d.24xlarge", .nodes = 2, .ranks = 16, .placement = NH_BETWEEN_NODES};
    struct nh_records records = {0};
    struct nh_guard guard;
    struct nh_error err = {0};
    check_rows(log);
    fuzz_require(nh_guard_check(log, 1, catalog, &given, &guard, &err) == NH_OK);
    fuzz_require(guard.count >= log->series_count);
    nh_guard_clear(&guard);
    fuzz_require(nh_log_to_records(log, &records, &err) == NH_OK);
    for (size_t i = 0; i < records.count; i++)
        read_again(&records.items[i]);
    nh_records_clear(&records);
}

static void try_importer(const struct nh_importer *importer, const char *text, size_t size,
                         const struct nh_catalog *catalog)
{
    struct nh_log log;
    struct nh_error err = {0};
    int code = importer->parse("fuzz", text, size, size % 2, &log, &err);
    importer->recognise(text, size);
    fuzz_check(code, &err);
    if (code == NH_OK)
        use(&log, catalog);
    nh_log_clear(&log);
}

static void check_points(const struct nh_app *app)
{
    for (size_t i = 0; i < app->point_count; i++) {
        const struct nh_app_point *p = &app->points[i];
        fuzz_require(p->row_count > 0 && (p->nodes > 0 || p->cores > 0));
        for (size_t k = 0; k < p->row_count; k++)
            fuzz_require(p->rows[k].solver_s > 0 || p->rows[k].job_s > 0);
    }
}

static void try_runs(const struct nh_importer *importer, const char *text, size_t size)
{
    const struct nh_given given = {.map = "p=nodes,metr=solver_s",
                                   .scaling = size % 3 ? NH_DECLARED_STRONG : NH_DECLARED_WEAK,
                                   .skip_steps = (long)(size % 4) - 1,
                                   .which = -1};
    struct nh_dataset set;
    struct nh_error err = {0};
    nh_dataset_start(&set, &given);
    importer->recognise(text, size);
    int code = importer->runs("fuzz", text, size, &given, &set.runs, &err);
    fuzz_check(code, &err);
    if (code == NH_OK)
        fuzz_check(code = nh_runs_group(&set, &err), &err);
    for (size_t i = 0; code == NH_OK && i < set.app_count; i++)
        check_points(&set.apps[i]);
    nh_dataset_clear(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nh_catalog catalog;
    struct nh_error err = {0};
    fuzz_require(nh_catalog_load(&catalog, &err) == NH_OK);
    char *text = fuzz_text(data, size);
    for (const struct nh_importer *const *i = nh_importers; *i; i++)
        if ((*i)->parse)
            try_importer(*i, text, size, &catalog);
        else if ((*i)->runs)
            try_runs(*i, text, size);
    free(text);
    nh_catalog_clear(&catalog);
    return 0;
}
