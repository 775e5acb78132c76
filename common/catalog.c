/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/catalog.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fields.h"
#include "common/journal.h"
#include "common/jsonline.h"
#include "common/nearest.h"
#include "common/paths.h"

enum { MOST_NAMES = 256 };

/* A source is a key into the file's table of sources. */
static int read_source(const json_t *root, const json_t *entry, char *buf, size_t len,
                       struct nh_error *err)
{
    const char *key = NULL;
    json_t *sources = NULL;
    int rc = nh_field_text(entry, "source", &key, err);
    if (!rc)
        rc = nh_field_value(root, "sources", JSON_OBJECT, &sources, err);
    return rc ? rc : nh_field_into(sources, key, buf, len, err);
}

static int read_count(const json_t *entry, const char *key, int min, int *out, struct nh_error *err)
{
    int64_t value = 0;
    int rc = nh_field_int(entry, key, min, 100000, &value, err);
    *out = (int)value;
    return rc;
}

static double limit_or_zero(const json_t *limits, const char *key)
{
    const json_t *value = json_object_get(limits, key);
    return json_is_number(value) && json_number_value(value) > 0 ? json_number_value(value) : 0;
}

/* Optional; a limit without its source is refused like a price. */
static int read_limits(const json_t *root, const json_t *entry, struct nh_machine *m,
                       struct nh_error *err)
{
    const json_t *limits = json_object_get(entry, "limits");
    if (!limits)
        return NH_OK;
    m->gpu_link_gb_per_s = limit_or_zero(limits, "gpu_link_gb_per_s");
    m->gpu_switch_reduces = json_is_true(json_object_get(limits, "gpu_switch_reduces"));
    m->nvme_gb_per_s = limit_or_zero(limits, "nvme_gb_per_s");
    int rc = NH_OK;
    if (json_object_get(limits, "nvme_drives"))
        rc = read_count(limits, "nvme_drives", 1, &m->nvme_drives, err);
    if (!rc)
        rc = read_source(root, limits, m->limits_source, sizeof m->limits_source, err);
    return rc ? nh_context(err, "limits") : NH_OK;
}

static int read_optional_count(const json_t *entry, const char *key, int *out, struct nh_error *err)
{
    int64_t value = *out;
    int rc =
        json_object_get(entry, key) ? nh_field_int(entry, key, 1, 100000000, &value, err) : NH_OK;
    *out = (int)value;
    return rc;
}

/* Optional; with its source, as all of the catalog. */
static int read_launch(const json_t *root, const json_t *entry, struct nh_machine *m,
                       struct nh_error *err)
{
    char source[256];
    const json_t *launch = json_object_get(entry, "launch");
    const json_t *rdma = json_object_get(launch, "efa_rdma");
    if (!launch)
        return NH_OK;
    m->arm = json_is_true(json_object_get(launch, "arm"));
    m->efa_rdma = json_is_true(rdma) - json_is_false(rdma);
    int rc = read_optional_count(launch, "network_cards", &m->network_cards, err);
    if (!rc)
        rc = read_optional_count(launch, "sockets", &m->sockets, err);
    if (!rc)
        rc = read_optional_count(launch, "visible_mib", &m->visible_mib, err);
    if (!rc)
        rc = read_optional_count(launch, "nvme_drives", &m->nvme_drives, err);
    if (!rc)
        rc = read_source(root, launch, source, sizeof source, err);
    return rc ? nh_context(err, "launch") : NH_OK;
}

static int read_machine(const json_t *root, const json_t *entry, void *out, struct nh_error *err)
{
    struct nh_machine *m = out;
    int rc = nh_field_into(entry, "name", m->name, sizeof m->name, err);
    if (!rc)
        rc = read_count(entry, "cores", 1, &m->cores, err);
    if (!rc)
        rc = read_count(entry, "vcpus", 1, &m->vcpus, err);
    if (!rc)
        rc = nh_field_number(entry, "memory_gib", 0, &m->memory_gib, err);
    if (!rc)
        rc = nh_field_number(entry, "network_gbps", 0, &m->network_gbps, err);
    if (!rc)
        rc = read_count(entry, "efa_interfaces", 0, &m->efa_interfaces, err);
    if (!rc)
        rc = read_count(entry, "gpus", 0, &m->gpus, err);
    if (!rc)
        rc = nh_field_into(entry, "cpu", m->cpu, sizeof m->cpu, err);
    if (!rc)
        rc = read_limits(root, entry, m, err);
    if (!rc)
        rc = read_launch(root, entry, m, err);
    return rc ? rc : read_source(root, entry, m->source, sizeof m->source, err);
}

