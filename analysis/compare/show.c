/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/compare/show.h"

#include <jansson.h>
#include <math.h>

#include "analysis/report/table.h"
#include "common/fields.h"
#include "common/units.h"

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* Text of files may be no UTF-8. */
static json_t *text(const char *s)
{
    json_t *value = json_string(s);
    return value ? value : json_null();
}

static json_t *interval(struct nh_interval ci)
{
    if (!isfinite(ci.lo) || !isfinite(ci.hi))
        return json_null();
    return json_pack("[f, f]", ci.lo, ci.hi);
}

static int dump(FILE *out, json_t *o, struct nh_error *err)
{
    int rc = json_dumpf(o, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    json_decref(o);
    fputc('\n', out);
    return rc || ferror(out) ? nh_fail_errno(err, "cannot write JSON") : NH_OK;
}

/* ---- Comparison ---- */

static void change_cells(struct nh_table *t, const struct nh_compared *c)
{
    nh_table_cell(t, "%+.1f %%", 100 * (c->ratio.ratio - 1));
    if (isfinite(c->ratio.ci.lo))
        nh_table_cell(t, "[%+.1f, %+.1f]", 100 * (c->ratio.ci.lo - 1), 100 * (c->ratio.ci.hi - 1));
    else
        nh_table_cell(t, "-");
    nh_table_cell(t, "%.2g", c->p_adjusted);
    if (isfinite(c->ratio.detectable))
        nh_table_cell(t, "%.2g %%", 100 * c->ratio.detectable);
    else
        nh_table_cell(t, "-");
}

static void head(struct nh_table *t)
{
    static const char *const names[] = {"",       "runs",          "A", "B",
                                        "change", "95 % interval", "p", "detectable"};
    nh_table_row(t);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        nh_table_cell(t, "%s", names[i]);
}

static void row(struct nh_table *t, size_t number, const struct nh_compared *c)
{
    char a[NH_UNIT_TEXT], b[NH_UNIT_TEXT];
    nh_table_row(t);
    nh_table_cell(t, "%zu.", number);
    nh_table_cell(t, "%zu/%zu", c->runs_a, c->runs_b);
    nh_table_cell(t, "%s", nh_format_time(c->median_a, a));
    nh_table_cell(t, "%s", nh_format_time(c->median_b, b));
    change_cells(t, c);
}

/* Cases have long names: each kind of verdict has a heading, its cases are numbered lines. */
static int print_cases(FILE *out, const struct nh_comparison *c, enum nh_difference d,
                       struct nh_error *err)
{
    struct nh_table t = {0};
    if (c->found[d] == 0)
        return NH_OK;
    fprintf(out, "%s: %zu\n", nh_difference_name(d), c->found[d]);
    size_t number = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].difference == d)
            fprintf(out, "  %zu. %s%s%s\n", ++number, c->items[i].name,
                    *c->items[i].why ? ": " : "", c->items[i].why);
    head(&t);
    number = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].difference == d)
            row(&t, ++number, &c->items[i]);
    return nh_table_print(&t, out, 4, 0, "", "", err);
}

int nh_comparison_text(FILE *out, const struct nh_comparison *c, struct nh_error *err)
{
    static const enum nh_difference order[] = {NH_SLOWER, NH_FASTER, NH_CANNOT_TELL, NH_EQUIVALENT};
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < NH_DIFFERENCES; i++)
        rc = print_cases(out, c, order[i], err);
    fprintf(out,
            "%zu case%s, B against A: %zu slower, %zu faster, %zu equivalent within %.3g %%, %zu "
            "cannot be told\n",
            c->count, plural(c->count), c->found[NH_SLOWER], c->found[NH_FASTER],
            c->found[NH_EQUIVALENT], 100 * c->options.threshold, c->found[NH_CANNOT_TELL]);
    if (c->count > 1)
        fprintf(out, "p is adjusted for %zu cases (%s)\n", c->count, c->options.correction->name);
    if (c->only_a || c->only_b)
        fprintf(out, "Not compared: %zu case%s of A alone, %zu of B alone\n", c->only_a,
                plural(c->only_a), c->only_b);
    return rc;
}

static json_t *compared_json(const struct nh_compared *c)
{
    return json_pack("{s:o, s:s, s:s?, s:I, s:I, s:f, s:f, s:o, s:o, s:o, s:f, s:f}", "case",
                     text(c->name), "verdict", nh_difference_name(c->difference), "why",
                     *c->why ? c->why : NULL, "runs_a", (json_int_t)c->runs_a, "runs_b",
                     (json_int_t)c->runs_b, "median_a_s", c->median_a, "median_b_s", c->median_b,
                     "ratio", nh_json_real(c->ratio.ratio), "ratio_ci95", interval(c->ratio.ci),
                     "detectable_change", nh_json_real(c->ratio.detectable), "p", c->p,
                     "p_adjusted", c->p_adjusted);
}

