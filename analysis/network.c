/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/model/lsq.h"
#include "bench/app/grid.h"

enum { REDUCTION_BYTES = 16, CELL_BYTES = 8, MESSAGES = 6 };
static const double ns = 1e-9;
/* How far computing a cell may be from that at the base: clocks and caches differ with the
 * block, and one launch says nothing of others. */
static const double least_spread = 0.02, unknown_spread = 0.05;

static const char no_link[] = "no ping-pong of MPI was measured; measure it with nodehour-mpi "
                              "pingpong on the same machine";
static const char no_link_between[] = "the application ran on several nodes, and no ping-pong "
                                      "between nodes was measured";

/* ---- The link ---- */

bool nh_link_fit(const struct nh_curve *c, struct nh_link *out)
{
    size_t n = c->point_count;
    double *work = n >= 3 ? malloc(6 * n * sizeof *work) : NULL;
    struct nh_lsq system = {n, 2, work};
    struct nh_lsq_solution solution;
    unsigned mask;
    if (!work)
        return false;
    for (size_t i = 0; i < n; i++) {
        double time = c->points[i].median_ns * ns;
        work[i] = 1 / time;
        work[n + i] = c->points[i].size_bytes / time;
        work[2 * n + i] = 1;
    }
    bool fitted = nh_lsq_nonnegative(&system, true, work + 3 * n, &solution, &mask);
    free(work);
    double variance = n > 2 ? solution.rss / (double)(n - 2) : NAN;
    *out = (struct nh_link){.alpha_s = solution.x[0],
                            .alpha_se = sqrt(solution.inverse[0] * variance),
                            .byte_s = solution.x[1],
                            .byte_se = sqrt(solution.inverse[3] * variance),
                            .half_bytes = solution.x[0] / solution.x[1],
                            .miss = sqrt(solution.rss / (double)n),
                            .curve = c};
    return fitted;
}

static bool is_link(const struct nh_curve *c, bool between)
{
    return strcmp(c->kernel, "pingpong") == 0 && !*c->over && c->ranks == 2 &&
           (c->nodes > 1) == between;
}

static bool find_link(const struct nh_dataset *set, bool between, struct nh_link *out)
{
    for (size_t i = 0; i < set->curve_count; i++)
        if (is_link(&set->curves[i], between) && nh_link_fit(&set->curves[i], out))
            return true;
    *out = (struct nh_link){.curve = NULL};
    return false;
}

/* The time of the all-reduce that is nearest to two numbers, for each level of its tree; of
 * several rank counts the most, which is nearest to what is predicted. */
static double level_of(const struct nh_dataset *set)
{
    const struct nh_curve *best = NULL;
    const struct nh_curve_point *at = NULL;
    for (size_t i = 0; i < set->curve_count; i++) {
        const struct nh_curve *c = &set->curves[i];
        if (strcmp(c->kernel, "allreduce") != 0 || *c->over || c->ranks < 2 ||
            (best && c->ranks <= best->ranks))
            continue;
        for (size_t j = 0; j < c->point_count && c->points[j].size_bytes <= REDUCTION_BYTES; j++) {
            best = c;
            at = &c->points[j];
        }
    }
    return best ? at->median_ns * ns / log2((double)best->ranks) : NAN;
}

/* ---- Blocks ---- */

/* What one of `parts` blocks of a cube sends: bytes, messages, and the largest message. */
struct faces {
    double bytes, messages, largest;
};

static bool faces_of(double cells, long parts, struct faces *out)
{
    size_t side = (size_t)llround(cbrt(cells));
    struct nh_grid grid = {.cells = {side, side, side}};
    *out = (struct faces){0, 0, 0};
    if (parts > 1 << 20 || nh_grid_choose(&grid, (int)parts, NULL, NULL))
        return false;
    double block = cells / (double)parts;
    for (int axis = 0; axis < 3; axis++) {
        double neighbours = grid.dims[axis] > 2 ? 2 : grid.dims[axis] - 1;
        double face = block / ((double)side / grid.dims[axis]) * CELL_BYTES;
        out->bytes += neighbours * face;
        out->messages += neighbours;
        out->largest = fmax(out->largest, neighbours > 0 ? face : 0);
    }
    return true;
}

/* ---- Prediction ---- */

struct parts {
    double cell_s; /* computing time of a cell on a core */
    double spread; /* relative, of what is computed */
    double cells;  /* strong: of the mesh; weak: of a core */
    bool weak;
};

/* Ranks of a node share its link, so that what crosses the faces of a node's block takes as
 * long as the link needs. At best all messages of a rank travel at once; at worst one after
 * another, and those of the node after them. */
static bool halo_time(const struct nh_network_answer *a, double cells, long nodes, long cores,
                      double *time, struct nh_interval *bounds)
{
    const struct nh_link *link = nodes > 1 ? &a->between : &a->within;
    struct faces rank, node;
    if (!faces_of(cells, cores, &rank) || !faces_of(cells, nodes, &node))
        return false;
    double of_rank = rank.bytes * link->byte_s, of_node = node.bytes * link->byte_s;
    double once = rank.messages > 0 ? link->alpha_s : 0;
    *time = once + fmax(of_rank, of_node);
    bounds->lo = (once + fmax(rank.largest * link->byte_s, of_node)) / (1 + link->miss);
    bounds->hi = (rank.messages * link->alpha_s + of_rank + of_node) * (1 + link->miss);
    return true;
}

