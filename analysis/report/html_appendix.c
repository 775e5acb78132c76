/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/cost/options.h"
#include "analysis/report/html_tally.h"
#include "common/cli.h"

/* What the numbers rest on: prices and rules, machine and commands, definitions. */

static void definition(FILE *out, const char *term, const char *fmt, ...) NH_PRINTF(3, 4);

static void definition(FILE *out, const char *term, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    fputs("<dt>", out);
    nh_write_escaped(out, term);
    fputs("</dt><dd>", out);
    nh_write_escaped(out, text);
    fputs("</dd>\n", out);
}

/* --- assumptions --------------------------------------------------------------- */

static bool price_seen(const struct nh_report *r, size_t app, size_t m)
{
    const struct nh_price *p = &r->apps[app].advice[m].price;
    for (size_t a = 0; a <= app; a++) {
        for (size_t i = 0; i < (a < app ? r->apps[a].advice_count : m); i++) {
            const struct nh_price *q = &r->apps[a].advice[i].price;
            if (r->apps[a].advice[i].priced && strcmp(p->machine, q->machine) == 0 &&
                strcmp(p->model, q->model) == 0)
                return true;
        }
    }
    return false;
}

static void price_row(FILE *out, const struct nh_price *p)
{
    char money[NH_MONEY_TEXT];
    nh_html_row_open(out, "%s", p->machine);
    nh_html_cell_words(out, "%s", p->model);
    nh_html_cell(out, "%s %s", nh_money_decimal(p->per_hour, money), p->per_hour.currency);
    nh_html_cell_words(out, "%s", p->region);
    nh_html_cell_words(out, "%s", p->as_of);
    nh_html_cell_prose(out, p->source);
    nh_html_row_close(out);
}

static void write_price_list(FILE *out, const struct nh_report *r)
{
    static const char *const columns[] = {
        "Machine", "<Price model", "Per node and hour", "<Region", "<As of", "<Source", NULL};
    bool open = false;
    for (size_t a = 0; a < r->app_count; a++) {
        for (size_t m = 0; m < r->apps[a].advice_count; m++) {
            if (!r->apps[a].advice[m].priced || price_seen(r, a, m))
                continue;
            if (!open)
                nh_html_table_open(out, "Prices used", columns);
            open = true;
            price_row(out, &r->apps[a].advice[m].price);
        }
    }
    if (open)
        nh_html_table_close(out);
}

static const char *billed_clock(const struct nh_report *r)
{
    size_t solver = 0;
    for (size_t a = 0; a < r->app_count; a++)
        solver += r->apps[a].scaling.solver_is_billed;
    if (solver == 0)
        return "The job's time is billed; the solver's time is scaled.";
    if (solver == r->app_count)
        return "No job time was given, so the solver's time is billed as well: start-up and "
               "input/output are not in these costs.";
    return "The job's time is billed where it was given; elsewhere the solver's time is billed, "
           "without start-up and input/output.";
}

/* Does a run cost more than its nodes and a licence by the hour? */
static bool has_extras(const struct nh_cost_terms *t)
{
    return t->licence.kind > NH_LICENCE_PER_HOUR || t->boot_s > 0 || t->idle_s > 0 ||
           t->storage_usd_per_hour > 0 || t->transfer_usd > 0 || t->spot != NULL;
}

static void define_cost(FILE *out, const struct nh_advice *a)
{
    char licence[NH_LICENCE_TEXT];
    if (a == NULL || !a->priced) {
        definition(out, "Cost of a run",
                   "cores × hours (nodes × hours where cores are unknown), because no price "
                   "is known for this machine.");
        return;
    }
    definition(out, "Paid with the nodes", "%s.",
               a->terms.licence.kind == NH_LICENCE_NONE
                   ? "no licence"
                   : nh_licence_text(&a->terms.licence, licence));
    definition(out, "Cost of a run",
               has_extras(&a->terms)
                   ? "nodes × price of a node-hour × billed hours, and licence, boot and idle "
                     "time, storage, transfer and interruptions as given above."
                   : "(nodes × price of a node-hour + licence per hour) × billed hours.");
}

static void write_assumptions(FILE *out, const struct nh_report *r)
{
    fputs("<section id=\"assumptions\">\n<h2>Assumptions</h2>\n", out);
    write_price_list(out, r);
    fputs("<dl class=\"terms\">\n", out);
    if (r->app_count > 0) {
        const struct nh_advice *first = r->apps[0].advice_count > 0 ? &r->apps[0].advice[0] : NULL;
        define_cost(out, first);
        definition(out, "Billed clock", "%s", billed_clock(r));
        definition(out, "Recommended",
                   "the fastest point whose cost is at most %.0f %% above the least.",
                   100.0 * NH_RECOMMEND);
    }
    definition(out, "Intervals",
               "95 %%, of the median over launches, by exact order statistics; "
               "they need at least 6 launches.");
    definition(out, "Intervals of ratios",
               "bootstrap of both medians, %d resamples, seed %d: the same input gives the same "
               "interval.",
               NH_BOOTSTRAP_RESAMPLES, NH_BOOTSTRAP_SEED);
    fputs("</dl>\n</section>\n", out);
}

/* --- environment and commands ---------------------------------------------------- */

static void tally_object(struct nh_tally *t, const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        if (!json_is_object(value)) /* readings of every launch: they stay in the records */
            nh_tally_json(t, key, value);
    }
}

