/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/screen/judge.h"

#include <math.h>
#include <stdlib.h>

#include "bench/pt2pt/ranking.h"
#include "common/stats.h"

static const double median_error = 1.2533; /* sqrt(pi / 2) */
enum { LEAST_HOSTS = 3 };                  /* fewer cannot be told apart */

struct work {
    const struct nh_screen_cells *cells;
    const bool *good;
    double *values; /* hosts */
    double *links;  /* hosts x hosts, and 2 x that as scratch */
};

static int open_work(const struct nh_screen_cells *cells, const bool *good, struct work *w,
                     struct nh_error *err)
{
    size_t n = cells->hosts;
    *w = (struct work){cells, good, malloc((n + 1) * sizeof *w->values),
                       malloc((3 * n * n + 1) * sizeof *w->links)};
    return w->values && w->links ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
}

static void close_work(const struct work *w)
{
    free(w->values);
    free(w->links);
}

/* ---- links ---- */

int nh_screen_cells_new(size_t hosts, struct nh_screen_cells *cells, struct nh_error *err)
{
    size_t n = hosts * hosts;
    *cells = (struct nh_screen_cells){hosts, malloc((n + 1) * sizeof(double)),
                                      malloc((n + 1) * sizeof(double))};
    if (!cells->latency_ns || !cells->ns_per_byte)
        return nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; i < n; i++)
        cells->latency_ns[i] = cells->ns_per_byte[i] = NAN;
    return NH_OK;
}

void nh_screen_cells_free(struct nh_screen_cells *cells)
{
    free(cells->latency_ns);
    free(cells->ns_per_byte);
    *cells = (struct nh_screen_cells){0};
}

double nh_screen_link_value(const struct nh_screen_cells *c, enum nh_screen_aspect aspect,
                            size_t from, size_t to)
{
    if (aspect == NH_SCREEN_SENDS)
        return c->ns_per_byte[from * c->hosts + to];
    if (aspect == NH_SCREEN_RECEIVES)
        return c->ns_per_byte[to * c->hosts + from];
    double there = c->latency_ns[from * c->hosts + to], back = c->latency_ns[to * c->hosts + from];
    return isnan(there) ? back : isnan(back) ? there : (there + back) / 2;
}

/* Links of `host` with good hosts into `links`; how many. */
static size_t own_links(const struct work *w, enum nh_screen_aspect aspect, size_t host)
{
    size_t count = 0;
    for (size_t peer = 0; peer < w->cells->hosts; peer++) {
        double value = nh_screen_link_value(w->cells, aspect, host, peer);
        if (peer != host && w->good[peer] && !isnan(value))
            w->links[count++] = value;
    }
    return count;
}

/* ---- values of hosts ---- */

/* Of two middle ones the better. */
static double better_median(double *values, size_t n)
{
    nh_sort(values, n);
    return values[(n - 1) / 2];
}

static void fill_values(const struct work *w, enum nh_screen_aspect aspect,
                        struct nh_screen_scores *s)
{
    for (size_t host = 0; host < w->cells->hosts; host++) {
        size_t n = own_links(w, aspect, host);
        s[host].of[aspect] =
            (struct nh_screen_score){.value = n ? better_median(w->links, n) : NAN};
    }
}

/* The other end's aspect: who receives what this host sends. */
static enum nh_screen_aspect other_end(enum nh_screen_aspect aspect)
{
    return aspect == NH_SCREEN_SENDS      ? NH_SCREEN_RECEIVES
           : aspect == NH_SCREEN_RECEIVES ? NH_SCREEN_SENDS
                                          : aspect;
}

double nh_screen_link_times(const struct nh_screen_cells *cells, const struct nh_screen_scores *s,
                            enum nh_screen_aspect aspect, size_t from, size_t to)
{
    double expected = fmax(s[from].of[aspect].value, s[to].of[other_end(aspect)].value);
    return nh_screen_link_value(cells, aspect, from, to) / expected;
}

