/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/csv.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/journal.h"
#include "common/nearest.h"
#include "common/units.h"

enum { MAX_FIELDS = 64, MAX_SHOWN = 40 };

/* Limits far beyond any cluster and any job, so that cost arithmetic cannot overflow. */
static const long most_nodes = 1000000, most_cores = 100000000;
static const double longest_s = 1e8, most_cells = 1e15;

enum column {
    COL_NODES,
    COL_CORES,
    COL_SOLVER,
    COL_JOB,
    COL_CELLS,
    COL_CASE,
    COL_MACHINE,
    COL_REPEAT,
    COL_SCALING,
    COL_NOTE,
    COL_WORK,
    COL_FILE,
    COL_COUNT
};

static const char *const column_names[COL_COUNT] = {"nodes",   "cores", "solver_s", "job_s",
                                                    "cells",   "case",  "machine",  "repeat",
                                                    "scaling", "note",  "work",     "file"};

struct reader {
    const char *name, *data;
    size_t len, pos;
    long line, record_line; /* line now, and where the current record began */
    char *text, *text_end;  /* fields of the current record, NUL-terminated each */
    char *fields[MAX_FIELDS];
    int field_count;
    bool tabs;            /* seen inside a field: perhaps the separator */
    int where[COL_COUNT]; /* field index of a column, -1 when absent */
    char default_case[96];
    struct nh_error *err;
};

static int fail_at(struct reader *r, long line, const char *fmt, ...) NH_PRINTF(3, 4);

static int fail_at(struct reader *r, long line, const char *fmt, ...)
{
    char what[768];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return nh_fail(r->err, NH_EINPUT, "%.200s:%ld: %s", r->name, line, what);
}

/* ---- Bytes: what must be settled before lines make sense ---- */

