/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html.h"

#include <math.h>
#include <string.h>

/* The first screen: the answer in one sentence, three cards, and what limits it. */

static void write_subtitle(FILE *out, const struct nh_app_answer *a)
{
    const struct nh_scaling *s = &a->scaling;
    char model[NH_HTML_TEXT];
    size_t launches = 0;
    for (size_t i = 0; i < s->count; i++)
        launches += s->points[i].repeats;
    fputs("<p class=\"subtitle\">", out);
    nh_html_text(out, "%s · %s scaling · %zu point%s, %zu timing%s",
                 s->app->machine[0] != '\0' ? s->app->machine : "machine not named",
                 s->app->kind == NH_WEAK ? "weak" : "strong", s->count, s->count == 1 ? "" : "s",
                 launches, launches == 1 ? "" : "s");
    if (a->advice_count > 0 && a->advice[0].priced)
        nh_html_text(out, " · priced %s%s", nh_html_model(&a->advice[0], model),
                     a->advice_count > 1 ? " (other price models below)" : "");
    fputs("</p>\n", out);
}

static void fact(FILE *out, const char *name, const char *value, const char *interval)
{
    fputs("<div><dt>", out);
    nh_write_escaped(out, name);
    fputs("</dt><dd>", out);
    nh_write_escaped(out, value);
    if (interval != NULL) {
        fputs(" <small>", out);
        nh_write_escaped(out, interval);
        fputs("</small>", out);
    }
    fputs("</dd></div>\n", out);
}

static const char *time_interval(struct nh_interval ci, char *buf)
{
    char lo[NH_HTML_TEXT], hi[NH_HTML_TEXT];
    if (!nh_html_has(ci))
        return NULL;
    snprintf(buf, 2 * NH_HTML_TEXT, "%s to %s", nh_html_time(ci.lo, lo), nh_html_time(ci.hi, hi));
    return buf;
}

static const char *cost_interval(const struct nh_app_answer *a, struct nh_interval ci, char *buf)
{
    char lo[NH_HTML_TEXT], hi[NH_HTML_TEXT];
    if (!nh_html_has(ci))
        return NULL;
    snprintf(buf, 2 * NH_HTML_TEXT, "%s to %s", nh_html_cost(a->advice, ci.lo, lo),
             nh_html_cost(a->advice, ci.hi, hi));
    return buf;
}

static const char *efficiency_interval(struct nh_interval ci, char *buf)
{
    char lo[NH_HTML_TEXT], hi[NH_HTML_TEXT];
    if (!nh_html_has(ci))
        return NULL;
    snprintf(buf, 2 * NH_HTML_TEXT, "%s to %s", nh_html_percent(ci.lo, lo),
             nh_html_percent(ci.hi, hi));
    return buf;
}

/* "1,620 cores, 59,877 cells per core" */
static void write_size_detail(FILE *out, const struct nh_scaling *s, size_t i)
{
    char number[NH_HTML_TEXT];
    const struct nh_scaling_point *p = &s->points[i];
    const char *sep = "";
    fputs("<p class=\"detail\">", out);
    if (nh_html_by_nodes(s) && p->source->cores > 0) {
        nh_html_text(out, "%s cores", nh_html_number((double)p->source->cores, number));
        sep = ", ";
    }
    if (isfinite(p->cells_per_core))
        nh_html_text(out, "%s%s cells per core", sep,
                     nh_html_number(rint(p->cells_per_core), number));
    fputs("</p>\n", out);
}

static void write_card(FILE *out, const struct nh_app_answer *a, const char *name, size_t i,
                       const char *class_name, const char *rule)
{
    const struct nh_advice *advice = &a->advice[0];
    const struct nh_scaling_point *p = &a->scaling.points[i];
    char text[NH_HTML_TEXT], ci[2 * NH_HTML_TEXT], label[NH_HTML_TEXT];
    fprintf(out, "<article class=\"card%s\"><h3>%s</h3>\n<p class=\"big\">", class_name, name);
    nh_html_text(out, "%s", nh_html_size(&a->scaling, i, text));
    fputs("</p>\n", out);
    write_size_detail(out, &a->scaling, i);
    fputs("<dl>\n", out);
    snprintf(label, sizeof label, "Time per %s", nh_html_work(&a->scaling));
    fact(out, label, nh_html_time(nh_html_turn_around(advice, i), text),
         time_interval(nh_html_turn_around_ci(advice, i), ci));
    snprintf(label, sizeof label, "Cost per %s", advice->shown_per);
    fact(out, label, nh_html_cost(advice, advice->points[i].amount, text),
         cost_interval(a, advice->points[i].cost_ci, ci));
    fact(out, "Parallel efficiency", nh_html_percent(p->efficiency, text),
         efficiency_interval(p->efficiency_ci, ci));
    fputs("</dl>\n<p class=\"rule\">", out);
    nh_html_text(out, "%s ", rule);
    if (nh_html_has(p->billed_ci))
        nh_html_text(out, "95 %% intervals over %zu launches.", p->repeats);
    else
        nh_html_text(out, "No interval: fewer than 6 launches (here %zu).", p->repeats);
    fputs("</p></article>\n", out);
}