int nh_comparison_json(FILE *out, const struct nh_comparison *c, struct nh_error *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->count; i++)
        json_array_append_new(list, compared_json(&c->items[i]));
    return dump(out,
                json_pack("{s:s, s:f, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "format",
                          "nodehour-comparison", "threshold", c->options.threshold, "correction",
                          c->options.correction->name, "slower", (json_int_t)c->found[NH_SLOWER],
                          "faster", (json_int_t)c->found[NH_FASTER], "equivalent",
                          (json_int_t)c->found[NH_EQUIVALENT], "cannot_tell",
                          (json_int_t)c->found[NH_CANNOT_TELL], "only_a", (json_int_t)c->only_a,
                          "only_b", (json_int_t)c->only_b, "cases", list),
                err);
}

void nh_self_test_text(FILE *out, const struct nh_self_test *t)
{
    fprintf(out,
            "Self-test: a copy made %.3g %% slower: %zu of %zu case%s called slower, %zu have too "
            "few or too noisy runs for it, %zu missed; an equal copy: %zu called different\n",
            100 * t->slowdown, t->found, t->cases, plural(t->cases), t->too_few, t->missed,
            t->invented);
}

/* ---- History ---- */

static void print_change(FILE *out, const struct nh_series *s, const struct nh_change_point *c,
                         char *const *files)
{
    char before[NH_UNIT_TEXT], after[NH_UNIT_TEXT];
    double change = c->after / c->before - 1;
    fprintf(out, "    %s by %.1f %% from value %zu of %zu on (%s): %s -> %s, p = %.2g\n",
            change > 0 ? "slower" : "faster", 100 * fabs(change), c->index + 1, s->count,
            files[s->file[c->index]], nh_format_time(c->before, before),
            nh_format_time(c->after, after), c->p);
}

/* The least number of values whose permutations can reach alpha at all: of n different values, two
 * in C(n, n/2) orders part as a step in the middle does. */
static size_t least_values(double alpha)
{
    double ways = 1;
    size_t n = 0;
    while (2 > alpha * ways) {
        n++;
        ways = ways * (double)n / (double)((n + 1) / 2);
    }
    return n;
}

static void say_too_short(FILE *out, const struct nh_history *h)
{
    size_t least = least_values(h->alpha), few = 0;
    for (size_t i = 0; i < h->count; i++)
        few += h->items[i].count < least;
    if (few)
        fprintf(out,
                "%zu of %zu cases have fewer than %zu values, which cannot show a change at p "
                "<= %g\n",
                few, h->count, least, h->alpha);
}

int nh_history_text(FILE *out, const struct nh_history *h, char *const *files, struct nh_error *err)
{
    size_t changed = 0, regressed = 0;
    for (size_t i = 0; i < h->count; i++) {
        const struct nh_series *s = &h->items[i];
        if (s->changes.count == 0)
            continue;
        changed++;
        regressed += nh_series_regressed(s);
        fprintf(out, "  %s\n", s->name);
        for (size_t k = 0; k < s->changes.count; k++)
            print_change(out, s, &s->changes.items[k], files);
    }
    fprintf(out, "%zu case%s: %zu changed", h->count, plural(h->count), changed);
    if (changed)
        fprintf(out, ", the latest change of %zu is to longer times", regressed);
    fprintf(out, "\n");
    say_too_short(out, h);
    if (changed)
        fprintf(out, "Each change has p <= %g: of %zu cases about %.2g change by chance\n",
                h->alpha, h->count, h->alpha * (double)h->count);
    return ferror(out) ? nh_fail_errno(err, "cannot write the history") : NH_OK;
}

static json_t *series_json(const struct nh_series *s, char *const *files)
{
    json_t *changes = json_array();
    for (size_t i = 0; i < s->changes.count; i++) {
        const struct nh_change_point *c = &s->changes.items[i];
        json_array_append_new(changes,
                              json_pack("{s:I, s:o, s:f, s:f, s:f}", "index", (json_int_t)c->index,
                                        "file", text(files[s->file[c->index]]), "before_s",
                                        c->before, "after_s", c->after, "p", c->p));
    }
    return json_pack("{s:o, s:I, s:b, s:o}", "case", text(s->name), "values", (json_int_t)s->count,
                     "regressed", (int)nh_series_regressed(s), "changes", changes);
}

int nh_history_json(FILE *out, const struct nh_history *h, char *const *files, struct nh_error *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < h->count; i++)
        json_array_append_new(list, series_json(&h->items[i], files));
    return dump(out, json_pack("{s:s, s:o}", "format", "nodehour-history", "cases", list), err);
}
