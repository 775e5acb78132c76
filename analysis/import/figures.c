/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/import/lines.h"
#include "analysis/import/log.h"
#include "common/units.h"

enum { MOST_FIELDS = 32 };

/* Columns of text, and numbers that are no measurement. */
enum text_column { BENCHMARK, MACHINE, NODES, RANKS, TYPE, OP, PLACE, BYTES, OS, MPI, TEXTS };

static const char *const text_names[TEXTS] = {"benchmark", "machine", "nodes", "ranks", "type",
                                              "op",        "place",   "bytes", "os",    "mpi"};

static const struct value_column {
    const char *name;
    enum nh_log_value value;
    double unit;
} values[] = {{"time_us", NH_LOG_TIME, 1e3},
              {"bandwidth_MBs", NH_LOG_RATE, 1e6},
              {"algbw_GBs", NH_LOG_RATE, 1e9},
              {"busbw_GBs", NH_LOG_BUS_RATE, 1e9}};
enum { VALUES = sizeof values / sizeof *values };

struct reader {
    struct nh_log *log;
    int texts[TEXTS], numbers[VALUES]; /* field of a column, -1 when absent */
    int columns;                       /* 0 before the header */
    bool skip_damaged;
    struct nh_error *err;
};

/* The header names what no table of application timings has. */
static bool recognise(const char *head, size_t len)
{
    struct nh_lines lines;
    nh_lines_start(&lines, head, len);
    while (nh_lines_next(&lines)) {
        const char *text = lines.text + strspn(lines.text, " ");
        if (*text == '#' || *text == '\0')
            continue;
        return strstr(text, "benchmark") && strstr(text, "bytes") && strchr(text, ',');
    }
    return false;
}

/* Fields hold no commas and no quotes: names and numbers only. */
static int split(char *text, char **fields)
{
    int n = 0;
    for (char *p = text; p && n < MOST_FIELDS; n++) {
        p += strspn(p, " ");
        fields[n] = p;
        char *comma = strchr(p, ',');
        char *end = comma ? comma : p + strlen(p);
        while (end > p && end[-1] == ' ')
            end--;
        *end = '\0';
        p = comma ? comma + 1 : NULL;
    }
    return n;
}

static int find(const char *name, char *const *fields, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(fields[i], name) == 0)
            return i;
    return -1;
}

static int read_header(struct reader *r, char *text, long line)
{
    char *fields[MOST_FIELDS];
    bool value = false;
    r->columns = split(text, fields);
    for (int i = 0; i < TEXTS; i++)
        r->texts[i] = find(text_names[i], fields, r->columns);
    for (int i = 0; i < VALUES; i++) {
        r->numbers[i] = find(values[i].name, fields, r->columns);
        value = value || r->numbers[i] >= 0;
    }
    if (r->texts[BENCHMARK] >= 0 && r->texts[BYTES] >= 0 && value)
        return NH_OK;
    return nh_fail(r->err, NH_EINPUT,
                   "%s:%ld: columns benchmark and bytes, and one of time_us, bandwidth_MBs, "
                   "algbw_GBs, busbw_GBs are needed; rename the columns",
                   r->log->path, line);
}

static const char *text_of(const struct reader *r, char *const *fields, enum text_column c)
{
    return r->texts[c] < 0 ? "" : fields[r->texts[c]];
}

static long count_of(const struct reader *r, char *const *fields, enum text_column c)
{
    long n;
    return nh_parse_long("", text_of(r, fields, c), 1, 100000000, &n, NULL) ? 0 : n;
}

static void join(char *buf, size_t size, const char *const *words, size_t n)
{
    *buf = '\0';
    for (size_t i = 0; i < n; i++) {
        size_t used = strlen(buf);
        if (*words[i])
            snprintf(buf + used, size - used, "%s%.20s", used ? ", " : "", words[i]);
    }
}

static const struct nh_operation *find_operation(const char *benchmark)
{
    const struct nh_operation *op = nh_operation_by_osu_program(benchmark);
    return op == &nh_operation_unknown ? nh_operation_by_nccl(benchmark) : op;
}

static bool collective(enum nh_pattern p)
{
    return p == NH_PATTERN_EVERYONE || p == NH_PATTERN_BROADCAST || p == NH_PATTERN_ROOTED;
}