/* The same; NaN where it is not between good hosts. */
static double good_ratio(const struct work *w, const struct nh_screen_scores *s,
                         enum nh_screen_aspect aspect, size_t from, size_t to)
{
    bool good = from != to && w->good[from] && w->good[to];
    return good ? nh_screen_link_times(w->cells, s, aspect, from, to) : NAN;
}

/* How links between good hosts spread about what is expected of them; relative. */
static struct nh_yardstick link_yardstick(const struct work *w, const struct nh_screen_scores *s,
                                          enum nh_screen_aspect aspect)
{
    size_t n = w->cells->hosts;
    for (size_t from = 0; from < n; from++)
        for (size_t to = 0; to < n; to++)
            w->links[from * n + to] = good_ratio(w, s, aspect, from, to);
    return nh_yardstick_of(w->links, n * n, true, w->links + n * n);
}

static void judge_aspect(const struct work *w, enum nh_screen_aspect aspect,
                         struct nh_screen_scores *s)
{
    size_t n = w->cells->hosts;
    for (size_t i = 0; i < n; i++)
        w->values[i] = w->good[i] ? s[i].of[aspect].value : NAN;
    struct nh_yardstick all = nh_yardstick_of(w->values, n, true, w->links);
    double noise = median_error * link_yardstick(w, s, aspect).spread * all.median;
    for (size_t i = 0; i < n; i++) {
        struct nh_screen_score *score = &s[i].of[aspect];
        struct nh_yardstick own = all;
        own.spread = fmax(all.spread, noise / sqrt((double)own_links(w, aspect, i)));
        score->median = all.median;
        score->times = score->value / all.median;
        score->z = nh_yardstick_score(&own, score->value);
        score->bad = score->z >= NH_SCREEN_Z && score->times >= NH_SCREEN_TIMES;
    }
}

/* Values of one end are used for the other: all of them first. */
static void score(const struct work *w, struct nh_screen_scores *scores)
{
    for (int a = 0; a < NH_SCREEN_ASPECTS; a++)
        fill_values(w, (enum nh_screen_aspect)a, scores);
    for (int a = 0; a < NH_SCREEN_ASPECTS; a++)
        judge_aspect(w, (enum nh_screen_aspect)a, scores);
}

int nh_screen_score(const struct nh_screen_cells *cells, const bool *good,
                    struct nh_screen_scores *scores, struct nh_error *err)
{
    struct work w;
    int rc = open_work(cells, good, &w, err);
    if (!rc)
        score(&w, scores);
    close_work(&w);
    return rc;
}

bool nh_screen_is_bad(const struct nh_screen_scores *scores)
{
    for (int a = 0; a < NH_SCREEN_ASPECTS; a++)
        if (scores->of[a].bad)
            return true;
    return false;
}

/* ---- who is bad ---- */

static double worst_z(const struct nh_screen_scores *scores)
{
    double worst = -INFINITY;
    for (int a = 0; a < NH_SCREEN_ASPECTS; a++)
        if (scores->of[a].bad)
            worst = fmax(worst, scores->of[a].z);
    return worst;
}

/* The good host that is worst; `hosts` when none is bad. */
static size_t worst_host(const struct work *w, const struct nh_screen_scores *scores)
{
    size_t n = w->cells->hosts, found = n;
    for (size_t i = 0; i < n; i++)
        if (w->good[i] && nh_screen_is_bad(&scores[i]) &&
            (found == n || worst_z(&scores[i]) > worst_z(&scores[found])))
            found = i;
    return found;
}

/* Good hosts of which at least one link to a good host is known. */
static size_t count_known(const struct work *w, const struct nh_screen_scores *scores)
{
    size_t known = 0;
    for (size_t i = 0; i < w->cells->hosts; i++)
        known += w->good[i] && (!isnan(scores[i].of[NH_SCREEN_LATENCY].value) ||
                                !isnan(scores[i].of[NH_SCREEN_SENDS].value) ||
                                !isnan(scores[i].of[NH_SCREEN_RECEIVES].value));
    return known;
}

