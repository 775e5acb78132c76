/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/verb_prices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/cost/models.h"
#include "analysis/cost/price_file.h"
#include "analysis/report/table.h"
#include "common/paths.h"
#include "common/units.h"
#include "launch/fetch.h"

struct options {
    char *machine, *region, *models, *prices, *aws, *zone, *days, *hours, *nodes;
    int json;
    struct poptOption table[11];
};

static const struct poptOption *prices_options(void *state)
{
    struct options *o = state;
    const struct poptOption table[] = {
        {"machine", 'm', POPT_ARG_STRING, &o->machine, 0, "instance types, a list", "LIST"},
        {"region", 0, POPT_ARG_STRING, &o->region, 0, "region ($AWS_REGION for update)", "NAME"},
        {"price-model", 0, POPT_ARG_STRING, &o->models, 0,
         "on-demand, reserved, savings, spot, capacity-block (all but blocks)", "LIST"},
        {"prices", 0, POPT_ARG_STRING, &o->prices, 0, "your own price file", "FILE"},
        {"zone", 0, POPT_ARG_STRING, &o->zone, 0, "update: zone of spot prices (the cheapest)",
         "NAME"},
        {"spot-days", 0, POPT_ARG_STRING, &o->days, 0, "update: days of spot prices (7)", "N"},
        {"block-hours", 0, POPT_ARG_STRING, &o->hours, 0, "update: hours of a capacity block (24)",
         "N"},
        {"block-nodes", 0, POPT_ARG_STRING, &o->nodes, 0, "update: its instances (1)", "N"},
        {"aws", 0, POPT_ARG_STRING, &o->aws, 0, "update: the AWS CLI (aws on PATH)", "PATH"},
        {"json", 0, POPT_ARG_NONE, &o->json, 0, "list: print as JSON", NULL},
        POPT_TABLEEND};
    memcpy(o->table, table, sizeof table);
    return o->table;
}

/* ---- list ---- */

/* Whether a list has a word that `text` is, or begins with. */
static bool listed(const char *list, const char *text, bool beginning)
{
    for (const char *at = list; at && *at; at += *at == ',') {
        size_t len = strcspn(at, ",");
        if (len && strncmp(at, text, len) == 0 && (beginning || text[len] == '\0'))
            return true;
        at += len;
    }
    return list == NULL;
}

static bool is_shown(const struct options *o, const struct nh_price *p)
{
    return listed(o->machine, p->machine, false) && listed(o->region, p->region, false) &&
           listed(o->models, p->model, true);
}

static int print_json(const struct options *o, const struct nh_catalog *c, struct nh_error *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->price_count; i++)
        if (is_shown(o, &c->prices[i]))
            json_array_append_new(list, nh_price_json(&c->prices[i], c->prices[i].source));
    int rc = json_dumpf(list, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    putchar('\n');
    json_decref(list);
    return rc ? nh_fail_errno(err, "cannot write JSON") : NH_OK;
}

static void range_cell(struct nh_table *t, const struct nh_price *p)
{
    char lo[NH_MONEY_TEXT], hi[NH_MONEY_TEXT];
    double upfront = nh_price_upfront_usd(p);
    if (p->deciles[NH_PRICE_DECILES - 1] > 0)
        nh_table_cell(t, "%s to %s", nh_money_decimal(nh_money_of(p->deciles[0]), lo),
                      nh_money_decimal(nh_money_of(p->deciles[NH_PRICE_DECILES - 1]), hi));
    else if (upfront > 0)
        nh_table_cell(t, "%s at the start", nh_money_format(nh_money_of(upfront), lo));
    else
        nh_table_cell(t, "%s", "");
}

static void price_row(struct nh_table *t, const struct nh_price *p)
{
    char amount[NH_MONEY_TEXT];
    nh_table_row(t);
    nh_table_cell(t, "%s", p->machine);
    nh_table_cell(t, "%s %s", nh_money_decimal(p->per_hour, amount), p->per_hour.currency);
    nh_table_cell(t, "%s", p->region);
    nh_table_cell(t, "%s", p->as_of);
    nh_table_cell(t, "%s", p->model);
    range_cell(t, p);
}

