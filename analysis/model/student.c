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

static double beta_regularised(double a, double b, double x)
{
    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double nh_student_cdf(double t, double dof)
{
    double tail = beta_regularised(dof / 2, 0.5, dof / (dof + t * t)) / 2;
    return t < 0 ? tail : 1 - tail;
}

double nh_student_quantile(double p, double dof)
{
    struct nh_student one = {0, 1, dof, 1};
    return nh_mixture_quantile(&one, 1, p);
}

static double mixture_cdf(const struct nh_student *parts, size_t n, double x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double from = x - parts[i].centre;
        if (parts[i].scale > 0)
            sum += parts[i].weight * nh_student_cdf(from / parts[i].scale, parts[i].dof);
        else
            sum += from >= 0 ? parts[i].weight : 0;
    }
    return sum;
}

double nh_mixture_quantile(const struct nh_student *parts, size_t n, double p)
{
    double lo = INFINITY, hi = -INFINITY, widest = 0;
    for (size_t i = 0; i < n; i++) {
        lo = fmin(lo, parts[i].centre);
        hi = fmax(hi, parts[i].centre);
        widest = fmax(widest, parts[i].scale);
    }
    if (!(widest > 0) && !(hi > lo))
        return lo;
    for (double step = fmax(widest, hi - lo); mixture_cdf(parts, n, lo) > p; step *= 2)
        lo -= step;
    for (double step = fmax(widest, hi - lo); mixture_cdf(parts, n, hi) < p; step *= 2)
        hi += step;
    for (int i = 0; i < 200 && hi - lo > 1e-14 * fmax(fabs(lo), fabs(hi)); i++) {
        double middle = lo + (hi - lo) / 2;
        *(mixture_cdf(parts, n, middle) < p ? &lo : &hi) = middle;
    }
    return lo + (hi - lo) / 2;
}