static void write_cards(FILE *out, const struct nh_app_answer *a)
{
    const struct nh_advice *advice = &a->advice[0];
    char rule[192];
    int used = snprintf(rule, sizeof rule,
                        "The fastest point that costs at most %.0f %% more than the cheapest",
                        100.0 * NH_RECOMMEND);
    if (advice->chances.draws > 0 && advice->count > 1)
        snprintf(rule + used, sizeof rule - (size_t)used, "; it does in %.3g %% of resamples.",
                 100.0 * advice->chances.stands);
    else
        snprintf(rule + used, sizeof rule - (size_t)used, ".");
    fputs("<div class=\"cards\">\n", out);
    write_card(out, a, "Cheapest", advice->cheapest, "",
               "Least cost; among equal costs the fastest.");
    write_card(out, a, "Fastest", advice->fastest, "", "Shortest time to the result.");
    write_card(out, a, "Recommended", advice->recommended, " chosen", rule);
    fputs("</div>\n", out);
}

/* A caveat that several price models share is said once. */
static bool said_before(const struct nh_app_answer *a, size_t advice, size_t caveat)
{
    for (size_t m = 0; m < advice; m++) {
        for (size_t c = 0; c < a->advice[m].caveat_count; c++) {
            if (strcmp(a->advice[m].caveats[c], a->advice[advice].caveats[caveat]) == 0)
                return true;
        }
    }
    return false;
}

static void item(FILE *out, const char *text)
{
    fputs("<li>", out);
    nh_write_escaped(out, text);
    fputs("</li>\n", out);
}

static void write_app_caveats(FILE *out, const struct nh_app_answer *a)
{
    for (size_t m = 0; m < a->advice_count; m++) {
        for (size_t c = 0; c < a->advice[m].caveat_count; c++) {
            if (!said_before(a, m, c))
                item(out, a->advice[m].caveats[c]);
        }
    }
}

enum { MOST_WARNINGS = 12 };

static void write_warnings(FILE *out, const struct nh_dataset *data)
{
    for (size_t i = 0; i < data->warning_count && i < MOST_WARNINGS; i++)
        item(out, data->warnings[i]);
    if (data->warning_count > MOST_WARNINGS) {
        char text[64];
        snprintf(text, sizeof text, "%zu more warnings.", data->warning_count - MOST_WARNINGS);
        item(out, text);
    }
}

static void write_caveats(FILE *out, const struct nh_report *r, const struct nh_app_answer *a,
                          bool with_warnings)
{
    bool any = with_warnings && r->data.warning_count > 0;
    for (size_t m = 0; a != NULL && m < a->advice_count; m++)
        any = any || a->advice[m].caveat_count > 0;
    if (!any)
        return;
    fputs("<div class=\"caveats\" role=\"note\"><h3>Read this with the numbers</h3><ul>\n", out);
    if (a != NULL)
        write_app_caveats(out, a);
    if (with_warnings)
        write_warnings(out, &r->data);
    fputs("</ul></div>\n", out);
}

void nh_html_answer_none(FILE *out, const struct nh_report *r)
{
    fputs("<p class=\"verdict\">No application was timed, so there is no node count to recommend: "
          "this page shows what the machine does.</p>\n",
          out);
    write_caveats(out, r, NULL, true);
}

void nh_html_answer(FILE *out, const struct nh_report *r, size_t app)
{
    const struct nh_app_answer *a = &r->apps[app];
    if (r->app_count > 1) { /* else the page is headed by it */
        fputs("<h2>", out);
        nh_html_text(out, "%s", a->scaling.app->name);
        fputs("</h2>\n", out);
    }
    write_subtitle(out, a);
    if (a->advice_count > 0 && a->scaling.count > 0) {
        fputs("<p class=\"verdict\">", out);
        nh_html_text(out, "%s", a->advice[0].verdict);
        fputs("</p>\n", out);
        write_cards(out, a);
    }
    write_caveats(out, r, a, app == 0);
}