int nh_screen_select(const struct nh_screen_cells *cells, bool *good,
                     struct nh_screen_scores *scores, bool *divided, struct nh_error *err)
{
    struct work w;
    *divided = false;
    int rc = open_work(cells, good, &w, err);
    if (!rc)
        score(&w, scores);
    size_t known = rc ? 0 : count_known(&w, scores), room = known ? (known - 1) / 2 : 0;
    size_t worst = known >= LEAST_HOSTS ? worst_host(&w, scores) : cells->hosts;
    for (; worst < cells->hosts && room > 0; room--) {
        good[worst] = false;
        score(&w, scores);
        worst = worst_host(&w, scores);
    }
    *divided = worst < cells->hosts;
    close_work(&w);
    return rc;
}

/* Median of the links among those that are not good; NaN for none. */
static double among_bad(const struct work *w, enum nh_screen_aspect aspect)
{
    size_t n = w->cells->hosts, count = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double value = nh_screen_link_value(w->cells, aspect, i, j);
            if (i != j && !w->good[i] && !w->good[j] && !isnan(value))
                w->links[count++] = value;
        }
    return count ? nh_median(w->links, count, w->links) : NAN;
}

int nh_screen_apart(const struct nh_screen_cells *cells, const bool *good,
                    const struct nh_screen_scores *scores, bool *apart, struct nh_error *err)
{
    struct work w;
    bool some = false, all = true;
    int rc = open_work(cells, good, &w, err);
    for (int a = 0; a < NH_SCREEN_ASPECTS && !rc; a++) {
        enum nh_screen_aspect aspect = (enum nh_screen_aspect)a;
        double value = among_bad(&w, aspect);
        for (size_t i = 0; i < cells->hosts; i++)
            if (!good[i] && scores[i].of[a].bad) {
                some = true;
                all = all && value / scores[i].of[a].median < NH_SCREEN_TIMES;
            }
    }
    close_work(&w);
    *apart = some && all;
    return rc;
}

/* ---- links ---- */

/* Puts a link where it belongs among the worst. */
static void offer(struct nh_screen_link *links, size_t room, size_t *kept,
                  struct nh_screen_link link)
{
    size_t i = *kept < room ? (*kept)++ : room;
    for (; i > 0 && links[i - 1].z < link.z; i--)
        if (i < room)
            links[i] = links[i - 1];
    if (i < room)
        links[i] = link;
}

int nh_screen_links(const struct nh_screen_cells *cells, const bool *good,
                    const struct nh_screen_scores *scores, struct nh_screen_link *links,
                    size_t room, size_t *count, struct nh_error *err)
{
    struct work w;
    size_t kept = 0, n = cells->hosts;
    int rc = open_work(cells, good, &w, err);
    *count = 0;
    for (int a = NH_SCREEN_LATENCY; a <= NH_SCREEN_SENDS && !rc; a++) { /* receives: the same */
        enum nh_screen_aspect aspect = (enum nh_screen_aspect)a;
        struct nh_yardstick y = link_yardstick(&w, scores, aspect);
        for (size_t from = 0; from < n; from++)
            for (size_t to = aspect == NH_SCREEN_LATENCY ? from + 1 : 0; to < n; to++) {
                double ratio = good_ratio(&w, scores, aspect, from, to);
                struct nh_screen_link link = {from,
                                              to,
                                              aspect,
                                              nh_screen_link_value(cells, aspect, from, to),
                                              ratio / y.median,
                                              nh_yardstick_score(&y, ratio)};
                if (!(link.z >= NH_SCREEN_LINK_Z && link.times >= NH_SCREEN_LINK_TIMES))
                    continue;
                ++*count;
                offer(links, room, &kept, link);
            }
    }
    close_work(&w);
    return rc;
}