static void predict_row(const struct nh_network_answer *a, const struct parts *p,
                        struct nh_network_row *row)
{
    double cells = p->weak ? p->cells * (double)row->cores : p->cells;
    struct nh_interval halo = {0, 0, NAN}, none = {NAN, NAN, NAN};
    row->compute_s = p->cell_s * cells / (double)row->cores;
    row->allreduce_s = 2 * a->level_s * log2((double)row->cores);
    row->time =
        (struct nh_prediction){.time_s = NAN, .ci = none, .pi = none, .grade = NH_GRADE_REFUSED};
    if (!halo_time(a, cells, row->nodes > 0 ? row->nodes : 1, row->cores, &row->halo_s, &halo)) {
        snprintf(row->time.why, sizeof row->time.why, "more cores than the mesh can be cut for");
        return;
    }
    double rest = row->compute_s + row->allreduce_s, more = p->spread * row->compute_s;
    row->time.time_s = rest + row->halo_s;
    row->time.ci = (struct nh_interval){rest - more + halo.lo, rest + more + halo.hi, NAN};
    row->time.pi = row->time.ci;
    row->time.grade = NH_GRADE_C;
    snprintf(row->time.why, sizeof row->time.why,
             "from parts, not from the application at this size: computing as at the base, no "
             "waiting, no contention between nodes");
}

static void add_row(struct nh_network_answer *a, long nodes, long cores, double measured)
{
    if (a->row_count < NH_NETWORK_ROWS && cores > 0)
        a->rows[a->row_count++] =
            (struct nh_network_row){.nodes = nodes, .cores = cores, .measured_s = measured};
}

/* Beyond what was measured only nodes are added: how many cores one has is not known here. */
static void add_rows(const struct nh_scaling *s, struct nh_network_answer *a)
{
    const struct nh_app_point *last = s->points[s->count - 1].source;
    for (size_t i = 0; i < s->count && a->row_count + 4 < NH_NETWORK_ROWS; i++)
        add_row(a, s->points[i].source->nodes, s->points[i].source->cores, s->points[i].solver_s);
    for (long more = 2; a->between.curve && last->nodes > 0 && more <= 16; more *= 2)
        add_row(a, more * last->nodes, more * last->cores, NAN);
}

static void check_rows(const struct nh_network_answer *a, const struct parts *p,
                       struct nh_network_row *rows)
{
    const struct nh_network_row *base = &rows[0];
    for (size_t i = 0; i < a->row_count; i++) {
        double ratio = base->time.time_s / rows[i].time.time_s;
        rows[i].efficiency = p->weak ? ratio : ratio * (double)base->cores / (double)rows[i].cores;
        rows[i].inside =
            rows[i].measured_s >= rows[i].time.pi.lo && rows[i].measured_s <= rows[i].time.pi.hi;
    }
}

/* Links that the measured sizes need. */
static const char *missing(const struct nh_network_answer *a, const struct nh_scaling *s)
{
    if (!a->within.curve && !a->between.curve)
        return no_link;
    for (size_t i = 0; i < s->count; i++) {
        const struct nh_app_point *p = s->points[i].source;
        if (p->nodes > 1 && !a->between.curve)
            return no_link_between;
        if (p->nodes <= 1 && p->cores > 1 && !a->within.curve)
            return no_link;
    }
    return NULL;
}

static double spread_of(const struct nh_scaling_point *base)
{
    double most = base->repeats > 1 ? least_spread : unknown_spread;
    if (isfinite(base->solver_ci.lo))
        return fmax(most, fmax(base->solver_ci.hi / base->solver_s - 1,
                               1 - base->solver_ci.lo / base->solver_s));
    for (size_t i = 0; i < base->source->row_count; i++)
        most = fmax(most, fabs(base->source->rows[i].solver_s / base->solver_s - 1));
    return most;
}

static bool parts_of(const struct nh_dataset *set, const struct nh_scaling *s, struct parts *p)
{
    const struct nh_app_point *base = s->count ? s->points[0].source : NULL;
    struct nh_pop_run run;
    if (!base || !(base->cells > 0) || base->cores <= 0 ||
        !nh_shares_run(&set->shares, (size_t)(s->app - set->apps), base->nodes, base->cores, &run))
        return false;
    *p = (struct parts){.cell_s = run.useful_total_s / base->cells,
                        .cells = base->cells,
                        .spread = spread_of(&s->points[0]),
                        .weak = s->app->kind == NH_WEAK};
    if (p->weak)
        p->cells /= (double)base->cores;
    return true;
}

void nh_network_predict(const struct nh_dataset *set, const struct nh_scaling *s,
                        struct nh_network_answer *out)
{
    struct parts parts = {.cells = NAN};
    *out = (struct nh_network_answer){.asked = parts_of(set, s, &parts)};
    if (!out->asked)
        return;
    find_link(set, false, &out->within);
    find_link(set, true, &out->between);
    out->refusal = missing(out, s);
    if (out->refusal)
        return;
    out->level_s = level_of(set);
    out->level_from_link = isnan(out->level_s);
    if (out->level_from_link)
        out->level_s = out->between.curve ? out->between.alpha_s : out->within.alpha_s;
    add_rows(s, out);
    for (size_t i = 0; i < out->row_count; i++)
        predict_row(out, &parts, &out->rows[i]);
    check_rows(out, &parts, out->rows);
}

double nh_network_explained(const struct nh_network_answer *a, const struct nh_scaling *s)
{
    if (!a->asked || a->refusal || a->row_count < s->count || s->count < 2)
        return NAN;
    const struct nh_network_row *row = &a->rows[s->count - 1];
    return row->halo_s + row->allreduce_s;
}
