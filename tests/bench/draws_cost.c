/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What does it cost to say how sure an advice is? 10,000 joint resamples of 20 sizes with eight
 * runs each, through cost and all rules; beside it the times alone, resampled run by run.
 * Passed (0): below 0.2 s of processor time. Failed (1): above.
 */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "analysis/advice.h"
#include "analysis/draws.h"

enum { SIZES = 20, RUNS = 8, RESAMPLES = 10000 };
static const double goal_s = 0.2;

struct made {
    struct nh_timing_row rows[SIZES][RUNS];
    struct nh_app_point points[SIZES];
    struct nh_app app;
};

static void make(struct made *m)
{
    *m = (struct made){
        .app = {.name = "made", .work = "run", .points = m->points, .point_count = SIZES}};
    for (int i = 0; i < SIZES; i++) {
        for (int k = 0; k < RUNS; k++)
            m->rows[i][k] = (struct nh_timing_row){
                (1000 + 7 * (double)((3 * k + i) % 11)) / (i + 1) + 20, NAN, k};
        m->points[i] = (struct nh_app_point){.nodes = i + 1,
                                             .cores = 36 * (i + 1),
                                             .cells = NAN,
                                             .rows = m->rows[i],
                                             .row_count = RUNS};
    }
}

static double cpu_s(clock_t start)
{
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static double advise_s(const struct nh_scaling *s, struct nh_error *err)
{
    struct nh_price price = {.model = "on-demand", .per_hour = {3888000, "USD"}};
    struct nh_money none = {.currency = "USD"};
    struct nh_advice a;
    clock_t start = clock();
    if (nh_advise(s, &price, none, &a, err))
        return NAN;
    double seconds = a.chances.draws == RESAMPLES ? cpu_s(start) : NAN;
    nh_advice_clear(&a);
    return seconds;
}

/* The sum keeps the compiler from leaving the work out. */
static double run_by_run_s(const struct made *m, double *sum)
{
    struct nh_rng rng = {1};
    clock_t start = clock();
    for (int draw = 0; draw < RESAMPLES; draw++)
        for (int i = 0; i < SIZES; i++) {
            double x[RUNS];
            for (int k = 0; k < RUNS; k++)
                x[k] = m->rows[i][nh_rng_below(&rng, RUNS)].solver_s;
            *sum += nh_median(x, RUNS, x);
        }
    return cpu_s(start);
}

int main(void)
{
    static struct made m;
    struct nh_scaling s;
    struct nh_error err = {0};
    double sum = 0;
    make(&m);
    if (nh_scaling_compute(&m.app, &s, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    double ours = advise_s(&s, &err), plain = run_by_run_s(&m, &sum);
    nh_scaling_clear(&s);
    printf("%d resamples of %d sizes through cost and rules: %.3f s (goal %.1f s); ratio to "
           "resampling the times alone run by run %.2f%s\n",
           RESAMPLES, SIZES, ours, goal_s, ours / plain, ours <= goal_s ? "" : " MISSED");
    return ours <= goal_s && sum > 0 ? 0 : 1;
}
