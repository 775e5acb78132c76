/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/decide/next.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/units.h"

enum { MOST_DRAWS = 2000, MOST_SIZES = 96, NODES_OF_Z = 200, LANES = 8 };
enum { LEAST_RUNS = 4 }; /* from which on three more cannot decide everything (decided.h) */
static const double worth_saying = 1e-4; /* gain relative to the cost of a run */
static const long run_choices[] = {1, 2, 3, 6};

/* What might be: a row of times and of objectives for every size. */
struct belief {
    size_t sizes, draws;
    const struct nh_candidate *at[MOST_SIZES];
    double *log_s;     /* [size * draws + draw]: ln of the job's time; in the end about its mean */
    double *objective; /* [size * draws + draw]; likewise */
    double mean[MOST_SIZES];
    double noise[MOST_SIZES];                 /* standard deviation of ln of one run */
    size_t contenders, contender[MOST_SIZES]; /* sizes that may ever be the least */
    double z[NODES_OF_Z]; /* quantiles of the normal distribution, each for an equal share */
};

/* ---- Which sizes are looked at ---- */

/* All measured sizes, and of the others so many that they are evenly spread. */
static void choose_sizes(const struct nh_candidates *c, struct belief *b)
{
    size_t measured = 0, others = 0, seen = 0;
    for (size_t i = 0; i < c->count; i++)
        measured += c->items[i].origin == NH_MEASURED;
    others = c->count - measured;
    size_t room = measured < MOST_SIZES ? MOST_SIZES - measured : 0;
    size_t step = room ? others / room + 1 : others + 1;
    for (size_t i = 0; i < c->count && b->sizes < MOST_SIZES; i++) {
        bool other = c->items[i].origin != NH_MEASURED;
        seen += other;
        if (!other || seen % step == 0)
            b->at[b->sizes++] = &c->items[i];
    }
}

/* ---- Beliefs ---- */

static double spread_at(const struct nh_draws *d, const struct nh_candidate *at)
{
    double here = d->spread[at->point];
    if (at->origin == NH_BETWEEN)
        here = fmax(here, d->spread[at->point + 1]);
    return isfinite(here) ? here : NH_RECOMMEND;
}

/* Seconds of the job at a size in a draw; `shape` and `z` are what is not known of curve and
 * model in it. */
static double seconds_at(const struct nh_scaling *s, const struct nh_candidates *c,
                         const struct nh_candidate *at, const double *times, int shape, double z)
{
    if (at->origin == NH_MEASURED)
        return times[at->point];
    if (at->origin == NH_BETWEEN)
        return nh_between_seconds(s, c, times, at->point, at->size, shape);
    double sd = log(at->job_range.hi / at->job_range.lo) / (2 * 1.96);
    return at->job_s[0] * exp(isfinite(sd) ? sd * z : 0);
}

struct setting {
    const struct nh_scaling *s;
    const struct nh_advice *a;
    const struct nh_candidates *c;
    const struct nh_draws *d;
    const struct nh_goal *goal;
};

static void believe(const struct setting *q, struct belief *b, double *times)
{
    struct nh_rng rng = {NH_BOOTSTRAP_SEED};
    for (size_t draw = 0; draw < b->draws; draw++) {
        int shape = (int)nh_rng_below(&rng, NH_SHAPES);
        double z = nh_normal_quantile(nh_rng_unit(&rng));
        for (size_t i = 0; i < q->s->count; i++)
            times[i] = q->d->seconds[i * q->d->count + draw];
        for (size_t j = 0; j < b->sizes; j++) {
            const struct nh_candidate *at = b->at[j];
            double seconds = seconds_at(q->s, q->c, at, times, shape, z);
            struct nh_run_cost run = nh_advice_run(q->a, at->nodes, at->cores, seconds);
            double objective = run.amount + q->goal->value_per_hour * run.time_s / 3600;
            b->log_s[j * b->draws + draw] = log(seconds);
            b->objective[j * b->draws + draw] = objective / nh_advice_work(q->s, at->point);
        }
    }
}

static double mean_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

/* Of two series about their means. Several sums at once, in a fixed order: a single one would wait
 * for each addition, and most of the time of an answer is spent here. */