/* YYYY, YYYY-MM or YYYY-MM-DD: a price without its date is worth nothing. */
static int check_date(const char *date, struct nh_error *err)
{
    static const char shape[] = "dddd-dd-dd";
    size_t n = strlen(date);
    int good = n == 4 || n == 7 || n == 10;
    for (size_t i = 0; good && i < n; i++)
        good = shape[i] == 'd' ? isdigit((unsigned char)date[i]) : date[i] == shape[i];
    if (!good)
        return nh_fail(
            err, NH_EINPUT,
            "field 'as_of': '%s' is no date; write when the price was valid, as 2026-07-20", date);
    return NH_OK;
}

static int read_amount(const char *what, const json_t *value, struct nh_money *out,
                       struct nh_error *err)
{
    const char *amount = json_string_value(value);
    if (!amount)
        return nh_fail(err, NH_EINPUT, "%s: not an amount in quotes; write it like \"3.888\"",
                       what);
    return nh_money_parse(what, amount, out, err);
}

static int read_deciles(const json_t *list, struct nh_price *p, struct nh_error *err)
{
    if (json_array_size(list) != NH_PRICE_DECILES)
        return nh_fail(err, NH_EINPUT,
                       "field 'deciles': not a list of %d amounts; give the price that is not "
                       "exceeded for 0, 10, ... 100 %% of the time",
                       NH_PRICE_DECILES);
    for (size_t i = 0; i < NH_PRICE_DECILES; i++) {
        struct nh_money m;
        int rc = read_amount("field 'deciles'", json_array_get(list, i), &m, err);
        if (rc)
            return rc;
        p->deciles[i] = nh_money_value(m);
        if (i > 0 && p->deciles[i] < p->deciles[i - 1])
            return nh_fail(err, NH_EINPUT,
                           "field 'deciles': amount %zu is less than the one before; give them "
                           "in rising order",
                           i + 1);
    }
    return NH_OK;
}

static int read_extras(const json_t *entry, struct nh_price *p, struct nh_error *err)
{
    const json_t *upfront = json_object_get(entry, "upfront");
    const json_t *hours = json_object_get(entry, "block_hours");
    const json_t *deciles = json_object_get(entry, "deciles");
    p->block_hours = hours ? json_number_value(hours) : 0;
    if (hours && !(p->block_hours > 0 && p->block_hours < 1e6))
        return nh_fail(err, NH_EINPUT,
                       "field 'block_hours': not a number of hours; give the length of the block");
    int rc = upfront ? read_amount("field 'upfront'", upfront, &p->upfront, err) : NH_OK;
    return !rc && deciles ? read_deciles(deciles, p, err) : rc;
}

static int read_price(const json_t *root, const json_t *entry, void *out, struct nh_error *err)
{
    struct nh_price *p = out;
    const char *amount = NULL, *currency = NULL;
    int rc = nh_field_into(entry, "machine", p->machine, sizeof p->machine, err);
    if (!rc)
        rc = nh_field_into(entry, "model", p->model, sizeof p->model, err);
    if (!rc)
        rc = nh_field_text(entry, "per_hour", &amount, err);
    if (!rc)
        rc = nh_money_parse("field 'per_hour'", amount, &p->per_hour, err);
    if (!rc)
        rc = nh_field_text(entry, "currency", &currency, err);
    if (!rc)
        rc = nh_money_set_currency(&p->per_hour, currency, err);
    if (!rc)
        rc = nh_field_into(entry, "region", p->region, sizeof p->region, err);
    if (!rc)
        rc = nh_field_into(entry, "as_of", p->as_of, sizeof p->as_of, err);
    if (!rc)
        rc = check_date(p->as_of, err);
    if (!rc)
        rc = read_extras(entry, p, err);
    return rc ? rc : read_source(root, entry, p->source, sizeof p->source, err);
}

typedef int (*read_entry)(const json_t *root, const json_t *entry, void *out, struct nh_error *err);

