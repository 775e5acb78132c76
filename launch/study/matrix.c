/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/study/matrix.h"

#include <string.h>

#include "analysis/report/table.h"
#include "common/units.h"
#include "launch/showplan.h"
#include "launch/study/application.h"
#include "launch/study/estimate.h"

/* ---- text ---- */

/* Kernel, its options, and the environment: what tells a job from the others. */
static void print_what(const struct nh_job *job, char *buf, size_t len)
{
    size_t used = 0;
    buf[0] = '\0';
    for (size_t i = 1; i < job->args.count && used < len; i++)
        used +=
            (size_t)snprintf(buf + used, len - used, "%s%s", i > 1 ? " " : "", job->args.items[i]);
    for (size_t i = 0; i < job->env.count && used < len; i++)
        used += (size_t)snprintf(buf + used, len - used, " %s", job->env.items[i]);
}

static void print_row(struct nh_table *t, const struct nh_plan *plan, const struct nh_job *job,
                      bool priced)
{
    char what[512], text[NH_UNIT_TEXT];
    double all_s = job->expected_s * (double)plan->launches;
    nh_table_row(t);
    nh_table_cell(t, "%s", job->name);
    nh_table_cell(t, "%ld", job->nodes);
    nh_table_cell(t, "%d", job->ranks_per_node);
    nh_table_cell(t, job->threads ? "%d" : "-", job->threads);
    nh_table_cell(t, "%.1f", job->expected_s);
    nh_table_cell(t, "%s", nh_format_duration(all_s, text));
    if (priced)
        nh_table_cell(t, "%.2f", nh_plan_cost(plan, all_s, all_s * (double)job->nodes));
    print_what(job, what, sizeof what);
    nh_table_cell(t, "%s", what);
}

static int print_table(const struct nh_plan *plan, FILE *out, struct nh_error *err)
{
    struct nh_table t = {0};
    bool priced = *plan->price_model;
    nh_table_row(&t);
    nh_table_cell(&t, "job");
    nh_table_cell(&t, "nodes");
    nh_table_cell(&t, "ranks/node");
    nh_table_cell(&t, "threads");
    nh_table_cell(&t, "launch (s)");
    nh_table_cell(&t, "x %ld launches", plan->launches);
    if (priced)
        nh_table_cell(&t, "cost (%s)", plan->currency);
    nh_table_cell(&t, "what");
    for (size_t i = 0; i < plan->job_count; i++)
        print_row(&t, plan, &plan->jobs[i], priced);
    return nh_table_print(&t, out, 2, 1, "", "", err);
}

static void print_costs(const struct nh_study *study, const struct nh_plan *plan, FILE *out)
{
    double hours = nh_plan_node_hours(plan);
    char amount[NH_MONEY_TEXT], hourly[NH_MONEY_TEXT];
    for (size_t i = 0; i < study->prices.count; i++) {
        const struct nh_price *p = study->prices.items[i];
        fprintf(out, "  at most %s  %s, %.3g node-hours at %s %s\n",
                nh_money_format(nh_money_for_hours(p->per_hour, hours), amount), p->model, hours,
                nh_money_decimal(p->per_hour, hourly), p->per_hour.currency);
    }
}

static void print_limits(const struct nh_study *study, const struct nh_plan *plan, FILE *out)
{
    char text[NH_MONEY_TEXT];
    if (plan->max_time_s)
        fprintf(out, "  limit   %s\n", nh_format_duration(plan->max_time_s, text));
    if (study->max_cost.micro)
        fprintf(out, "  limit   %s\n", nh_money_format(study->max_cost, text));
}

int nh_study_print(const struct nh_study *study, const struct nh_plan *plan, FILE *out,
                   struct nh_error *err)
{
    char words[128], buf[400];
    const char *text;
    const char *about = study->raw->description;
    fprintf(out, "Study %s (%s)%s%s\n", study->raw->study, study->path, about ? ": " : "",
            about ? about : "");
    fprintf(out, "%s, %s launcher, %s\n\n", study->machine ? study->machine : "machine as observed",
            study->launcher, nh_plan_words(plan, words, sizeof words));
    int rc = print_table(plan, out, err);
    fprintf(out, "\nExpected:\n  at most %s\n",
            nh_format_duration(nh_plan_expected_s(plan), words));
    print_costs(study, plan, out);
    print_limits(study, plan, out);
    fprintf(out, "Assumed:\n");
    for (size_t i = 0; (text = nh_study_assumption(study, plan, i, buf, sizeof buf)); i++)
        nh_print_wrapped(out, "  - ", "    ", text);
    for (size_t i = 0; i < plan->note_count; i++)
        fprintf(out, "Note: %s.\n", plan->notes[i]);
    for (size_t i = 0; nh_study_missing(study, i, buf, sizeof buf); i++)
        fprintf(out, "To run it, set the variable %s\n", buf);
    for (size_t i = 0; i < study->raw->references_count; i++)
        fprintf(out, "Compare with: %s\n", study->raw->references[i]);
    return rc;
}

/* ---- JSON ---- */

static json_t *costs_json(const struct nh_study *study, double hours)
{
    json_t *list = json_array();
    char amount[NH_MONEY_TEXT];
    for (size_t i = 0; i < study->prices.count; i++) {
        const struct nh_price *p = study->prices.items[i];
        struct nh_money cost = nh_money_for_hours(p->per_hour, hours);
        json_array_append_new(list, json_pack("{s:s, s:{s:s, s:s}, s:s, s:s}", "model", p->model,
                                              "at_most", "amount", nh_money_decimal(cost, amount),
                                              "currency", cost.currency, "region", p->region,
                                              "as_of", p->as_of));
    }
    return list;
}

json_t *nh_study_plan_json(const struct nh_study *study, const struct nh_plan *plan)
{
    char buf[256];
    const char *text;
    json_t *missing = json_array();
    double hours = nh_plan_node_hours(plan);
    json_t *o = nh_plan_json(plan), *assumed = json_array(), *references = json_array();
    for (size_t i = 0; (text = nh_study_assumption(study, plan, i, buf, sizeof buf)); i++)
        json_array_append_new(assumed, json_string(text));
    for (size_t i = 0; i < study->raw->references_count; i++)
        json_array_append_new(references, json_string(study->raw->references[i]));
    for (size_t i = 0; (text = nh_study_missing(study, i, buf, sizeof buf)); i++)
        json_array_append_new(missing, json_string(text));
    json_object_set_new(o, "to_be_set", missing);
    json_t *stored = nh_study_json(study);
    json_object_del(stored, "text");
    json_object_set_new(o, "study", stored);
    json_object_set_new(o, "runs", json_integer((json_int_t)plan->step_count));
    json_object_set_new(o, "expected_s", json_real(nh_plan_expected_s(plan)));
    json_object_set_new(o, "node_hours", json_real(hours));
    json_object_set_new(o, "costs", costs_json(study, hours));
    json_object_set_new(o, "assumptions", assumed);
    json_object_set_new(o, "references", references);
    return o;
}
