/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/model/pmnf.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Extra-P 4.2.5, its default search space: numerator, denominator, exponent of the logarithm. */
static const struct exponents {
    signed char over, under, log;
} space[NH_PMNF_TERMS] = {{0, 1, 1}, {0, 1, 2}, {1, 4, 0}, {1, 3, 0},  {1, 4, 1}, {1, 3, 1},
                          {1, 4, 2}, {1, 3, 2}, {1, 2, 0}, {1, 2, 1},  {1, 2, 2}, {2, 3, 0},
                          {3, 4, 0}, {2, 3, 1}, {3, 4, 1}, {4, 5, 0},  {2, 3, 2}, {3, 4, 2},
                          {1, 1, 0}, {1, 1, 1}, {1, 1, 2}, {5, 4, 0},  {5, 4, 1}, {4, 3, 0},
                          {4, 3, 1}, {3, 2, 0}, {3, 2, 1}, {3, 2, 2},  {5, 3, 0}, {7, 4, 0},
                          {2, 1, 0}, {2, 1, 1}, {2, 1, 2}, {9, 4, 0},  {7, 3, 0}, {5, 2, 0},
                          {5, 2, 1}, {5, 2, 2}, {8, 3, 0}, {11, 4, 0}, {3, 1, 0}, {3, 1, 1}};

/* Its threshold for a coefficient that contributes nothing. */
static const double negligible = 5e-4;

struct sums {
    double n, t, y, tt, ty;
};

static double term(double power, int log_power, double x)
{
    double log_x = log_power ? log2(x) : 1;
    return (power != 0 ? pow(x, power) : 1) * (log_power == 2 ? log_x * log_x : log_x);
}

double nh_pmnf_value(const struct nh_pmnf *m, double x)
{
    return m->c0 + (m->c1 != 0 ? m->c1 * term(m->power, m->log_power, x) : 0);
}

static void add(struct sums *s, double sign, double t, double y)
{
    s->n += sign;
    s->t += sign * t;
    s->y += sign * y;
    s->tt += sign * t * t;
    s->ty += sign * t * y;
}

static bool line(const struct sums *s, double *c0, double *c1)
{
    double det = s->n * s->tt - s->t * s->t;
    if (!(det > 1e-12 * s->n * s->tt))
        return false;
    *c1 = (s->n * s->ty - s->t * s->y) / det;
    *c0 = (s->y - *c1 * s->t) / s->n;
    return true;
}

/* SMAPE of one value, in percent, before division by their number. */
static double error_of(double predicted, double actual)
{
    double size = fabs(predicted) + fabs(actual);
    return size > 0 ? 200 * fabs(predicted - actual) / size : 0;
}

/* The values that a search looks at: all but one. */
struct search {
    const double *y;
    size_t n, skip;
    double used; /* how many */
    double least;
};

static struct nh_pmnf constant_model(const struct search *s)
{
    struct nh_pmnf m = {.ar2 = 1};
    for (size_t i = 0; i < s->n; i++)
        m.c0 += i == s->skip ? 0 : s->y[i] / s->used;
    for (size_t i = 0; i < s->n; i++) {
        if (i == s->skip)
            continue;
        m.smape += error_of(m.c0, s->y[i]) / s->used;
        m.rss += (m.c0 - s->y[i]) * (m.c0 - s->y[i]);
    }
    return m;
}

/* Each value left out in turn. False as soon as the error is not below `best`. */
static bool leave_out(const struct search *s, const double *t, const struct sums *all, double best,
                      struct nh_pmnf *m)
{
    for (size_t i = 0; i < s->n && m->smape < best; i++) {
        struct sums rest = *all;
        double c0, c1;
        if (i == s->skip)
            continue;
        add(&rest, -1, t[i], s->y[i]);
        if (!line(&rest, &c0, &c1))
            return false;
        double p = (fabs(c0 / s->least) < negligible ? 0 : c0) + c1 * t[i];
        m->smape += error_of(p, s->y[i]) / s->used;
        m->rss += (p - s->y[i]) * (p - s->y[i]);
    }
    return m->smape < best;
}

static bool contributes(const struct search *s, const double *t, double c1)
{
    for (size_t i = 0; i < s->n; i++)
        if (i != s->skip && fabs(c1 * t[i] / s->y[i]) >= negligible)
            return true;
    return false;
}

static bool candidate(const struct search *s, const double *t, double best, struct nh_pmnf *m)
{
    struct sums all = {0};
    for (size_t i = 0; i < s->n; i++)
        if (i != s->skip)
            add(&all, 1, t[i], s->y[i]);
    return line(&all, &m->c0, &m->c1) && leave_out(s, t, &all, best, m) && contributes(s, t, m->c1);
}

static double adjusted(double rss, const struct search *s)
{
    double tss = constant_model(s).rss;
    return s->used > 2 && tss > 0 ? 1 - rss / tss * (s->used - 1) / (s->used - 2) : NAN;
}

static double value_of(const struct exponents *e, double x)
{
    return term((double)e->over / e->under, e->log, x);
}

/* Scaled to 1 at the largest size, so that sums keep their digits; NaN: not to be used. In
 * each block the scale comes first. */
void nh_pmnf_terms(const double *x, size_t n, double *terms)
{
    for (size_t c = 0; c < NH_PMNF_TERMS; c++) {
        double *block = terms + c * (n + 1);
        block[0] = space[c].log && x[0] < 1 ? NAN : value_of(&space[c], x[n - 1]);
        for (size_t i = 0; i < n; i++)
            block[1 + i] = value_of(&space[c], x[i]) / block[0];
    }
}

void nh_pmnf_search(const double *terms, const double *y, size_t n, size_t skip,
                    struct nh_pmnf *out)
{
    struct search s = {y, n, skip, (double)n - (skip < n ? 1 : 0), INFINITY};
    for (size_t i = 0; i < n; i++)
        s.least = i == skip ? s.least : fmin(s.least, y[i]);
    *out = constant_model(&s);
    for (size_t c = 0; c < NH_PMNF_TERMS; c++) {
        struct nh_pmnf m = {.power = (double)space[c].over / space[c].under,
                            .log_power = space[c].log};
        const double *block = terms + c * (n + 1);
        if (!isfinite(block[0]) || !candidate(&s, block + 1, out->smape, &m))
            continue;
        m.c1 /= block[0];
        m.ar2 = adjusted(m.rss, &s);
        *out = m;
    }
}

static bool falls(const double *y, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (y[i] >= y[i - 1])
            return false;
    return true;
}

int nh_pmnf_fit(const double *x, const double *y, size_t n, struct nh_pmnf *out,
                struct nh_error *err)
{
    if (n < 3)
        return nh_fail(err, NH_EINPUT, "the normal form needs 3 sizes, %zu are given; measure more",
                       n);
    if (falls(y, n))
        return nh_fail(err, NH_EINPUT,
                       "the values fall with every size, like a strong-scaling time, and a power "
                       "law of them ends below zero; fit the work, size times time, instead");
    double *terms = malloc(NH_PMNF_TERMS * (n + 1) * sizeof *terms);
    if (!terms)
        return nh_fail(err, NH_EFAIL, "out of memory while searching a normal form");
    nh_pmnf_terms(x, n, terms);
    nh_pmnf_search(terms, y, n, SIZE_MAX, out);
    free(terms);
    return NH_OK;
}
