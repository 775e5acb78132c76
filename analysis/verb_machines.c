/* SPDX-License-Identifier: BSD-3-Clause */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "analysis/report/table.h"
#include "analysis/verbs.h"
#include "common/catalog.h"

struct machines_options {
    int json;
    struct poptOption table[2];
};

static const struct poptOption *machines_options(void *state)
{
    struct machines_options *o = state;
    o->table[0] = (struct poptOption){"json", 0, POPT_ARG_NONE, &o->json, 0, "print as JSON", NULL};
    o->table[1] = (struct poptOption)POPT_TABLEEND;
    return o->table;
}

static void machine_cells(struct nh_table *t, const struct nh_machine *m)
{
    nh_table_row(t);
    nh_table_cell(t, "%s", m->name);
    nh_table_cell(t, "%d", m->cores);
    nh_table_cell(t, "%.10g", m->memory_gib);
    nh_table_cell(t, "%.10g", m->network_gbps);
    nh_table_cell(t, "%d", m->efa_interfaces);
    nh_table_cell(t, "%d", m->gpus);
}

static void price_cells(struct nh_table *t, const struct nh_price *p)
{
    char amount[NH_MONEY_TEXT];
    nh_table_cell(t, "%s %s", nh_money_decimal(p->per_hour, amount), p->per_hour.currency);
    nh_table_cell(t, "%s", p->region);
    nh_table_cell(t, "%s", p->as_of);
    nh_table_cell(t, "%s", p->model);
}

/* A line for each price, and one for a machine without. */
static void machine_rows(struct nh_table *t, const struct nh_catalog *c, const struct nh_machine *m)
{
    bool priced = false;
    for (size_t i = 0; i < c->price_count; i++) {
        if (strcmp(c->prices[i].machine, m->name) != 0)
            continue;
        machine_cells(t, m);
        price_cells(t, &c->prices[i]);
        priced = true;
    }
    if (priced)
        return;
    machine_cells(t, m);
    nh_table_cell(t, "-");
    nh_table_cell(t, "-");
    nh_table_cell(t, "-");
    nh_table_cell(t, "no price known");
}

static int print_machines(const struct nh_catalog *c, struct nh_error *err)
{
    static const char *const heads[] = {
        "machine", "cores",      "memory (GiB)",          "network (Gb/s)",
        "EFA",     "GPUs",       "price (per node-hour)", "region",
        "as of",   "price model"};
    struct nh_table t = {0};
    nh_table_row(&t);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        nh_table_cell(&t, "%s", heads[i]);
    for (size_t i = 0; i < c->machine_count; i++)
        machine_rows(&t, c, &c->machines[i]);
    return nh_table_print(&t, stdout, 0, 1, "", "", err);
}

static json_t *prices_json(const struct nh_catalog *c, const char *machine)
{
    json_t *list = json_array();
    char amount[NH_MONEY_TEXT];
    for (size_t i = 0; i < c->price_count; i++) {
        const struct nh_price *p = &c->prices[i];
        if (strcmp(p->machine, machine) == 0)
            json_array_append_new(list, json_pack("{s:s, s:{s:s, s:s}, s:s, s:s, s:s}", "model",
                                                  p->model, "per_node_hour", "amount",
                                                  nh_money_decimal(p->per_hour, amount), "currency",
                                                  p->per_hour.currency, "region", p->region,
                                                  "as_of", p->as_of, "source", p->source));
    }
    return list;
}

static int print_machines_json(const struct nh_catalog *c, struct nh_error *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->machine_count; i++) {
        const struct nh_machine *m = &c->machines[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:i, s:f, s:f, s:i, s:i, s:s, s:o}",
                                              "name", m->name, "cpu", m->cpu, "cores", m->cores,
                                              "vcpus", m->vcpus, "memory_gib", m->memory_gib,
                                              "network_gbps", m->network_gbps, "efa_interfaces",
                                              m->efa_interfaces, "gpus", m->gpus, "source",
                                              m->source, "prices", prices_json(c, m->name)));
    }
    int rc = json_dumpf(list, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    putchar('\n');
    json_decref(list);
    return rc ? nh_fail_errno(err, "cannot write JSON") : NH_OK;
}

static int run_machines(void *state, int argc, char **argv, struct nh_error *err)
{
    const struct machines_options *o = state;
    struct nh_catalog c;
    if (argc > 0)
        return nh_fail(err, NH_EINPUT, "'%.60s' is too much; this verb takes no names", argv[0]);
    int rc = nh_catalog_load_own(&c, NULL, err);
    if (rc)
        return rc;
    rc = o->json ? print_machines_json(&c, err) : print_machines(&c, err);
    nh_catalog_clear(&c);
    return rc;
}

const struct nh_verb nh_verb_machines = {
    .name = "machines",
    .summary = "List the machines and prices that are known",
    .arguments = "[OPTION...]",
    .examples = "  nodehour machines\n  nodehour machines --json\n",
    .options = machines_options,
    .state_size = sizeof(struct machines_options),
    .run = run_machines,
};