static int print_list(const struct options *o, const struct nh_catalog *c, struct nh_error *err)
{
    static const char *const heads[] = {"machine", "price (per node-hour)", "region",
                                        "as of",   "price model",           ""};
    struct nh_table t = {0};
    nh_table_row(&t);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        nh_table_cell(&t, "%s", heads[i]);
    for (size_t i = 0; i < c->price_count; i++)
        if (is_shown(o, &c->prices[i]))
            price_row(&t, &c->prices[i]);
    return nh_table_print(&t, stdout, 0, 1, "", "", err);
}

static int list(const struct options *o, struct nh_error *err)
{
    struct nh_catalog c;
    size_t shown = 0;
    int rc = nh_catalog_load_own(&c, o->prices, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < c.price_count; i++)
        shown += is_shown(o, &c.prices[i]);
    if (shown == 0)
        rc = nh_fail(err, NH_EINPUT,
                     "no such price is known; 'nodehour prices update' fetches it from AWS");
    else
        rc = o->json ? print_json(o, &c, err) : print_list(o, &c, err);
    nh_catalog_clear(&c);
    return rc;
}

/* ---- update ---- */

static int whole_number(const char *option, const char *text, long most, long *out,
                        struct nh_error *err)
{
    return text ? nh_parse_long(option, text, 1, most, out, err) : NH_OK;
}

static int parse_query(const struct options *o, struct nh_fetch *f, struct nh_error *err)
{
    long days = 7;
    const char *region = o->region ? o->region : getenv("AWS_REGION");
    region = region && *region ? region : getenv("AWS_DEFAULT_REGION");
    if (!o->machine || !*o->machine)
        return nh_fail(err, NH_EINPUT, "no machine given; give --machine c5n.18xlarge, or a list");
    if (!region || !*region)
        return nh_fail(err, NH_EINPUT, "no region given; give --region us-east-1");
    f->query.region = region;
    f->query.zone = o->zone;
    f->query.hours = 24;
    f->query.nodes = 1;
    int rc = whole_number("--spot-days", o->days, 90, &days, err);
    if (!rc)
        rc = whole_number("--block-hours", o->hours, 100000, &f->query.hours, err);
    if (!rc)
        rc = whole_number("--block-nodes", o->nodes, 100000, &f->query.nodes, err);
    f->query.to_s = (int64_t)time(NULL);
    f->query.from_s = f->query.to_s - days * 86400;
    return rc;
}

static int update(const struct options *o, struct nh_error *err)
{
    char path[NH_PATH_MAX];
    struct nh_fetch fetch = {.machines = o->machine, .models = o->models, .program = o->aws};
    struct nh_price_changes changes;
    int rc = parse_query(o, &fetch, err);
    if (!rc)
        rc = o->prices ? nh_path(path, sizeof path, err, "%s", o->prices)
                       : nh_catalog_own_path(path, sizeof path, err);
    if (!rc)
        rc = nh_fetch_prices(&fetch, stderr, err);
    if (!rc)
        rc = nh_price_file_update(path, fetch.set.items, fetch.set.count, &changes, err);
    nh_price_set_clear(&fetch.set);
    if (!rc)
        printf("%s: %zu new, %zu changed, %zu as before\n", path, changes.added, changes.changed,
               changes.same);
    return rc;
}

static int run_prices(void *state, int argc, char **argv, struct nh_error *err)
{
    const struct options *o = state;
    if (argc == 1 && strcmp(argv[0], "list") == 0)
        return list(o, err);
    if (argc == 1 && strcmp(argv[0], "update") == 0)
        return update(o, err);
    return nh_fail(err, NH_EINPUT, "%s%.60s%s; write 'nodehour prices list' or 'prices update'",
                   argc ? "'" : "nothing to do", argc ? argv[argc > 1] : "",
                   argc ? "' is not understood" : " is given");
}

const struct nh_verb nh_verb_prices = {
    .name = "prices",
    .summary = "List the prices that are known, or fetch current ones through the AWS CLI",
    .arguments = "list|update [OPTION...]",
    .examples =
        "  nodehour prices list --machine c5n.18xlarge\n"
        "  nodehour prices update --machine c5n.18xlarge,hpc7a.96xlarge --region us-east-2\n"
        "  nodehour prices update -m p5.48xlarge --region us-east-1 \\\n"
        "      --price-model capacity-block --block-hours 48 --block-nodes 4\n"
        "\nFetched prices go into $NODEHOUR_PRICES, or ~/.config/nodehour/prices.json, each "
        "with\nits date, region and source; they are used before those that come with "
        "nodehour.\n",
    .options = prices_options,
    .state_size = sizeof(struct options),
    .run = run_prices,
};