static double covariance(const double *x, const double *y, size_t n)
{
    double sums[LANES] = {0}, sum = 0;
    size_t whole = n - n % LANES;
    for (size_t i = 0; i < whole; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            sums[lane] += x[i + lane] * y[i + lane];
    for (size_t i = whole; i < n; i++)
        sums[i - whole] += x[i] * y[i];
    for (size_t lane = 0; lane < LANES; lane++)
        sum += sums[lane];
    return sum / (double)n;
}

static void centre(double *x, size_t n)
{
    double mean = mean_of(x, n);
    for (size_t i = 0; i < n; i++)
        x[i] -= mean;
}

static double least(const double *x, size_t n)
{
    double low = INFINITY;
    for (size_t i = 0; i < n; i++)
        low = fmin(low, x[i]);
    return low;
}

/* What is lost on average by not knowing: the least mean less the mean least. */
static double present_loss(const struct belief *b)
{
    double sum = 0;
    for (size_t draw = 0; draw < b->draws; draw++) {
        double low = INFINITY;
        for (size_t j = 0; j < b->sizes; j++)
            low = fmin(low, b->objective[j * b->draws + draw]);
        sum += low;
    }
    return fmax(0, least(b->mean, b->sizes) - sum / (double)b->draws);
}

/* ---- Value of a measurement ---- */

static void quantiles(double *z)
{
    for (int k = 0; k < NODES_OF_Z; k++)
        z[k] = nh_normal_quantile((k + 0.5) / NODES_OF_Z);
}

/* The lines that are least at some z of at most `z_most`, all others being above the least of the
 * highest values; they come first. Returns how many. */
static size_t keep_lowest(double *mean, double *slope, size_t n, double z_most)
{
    double roof = INFINITY;
    size_t kept = 0;
    for (size_t j = 0; j < n; j++)
        roof = fmin(roof, mean[j] + fabs(slope[j]) * z_most);
    for (size_t j = 0; j < n; j++)
        if (mean[j] - fabs(slope[j]) * z_most <= roof) {
            mean[kept] = mean[j];
            slope[kept++] = slope[j];
        }
    return kept;
}

/* Of lines over the normal distribution; changes `mean` and `slope`. */
static double expected_least(const double *z, double *mean, double *slope, size_t n)
{
    double sum = 0;
    n = keep_lowest(mean, slope, n, z[NODES_OF_Z - 1]);
    for (int k = 0; k < NODES_OF_Z; k++) {
        double low = INFINITY;
        for (size_t j = 0; j < n; j++) {
            double here = mean[j] + slope[j] * z[k];
            low = here < low ? here : low;
        }
        sum += low;
    }
    return sum / NODES_OF_Z;
}

double nh_expected_least(double *mean, double *slope, size_t n)
{
    double z[NODES_OF_Z];
    quantiles(z);
    return expected_least(z, mean, slope, n);
}

/* `covariances`: of the objectives of the contenders with ln T of a size. */
static double gain_of(const struct belief *b, const double *covariances, double variance,
                      double noise, long runs)
{
    double mean[MOST_SIZES], slope[MOST_SIZES];
    double sd = sqrt(variance + noise * noise * M_PI / 2 / (double)runs);
    for (size_t j = 0; j < b->contenders; j++) {
        mean[j] = b->mean[b->contender[j]];
        slope[j] = sd > 0 ? covariances[j] / sd : 0;
    }
    return least(b->mean, b->sizes) - expected_least(b->z, mean, slope, b->contenders);
}

/* No measurement moves a mean cost by more than the spread of that cost, so that sizes which stay
 * above the least of all others by that much need not be looked at again. */
static void find_contenders(struct belief *b)
{
    double far = b->z[NODES_OF_Z - 1], reach[MOST_SIZES], roof = INFINITY;
    for (size_t j = 0; j < b->sizes; j++) {
        const double *x = b->objective + j * b->draws;
        reach[j] = far * sqrt(covariance(x, x, b->draws));
        roof = fmin(roof, b->mean[j] + reach[j]);
    }
    for (size_t j = 0; j < b->sizes; j++)
        if (b->mean[j] - reach[j] <= roof)
            b->contender[b->contenders++] = j;
}

static void consider(const struct belief *b, size_t c, struct nh_next *best)
{
    double covariances[MOST_SIZES];
    const double *x = b->log_s + c * b->draws;
    double variance = covariance(x, x, b->draws);
    for (size_t j = 0; j < b->contenders; j++)
        covariances[j] = covariance(b->objective + b->contender[j] * b->draws, x, b->draws);
    for (size_t k = 0; k < sizeof run_choices / sizeof *run_choices; k++) {
        double gain = gain_of(b, covariances, variance, b->noise[c], run_choices[k]);
        double cost = b->at[c]->amount * (double)run_choices[k];
        if (gain > worth_saying * least(b->mean, b->sizes) &&
            (!best->found || gain / cost > best->gain / best->cost)) {
            best->found = true;
            best->at = *b->at[c];
            best->runs = run_choices[k];
            best->cost = cost;
            best->gain = gain;
            best->pays_after = cost / gain;
        }
    }
}

/* ---- In words ---- */

static void write_worth(const struct setting *q, const struct nh_next *next, char *buf, size_t len)
{
    char saved[NH_MONEY_TEXT];
    double all = next->gain * (double)q->goal->runs;
    if (q->goal->runs == 0)
        snprintf(buf, len, "it pays after %.0f runs", ceil(next->pays_after));
    else
        snprintf(buf, len, "over %ld runs that is %s: %s", q->goal->runs,
                 nh_amount_text(q->a, all * q->a->shown_factor, saved),
                 all > next->cost ? "worth it" : "not worth it");
}

static void write_text(const struct setting *q, struct nh_next *next)
{
    char size[NH_SIZE_TEXT], cost[NH_MONEY_TEXT], gain[NH_MONEY_TEXT], worth[96];
    double factor = q->a->shown_factor;
    bool known = next->at.origin == NH_MEASURED;
    if (!next->found) {
        snprintf(next->text, sizeof next->text,
                 "Further runs are not expected to pay: none lowers the expected cost by %.2g %%",
                 100 * worth_saying);
        return;
    }
    nh_size_words(q->s, next->at.nodes, next->at.cores, size);
    nh_amount_text(q->a, next->cost * factor, cost);
    if (!(next->gain > 0)) {
        snprintf(next->text, sizeof next->text,
                 "Measure next: %s once more for %s, so that there is a spread to judge by", size,
                 cost);
        return;
    }
    write_worth(q, next, worth, sizeof worth);
    snprintf(next->text, sizeof next->text,
             "Measure next: %ld %srun%s on %s for %s. %s the expected cost by %s a run (of "
             "%.2g %% that better knowledge could save at most); %s%s",
             next->runs, known ? "more " : "", next->runs == 1 ? "" : "s", size, cost,
             next->runs == 1 ? "It lowers" : "They lower",
             nh_amount_text(q->a, next->gain * factor, gain),
             100 * next->loss / q->a->points[q->a->cheapest].amount, worth,
             next->assumed ? ". No size was run twice, so 2 % is assumed for the spread of runs"
                           : "");
}

/* `runs` of a measured size, whatever they may save. */
static void name_runs(const struct nh_candidates *c, const struct nh_advice *a, size_t point,
                      long runs, struct nh_next *out)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].origin == NH_MEASURED && c->items[i].point == point) {
            out->found = true;
            out->at = c->items[i];
            out->runs = runs;
            out->cost = a->points[point].amount * (double)runs;
            out->pays_after = INFINITY;
        }
}

