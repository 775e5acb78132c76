/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/imb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/import/log_table.h"

static const char start[] = "# Benchmarking ";

static const struct nh_log_column columns[] = {{"#bytes", NH_LOG_BYTES, 1},
                                               {"#repetitions", NH_LOG_REPEATS, 1},
                                               {"t[usec]", NH_LOG_TIME, 1e3},
                                               {"t_avg[usec]", NH_LOG_TIME, 1e3},
                                               {"t_pure[usec]", NH_LOG_TIME, 1e3},
                                               {"t_min[usec]", NH_LOG_MIN, 1e3},
                                               {"t_max[usec]", NH_LOG_MAX, 1e3},
                                               {"Mbytes/sec", NH_LOG_RATE, 1e6},
                                               {"Msg/sec", NH_LOG_MESSAGES, 1},
                                               {"defects", NH_LOG_WRONG, 1},
                                               {NULL, NH_LOG_SKIP, 0}};

struct reader {
    struct nh_log *log;
    struct nh_log_series *series; /* NULL before the first table */
    struct nh_log_table table;
    char version[24];
    struct nh_error *err;
};

static bool recognise(const char *head, size_t len)
{
    return nh_lines_contain(head, len, start) ||
           nh_lines_contain(head, len, "#    Intel(R) MPI Benchmarks") ||
           nh_lines_contain(head, len, "#    Intel (R) MPI Benchmarks");
}

/* "#    Intel(R) MPI Benchmarks 2021.3, MPI-1 part" */
static void read_version(struct reader *r, const char *text)
{
    static const char product[] = "MPI Benchmarks ";
    const char *at = strstr(text, product);
    if (at)
        snprintf(r->version, sizeof r->version, "%.*s", (int)strcspn(at + sizeof product - 1, ", "),
                 at + sizeof product - 1);
}

static int read_start(struct reader *r, const char *text, long line)
{
    char name[40];
    r->table.count = 0;
    r->series = nh_log_add_series(r->log, line, r->err);
    if (!r->series)
        return NH_EFAIL;
    struct nh_log_series *s = r->series;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(text, " "), text);
    s->op = nh_operation_by_imb(name);
    snprintf(s->program, sizeof s->program, "IMB %s", name);
    snprintf(s->version, sizeof s->version, "%s", r->version);
    s->statistic = "mean over repetitions";
    return NH_OK;
}

static void read_processes(struct reader *r, const char *text)
{
    static const char key[] = "#processes = ";
    const char *at = strstr(text, key);
    long n = at ? strtol(at + sizeof key - 1, NULL, 10) : 0;
    if (n > 0 && n <= 100000000)
        r->series->ranks = n;
}

static void read_heads(struct reader *r, char *text)
{
    if (strstr(text, "t_avg[usec]")) {
        r->series->over_ranks = true;
        r->series->statistic = "mean over ranks and repetitions";
    }
    nh_log_table_heads(&r->table, text, 1);
}

static int read_comment(struct reader *r, char *text, long line)
{
    read_version(r, text);
    if (strncmp(text, start, sizeof start - 1) == 0)
        return read_start(r, text + sizeof start - 1, line);
    if (!r->series)
        return NH_OK;
    read_processes(r, text);
    if (strncmp(text, "#bytes", 6) == 0 || strncmp(text, "#repetitions", 12) == 0)
        read_heads(r, text);
    return NH_OK;
}

static int parse(const char *name, const char *data, size_t len, bool skip_damaged,
                 struct nh_log *log, struct nh_error *err)
{
    struct reader r = {.log = log, .table = {.columns = columns}, .err = err};
    struct nh_lines lines;
    int rc = NH_OK;
    nh_log_init(log, name, "imb");
    nh_lines_start(&lines, data, len);
    while (!rc && nh_lines_next(&lines)) {
        char *text = lines.text + strspn(lines.text, " ");
        if (*text == '#')
            rc = read_comment(&r, text, lines.number);
        else if (*text == '\0')
            r.table.count = 0; /* an empty line ends a table */
        else if (r.table.count > 0 && *text >= '0' && *text <= '9')
            rc = nh_log_table_row(&r.table, log, r.series, text, lines.number, skip_damaged, err);
    }
    return rc ? rc : nh_log_tidy(log, err);
}

const struct nh_importer nh_importer_imb = {.name = "imb", .recognise = recognise, .parse = parse};