static int read_entries(const char *text, const json_t *root, const char *list, size_t size,
                        read_entry read, void **items, size_t *count, struct nh_error *err)
{
    json_t *array = NULL;
    int rc = nh_field_value(root, list, JSON_ARRAY, &array, err);
    if (rc)
        return rc;
    size_t n = json_array_size(array);
    char *out = calloc(n ? n : 1, size);
    if (!out)
        return nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; !rc && i < n; i++)
        if (read(root, json_array_get(array, i), out + i * size, err))
            rc = nh_context(err, "line %zu: %s[%zu]", nh_json_line_of(text, list, i), list, i);
    if (rc) {
        free(out);
        return rc;
    }
    *items = out;
    *count = n;
    return NH_OK;
}

static int read_file(const char *path, const char *list, size_t size, read_entry read, void **items,
                     size_t *count, struct nh_error *err)
{
    char *data;
    size_t len;
    json_t *root;
    int rc = nh_file_read(path, &data, &len, err);
    if (rc)
        return rc;
    rc = nh_json_parse_object(data, len, &root, err);
    if (!rc) {
        rc = read_entries(data, root, list, size, read, items, count, err);
        json_decref(root);
    }
    free(data);
    return rc ? nh_context(err, "%s", path) : NH_OK;
}

int nh_catalog_read(const char *machines_path, const char *prices_path, struct nh_catalog *c,
                    struct nh_error *err)
{
    void *machines = NULL, *prices = NULL;
    *c = (struct nh_catalog){0};
    int rc = read_file(machines_path, "machines", sizeof *c->machines, read_machine, &machines,
                       &c->machine_count, err);
    if (!rc)
        rc = read_file(prices_path, "prices", sizeof *c->prices, read_price, &prices,
                       &c->price_count, err);
    c->machines = machines;
    c->prices = prices;
    if (rc)
        nh_catalog_clear(c);
    return rc;
}

int nh_catalog_load(struct nh_catalog *c, struct nh_error *err)
{
    char machines[NH_PATH_MAX], prices[NH_PATH_MAX];
    int rc = nh_data_path("machines.json", machines, sizeof machines, err);
    if (!rc)
        rc = nh_data_path("prices.json", prices, sizeof prices, err);
    return rc ? rc : nh_catalog_read(machines, prices, c, err);
}

static int unknown(const char *what, const char *name, const char *const *known, size_t count,
                   const char *hint, struct nh_error *err)
{
    const char *near = nh_nearest(name, known, count);
    if (near)
        return nh_fail(err, NH_EINPUT, "unknown %s '%.60s'; did you mean '%s'?", what, name, near);
    return nh_fail(err, NH_EINPUT, "unknown %s '%.60s'; %s", what, name, hint);
}

/* ---- A user's own prices, and regions ---- */

int nh_catalog_own_path(char *buf, size_t len, struct nh_error *err)
{
    const char *own = getenv("NODEHOUR_PRICES"), *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (own && *own)
        return nh_path(buf, len, err, "%s", own);
    if (config && *config)
        return nh_path(buf, len, err, "%s/nodehour/prices.json", config);
    if (home && *home)
        return nh_path(buf, len, err, "%s/.config/nodehour/prices.json", home);
    return nh_fail(err, NH_EINPUT, "no place for prices of your own; give --prices FILE");
}

static bool same_price(const struct nh_price *a, const struct nh_price *b)
{
    return strcmp(a->machine, b->machine) == 0 && strcmp(a->model, b->model) == 0 &&
           strcmp(a->region, b->region) == 0;
}

static bool replaced(const struct nh_price *p, const struct nh_price *by, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (same_price(p, &by[i]))
            return true;
    return false;
}

/* Added ones first: what is read first for a machine says its region. */
int nh_catalog_put_prices(struct nh_catalog *c, const struct nh_price *prices, size_t count,
                          struct nh_error *err)
{
    struct nh_price *all = calloc(c->price_count + count + 1, sizeof *all);
    size_t n = count;
    if (!all)
        return nh_fail(err, NH_EFAIL, "out of memory");
    if (count)
        memcpy(all, prices, count * sizeof *all);
    for (size_t i = 0; i < c->price_count; i++)
        if (!replaced(&c->prices[i], prices, count))
            all[n++] = c->prices[i];
    free(c->prices);
    c->prices = all;
    c->price_count = n;
    return NH_OK;
}

