/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/osu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analysis/import/log_table.h"

static const char banner[] = "# OSU ";

/* Columns that mean something; others are read over. */
static const struct nh_log_column columns[] = {{"Size", NH_LOG_BYTES, 1},
                                               {"Latency (us)", NH_LOG_TIME, 1e3},
                                               {"Avg Latency", NH_LOG_TIME, 1e3},
                                               {"Pure Comm.(us)", NH_LOG_TIME, 1e3},
                                               {"Min Latency", NH_LOG_MIN, 1e3},
                                               {"Min Comm.(us)", NH_LOG_MIN, 1e3},
                                               {"Max Latency", NH_LOG_MAX, 1e3},
                                               {"Max Comm.(us)", NH_LOG_MAX, 1e3},
                                               {"Bandwidth (MB/s)", NH_LOG_RATE, 1e6},
                                               {"MB/s", NH_LOG_RATE, 1e6},
                                               {"Messages/s", NH_LOG_MESSAGES, 1},
                                               {"Iterations", NH_LOG_REPEATS, 1},
                                               {"P50 Tail Lat", NH_LOG_P50, 1e3},
                                               {"P90 Tail Lat", NH_LOG_P90, 1e3},
                                               {"P95 Tail Lat", NH_LOG_P95, 1e3},
                                               {"P99 Tail Lat", NH_LOG_P99, 1e3},
                                               {"Validation", NH_LOG_WRONG, 1},
                                               {NULL, NH_LOG_SKIP, 0}};

struct reader {
    struct nh_log *log;
    struct nh_log_series *series; /* NULL before the first banner */
    struct nh_log_table table;
    struct nh_error *err;
};

/* "# OSU MPI Latency Test v7.4" */
static bool is_banner(const char *text)
{
    return strncmp(text, banner, sizeof banner - 1) == 0 && strstr(text, " Test") != NULL;
}

static bool recognise(const char *head, size_t len)
{
    struct nh_lines lines;
    nh_lines_start(&lines, head, len);
    while (nh_lines_next(&lines))
        if (is_banner(lines.text + strspn(lines.text, " ")))
            return true;
    return false;
}

/* ---- Banner: "# OSU MPI Allreduce Latency Test v7.4" ---- */

/* "Allreduce Latency" out of "MPI-CUDA Allreduce Latency Test v7.4"; one-sided programs have the
 * function in place of "MPI": "MPI_Put Latency Test v7.4". */
static void split_title(const char *text, char *title, size_t title_size, char *version,
                        size_t version_size)
{
    const char *end = strstr(text, " Test");
    size_t word = strcspn(text, " ");
    *title = *version = '\0';
    if (!end || end <= text + word)
        return;
    if (strncmp(text, "MPI_", 4) == 0)
        snprintf(title, title_size, "%.*s ", (int)strcspn(text, "- "), text);
    size_t used = strlen(title);
    snprintf(title + used, title_size - used, "%.*s", (int)(end - text - (long)word - 1),
             text + word + 1);
    const char *v = strstr(end, " v");
    if (v)
        snprintf(version, version_size, "%.*s", (int)strcspn(v + 2, " -"), v + 2);
}

/* Takes a word out of a title, in whatever case; false when it is not there. */
static bool take_out(char *title, const char *word)
{
    size_t len = strlen(word);
    for (char *at = title; *at; at++)
        if (strncasecmp(at, word, len) == 0) {
            memmove(at, at + len, strlen(at + len) + 1);
            return true;
        }
    return false;
}

/* What the mean is over, by the sources of version 7.4: one rank's clock, or all ranks. */
static bool many_clocks(enum nh_pattern pattern)
{
    return pattern == NH_PATTERN_EVERYONE || pattern == NH_PATTERN_BROADCAST ||
           pattern == NH_PATTERN_ROOTED;
}

/* What is left of a title without these words is that of the plain program. */
static void name_variant(struct nh_log_series *s, char *title, size_t size)
{
    bool non_blocking = take_out(title, "Non-Blocking ");
    bool persistent = take_out(title, " Persistent");
    snprintf(s->variant, sizeof s->variant, "%s%s%s", non_blocking ? "non-blocking" : "",
             non_blocking && persistent ? ", " : "", persistent ? "persistent" : "");
    if (strcmp(title, "All-to-All Latency") == 0) /* of osu_ialltoall */
        snprintf(title, size, "All-to-All Personalized Exchange Latency");
}

