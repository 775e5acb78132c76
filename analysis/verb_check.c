/* SPDX-License-Identifier: BSD-3-Clause */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/doubts.h"
#include "analysis/report/table.h"
#include "analysis/verb_logs.h"
#include "analysis/verbs.h"
#include "common/units.h"

struct check_options {
    struct nh_log_options logs;
    int json, all;
    struct poptOption table[NH_LOG_OPTIONS + 3];
};

static const struct poptOption *check_options(void *state)
{
    struct check_options *o = state;
    nh_log_option_table(&o->logs, o->table);
    o->table[NH_LOG_OPTIONS] = (struct poptOption){
        "all", 0, POPT_ARG_NONE, &o->all, 0, "show every line, also those that are fine", NULL};
    o->table[NH_LOG_OPTIONS + 1] =
        (struct poptOption){"json", 0, POPT_ARG_NONE, &o->json, 0, "print as JSON", NULL};
    o->table[NH_LOG_OPTIONS + 2] = (struct poptOption)POPT_TABLEEND;
    return o->table;
}

/* ---- Text ---- */

/* "8 B", "1 MiB"; nothing where there is no size. */
static const char *size_of(const struct nh_guard_line *line, char *buf)
{
    double bytes = line->row ? line->row->bytes : NAN;
    *buf = '\0';
    return bytes >= 0 && bytes < 1e18 ? nh_format_bytes((size_t)bytes, buf) : buf;
}

/* Figures that break the same rule in a row of a series are one entry. */
static bool continues(const struct nh_guard_line *a, const struct nh_guard_line *b)
{
    return a->log == b->log && a->series == b->series && a->series && a->rule == b->rule &&
           a->level == b->level;
}

static void print_entry(const struct nh_guard_line *line, size_t more, long last)
{
    char name[256] = "", size[NH_UNIT_TEXT];
    if (line->series)
        nh_series_name(line->series, name, sizeof name);
    printf("%s:%ld: ", line->log->path, line->line);
    if (line->row && line->row->item >= 0)
        printf("item %ld: ", line->row->item);
    printf("%s: %s%s%s", nh_level_name(line->level), name, *name && line->row ? ", " : "",
           size_of(line, size));
    if (*line->why.value)
        printf("%s%s", *size ? ": " : "", line->why.value);
    if (*line->why.bound)
        printf("; %s", line->why.bound);
    if (line->rule)
        printf(" [%s]", line->rule->name);
    putchar('\n');
    if (*line->why.formula)
        printf("    %s\n", line->why.formula);
    if (more)
        printf("    and %zu more, to line %ld\n", more, last);
}

static void print_lines(const struct nh_guard *g, bool all)
{
    for (size_t i = 0, next; i < g->count; i = next) {
        const struct nh_guard_line *line = &g->lines[i];
        next = i + 1;
        while (!all && next < g->count && continues(line, &g->lines[next]))
            next++;
        if (all || line->level >= NH_SUSPICIOUS)
            print_entry(line, next - i - 1, g->lines[next - 1].line);
    }
}

static void print_rules(const struct nh_guard *g)
{
    for (const struct nh_rule *const *rule = nh_rules; *rule; rule++) {
        size_t n = nh_guard_broken(g, *rule);
        char text[512];
        if (n == 0)
            continue;
        printf("%6zu  %-11s %s\n", n, nh_level_name((*rule)->level), (*rule)->name);
        snprintf(text, sizeof text, "%s Source: %s.", (*rule)->says, (*rule)->source);
        nh_print_wrapped(stdout, "        ", "        ", text);
    }
}

static void print_text(const struct nh_guard *g, const struct nh_logs *logs, bool all)
{
    size_t damaged = 0;
    for (size_t i = 0; i < logs->count; i++)
        damaged += logs->items[i].damaged;
    print_lines(g, all);
    if (g->levels[NH_IMPOSSIBLE] + g->levels[NH_SUSPICIOUS] > 0)
        printf("\n");
    print_rules(g);
    printf("%zu figure%s: %zu impossible, %zu suspicious, %zu fine, %zu not checked\n", g->count,
           g->count == 1 ? "" : "s", g->levels[NH_IMPOSSIBLE], g->levels[NH_SUSPICIOUS],
           g->levels[NH_FINE], g->levels[NH_UNCHECKED]);
    if (damaged)
        printf("damaged lines left out: %zu\n", damaged);
    if (g->levels[NH_UNCHECKED])
        nh_print_wrapped(stdout, "", "",
                         "Not checked: too little is known. What a log does not say can be given "
                         "by --machine, --nodes, --ranks, --inter-node, --intra-node.");
}

/* ---- JSON ---- */