int nh_catalog_add_prices(struct nh_catalog *c, const char *path, struct nh_error *err)
{
    void *added = NULL;
    size_t count = 0;
    int rc = read_file(path, "prices", sizeof *c->prices, read_price, &added, &count, err);
    if (!rc)
        rc = nh_catalog_put_prices(c, added, count, err);
    free(added);
    return rc;
}

int nh_catalog_load_own(struct nh_catalog *c, const char *path, struct nh_error *err)
{
    char own[NH_PATH_MAX];
    int rc = nh_catalog_load(c, err);
    if (!rc && !path && nh_catalog_own_path(own, sizeof own, NULL) == NH_OK &&
        access(own, F_OK) == 0)
        path = own;
    if (!rc && path)
        rc = nh_catalog_add_prices(c, path, err);
    if (rc)
        nh_catalog_clear(c);
    return rc;
}

static const char *first_region(const struct nh_price *prices, size_t count, const char *machine)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(prices[i].machine, machine) == 0)
            return prices[i].region;
    return "";
}

static bool mixes_regions(const struct nh_catalog *c, const char *machine)
{
    const char *first = first_region(c->prices, c->price_count, machine);
    for (size_t i = 0; i < c->price_count; i++)
        if (strcmp(c->prices[i].machine, machine) == 0 && strcmp(c->prices[i].region, first) != 0)
            return true;
    return false;
}

static int check_region(const struct nh_catalog *c, const char *region, struct nh_error *err)
{
    const char *known[MOST_NAMES];
    size_t n = 0;
    for (size_t i = 0; i < c->price_count; i++) {
        if (strcmp(c->prices[i].region, region) == 0)
            return NH_OK;
        if (n < MOST_NAMES)
            known[n++] = c->prices[i].region;
    }
    return unknown("region", region, known, n,
                   "no price of it is known: 'nodehour prices update --region' fetches them", err);
}

int nh_catalog_keep_region(struct nh_catalog *c, const char *region, struct nh_error *err)
{
    size_t n = 0;
    int rc = region ? check_region(c, region, err) : NH_OK;
    if (rc)
        return rc;
    for (size_t i = 0; !region && i < c->price_count; i++)
        c->prices[i].region_by_default = mixes_regions(c, c->prices[i].machine);
    for (size_t i = 0; i < c->price_count; i++) {
        const struct nh_price *p = &c->prices[i];
        /* Kept ones lie before it, and the first price of a machine is kept. */
        const char *wanted = region ? region : first_region(c->prices, n, p->machine);
        if (strcmp(p->region, *wanted ? wanted : p->region) == 0)
            c->prices[n++] = *p;
    }
    c->price_count = n;
    return NH_OK;
}

void nh_catalog_clear(struct nh_catalog *c)
{
    free(c->machines);
    free(c->prices);
    *c = (struct nh_catalog){0};
}

const struct nh_machine *nh_catalog_machine(const struct nh_catalog *c, const char *name,
                                            struct nh_error *err)
{
    const char *known[MOST_NAMES];
    size_t n = 0;
    for (size_t i = 0; i < c->machine_count; i++) {
        if (strcmp(c->machines[i].name, name) == 0)
            return &c->machines[i];
        if (n < MOST_NAMES)
            known[n++] = c->machines[i].name;
    }
    unknown("machine", name, known, n, "'nodehour machines' lists them", err);
    return NULL;
}

const struct nh_price *nh_catalog_price(const struct nh_catalog *c, const char *machine,
                                        const char *model, struct nh_error *err)
{
    const char *known[MOST_NAMES];
    size_t n = 0;
    for (size_t i = 0; i < c->price_count; i++) {
        const struct nh_price *p = &c->prices[i];
        if (strcmp(p->machine, machine) != 0)
            continue;
        if (strcmp(p->model, model) == 0)
            return p;
        if (n < MOST_NAMES)
            known[n++] = p->model;
    }
    if (n == 0)
        nh_fail(err, NH_EINPUT,
                "no price of machine '%.60s' is known; 'nodehour machines' lists those "
                "with one",
                machine);
    else
        unknown("price model", model, known, n,
                "'nodehour prices list' shows those known, 'nodehour prices update' fetches more",
                err);
    return NULL;
}