void nh_next_settle(const struct nh_scaling *s, const struct nh_advice *a,
                    const struct nh_candidates *candidates, size_t point, size_t runs_at_hand,
                    struct nh_next *next)
{
    char size[NH_SIZE_TEXT], cost[NH_MONEY_TEXT];
    long runs = runs_at_hand < LEAST_RUNS ? (long)(LEAST_RUNS - runs_at_hand) : 1;
    if (next->found || point >= a->count)
        return;
    name_runs(candidates, a, point, runs, next);
    if (next->found)
        snprintf(next->text, sizeof next->text,
                 "Measure next, to be sure and not to save: %ld more run%s on %s for %s", runs,
                 runs == 1 ? "" : "s", nh_size_text(s, point, size),
                 nh_amount_text(a, next->cost * a->shown_factor, cost));
}

static void work_out(const struct setting *q, struct belief *b, double *times, struct nh_next *out)
{
    believe(q, b, times);
    for (size_t j = 0; j < b->sizes; j++) {
        b->mean[j] = mean_of(b->objective + j * b->draws, b->draws);
        b->noise[j] = spread_at(q->d, b->at[j]);
    }
    out->loss = present_loss(b);
    for (size_t j = 0; j < b->sizes; j++) {
        centre(b->objective + j * b->draws, b->draws);
        centre(b->log_s + j * b->draws, b->draws);
    }
    quantiles(b->z);
    find_contenders(b);
    /* No single measurement is worth more than knowing all. */
    for (size_t c = 0; c < b->sizes && out->loss > worth_saying * least(b->mean, b->sizes); c++)
        consider(b, c, out);
    if (!out->found && !q->d->known)
        name_runs(q->c, q->a, q->a->cheapest, 1, out); /* makes a spread known */
    write_text(q, out);
}

int nh_next_find(const struct nh_scaling *s, const struct nh_advice *a,
                 const struct nh_candidates *candidates, const struct nh_draws *draws,
                 const struct nh_goal *goal, struct nh_next *out, struct nh_error *err)
{
    const struct setting q = {s, a, candidates, draws, goal};
    struct belief b = {.draws = draws->count < MOST_DRAWS ? draws->count : MOST_DRAWS};
    *out = (struct nh_next){.loss = NAN, .assumed = !draws->known};
    choose_sizes(candidates, &b);
    if (b.sizes < 2 || s->app->kind == NH_WEAK)
        return NH_OK;
    double *room = malloc((2 * b.sizes * b.draws + s->count) * sizeof *room);
    if (!room)
        return nh_fail(err, NH_EFAIL, "out of memory while weighing further runs");
    b.log_s = room;
    b.objective = room + b.sizes * b.draws;
    work_out(&q, &b, room + 2 * b.sizes * b.draws, out);
    free(room);
    return NH_OK;
}
