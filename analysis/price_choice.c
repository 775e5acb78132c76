/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/price_choice.h"

#include <stdbool.h>
#include <string.h>

typedef int use_name(void *context, const char *name, struct nh_error *err);

/* Calls `use` for every name of a comma-separated list. */
static int each_name(const char *models, use_name *use, void *context, struct nh_error *err)
{
    for (const char *at = models;; at++) {
        char name[64];
        size_t len = strcspn(at, ",");
        if (len == 0 || len >= sizeof name)
            return nh_fail(err, NH_EINPUT, "'%.60s' has %s; write on-demand,reserved", models,
                           len ? "too long a name" : "an empty name");
        memcpy(name, at, len);
        name[len] = '\0';
        int rc = use(context, name, err);
        at += len;
        if (rc || *at == '\0')
            return rc;
    }
}

struct choice {
    const struct nh_catalog *catalog;
    const char *machine;
    struct nh_price_list *out;
};

static bool fits(const struct choice *c, const struct nh_price *p, const char *name)
{
    return strcmp(p->machine, c->machine) == 0 &&
           (strcmp(name, "all") == 0 || strncmp(p->model, name, strlen(name)) == 0);
}

static void add(struct nh_price_list *list, const struct nh_price *p)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i] == p)
            return;
    if (list->count < NH_PRICES_MAX)
        list->items[list->count++] = p;
}

/* An exact name first; else the beginning of one name only, or all. */
static int choose(void *context, const char *name, struct nh_error *err)
{
    struct choice *c = context;
    const struct nh_price *found = nh_catalog_price(c->catalog, c->machine, name, NULL);
    if (found) {
        add(c->out, found);
        return NH_OK;
    }
    size_t fitting = 0;
    for (size_t i = 0; i < c->catalog->price_count; i++)
        fitting += fits(c, &c->catalog->prices[i], name);
    if (fitting == 0) {
        nh_catalog_price(c->catalog, c->machine, name, err);
        return NH_EINPUT;
    }
    if (fitting > 1 && strcmp(name, "all") != 0)
        return nh_fail(err, NH_EINPUT, "'%s' fits %zu models of %s; write one in full", name,
                       fitting, c->machine);
    for (size_t i = 0; i < c->catalog->price_count; i++)
        if (fits(c, &c->catalog->prices[i], name))
            add(c->out, &c->catalog->prices[i]);
    return NH_OK;
}

int nh_price_choose(const struct nh_catalog *c, const char *machine, const char *models,
                    struct nh_price_list *out, struct nh_error *err)
{
    struct choice context = {c, machine, out};
    bool known = false;
    out->count = 0;
    for (size_t i = 0; i < c->price_count; i++)
        known = known || strcmp(c->prices[i].machine, machine) == 0;
    return known ? each_name(models ? models : "on-demand", choose, &context, err) : NH_OK;
}

static int check_name(void *context, const char *name, struct nh_error *err)
{
    const struct nh_catalog *c = context;
    if (strcmp(name, "all") == 0)
        return NH_OK;
    for (size_t i = 0; i < c->price_count; i++)
        if (strncmp(c->prices[i].model, name, strlen(name)) == 0)
            return NH_OK;
    return nh_fail(err, NH_EINPUT,
                   "unknown model '%.40s': no price of it is known; see 'nodehour prices list', or "
                   "fetch it by 'nodehour prices update'",
                   name);
}

int nh_price_check(const struct nh_catalog *c, const char *models, struct nh_error *err)
{
    struct nh_catalog copy = *c; /* each_name hands it on without const */
    return models ? each_name(models, check_name, &copy, err) : NH_OK;
}
