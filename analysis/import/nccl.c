/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/nccl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/import/log_table.h"

/*
 * "#  size  count  type  redop  root  time  algbw  busbw  #wrong  time  algbw  busbw  #wrong":
 * the same four columns out of place and in place; older versions without root, or with
 * "error"; -I puts four more behind each "#wrong".
 */
static const struct nh_log_column columns[] = {
    {"size", NH_LOG_BYTES, 1},     {"timestamp", NH_LOG_SKIP, 0}, {"time", NH_LOG_TIME, 1e3},
    {"cputime", NH_LOG_TIME, 1e3}, {"algbw", NH_LOG_RATE, 1e9},   {"busbw", NH_LOG_BUS_RATE, 1e9},
    {"#wrong", NH_LOG_WRONG, 1},   {"i_min", NH_LOG_MIN, 1e3},    {"i_max", NH_LOG_MAX, 1e3},
    {"i_p99", NH_LOG_P99, 1e3},    {NULL, NH_LOG_SKIP, 0}};

enum { OUT_OF_PLACE, IN_PLACE, PLACES };

struct reader {
    struct nh_log *log;
    struct nh_log_series *series[PLACES]; /* of the last row; found again for each */
    struct nh_log_table table[PLACES];
    char program[48], version[24];
    long ranks, repeats, line; /* of the run's head */
    char (*hosts)[64];         /* different ones */
    size_t host_count;
    int type_at, redop_at; /* words of a row, -1 when absent */
    struct nh_error *err;
};

static bool recognise(const char *head, size_t len)
{
    const char *algbw = memmem(head, len, "algbw", 5), *busbw = memmem(head, len, "busbw", 5);
    bool json = nh_lines_contain(head, len, "{");
    return !json && algbw && busbw &&
           (nh_lines_contain(head, len, "# nThread") || nh_lines_contain(head, len, "#  Rank") ||
            nh_lines_contain(head, len, "# Using devices") || memmem(head, len, "#wrong", 6));
}

/* ---- Program: its own line, or the command that was logged ---- */

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || c == '_';
}

/* The word around "_perf" in a text: "all_reduce_perf". */
static void find_program(const char *text, char *program, size_t size)
{
    const char *perf = strstr(text, "_perf");
    if (!perf)
        return;
    const char *from = perf;
    while (from > text && is_name(from[-1]))
        from--;
    snprintf(program, size, "%.*s", (int)(perf + 5 - from), from);
}

/* ---- Head ---- */

static void forget_run(struct reader *r)
{
    r->ranks = r->repeats = 0;
    r->host_count = 0;
    free(r->hosts);
    r->hosts = NULL;
    r->table[OUT_OF_PLACE].count = r->table[IN_PLACE].count = 0;
    r->series[OUT_OF_PLACE] = r->series[IN_PLACE] = NULL;
}

static int add_host(struct reader *r, const char *name)
{
    for (size_t i = 0; i < r->host_count; i++)
        if (strcmp(r->hosts[i], name) == 0)
            return NH_OK;
    char(*grown)[64] = nh_grow(r->hosts, r->host_count, sizeof *grown);
    if (!grown)
        return nh_fail(r->err, NH_EFAIL, "out of memory");
    r->hosts = grown;
    snprintf(r->hosts[r->host_count++], sizeof *grown, "%s", name);
    return NH_OK;
}

/* "#  Rank  0 Group  0 Pid   1234 on  ip-10-0-0-1 device  0 [0x10] NVIDIA A100-SXM4-40GB" */
static int read_rank(struct reader *r, const char *text)
{
    char host[64];
    const char *on = strstr(text, " on ");
    r->ranks++;
    if (!on)
        return NH_OK;
    on += 4 + strspn(on + 4, " ");
    snprintf(host, sizeof host, "%.*s", (int)strcspn(on, " "), on);
    return add_host(r, host);
}

static void read_repeats(struct reader *r, const char *text)
{
    const char *at = strstr(text, " iters: ");
    const char *last = at ? strstr(at + 1, " iters: ") : NULL; /* after "warmup iters: 5" */
    at = last ? last : at;
    r->repeats = at ? strtol(at + 8, NULL, 10) : 0;
}

/* Words after the second "time" are in place: each table reads its own. */
static void read_heads(struct reader *r, char *text, long line)
{
    struct nh_log_table *out = &r->table[OUT_OF_PLACE], *in = &r->table[IN_PLACE];
    if (!strstr(text, "algbw") || !nh_log_table_heads(out, text, 1))
        return;
    *in = *out;
    r->line = line;
    int seen = 0;
    for (int i = 0; i < out->count; i++) {
        const struct nh_log_column *c = out->places[i];
        seen += c && c->value == NH_LOG_TIME;
        if (seen > 0)
            (seen == 1 ? in : out)->places[i] = NULL;
    }
    r->type_at = out->count > 2 ? 2 : -1;
    r->redop_at = out->count > 3 && !out->places[3] ? 3 : -1;
}