static json_t *text(const char *s)
{
    json_t *value = json_string(s); /* foreign bytes may be no UTF-8 */
    return value ? value : json_null();
}

static json_t *line_json(const struct nh_guard_line *line)
{
    char name[256] = "";
    json_t *o = json_object();
    if (line->series)
        nh_series_name(line->series, name, sizeof name);
    json_object_set_new(o, "file", text(line->log->path));
    json_object_set_new(o, "line", json_integer(line->line));
    if (line->row && line->row->item >= 0)
        json_object_set_new(o, "item", json_integer(line->row->item));
    json_object_set_new(o, "series", text(name));
    if (line->row && isfinite(line->row->bytes))
        json_object_set_new(o, "bytes", json_real(line->row->bytes));
    json_object_set_new(o, "level", text(nh_level_name(line->level)));
    if (!line->rule)
        return o;
    json_object_set_new(o, "rule", text(line->rule->name));
    json_object_set_new(o, "value", text(line->why.value));
    json_object_set_new(o, "bound", text(line->why.bound));
    json_object_set_new(o, "formula", text(line->why.formula));
    return o;
}

static json_t *rules_json(const struct nh_guard *g)
{
    json_t *list = json_array();
    for (const struct nh_rule *const *rule = nh_rules; *rule; rule++) {
        size_t n = nh_guard_broken(g, *rule);
        if (n > 0)
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:I, s:s, s:s}", "rule", (*rule)->name, "level",
                                nh_level_name((*rule)->level), "figures", (json_int_t)n, "says",
                                (*rule)->says, "source", (*rule)->source));
    }
    return list;
}

static int print_json(const struct nh_guard *g, bool all, struct nh_error *err)
{
    json_t *root = json_object(), *lines = json_array();
    json_object_set_new(root, "figures", json_integer((json_int_t)g->count));
    for (int level = NH_IMPOSSIBLE; level >= NH_UNCHECKED; level--)
        json_object_set_new(root, nh_level_name((enum nh_level)level),
                            json_integer((json_int_t)g->levels[level]));
    for (size_t i = 0; i < g->count; i++)
        if (all || g->lines[i].level >= NH_SUSPICIOUS)
            json_array_append_new(lines, line_json(&g->lines[i]));
    json_object_set_new(root, "rules", rules_json(g));
    json_object_set_new(root, "lines", lines);
    int rc = json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    putchar('\n');
    json_decref(root);
    return rc ? nh_fail_errno(err, "cannot write JSON") : NH_OK;
}

/* ---- Run ---- */

static int check_logs(const struct check_options *o, const struct nh_logs *logs,
                      const struct nh_guard_options *given, struct nh_error *err)
{
    struct nh_catalog catalog;
    struct nh_guard guard;
    int rc = nh_catalog_load(&catalog, err);
    if (rc)
        return rc;
    rc = nh_guard_check(logs->items, logs->count, &catalog, given, &guard, err);
    if (!rc) {
        if (o->json)
            rc = print_json(&guard, o->all, err);
        else
            print_text(&guard, logs, o->all);
        /* A finding is no failure of ours: the exit code says it, and no error text. */
        rc = rc ? rc : guard.levels[NH_IMPOSSIBLE] > 0 ? NH_EFAIL : NH_OK;
        nh_guard_clear(&guard);
    }
    nh_catalog_clear(&catalog);
    return rc;
}

static int run_check(void *state, int argc, char **argv, struct nh_error *err)
{
    const struct check_options *o = state;
    struct nh_guard_options given;
    struct nh_logs logs;
    int rc = nh_log_settings(&o->logs, &given, err);
    if (!rc)
        rc = nh_logs_read(argv, argc, o->logs.skip_damaged, &logs, err);
    if (rc)
        return rc;
    rc = check_logs(o, &logs, &given, err);
    nh_logs_clear(&logs);
    return rc;
}

const struct nh_verb nh_verb_check = {
    .name = "check",
    .summary = "Say which figures of records or other suites' logs cannot be true, and why",
    .arguments = "FILE... [OPTION...]",
    .examples =
        "  nodehour check osu_latency.txt osu_bcast.txt --nodes 32 --machine c5n.18xlarge\n"
        "  nodehour check all_reduce.txt --nodes 2 --machine p4d.24xlarge\n"
        "  nodehour check fio.json --machine p4d.24xlarge --json\n"
        "\nReads OSU, IMB, nccl-tests (text and JSON), fio (JSON), records, and CSV of published\n"
        "figures. Files of one call are taken as one set: a latency of it says what a hop costs.\n"
        "Exit codes: 0 nothing is impossible, 1 something is, 2 wrong input.\n",
    .options = check_options,
    .state_size = sizeof(struct check_options),
    .run = run_check,
};
