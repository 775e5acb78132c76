/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/starccm.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "analysis/import/lines.h"

/*
 * A table with a head "Iteration" (or "Time Step") and one with "Elapsed Time" in its name, in
 * seconds: columns parted by two blanks or more, as a run prints monitors, or by commas, as a
 * plot is exported. A name with "Total" counts from the start; any other is of each iteration.
 */
enum { MOST_COLUMNS = NH_LINE_WORDS };

struct reader {
    const char *file;
    struct nh_app_runs *runs;
    char separator; /* ' ' or ',' */
    int columns, at_iteration, at_time;
    bool total;
    char unit[16];
    long line, rows, skip;
    double first_iteration, iteration, first_s, last_s, sum_s;
    struct nh_error *err;
};

static int split_commas(char *text, char **words)
{
    int n = 0;
    for (char *p = text; p && n < MOST_COLUMNS;) {
        char *comma = strchr(p, ',');
        words[n++] = p;
        if (comma)
            *comma++ = '\0';
        p = comma;
    }
    return n;
}

/* Without blanks and quotes around. */
static char *bare(char *word)
{
    word += strspn(word, " \"");
    for (size_t n = strlen(word); n > 0 && (word[n - 1] == ' ' || word[n - 1] == '"'); n--)
        word[n - 1] = '\0';
    return word;
}

static int split(char separator, char *text, char **words)
{
    int n = separator == ',' ? split_commas(text, words) : nh_line_split(text, 2, words);
    for (int i = 0; i < n; i++)
        words[i] = bare(words[i]);
    return n;
}

static bool is_iteration(const char *head)
{
    return strcasecmp(head, "Iteration") == 0 || strcasecmp(head, "Time Step") == 0;
}

static bool is_head(struct reader *r, const char *text)
{
    char copy[NH_LINE_BYTES], *words[MOST_COLUMNS];
    snprintf(copy, sizeof copy, "%s", text);
    r->separator = strchr(copy, ',') ? ',' : ' ';
    r->columns = split(r->separator, copy, words);
    r->at_iteration = r->at_time = -1;
    for (int i = 0; i < r->columns; i++) {
        if (r->at_iteration < 0 && is_iteration(words[i]))
            r->at_iteration = i;
        if (r->at_time < 0 && strcasestr(words[i], "Elapsed Time")) {
            r->at_time = i;
            r->total = strcasestr(words[i], "Total") != NULL;
        }
    }
    if (r->at_iteration < 0 || r->at_time < 0)
        return false;
    snprintf(r->unit, sizeof r->unit, "%s",
             strcasecmp(words[r->at_iteration], "Iteration") == 0 ? "iteration" : "step");
    return true;
}

static bool recognise(const char *head, size_t len)
{
    struct nh_lines lines;
    struct reader r = {0};
    nh_lines_start(&lines, head, len);
    while (nh_lines_next(&lines))
        if (strcasestr(lines.text, "Elapsed Time") && is_head(&r, lines.text))
            return true;
    return false;
}

static int bad_row(struct reader *r, long line, const char *what)
{
    return nh_fail(r->err, NH_EINPUT, "%s:%ld: %s; give the table as it was printed", r->file, line,
                   what);
}

/* Other output may stand between the rows: only lines that begin with a digit are rows. */
static int read_row(struct reader *r, char *text, long line)
{
    char *words[MOST_COLUMNS];
    double iteration, seconds, step;
    if (!isdigit((unsigned char)text[strspn(text, " \"")]))
        return NH_OK;
    if (split(r->separator, text, words) != r->columns)
        return bad_row(r, line, "another number of columns than the head has");
    if (!nh_line_number(words[r->at_iteration], &iteration, &step) ||
        !nh_line_number(words[r->at_time], &seconds, &step) || seconds > 1e8)
        return bad_row(r, line, "the iteration or its elapsed time is no number");
    if (r->rows > 0 && (iteration <= r->iteration || (r->total && seconds < r->last_s)))
        return bad_row(r, line, "iterations or elapsed times go backwards");
    r->iteration = iteration;
    r->last_s = seconds;
    if (++r->rows > r->skip)
        r->sum_s += seconds;
    if (r->rows == r->skip || (r->rows == 1 && r->skip == 0)) {
        r->first_iteration = iteration;
        r->first_s = seconds;
    }
    return NH_OK;
}

static int add_run(struct reader *r)
{
    /* A total needs a row to count from. */
    long least = r->total && r->skip == 0 ? 2 : r->skip + 1;
    double seconds = r->total ? r->last_s - r->first_s : r->sum_s;
    if (r->rows < least || !(seconds > 0))
        return nh_fail(r->err, NH_EINPUT,
                       "%s:%ld: %ld iterations with an elapsed time, the first %ld of which do not "
                       "count; give a longer run or another --skip-steps",
                       r->file, r->line, r->rows, r->skip);
    struct nh_app_run *run = nh_app_run_add(r->runs, "STAR-CCM+", r->file, r->line, r->err);
    if (!run)
        return NH_EFAIL;
    memcpy(run->unit, r->unit, sizeof run->unit);
    run->solver_s = seconds;
    run->amount = r->total ? r->iteration - r->first_iteration : (double)(r->rows - r->skip);
    run->total = NAN;
    return NH_OK;
}

static int parse(const char *name, const char *data, size_t len, const struct nh_given *given,
                 struct nh_app_runs *runs, struct nh_error *err)
{
    struct reader r = {.file = name,
                       .runs = runs,
                       .skip = given->skip_steps < 0 ? 1 : given->skip_steps,
                       .err = err};
    struct nh_lines lines;
    int rc = NH_OK;
    nh_lines_start(&lines, data, len);
    while (!rc && nh_lines_next(&lines)) {
        if (r.line == 0 && strcasestr(lines.text, "Elapsed Time") && is_head(&r, lines.text))
            r.line = lines.number;
        else if (r.line > 0)
            rc = read_row(&r, lines.text, lines.number);
    }
    if (!rc && r.line == 0)
        rc = nh_fail(err, NH_EINPUT,
                     "%s: no table with the columns 'Iteration' and '... Elapsed Time'; print or "
                     "export these monitors",
                     name);
    return rc ? rc : add_run(&r);
}

const struct nh_importer nh_importer_starccm = {
    .name = "starccm", .recognise = recognise, .runs = parse};
