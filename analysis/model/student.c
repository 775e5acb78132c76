/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/model/student.h"

#include <math.h>

/* Continued fraction of the incomplete beta function by Lentz's method; converges quickly
 * for x < (a + 1)/(a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    static const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double f = d;
    for (int m = 1; m < 10000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 + even * d;
        c = 1 + even / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        f *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 + odd * d;
        c = 1 + odd / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        f *= d * c;
        if (fabs(d * c - 1) < 1e-15)
            break;
    }
    return f;
}

/* One part with what its distribution function needs again and again. */
struct part {
    struct nh_student of;
    double log_beta; /* ln 1/B(dof/2, 1/2) */
};

static struct part prepare(struct nh_student of)
{
    return (struct part){of, lgamma((of.dof + 1) / 2) - lgamma(of.dof / 2) - lgamma(0.5)};
}

/* P(|t| > x)/2 = I(dof/(dof + x^2); dof/2, 1/2)/2 */
static double upper_tail(const struct part *p, double x)
{
    double dof = p->of.dof, a = dof / 2, b = 0.5, z = dof / (dof + x * x),
           rest = x * x / (dof + x * x);
    double front = exp(p->log_beta + a * log(z)) * sqrt(rest);
    if (x == 0)
        return 0.5;
    if (z < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, z) / a / 2;
    return (1 - front * beta_fraction(b, a, rest) / b) / 2;
}

static double part_cdf(const struct part *p, double t)
{
    return t < 0 ? upper_tail(p, t) : 1 - upper_tail(p, t);
}

static double part_density(const struct part *p, double t)
{
    double dof = p->of.dof;
    return exp(p->log_beta - (dof + 1) / 2 * log1p(t * t / dof)) / sqrt(dof);
}

double nh_student_cdf(double t, double dof)
{
    struct part p = prepare((struct nh_student){0, 1, dof, 1});
    return part_cdf(&p, t);
}

double nh_student_quantile(double p, double dof)
{
    struct nh_student one = {0, 1, dof, 1};
    return nh_mixture_quantile(&one, 1, p);
}

static double mixture_cdf(const struct part *parts, size_t n, double x, double *density)
{
    double sum = 0;
    *density = 0;
    for (size_t i = 0; i < n; i++) {
        const struct nh_student *s = &parts[i].of;
        double from = x - s->centre;
        if (s->scale > 0) {
            sum += s->weight * part_cdf(&parts[i], from / s->scale);
            *density += s->weight * part_density(&parts[i], from / s->scale) / s->scale;
        } else {
            sum += from >= 0 ? s->weight : 0;
        }
    }
    return sum;
}

/* Newton's steps, and halving where one would leave the bracket. */
static double solve(const struct part *parts, size_t n, double p, double lo, double hi)
{
    double x = lo + (hi - lo) / 2;
    for (int i = 0; i < 200; i++) {
        double density, miss = mixture_cdf(parts, n, x, &density) - p;
        *(miss < 0 ? &lo : &hi) = x;
        double next = density > 0 ? x - miss / density : NAN;
        if (!(next > lo && next < hi))
            next = lo + (hi - lo) / 2;
        if (fabs(next - x) <= 1e-13 * fabs(x) || hi - lo <= 1e-14 * fabs(x))
            return next;
        x = next;
    }
    return x;
}

double nh_mixture_quantile(const struct nh_student *parts, size_t n, double p)
{
    struct part ready[NH_MIXTURE_MOST];
    double lo = INFINITY, hi = -INFINITY, widest = 0, density;
    n = n < NH_MIXTURE_MOST ? n : NH_MIXTURE_MOST;
    for (size_t i = 0; i < n; i++) {
        ready[i] = prepare(parts[i]);
        lo = fmin(lo, parts[i].centre);
        hi = fmax(hi, parts[i].centre);
        widest = fmax(widest, parts[i].scale);
    }
    double step = 4 * fmax(widest, hi - lo);
    if (!(step > 0))
        return lo;
    for (double down = step; mixture_cdf(ready, n, lo, &density) > p; down *= 2)
        lo -= down;
    for (double up = step; mixture_cdf(ready, n, hi, &density) < p; up *= 2)
        hi += up;
    return solve(ready, n, p, lo, hi);
}

struct nh_interval nh_mixture_interval(const struct nh_student *parts, size_t n, double level)
{
    return (struct nh_interval){fmax(nh_mixture_quantile(parts, n, (1 - level) / 2), 0),
                                nh_mixture_quantile(parts, n, (1 + level) / 2), level};
}
