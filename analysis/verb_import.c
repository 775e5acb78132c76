/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analysis/import/log_records.h"
#include "analysis/verb_logs.h"
#include "analysis/verbs.h"
#include "common/journal.h"

struct import_options {
    struct nh_log_options logs;
    char *output;
    struct poptOption table[NH_LOG_OPTIONS + 2];
};

static const struct poptOption *import_options(void *state)
{
    struct import_options *o = state;
    nh_log_option_table(&o->logs, o->table);
    o->table[NH_LOG_OPTIONS] = (struct poptOption){
        "output",   'o', POPT_ARG_STRING,
        &o->output, 0,   "file to write, replaced when it exists (standard output)",
        "FILE"};
    o->table[NH_LOG_OPTIONS + 1] = (struct poptOption)POPT_TABLEEND;
    return o->table;
}

/* ---- What the user adds ---- */

/* Sizes that a log does not name are taken from the options, and the record says so. */
static void add_given(struct nh_log_series *s, const struct nh_guard_options *given,
                      struct nh_record *r)
{
    json_t *list = json_array();
    if (given->machine && !*s->machine) {
        free(r->machine);
        r->machine = strdup(given->machine);
        json_array_append_new(list, json_string("machine"));
    }
    long nodes = given->nodes ? given->nodes : given->placement == NH_INSIDE_NODE ? 1 : 0;
    if (s->nodes == 0 && nodes > 0) {
        r->nodes = nodes;
        json_array_append_new(list, json_string("nodes"));
    }
    if (s->ranks == 0 && given->ranks > 0) {
        r->ranks = given->ranks;
        json_array_append_new(list, json_string("ranks"));
    }
    if (json_array_size(list) > 0)
        json_object_set(r->imported, "given", list);
    json_decref(list);
}

/* Records come in the order of series and rows. */
static void complete(const struct nh_log *log, const struct nh_guard_options *given,
                     struct nh_record *records)
{
    size_t at = 0;
    for (size_t i = 0; i < log->series_count; i++)
        for (size_t k = 0; k < log->series[i].row_count; k++)
            add_given(&log->series[i], given, &records[at++]);
}

static int import_log(const struct nh_log *log, const struct nh_guard_options *given,
                      struct nh_records *records, struct nh_error *err)
{
    size_t before = records->count;
    if (strcmp(log->format, "records") == 0)
        return nh_fail(err, NH_EINPUT, "%s: these are records already; use them as they are",
                       log->path);
    int rc = nh_log_to_records(log, records, err);
    if (!rc)
        complete(log, given, records->items + before);
    return rc;
}

/* ---- Output ---- */

static int write_lines(FILE *out, const struct nh_records *records, struct nh_error *err)
{
    for (size_t i = 0; i < records->count; i++) {
        char *line = nh_record_line(&records->items[i]);
        if (!line)
            return nh_fail(err, NH_EFAIL, "out of memory");
        fputs(line, out);
        free(line);
    }
    return NH_OK;
}

static int save(const char *path, const struct nh_records *records, struct nh_error *err)
{
    char *data = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&data, &len);
    if (!out)
        return nh_fail_errno(err, "cannot make the records");
    int rc = write_lines(out, records, err);
    if (fclose(out) && !rc)
        rc = nh_fail_errno(err, "cannot make the records");
    if (!rc)
        rc = nh_file_replace(path, data, len, err);
    free(data);
    if (!rc)
        printf("%zu records: %s\n", records->count, path);
    return rc;
}

/* Made for the loop over files: an input must not be written over. */
static int check_output(const char *path, int n, char **files, struct nh_error *err)
{
    struct stat out, in;
    if (*path == '\0')
        return nh_fail(err, NH_EINPUT, "--output: empty name; give the file of the records");
    if (stat(path, &out) != 0)
        return NH_OK;
    for (int i = 0; i < n; i++)
        if (stat(files[i], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
            return nh_fail(err, NH_EINPUT,
                           "--output: '%s' is one of the input files; choose another name", path);
    return NH_OK;
}

static int import_all(const struct import_options *o, const struct nh_logs *logs,
                      const struct nh_guard_options *given, struct nh_error *err)
{
    struct nh_records records = {0};
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < logs->count; i++)
        rc = import_log(&logs->items[i], given, &records, err);
    if (!rc)
        rc = o->output ? save(o->output, &records, err) : write_lines(stdout, &records, err);
    nh_records_clear(&records);
    return rc;
}

/* A machine that nobody knows is a typing error. */
static int check_machine(const char *name, struct nh_error *err)
{
    struct nh_catalog catalog;
    if (!name)
        return NH_OK;
    int rc = nh_catalog_load(&catalog, err);
    if (rc)
        return rc;
    if (!nh_catalog_machine(&catalog, name, err))
        rc = nh_context(err, "--machine");
    nh_catalog_clear(&catalog);
    return rc;
}

static int run_import(void *state, int argc, char **argv, struct nh_error *err)
{
    const struct import_options *o = state;
    struct nh_guard_options given;
    struct nh_logs logs;
    int rc = nh_log_settings(&o->logs, &given, err);
    if (!rc)
        rc = check_machine(given.machine, err);
    if (!rc && o->output)
        rc = check_output(o->output, argc, argv, err);
    if (!rc)
        rc = nh_logs_read(argv, argc, o->logs.skip_damaged, &logs, err);
    if (rc)
        return rc;
    rc = import_all(o, &logs, &given, err);
    nh_logs_clear(&logs);
    return rc;
}

const struct nh_verb nh_verb_import = {
    .name = "import",
    .summary = "Turn other suites' logs into records, with honest labels",
    .arguments = "FILE... [OPTION...]",
    .examples = "  nodehour import osu_*.txt --nodes 2 --machine c5n.18xlarge -o osu.jsonl\n"
                "  nodehour import fio.json | jq .derived\n"
                "\nReads OSU, IMB, nccl-tests (text and JSON), fio (JSON), and CSV of published\n"
                "figures. A record says which file and line it is from and what kind of mean it\n"
                "is; it has no samples, no median and no interval.\n",
    .options = import_options,
    .state_size = sizeof(struct import_options),
    .run = run_import,
};