/* Length of the UTF-8 sequence at p, 0 when it is not one (overlong, surrogate, cut off). */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
    if (n == 0 || n > left || p[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

static int check_bytes(struct reader *r)
{
    long line = 1;
    for (size_t i = r->pos; i < r->len;) {
        size_t n = utf8_length((const unsigned char *)r->data + i, r->len - i);
        if (r->data[i] == '\0')
            return fail_at(r, line,
                           "NUL byte; this is no text file, save the table as CSV in UTF-8");
        if (n == 0)
            return fail_at(r, line, "byte 0x%02x is not UTF-8; save the file as CSV in UTF-8",
                           (unsigned char)r->data[i]);
        line += r->data[i] == '\n' ? 1 : 0;
        i += n;
    }
    return NH_OK;
}

static void skip_byte_order_mark(struct reader *r)
{
    if (r->len >= 3 && memcmp(r->data, "\xef\xbb\xbf", 3) == 0)
        r->pos = 3;
}

/* ---- Lines and fields (RFC 4180) ---- */

static bool at_end(const struct reader *r)
{
    return r->pos >= r->len;
}

static bool at_line_end(const struct reader *r)
{
    return at_end(r) || r->data[r->pos] == '\n' || r->data[r->pos] == '\r';
}

/* LF, CRLF or a lone CR. */
static void skip_line_end(struct reader *r)
{
    if (at_end(r))
        return;
    bool cr = r->data[r->pos++] == '\r';
    if (cr && !at_end(r) && r->data[r->pos] == '\n')
        r->pos++;
    r->line++;
}

static void skip_blanks(struct reader *r)
{
    while (!at_end(r) && (r->data[r->pos] == ' ' || r->data[r->pos] == '\t'))
        r->pos++;
}

/* Empty lines and comments; false at the end of the data. */
static bool find_record(struct reader *r)
{
    while (!at_end(r)) {
        size_t start = r->pos;
        skip_blanks(r);
        if (!at_line_end(r) && r->data[r->pos] != '#') {
            r->pos = start;
            return true;
        }
        while (!at_line_end(r))
            r->pos++;
        skip_line_end(r);
    }
    return false;
}

/* Values are shown on one line, so control characters become spaces. */
static void put(struct reader *r, char c)
{
    r->tabs = r->tabs || c == '\t';
    *r->text_end++ = (unsigned char)c < ' ' || c == 127 ? ' ' : c;
}

static int read_quoted(struct reader *r)
{
    long opened = r->line;
    for (r->pos++; !at_end(r); r->pos++) {
        char c = r->data[r->pos];
        if (c == '"' && r->pos + 1 < r->len && r->data[r->pos + 1] == '"') {
            r->pos++;
        } else if (c == '"') {
            r->pos++;
            skip_blanks(r);
            if (at_line_end(r) || r->data[r->pos] == ',')
                return NH_OK;
            return fail_at(r, r->line,
                           "text after a closing quote; double the quotes inside a field");
        }
        r->line += c == '\n' ? 1 : 0;
        put(r, c);
    }
    return fail_at(r, opened, "quote without an end; close it with \" before the end of the file");
}

static int read_plain(struct reader *r)
{
    char *start = r->text_end;
    for (; !at_line_end(r) && r->data[r->pos] != ','; r->pos++) {
        if (r->data[r->pos] == '"')
            return fail_at(r, r->line,
                           "quote inside a field; put the whole field in quotes and double it");
        put(r, r->data[r->pos]);
    }
    while (r->text_end > start && r->text_end[-1] == ' ')
        r->text_end--;
    return NH_OK;
}

static int read_record(struct reader *r)
{
    r->record_line = r->line;
    r->text_end = r->text;
    r->field_count = 0;
    for (;;) {
        if (r->field_count == MAX_FIELDS)
            return fail_at(r, r->record_line, "more than %d fields; see the manual for the columns",
                           MAX_FIELDS);
        skip_blanks(r);
        r->fields[r->field_count++] = r->text_end;
        int rc = !at_end(r) && r->data[r->pos] == '"' ? read_quoted(r) : read_plain(r);
        if (rc)
            return rc;
        *r->text_end++ = '\0';
        if (at_line_end(r))
            break;
        r->pos++; /* the comma */
    }
    skip_line_end(r);
    return NH_OK;
}

/* ---- Header ---- */

static int unknown_column(struct reader *r, int field)
{
    const char *text = r->fields[field];
    if (r->tabs || strpbrk(text, ";|"))
        return fail_at(r, r->record_line,
                       "field '%.*s': columns must be separated by commas; save the table as CSV",
                       MAX_SHOWN, text);
    if (*text == '\0')
        return fail_at(r, r->record_line, "field %d of the header has no name; name or remove it",
                       field + 1);
    const char *near = nh_nearest(text, column_names, COL_COUNT);
    return fail_at(r, r->record_line,
                   "field '%.*s': unknown column; %s%s%scolumns are nodes, cores, solver_s, job_s, "
                   "cells, case, machine, repeat, scaling, note, work, file",
                   MAX_SHOWN, text, near ? "did you mean '" : "", near ? near : "",
                   near ? "'? The " : "");
}

static int place_column(struct reader *r, int field)
{
    for (int c = 0; c < COL_COUNT; c++) {
        if (strcasecmp(r->fields[field], column_names[c]) != 0)
            continue;
        if (r->where[c] >= 0)
            return fail_at(r, r->record_line,
                           "field '%s': column appears twice; remove one of them", column_names[c]);
        r->where[c] = field;
        return NH_OK;
    }
    return unknown_column(r, field);
}

static int read_header(struct reader *r)
{
    for (int c = 0; c < COL_COUNT; c++)
        r->where[c] = -1;
    if (!find_record(r))
        return fail_at(r, 1, "empty file; the first line names the columns: nodes,solver_s");
    int rc = read_record(r);
    for (int f = 0; !rc && f < r->field_count; f++)
        rc = place_column(r, f);
    if (rc || r->where[COL_FILE] >= 0) /* then the logs may say the rest */
        return rc;
    if (r->where[COL_NODES] < 0 && r->where[COL_CORES] < 0)
        return fail_at(r, r->record_line,
                       "field 'nodes': column is missing; add 'nodes' or 'cores'");
    if (r->where[COL_SOLVER] < 0 && r->where[COL_JOB] < 0)
        return fail_at(r, r->record_line,
                       "field 'solver_s': column is missing; add 'solver_s' or 'job_s' in seconds");
    return NH_OK;
}

/* ---- Values ---- */

/* "" for an absent column, so that absent and empty mean the same. */
static const char *value(const struct reader *r, enum column c)
{
    return r->where[c] < 0 ? "" : r->fields[r->where[c]];
}

static int bad_value(struct reader *r, enum column c, const char *problem, const char *remedy)
{
    return fail_at(r, r->record_line, "field '%s': '%.*s' %s; %s", column_names[c], MAX_SHOWN,
                   value(r, c), problem, remedy);
}

static int read_count(struct reader *r, enum column c, long most, long *out)
{
    const char *text = value(r, c);
    double number;
    *out = 0;
    if (*text == '\0')
        return NH_OK;
    if (nh_parse_double("", text, &number, NULL))
        return bad_value(r, c, "is not a whole number",
                         "write it like 4, without unit or separator");
    if (number <= 0)
        return bad_value(r, c, "is not greater than zero", "give the number that ran");
    if (number > (double)most)
        return bad_value(r, c, "is beyond any cluster", "check the number");
    if (nh_parse_long("", text, 1, most, out, NULL))
        return bad_value(r, c, "is not a whole number", "write it like 4, without decimals");
    return NH_OK;
}

static int read_real(struct reader *r, enum column c, double most, const char *unit, double *out)
{
    const char *text = value(r, c);
    char remedy[96];
    *out = NAN;
    if (*text == '\0')
        return NH_OK;
    snprintf(remedy, sizeof remedy, "give %s greater than zero, like 123.4", unit);
    if (nh_parse_double("", text, out, NULL)) {
        if (strchr(text, ','))
            return bad_value(r, c, "is not a number",
                             "write decimals with a point and thousands without a separator, like "
                             "1234.5");
        if (*text >= '0' && *text <= '9' && strspn(text, "0123456789. ") + 4 >= strlen(text) &&
            isalpha((unsigned char)text[strlen(text) - 1]))
            snprintf(remedy, sizeof remedy, "leave the unit out: the column holds %s", unit);
        bool digits = strspn(text, "+-0123456789.eE") == strlen(text);
        return bad_value(r, c, digits ? "is no number or out of range" : "is not a number", remedy);
    }
    if (*out <= 0)
        return bad_value(r, c, *out < 0 ? "is negative" : "is zero", remedy);
    if (*out > most || *out < 1e-12)
        return bad_value(r, c, "is out of range", remedy);
    return NH_OK;
}

static int read_word(struct reader *r, enum column c, size_t longest, const char **out)
{
    *out = value(r, c);
    if (strlen(*out) > longest)
        return fail_at(r, r->record_line, "field '%s': longer than %zu bytes; shorten it",
                       column_names[c], longest);
    return NH_OK;
}

static int read_scaling(struct reader *r, enum nh_scaling_kind *kind)
{
    const char *text = value(r, COL_SCALING);
    *kind = strcasecmp(text, "weak") == 0 ? NH_WEAK : NH_STRONG;
    if (*text == '\0' || *kind == NH_WEAK || strcasecmp(text, "strong") == 0)
        return NH_OK;
    return bad_value(r, COL_SCALING, "is no kind of scaling", "write strong or weak");
}

static int read_repeat(struct reader *r, long *launch)
{
    *launch = -1;
    const char *text = value(r, COL_REPEAT);
    if (*text == '\0' || !nh_parse_long("", text, 0, most_cores, launch, NULL))
        return NH_OK;
    return bad_value(r, COL_REPEAT, "is not a whole number", "number the repeats 1, 2, 3");
}

/* The rest of such a line is what the log does not say. */
static bool names_log(const struct reader *r)
{
    return *value(r, COL_FILE) != '\0';
}

static int read_sizes(struct reader *r, struct nh_timing_key *key)
{
    int rc = read_count(r, COL_NODES, most_nodes, &key->nodes);
    if (!rc)
        rc = read_count(r, COL_CORES, most_cores, &key->cores);
    if (!rc)
        rc = read_real(r, COL_CELLS, most_cells, "a number of cells", &key->cells);
    if (!rc && key->nodes == 0 && key->cores == 0 && !names_log(r))
        rc = fail_at(r, r->record_line, "field '%s': empty; give the number that ran",
                     column_names[r->where[COL_NODES] >= 0 ? COL_NODES : COL_CORES]);
    if (!rc && key->nodes > 0 && key->cores > 0 && key->cores < key->nodes)
        rc = bad_value(r, COL_CORES, "is less than the nodes",
                       "give the cores of all nodes together");
    return rc;
}

static int read_times(struct reader *r, struct nh_timing_row *row)
{
    int rc = read_real(r, COL_SOLVER, longest_s, "seconds", &row->solver_s);
    if (!rc)
        rc = read_real(r, COL_JOB, longest_s, "seconds", &row->job_s);
    if (!rc && isnan(row->solver_s) && isnan(row->job_s) && !names_log(r))
        rc = fail_at(r, r->record_line, "field '%s': empty; give seconds or remove the line",
                     column_names[r->where[COL_SOLVER] >= 0 ? COL_SOLVER : COL_JOB]);
    if (!rc && row->job_s < row->solver_s)
        rc = bad_value(r, COL_JOB, "is less than solver_s",
                       "the job contains the solver, check the columns");
    return rc ? rc : read_repeat(r, &row->launch);
}

static int read_names(struct reader *r, struct nh_timing_key *key)
{
    int rc = read_word(r, COL_CASE, 95, &key->name);
    if (!rc)
        rc = read_word(r, COL_MACHINE, 31, &key->machine);
    if (!rc)
        rc = read_word(r, COL_NOTE, 127, &key->note);
    if (!rc)
        rc = read_word(r, COL_WORK, 31, &key->work);
    if (!rc)
        rc = read_scaling(r, &key->kind);
    if (!rc && key->work[0] == '\0')
        key->work = "run";
    if (!rc && key->name[0] == '\0')
        key->name = r->default_case;
    return rc;
}

static int check_field_count(struct reader *r, int expected)
{
    if (r->field_count == expected)
        return NH_OK;
    return fail_at(
        r, r->record_line,
        "%d field%s where the header has %d; quote a field that contains a comma, and write "
        "decimals with a point",
        r->field_count, r->field_count == 1 ? "" : "s", expected);
}

/* A log beside the table, unless the path is absolute. */
static int place_log(struct reader *r, char *buf, size_t size)
{
    const char *slash = strrchr(r->name, '/'), *log = value(r, COL_FILE);
    int folder = slash && *log != '/' ? (int)(slash + 1 - r->name) : 0;
    if ((size_t)snprintf(buf, size, "%.*s%s", folder, r->name, log) < size)
        return NH_OK;
    return fail_at(r, r->record_line, "field 'file': the path is too long; use a shorter one");
}

static int add_log(struct reader *r, const struct nh_timing_key *key,
                   const struct nh_timing_row *row, struct nh_dataset *set)
{
    if (!isnan(row->solver_s))
        return bad_value(r, COL_SOLVER, "is in the log, too", "leave the field empty");
    if (*value(r, COL_WORK))
        return bad_value(r, COL_WORK, "is in the log, too", "leave the field empty");
    struct nh_app_run *run = nh_app_run_add(&set->runs, "", r->name, r->record_line, r->err);
    if (!run)
        return NH_EFAIL;
    run->named = *value(r, COL_CASE) != '\0';
    if (run->named)
        snprintf(run->name, sizeof run->name, "%s", key->name);
    snprintf(run->machine, sizeof run->machine, "%s", key->machine);
    snprintf(run->note, sizeof run->note, "%s", key->note);
    run->nodes = key->nodes;
    run->cores = key->cores;
    run->cells = key->cells;
    run->job_s = row->job_s;
    run->launch = row->launch;
    if (*value(r, COL_SCALING))
        run->scaling = key->kind == NH_WEAK ? NH_DECLARED_WEAK : NH_DECLARED_STRONG;
    return place_log(r, run->file, sizeof run->file);
}

static int add_record(struct reader *r, int columns, struct nh_dataset *set)
{
    char origin[256];
    snprintf(origin, sizeof origin, "%.220s:%ld", r->name, r->record_line);
    struct nh_timing_key key = {.origin = origin};
    struct nh_timing_row row = {0};
    int rc = check_field_count(r, columns);
    if (!rc)
        rc = read_sizes(r, &key);
    if (!rc)
        rc = read_times(r, &row);
    if (!rc)
        rc = read_names(r, &key);
    if (rc)
        return rc;
    if (names_log(r))
        return add_log(r, &key, &row, set);
    rc = nh_dataset_add(set, &key, &row, r->err);
    return rc ? nh_context(r->err, "%s", origin) : NH_OK;
}

/* A file without a case column is one case, named like the file. */
static void name_after_file(struct reader *r)
{
    const char *base = strrchr(r->name, '/');
    base = base ? base + 1 : r->name;
    size_t n = 0, left = strlen(base);
    while (left > 0 && strcasecmp(base, ".csv") != 0) {
        size_t step = utf8_length((const unsigned char *)base, left);
        bool clean = step > 0 && (unsigned char)*base >= ' ' && *base != 127;
        step = step > 0 ? step : 1;
        if (n + step >= sizeof r->default_case)
            break;
        if (clean)
            memcpy(r->default_case + n, base, step);
        else
            memset(r->default_case + n, '?', step);
        n += step;
        base += step;
        left -= step;
    }
    if (n == 0)
        snprintf(r->default_case, sizeof r->default_case, "application");
}

static int parse(struct reader *r, struct nh_dataset *set)
{
    skip_byte_order_mark(r);
    int rc = check_bytes(r);
    if (!rc)
        rc = read_header(r);
    int columns = r->field_count;
    long rows = 0;
    for (; !rc && find_record(r); rows++) {
        rc = read_record(r);
        if (!rc)
            rc = add_record(r, columns, set);
    }
    if (!rc && rows == 0)
        rc = fail_at(r, r->line, "no timings below the header; add a line for each run");
    return rc;
}

int nh_csv_parse(const char *name, const char *data, size_t len, struct nh_dataset *set,
                 struct nh_error *err)
{
    struct reader r = {.name = name, .data = data, .len = len, .line = 1, .err = err};
    /* Each field but the last ends in a comma, so a record with its NULs fits. */
    r.text = malloc(len + 2);
    if (!r.text)
        return nh_fail(err, NH_EFAIL, "out of memory while reading %s", name);
    name_after_file(&r);
    int rc = parse(&r, set);
    free(r.text);
    return rc;
}

static bool recognise(const char *head, size_t len)
{
    (void)head;
    (void)len;
    return true;
}

static int read_data(const char *name, const char *data, size_t len, bool skip_damaged,
                     struct nh_dataset *set, struct nh_error *err)
{
    (void)skip_damaged; /* a wrong table is corrected, not skipped */
    return nh_csv_parse(name, data, len, set, err);
}

const struct nh_importer nh_importer_csv = {
    .name = "csv", .recognise = recognise, .read = read_data};
