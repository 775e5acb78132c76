/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long fitting every model to 1,000 kernels takes, and how far the averaged prediction is
 * from the truth at 2 and 4 times the largest size; how long 10,000 resamples of 20
 * configurations take. tests/bench/models runs it beside Extra-P on the same numbers.
 *
 *   model_fit DATA      writes the timings, one JSON object a kernel, and prints the figures
 *
 * The timings are made from known laws with 2 % noise: nothing here was measured.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/model/model.h"
#include "common/rng.h"

enum { KERNELS = 1000, SIZES = 6, REPEATS = 5, LAWS = 6, CONFIGURATIONS = 20, SEED = 5 };

static const double noise = 0.02, bootstrap_limit_s = 0.2;
static const double farther[] = {64, 128}; /* measured are 1 to 32 */

struct kernel {
    int law;
    double b, share; /* time at 1, and what does not shrink */
    double t[SIZES][REPEATS];
};

/* Of the processor: other programs on the machine do not count. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double normal(struct nh_rng *rng)
{
    return nh_normal_quantile(nh_rng_unit(rng));
}

static double truth(const struct kernel *kernel, double k)
{
    double s = kernel->share, rest = 0;
    switch (kernel->law) {
    case 0:
        break;
    case 1:
        rest = s;
        break;
    case 2:
        rest = s + s / 4 * log2(k);
        break;
    case 3:
        rest = s / 16 * k;
        break;
    case 4:
        rest = 4 * s / cbrt(k * k);
        break;
    default:
        rest = s * log2(k) / sqrt(k);
    }
    return kernel->b * (1 / k + rest);
}

static void make(struct kernel *kernels)
{
    struct nh_rng rng = {SEED};
    for (int i = 0; i < KERNELS; i++) {
        struct kernel *kernel = &kernels[i];
        kernel->law = i % LAWS;
        kernel->b = exp(2 * normal(&rng)) * 100;
        kernel->share = 0.002 * exp(3 * nh_rng_unit(&rng));
        for (int j = 0; j < SIZES; j++)
            for (int r = 0; r < REPEATS; r++)
                kernel->t[j][r] = truth(kernel, 1 << j) * exp(noise * normal(&rng));
    }
}

/* ---- Ours ---- */

struct held_scaling {
    struct nh_app app;
    struct nh_app_point points[SIZES];
    struct nh_timing_row rows[SIZES][REPEATS];
    struct nh_scaling_point scaled[SIZES];
    struct nh_scaling scaling;
};

/* As nh_scaling_compute would fill it, without the bootstrap, which is no part of a fit. */
static void hold(const struct kernel *kernel, struct held_scaling *h)
{
    *h = (struct held_scaling){.app = {.points = h->points, .point_count = SIZES}};
    for (int j = 0; j < SIZES; j++) {
        double sorted[REPEATS];
        memcpy(sorted, kernel->t[j], sizeof sorted);
        nh_sort(sorted, REPEATS);
        h->points[j] = (struct nh_app_point){
            .cores = 1 << j, .cells = NAN, .rows = h->rows[j], .row_count = REPEATS};
        for (int r = 0; r < REPEATS; r++)
            h->rows[j][r] = (struct nh_timing_row){kernel->t[j][r], NAN, r};
        h->scaled[j] = (struct nh_scaling_point){.source = &h->points[j],
                                                 .solver_s = nh_median_sorted(sorted, REPEATS),
                                                 .repeats = REPEATS,
                                                 .k = 1 << j};
    }
    h->scaling = (struct nh_scaling){.app = &h->app, .points = h->scaled, .count = SIZES};
}

static int fit_all(const struct kernel *kernels, struct nh_models *models, struct held_scaling *h)
{
    for (int i = 0; i < KERNELS; i++) {
        struct nh_error err = {0};
        hold(&kernels[i], &h[i]);
        if (nh_models_fit(&h[i].scaling, &models[i], &err))
            return 1;
    }
    return 0;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Held-out errors |ln(predicted/true)|: median and mean, of the kernels that have a model. */
static void errors(const struct kernel *kernels, const struct nh_models *models)
{
    static double miss[2 * KERNELS];
    size_t n = 0, inside = 0;
    double sum = 0;
    for (int i = 0; i < KERNELS; i++)
        for (size_t j = 0; j < 2; j++) {
            struct nh_prediction p;
            nh_models_predict(&models[i], farther[j], &p);
            double real = truth(&kernels[i], farther[j]);
            if (!isfinite(p.time_s))
                continue;
            inside += p.ci.lo <= real && real <= p.ci.hi;
            sum += miss[n++] = fabs(log(p.time_s / real));
        }
    qsort(miss, n, sizeof *miss, by_value);
    printf("ours_predicted %zu\nours_median_error %.5f\nours_mean_error %.5f\nours_covered %.4f\n",
           n, miss[n / 2], sum / (double)n, (double)inside / (double)n);
}

/* ---- Data for the other side ---- */

static int save(const struct kernel *kernels, const char *path)
{
    FILE *out = fopen(path, "w");
    if (!out)
        return 1;
    for (int i = 0; i < KERNELS; i++) {
        fprintf(out, "{\"true\": [%.17g, %.17g], \"times\": [", truth(&kernels[i], farther[0]),
                truth(&kernels[i], farther[1]));
        for (int j = 0; j < SIZES; j++) {
            fprintf(out, "%s[", j ? ", " : "");
            for (int r = 0; r < REPEATS; r++)
                fprintf(out, "%s%.17g", r ? ", " : "", kernels[i].t[j][r]);
            fputs("]", out);
        }
        fputs("]}\n", out);
    }
    return fclose(out) != 0;
}

/* ---- Bootstrap ---- */

static int bootstrap(const struct kernel *kernels)
{
    enum { TIMES = 10 };
    double start = now(), width = 0;
    for (int i = 1; i < CONFIGURATIONS; i++) {
        struct nh_interval ci = nh_bootstrap_median_ratio(
            &kernels[0].t[0][0], TIMES, &kernels[i].t[0][0], TIMES, 0.95, 10000, SEED);
        width += ci.hi - ci.lo;
    }
    double took = now() - start;
    printf("bootstrap_s %.4f\n", took);
    return width > 0 && took < bootstrap_limit_s ? 0 : 1;
}

int main(int argc, char **argv)
{
    static struct kernel kernels[KERNELS];
    static struct held_scaling held[KERNELS];
    static struct nh_models models[KERNELS];
    if (argc != 2) {
        fprintf(stderr, "usage: model_fit DATA\n");
        return 2;
    }
    make(kernels);
    if (save(kernels, argv[1]))
        return 2;
    double start = now();
    int rc = fit_all(kernels, models, held);
    printf("ours_s %.4f\n", now() - start);
    errors(kernels, models);
    for (int i = 0; i < KERNELS; i++)
        nh_models_clear(&models[i]);
    return rc ? 2 : bootstrap(kernels);
}
