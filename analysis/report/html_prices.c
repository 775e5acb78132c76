/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html.h"

#include <math.h>

/* Does the answer depend on how the nodes are paid for? And what must time be worth? */

static bool same_recommendation(const struct nh_app_answer *a)
{
    for (size_t m = 1; m < a->advice_count; m++) {
        if (a->advice[m].recommended != a->advice[0].recommended)
            return false;
    }
    return true;
}

static void write_dependence(FILE *out, const struct nh_app_answer *a)
{
    char size[NH_HTML_TEXT], model[NH_HTML_TEXT];
    fputs("<p class=\"lead\">", out);
    if (same_recommendation(a)) {
        nh_html_text(out, "The recommendation does not depend on the price model: %s in all %zu.",
                     nh_html_size(&a->scaling, a->advice[0].recommended, size), a->advice_count);
    } else {
        nh_html_text(out, "The recommendation changes with the price model: ");
        for (size_t m = 0; m < a->advice_count; m++)
            nh_html_text(out, "%s%s for %s", m > 0 ? "; " : "",
                         nh_html_size(&a->scaling, a->advice[m].recommended, size),
                         nh_html_model(&a->advice[m], model));
        putc('.', out);
    }
    fputs("</p>\n", out);
}

static void cell_choice(FILE *out, const struct nh_app_answer *a, const struct nh_advice *advice,
                        size_t i)
{
    char size[NH_HTML_TEXT], cost[NH_HTML_TEXT], time[NH_HTML_TEXT];
    nh_html_cell_words(out, "%s: %s, %s", nh_html_size(&a->scaling, i, size),
                       nh_html_cost(advice, advice->points[i].amount, cost),
                       nh_html_time(nh_html_turn_around(advice, i), time));
}

static void write_models(FILE *out, const struct nh_app_answer *a)
{
    static const char *const columns[] = {"Price model", "Price per node-hour", "<Cheapest",
                                          "<Fastest",    "<Recommended",        NULL};
    char model[NH_HTML_TEXT], money[NH_MONEY_TEXT];
    nh_html_table_open(out, "Answer by price model: size, cost per run, turn-around time", columns);
    for (size_t m = 0; m < a->advice_count; m++) {
        const struct nh_advice *advice = &a->advice[m];
        nh_html_row_open(out, "%s", nh_html_model(advice, model));
        if (advice->priced)
            nh_html_cell(out, "%s %s", nh_money_decimal(advice->price.per_hour, money),
                         advice->price.per_hour.currency);
        else
            nh_html_cell(out, "–");
        cell_choice(out, a, advice, advice->cheapest);
        cell_choice(out, a, advice, advice->fastest);
        cell_choice(out, a, advice, advice->recommended);
        nh_html_row_close(out);
    }
    nh_html_table_close(out);
}

static void cell_worth(FILE *out, const struct nh_advice *advice, double per_hour)
{
    char text[NH_HTML_TEXT];
    fputs("<td><strong>", out);
    nh_html_text(out, "%s", nh_html_amount(advice, per_hour, text));
    fputs("</strong></td>", out);
}

static void write_step(FILE *out, const struct nh_app_answer *a, const struct nh_advice *advice,
                       const struct nh_step *step)
{
    char from[NH_HTML_TEXT], to[NH_HTML_TEXT], text[NH_HTML_TEXT], model[NH_HTML_TEXT];
    nh_html_row_open(out, "%s", nh_html_model(advice, model));
    nh_html_cell_words(out, "%s → %s", nh_html_size(&a->scaling, step->from, from),
                       nh_html_size(&a->scaling, step->to, to));
    nh_html_cell(out, "%s (%.2f times as fast)",
                 nh_html_time(nh_html_turn_around(advice, step->from) -
                                  nh_html_turn_around(advice, step->to),
                              text),
                 1.0 / step->time_ratio);
    nh_html_cell(out, "%s (%+.1f %%)",
                 nh_html_cost(advice,
                              advice->points[step->to].amount - advice->points[step->from].amount,
                              text),
                 100.0 * (step->cost_ratio - 1.0));
    cell_worth(out, advice, step->per_hour_saved);
    nh_html_row_close(out);
}

static void write_steps(FILE *out, const struct nh_app_answer *a)
{
    static const char *const columns[] = {"Price model",
                                          "<Step",
                                          "Time saved per run",
                                          "Extra cost",
                                          "Pays if an hour saved is worth more than",
                                          NULL};
    size_t steps = 0;
    for (size_t m = 0; m < a->advice_count; m++)
        steps += a->advice[m].step_count;
    if (steps == 0) {
        fputs("<p>One point is both cheapest and fastest among those measured, so there is no "
              "trade of money for time.</p>\n",
              out);
        return;
    }
    nh_html_table_open(out, "What an hour saved must be worth, between neighbours on the front",
                       columns);
    for (size_t m = 0; m < a->advice_count; m++) {
        for (size_t i = 0; i < a->advice[m].step_count; i++)
            write_step(out, a, &a->advice[m], &a->advice[m].steps[i]);
    }
    nh_html_table_close(out);
}

void nh_html_prices(FILE *out, const struct nh_app_answer *a, size_t app)
{
    fprintf(out, "<h3 id=\"price%zu\">Money against time</h3>\n", app + 1);
    if (a->advice_count > 1) {
        write_dependence(out, a);
        write_models(out, a);
    }
    write_steps(out, a);
}