static void tally_placement(struct nh_tally *t, const struct nh_record *r)
{
    char text[NH_TALLY_TEXT];
    size_t used = 0, ranks = json_array_size(r->placement);
    text[0] = '\0';
    for (size_t i = 0; i < ranks && used < sizeof text; i++) {
        const json_t *row = json_array_get(r->placement, i);
        used += (size_t)snprintf(text + used, sizeof text - used, "%srank %zu on %s: CPUs %s (%s)",
                                 i > 0 ? "; " : "", i, nh_json_text(row, "host", "?"),
                                 nh_json_text(row, "cpus", "?"), nh_json_text(row, "binding", "?"));
    }
    if (ranks > 0)
        nh_tally_add(t, "placement", text);
}

static void tally_command(struct nh_tally *t, const struct nh_record *r)
{
    char text[NH_TALLY_TEXT];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < json_array_size(r->command) && used < sizeof text; i++) {
        const char *word = json_string_value(json_array_get(r->command, i));
        /* The launch index differs in every start and says nothing here. */
        if (word != NULL && strcmp(word, "--launch") == 0 && ++i)
            continue;
        if (word == NULL || strncmp(word, "--launch=", 9) == 0)
            continue;
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%s", used > 0 ? " " : "", word);
    }
    if (used > 0)
        nh_tally_add(t, "command", text);
}

struct tallies {
    struct nh_tally machine, placement, transport, env, command, run;
};

static void tally_record(struct tallies *t, const struct nh_record *r)
{
    char ranks[64];
    tally_object(&t->machine, r->system);
    if (r->machine != NULL)
        nh_tally_add(&t->machine, "instance_type", r->machine);
    if (r->program != NULL)
        nh_tally_add(&t->machine, "program", r->program);
    snprintf(ranks, sizeof ranks, "%ld on %ld host%s", r->ranks, r->nodes,
             r->nodes == 1 ? "" : "s");
    nh_tally_add(&t->machine, "ranks", ranks);
    tally_placement(&t->placement, r);
    tally_object(&t->transport, r->transport);
    tally_object(&t->env, r->env);
    tally_command(&t->command, r);
    if (r->run != NULL)
        nh_tally_add(&t->run, "run", r->run);
}

static void write_sources(FILE *out, const struct nh_report *r)
{
    fputs("<h3>Files and command of this report</h3>\n", out);
    nh_html_inputs(out, r);
    if (r->command == NULL || r->command[0] == NULL)
        return;
    fputs("<pre><code>", out);
    for (size_t i = 0; r->command[i] != NULL; i++) {
        if (i > 0)
            putc(' ', out);
        nh_write_escaped_short(out, r->command[i], 400);
    }
    fputs("</code></pre>\n", out);
}

static void write_environment(FILE *out, const struct nh_report *r)
{
    struct tallies *t = calloc(1, sizeof *t);
    fputs("<section id=\"environment\">\n<h2>Environment and commands</h2>\n", out);
    if (t != NULL && r->data.records.count > 0) {
        for (size_t i = 0; i < r->data.records.count; i++)
            tally_record(t, &r->data.records.items[i]);
        nh_tally_write(out, &t->machine, "Machine as observed", r->data.records.count);
        nh_tally_write(out, &t->transport, "Transport", r->data.records.count);
        nh_tally_write(out, &t->placement, "Placement and binding as observed",
                       r->data.records.count);
        nh_tally_write(out, &t->env, "Environment variables (by allow-list)",
                       r->data.records.count);
        nh_tally_write(out, &t->command, "Commands that measured", r->data.records.count);
        nh_tally_write(out, &t->run, "Runs", r->data.records.count);
    } else {
        fputs("<p>The timings came from a table, which says nothing of the environment.</p>\n",
              out);
    }
    free(t);
    write_sources(out, r);
    fputs("</section>\n", out);
}

/* --- method ------------------------------------------------------------------------- */

static void write_method(FILE *out)
{
    fputs("<section id=\"method\">\n<h2>Method in short</h2>\n<dl class=\"terms\">\n", out);
    definition(out, "Base",
               "the smallest measured point; every ratio is to it, and its time is "
               "named.");
    definition(out, "Scale-up",
               "time of the base / time of the point (strong scaling). Ideal is the "
               "ratio of their cores.");
    definition(out, "Parallel efficiency",
               "scale-up / ideal scale-up. In weak scaling, where the "
               "work grows with the cores, time of the base / time of "
               "the point.");
    definition(out, "Karp–Flatt fraction",
               "(1/S − 1/k) / (1 − 1/k), S the scale-up, k the ratio of "
               "cores. Flat: a serial part. Rising: overhead that grows "
               "with the cores.");
    definition(out, "Front",
               "the points that no other point equals or beats in both cost and time.");
    definition(out, "An hour saved",
               "extra cost / time saved between neighbours on the front: if an "
               "hour is worth more than this, take the faster point.");
    definition(out, "Launch",
               "one separate start of the program. Repeats inside a launch share its "
               "placement and memory, so intervals are over launches.");
    definition(out, "Spread",
               "median absolute deviation × 1.4826, relative to the median: within "
               "launches (of samples) and between them (of launch medians).");
    definition(out, "Two modes",
               "samples fall into two groups; then the median alone misleads, and "
               "the point is drawn hollow.");
    definition(out, "Tool", "nodehour %s; record format version %d.", NH_VERSION,
               NH_RECORD_VERSION);
    fputs("</dl>\n</section>\n", out);
}

void nh_html_appendix(FILE *out, const struct nh_report *r)
{
    write_assumptions(out, r);
    write_environment(out, r);
    write_method(out);
}