static void name_series(const struct reader *r, char *const *fields, struct nh_log_series *s)
{
    const char *benchmark = text_of(r, fields, BENCHMARK);
    const char *variant[] = {text_of(r, fields, TYPE), text_of(r, fields, OP),
                             text_of(r, fields, PLACE)};
    const char *origin[] = {text_of(r, fields, OS), text_of(r, fields, MPI)};
    snprintf(s->program, sizeof s->program, "%.47s", benchmark);
    snprintf(s->machine, sizeof s->machine, "%.31s", text_of(r, fields, MACHINE));
    join(s->variant, sizeof s->variant, variant, 3);
    join(s->origin, sizeof s->origin, origin, 2);
    s->op = find_operation(benchmark);
    s->total_size = strstr(benchmark, "_perf") != NULL;
    s->over_ranks = collective(s->op->pattern) && !s->total_size;
    s->statistic = s->over_ranks ? "mean over ranks and iterations" : "mean over iterations";
    s->nodes = count_of(r, fields, NODES);
    s->ranks = count_of(r, fields, RANKS);
}

static bool same_series(const struct nh_log_series *a, const struct nh_log_series *b)
{
    return strcmp(a->program, b->program) == 0 && strcmp(a->machine, b->machine) == 0 &&
           strcmp(a->variant, b->variant) == 0 && strcmp(a->origin, b->origin) == 0 &&
           a->nodes == b->nodes && a->ranks == b->ranks;
}

/* Rows of a series come together, so the search starts at the end. */
static struct nh_log_series *series_for(struct reader *r, char *const *fields, long line)
{
    struct nh_log_series wanted = {0};
    name_series(r, fields, &wanted);
    for (size_t i = r->log->series_count; i-- > 0;)
        if (same_series(&r->log->series[i], &wanted))
            return &r->log->series[i];
    struct nh_log_series *s = nh_log_add_series(r->log, line, r->err);
    if (s) {
        *s = wanted;
        s->line = line;
    }
    return s;
}

static bool fill_row(const struct reader *r, char *const *fields, struct nh_log_row *row)
{
    double step;
    bool value = false;
    if (!nh_line_number(text_of(r, fields, BYTES), &row->bytes, &step))
        return false;
    for (int i = 0; i < VALUES; i++) {
        const char *word = r->numbers[i] < 0 ? "" : fields[r->numbers[i]];
        enum nh_log_value v = values[i].value;
        if (*word == '\0')
            continue;
        if (!nh_line_number(word, &row->value[v], &row->step[v]))
            return false;
        row->value[v] *= values[i].unit;
        row->step[v] *= values[i].unit;
        value = true;
    }
    return value;
}

static int read_row(struct reader *r, char *text, long line)
{
    char *fields[MOST_FIELDS];
    int n = split(text, fields);
    if (n != r->columns)
        return nh_log_damage(r->log, line, r->skip_damaged, r->err,
                             "%d fields where the header has %d", n, r->columns);
    struct nh_log_series *s = series_for(r, fields, line);
    struct nh_log_row *row = s ? nh_log_add_row(s, line, r->err) : NULL;
    if (!row)
        return NH_EFAIL;
    if (fill_row(r, fields, row))
        return NH_OK;
    s->row_count--;
    return nh_log_damage(r->log, line, r->skip_damaged, r->err,
                         "a number is missing or is none (bytes and a value are needed)");
}

static int parse(const char *name, const char *data, size_t len, bool skip_damaged,
                 struct nh_log *log, struct nh_error *err)
{
    struct reader r = {.log = log, .skip_damaged = skip_damaged, .err = err};
    struct nh_lines lines;
    int rc = NH_OK;
    nh_log_init(log, name, "figures");
    nh_lines_start(&lines, data, len);
    while (!rc && nh_lines_next(&lines)) {
        char *text = lines.text + strspn(lines.text, " ");
        if (*text == '#' || *text == '\0')
            continue;
        rc =
            r.columns == 0 ? read_header(&r, text, lines.number) : read_row(&r, text, lines.number);
    }
    return rc ? rc : nh_log_tidy(log, err);
}

const struct nh_importer nh_importer_figures = {
    .name = "figures", .recognise = recognise, .parse = parse};
