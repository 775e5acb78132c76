/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/model/pmnf.h"

#include <math.h>
#include <stdbool.h>

/* Extra-P 4.2.5, its default search space: numerator, denominator, exponent of the logarithm. */
static const struct exponents {
    signed char over, under, log;
} space[] = {{0, 1, 1}, {0, 1, 2}, {1, 4, 0}, {1, 3, 0}, {1, 4, 1},  {1, 3, 1}, {1, 4, 2},
             {1, 3, 2}, {1, 2, 0}, {1, 2, 1}, {1, 2, 2}, {2, 3, 0},  {3, 4, 0}, {2, 3, 1},
             {3, 4, 1}, {4, 5, 0}, {2, 3, 2}, {3, 4, 2}, {1, 1, 0},  {1, 1, 1}, {1, 1, 2},
             {5, 4, 0}, {5, 4, 1}, {4, 3, 0}, {4, 3, 1}, {3, 2, 0},  {3, 2, 1}, {3, 2, 2},
             {5, 3, 0}, {7, 4, 0}, {2, 1, 0}, {2, 1, 1}, {2, 1, 2},  {9, 4, 0}, {7, 3, 0},
             {5, 2, 0}, {5, 2, 1}, {5, 2, 2}, {8, 3, 0}, {11, 4, 0}, {3, 1, 0}, {3, 1, 1}};

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

static double lowest(const double *y, size_t n)
{
    double least = y[0];
    for (size_t i = 1; i < n; i++)
        least = fmin(least, y[i]);
    return least;
}

static struct nh_pmnf constant_model(const double *y, size_t n)
{
    struct nh_pmnf m = {.ar2 = 1};
    for (size_t i = 0; i < n; i++)
        m.c0 += y[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        m.smape += error_of(m.c0, y[i]) / (double)n;
        m.rss += (m.c0 - y[i]) * (m.c0 - y[i]);
    }
    return m;
}

/* Terms are scaled to at most 1, so that the sums keep their digits. */
static bool candidate(const double *x, const double *y, size_t n, struct nh_pmnf *m)
{
    double top = term(m->power, m->log_power, x[n - 1]), least = lowest(y, n), part = 0;
    struct sums all = {0};
    for (size_t i = 0; i < n; i++)
        add(&all, 1, term(m->power, m->log_power, x[i]) / top, y[i]);
    if (!line(&all, &m->c0, &m->c1))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct sums rest = all;
        double c0, c1, t = term(m->power, m->log_power, x[i]) / top;
        part = fmax(part, fabs(m->c1 * t / y[i]));
        add(&rest, -1, t, y[i]);
        if (!line(&rest, &c0, &c1))
            return false;
        double p = (fabs(c0 / least) < negligible ? 0 : c0) + c1 * t;
        m->smape += error_of(p, y[i]) / (double)n;
        m->rss += (p - y[i]) * (p - y[i]);
    }
    m->c1 /= top;
    return m->c1 != 0 && part >= negligible;
}

static double adjusted(double rss, const double *y, size_t n)
{
    double tss = constant_model(y, n).rss;
    return n > 2 && tss > 0 ? 1 - rss / tss * (double)(n - 1) / (double)(n - 2) : NAN;
}

void nh_pmnf_search(const double *x, const double *y, size_t n, struct nh_pmnf *out)
{
    *out = constant_model(y, n);
    for (size_t i = 0; i < sizeof space / sizeof space[0]; i++) {
        struct nh_pmnf m = {.power = (double)space[i].over / space[i].under,
                            .log_power = space[i].log};
        if (m.log_power && x[0] < 1)
            continue;
        if (candidate(x, y, n, &m) && m.smape < out->smape) {
            m.ar2 = adjusted(m.rss, y, n);
            *out = m;
        }
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
    nh_pmnf_search(x, y, n, out);
    return NH_OK;
}