static bool between_two_ranks(const struct nh_operation *op)
{
    return op->one_sided || op->pattern == NH_PATTERN_LATENCY || op->pattern == NH_PATTERN_RATE ||
           op->pattern == NH_PATTERN_RATE_TWO;
}

static void name_series(struct nh_log_series *s, char *title, size_t size)
{
    name_variant(s, title, size);
    s->op = nh_operation_by_osu_title(title);
    s->over_ranks = many_clocks(s->op->pattern) || s->op == &nh_operation_unknown;
    s->statistic = s->over_ranks ? "mean over ranks and iterations" : "mean over iterations";
    if (s->op->osu_program)
        snprintf(s->program, sizeof s->program, "%s", s->op->osu_program);
    else
        snprintf(s->program, sizeof s->program, "OSU %.40s", title);
    if (between_two_ranks(s->op))
        s->ranks = strcmp(s->op->kernel, "multi_pair_latency") == 0 ? 0 : 2;
}

/* --format osu of our own programs: what stands there is a median, of one rank or the slowest. */
static void read_own(struct nh_log_series *s, const char *text)
{
    static const char by[] = "by nodehour";
    const char *at = strstr(text, by);
    if (!at)
        return;
    s->over_ranks = false;
    s->statistic = "median of samples";
    snprintf(s->version, sizeof s->version, "%.*s", (int)strcspn(at, ":"), at);
}

static int read_banner(struct reader *r, const char *text, long line)
{
    char title[96];
    r->table.count = 0;
    r->series = nh_log_add_series(r->log, line, r->err);
    if (!r->series)
        return NH_EFAIL;
    split_title(text, title, sizeof title, r->series->version, sizeof r->series->version);
    name_series(r->series, title, sizeof title);
    read_own(r->series, text);
    return NH_OK;
}

/* ---- Comments below it ---- */

/* "[ pairs: 2 ] [ window size: 64 ]" of osu_mbw_mr. */
static void read_pairs(struct nh_log_series *s, const char *text)
{
    const char *pairs = strstr(text, "pairs:");
    if (!pairs)
        return;
    s->pairs = strtol(pairs + 6, NULL, 10);
    if (s->pairs < 1 || s->pairs > 100000000)
        s->pairs = 0;
    s->ranks = 2 * s->pairs;
}

/* "Synchronization: MPI_Win_flush" of the one-sided programs: what the time goes up to. */
static void read_epoch(struct nh_log_series *s, const char *text)
{
    static const char key[] = "Synchronization: MPI_Win_";
    const char *at = strstr(text, key);
    if (!at)
        return;
    at += sizeof key - 1;
    if (strncmp(at, "post/", 5) == 0)
        at = "pscw";
    snprintf(s->epoch, sizeof s->epoch, "%.*s", (int)strcspn(at, "/ "), at);
}

static int read_comment(struct reader *r, char *text, long line)
{
    if (is_banner(text))
        return read_banner(r, text + sizeof banner - 1, line);
    if (!r->series)
        return NH_OK;
    read_epoch(r->series, text);
    read_pairs(r->series, text);
    nh_log_table_heads(&r->table, text + 1, 2); /* heads hold single blanks */
    return NH_OK;
}

/* Anything may stand between rows: warnings of mpirun, prompts, the next command. */
static bool is_row(const struct reader *r, const char *text)
{
    return r->table.count > 0 && *text >= '0' && *text <= '9';
}

static int parse(const char *name, const char *data, size_t len, bool skip_damaged,
                 struct nh_log *log, struct nh_error *err)
{
    struct reader r = {.log = log, .table = {.columns = columns}, .err = err};
    struct nh_lines lines;
    int rc = NH_OK;
    nh_log_init(log, name, "osu");
    nh_lines_start(&lines, data, len);
    while (!rc && nh_lines_next(&lines)) {
        char *text = lines.text + strspn(lines.text, " ");
        if (*text == '#')
            rc = read_comment(&r, text, lines.number);
        else if (is_row(&r, text))
            rc = nh_log_table_row(&r.table, log, r.series, text, lines.number, skip_damaged, err);
    }
    return rc ? rc : nh_log_tidy(log, err);
}

const struct nh_importer nh_importer_osu = {.name = "osu", .recognise = recognise, .parse = parse};
