/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/decide/across.h"

#include <stdio.h>
#include <stdlib.h>

#include "analysis/decide/candidates.h"

/* Measured sizes as candidates, so that both answers follow from one list. */
static void fill_way(const struct nh_scaling *s, const struct nh_candidates *c, struct nh_way *way)
{
    const struct nh_candidate *best = NULL;
    for (size_t i = 0; i < c->count; i++) {
        const struct nh_candidate *at = &c->items[i];
        double work = nh_advice_work(s, at->point);
        if (at->origin != NH_MEASURED)
            continue;
        double ours = best ? best->amount / nh_advice_work(s, best->point) : 0;
        if (!best || at->amount / work < ours * (1 - 1e-9) ||
            (nh_cost_ties(at->amount / work, ours) && at->seconds < best->seconds))
            best = at;
    }
    struct nh_optimum o;
    if (!best)
        return;
    nh_optimum_find(c, best->amount, &o);
    way->cheapest = best->point;
    way->seconds = best->seconds;
    way->amount = best->amount;
    if (o.found) {
        way->from_nodes = c->items[o.smallest].nodes;
        way->from_cores = c->items[o.smallest].cores;
        way->to_nodes = c->items[o.largest].nodes;
        way->to_cores = c->items[o.largest].cores;
        way->gain = o.gain;
    }
}

static int add_way(const struct nh_scaling *s, const struct nh_cost_terms *terms,
                   struct nh_across *out, struct nh_error *err)
{
    struct nh_candidates c;
    struct nh_way *grown = nh_grow(out->ways, out->count, sizeof *grown);
    if (!grown)
        return nh_fail(err, NH_EFAIL, "out of memory while comparing prices");
    out->ways = grown;
    struct nh_way *way = &out->ways[out->count];
    *way = (struct nh_way){.licence = terms->licence.kind != NH_LICENCE_NONE};
    snprintf(way->model, sizeof way->model, "%s", terms->price->model);
    int rc = nh_candidates_make(s, terms, NULL, 0, &c, err);
    if (rc)
        return rc;
    fill_way(s, &c, way);
    out->count++;
    nh_candidates_clear(&c);
    return NH_OK;
}

int nh_across_add(const struct nh_scaling *s, const struct nh_cost_terms *terms,
                  struct nh_across *out, struct nh_error *err)
{
    struct nh_cost_terms bare = *terms;
    bare.licence = (struct nh_licence){0};
    if (s->count == 0 || out->count + 2 > NH_WAYS_MAX)
        return NH_OK;
    int rc = add_way(s, &bare, out, err);
    if (!rc && terms->licence.kind != NH_LICENCE_NONE)
        rc = add_way(s, terms, out, err);
    return rc;
}

void nh_across_clear(struct nh_across *a)
{
    free(a->ways);
    *a = (struct nh_across){0};
}

bool nh_across_agree(const struct nh_across *a)
{
    for (size_t i = 1; i < a->count; i++)
        if (a->ways[i].cheapest != a->ways[0].cheapest)
            return false;
    return true;
}