static void read_average(struct reader *r, const char *text, long line)
{
    static const char key[] = "Avg bus bandwidth";
    const char *at = strstr(text, key);
    if (!at)
        return;
    r->log->average_line = line;
    r->log->average_Bps =
        strtod(at + sizeof key - 1 + strspn(at + sizeof key - 1, " :"), NULL) * 1e9;
}

static int read_comment(struct reader *r, char *text, long line)
{
    static const char version[] = "# nccl-tests version ";
    if (strncmp(text, version, sizeof version - 1) == 0)
        snprintf(r->version, sizeof r->version, "%.*s",
                 (int)strcspn(text + sizeof version - 1, " "), text + sizeof version - 1);
    if (strstr(text, "Collective test starting"))
        find_program(text, r->program, sizeof r->program);
    if (strncmp(text, "# nThread", 9) == 0) {
        forget_run(r);
        read_repeats(r, text);
    }
    if (strncmp(text, "#  Rank", 7) == 0)
        return read_rank(r, text);
    read_average(r, text, line);
    read_heads(r, text + 1, line);
    return NH_OK;
}

/* ---- Rows ---- */

static void name_series(const struct reader *r, struct nh_log_series *s, const char *variant)
{
    snprintf(s->program, sizeof s->program, "%s", *r->program ? r->program : "nccl-tests");
    snprintf(s->version, sizeof s->version, "%s", r->version);
    snprintf(s->variant, sizeof s->variant, "%s", variant);
    s->op = nh_operation_by_nccl(s->program);
    s->statistic = "mean over iterations";
    s->total_size = true;
    s->ranks = r->ranks;
    s->nodes = (long)r->host_count;
}

/* One series for each type, operator and place of a table. */
static struct nh_log_series *series_for(struct reader *r, const char *variant)
{
    for (size_t i = 0; i < r->log->series_count; i++) {
        struct nh_log_series *s = &r->log->series[i];
        if (s->line == r->line && strcmp(s->variant, variant) == 0)
            return s;
    }
    struct nh_log_series *s = nh_log_add_series(r->log, r->line, r->err);
    if (s)
        name_series(r, s, variant);
    return s;
}

static const char *word_or_none(char *const *words, int at)
{
    return at < 0 ? "none" : words[at];
}

static int read_place(struct reader *r, int place, char *const *words, long line, const char **bad)
{
    char variant[64];
    snprintf(variant, sizeof variant, "%.16s, %.8s, %s", word_or_none(words, r->type_at),
             word_or_none(words, r->redop_at), place == IN_PLACE ? "in place" : "out of place");
    struct nh_log_series *s = series_for(r, variant);
    struct nh_log_row *row = s ? nh_log_add_row(s, line, r->err) : NULL;
    if (!row)
        return NH_EFAIL;
    *bad = nh_log_table_cells(&r->table[place], words, r->table[place].count, row);
    if (r->repeats > 0)
        row->value[NH_LOG_REPEATS] = (double)r->repeats;
    if (*bad || isnan(row->value[NH_LOG_TIME]))
        s->row_count--; /* a table may have no in-place half */
    return NH_OK;
}

static int read_row(struct reader *r, char *text, long line, bool skip_damaged)
{
    char *words[NH_LINE_WORDS];
    int n = nh_line_split(text, 1, words), wanted = r->table[OUT_OF_PLACE].count;
    const char *bad = NULL;
    if (n < wanted)
        return nh_log_damage(r->log, line, skip_damaged, r->err,
                             "%d words where the head of the table names %d", n, wanted);
    int rc = read_place(r, OUT_OF_PLACE, words, line, &bad);
    if (!rc && !bad)
        rc = read_place(r, IN_PLACE, words, line, &bad);
    if (rc || !bad)
        return rc;
    return nh_log_damage(r->log, line, skip_damaged, r->err, "'%.40s' is no number", bad);
}

static int parse(const char *name, const char *data, size_t len, bool skip_damaged,
                 struct nh_log *log, struct nh_error *err)
{
    struct reader r = {.log = log, .type_at = -1, .redop_at = -1, .err = err};
    struct nh_lines lines;
    int rc = NH_OK;
    r.table[OUT_OF_PLACE].columns = r.table[IN_PLACE].columns = columns;
    nh_log_init(log, name, "nccl-tests");
    nh_lines_start(&lines, data, len);
    while (!rc && nh_lines_next(&lines)) {
        char *text = lines.text + strspn(lines.text, " ");
        if (*text == '#')
            rc = read_comment(&r, text, lines.number);
        else if (r.table[OUT_OF_PLACE].count > 0 && *text >= '0' && *text <= '9')
            rc = read_row(&r, text, lines.number, skip_damaged);
        else if (*r.program == '\0')
            find_program(text, r.program, sizeof r.program);
    }
    free(r.hosts);
    return rc ? rc : nh_log_tidy(log, err);
}

const struct nh_importer nh_importer_nccl = {
    .name = "nccl-tests", .recognise = recognise, .parse = parse};
