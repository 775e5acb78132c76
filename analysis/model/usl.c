/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/model/usl.h"

#include <math.h>
#include <string.h>

#include "analysis/model/lsq.h"

enum { PARAMS = 3, MOST_STEPS = 200 };

static const double highest[PARAMS] = {1, 1, INFINITY};

struct problem {
    const double *n, *x, *weight;
    size_t count;
    double *jacobian, *residual; /* rows are weighted; columns alpha, beta, gamma */
    double *a;                   /* the system of one step, with room for the damping */
};

static double *value(struct nh_usl *u, size_t j)
{
    return j == 0 ? &u->alpha : j == 1 ? &u->beta : &u->gamma;
}

double nh_usl_throughput(const struct nh_usl *u, double n, double *gradient)
{
    double d = 1 + u->alpha * (n - 1) + u->beta * n * (n - 1);
    if (gradient) {
        gradient[0] = -u->gamma * n * (n - 1) / (d * d);
        gradient[1] = -u->gamma * n * n * (n - 1) / (d * d);
        gradient[2] = n / d;
    }
    return u->gamma * n / d;
}

static double evaluate(const struct problem *p, const struct nh_usl *u, bool derivatives)
{
    double sum = 0, gradient[PARAMS];
    for (size_t i = 0; i < p->count; i++) {
        double root = sqrt(p->weight[i]);
        double r = root * (p->x[i] - nh_usl_throughput(u, p->n[i], gradient));
        sum += r * r;
        if (!derivatives)
            continue;
        p->residual[i] = r;
        for (size_t j = 0; j < PARAMS; j++)
            p->jacobian[j * p->count + i] = root * gradient[j];
    }
    return sum;
}

/* A parameter on a bound stays there while the slope points outwards. */
static unsigned free_parameters(const struct problem *p, struct nh_usl *u)
{
    unsigned mask = 0;
    for (size_t j = 0; j < PARAMS; j++) {
        double slope = 0, now = *value(u, j);
        for (size_t i = 0; i < p->count; i++)
            slope += p->jacobian[j * p->count + i] * p->residual[i];
        if (!(now <= 0 && slope <= 0) && !(now >= highest[j] && slope >= 0))
            mask |= 1U << j;
    }
    return mask;
}

/* The system of the free columns, damped by sqrt(mu) times the length of each. */
static struct nh_lsq system_of(const struct problem *p, unsigned mask, double mu, size_t *column)
{
    struct nh_lsq s = {.rows = p->count + (mu > 0 ? PARAMS : 0), .a = p->a};
    memset(s.a, 0, s.rows * (PARAMS + 1) * sizeof *s.a);
    for (size_t j = 0; j < PARAMS; j++) {
        if (!(mask >> j & 1))
            continue;
        double *to = s.a + s.cols * s.rows, length = 0;
        memcpy(to, p->jacobian + j * p->count, p->count * sizeof *to);
        for (size_t i = 0; i < p->count; i++)
            length += to[i] * to[i];
        if (mu > 0)
            to[p->count + s.cols] = sqrt(mu * length);
        column[s.cols++] = j;
    }
    memcpy(s.a + s.cols * s.rows, p->residual, p->count * sizeof *s.a);
    return s;
}

static bool step(const struct problem *p, unsigned mask, double mu, const struct nh_usl *from,
                 struct nh_usl *to)
{
    size_t column[PARAMS] = {0};
    struct nh_lsq s = system_of(p, mask, mu, column);
    struct nh_lsq_solution delta = {.rss = 0};
    *to = *from;
    if (!nh_lsq_solve(&s, false, &delta))
        return false;
    for (size_t j = 0; j < s.cols; j++) {
        double *moved = value(to, column[j]);
        *moved = fmin(fmax(*moved + delta.x[j], 0), highest[column[j]]);
    }
    return true;
}

static bool still(struct nh_usl *a, struct nh_usl *b)
{
    for (size_t j = 0; j < PARAMS; j++)
        if (fabs(*value(a, j) - *value(b, j)) > 1e-12 * fabs(*value(a, j)))
            return false;
    return true;
}

static void descend(const struct problem *p, struct nh_usl *u)
{
    double mu = 1e-4;
    u->rss = evaluate(p, u, true);
    for (int i = 0; i < MOST_STEPS && mu < 1e12; i++) {
        struct nh_usl next;
        unsigned mask = free_parameters(p, u);
        if (!mask || !step(p, mask, mu, u, &next))
            return;
        next.rss = evaluate(p, &next, false);
        if (!(next.rss <= u->rss)) {
            mu *= 10;
            continue;
        }
        bool done = still(u, &next);
        *u = next;
        if (done)
            return;
        mu = fmax(mu / 10, 1e-14);
        evaluate(p, u, true);
    }
}

static bool finish(const struct problem *p, struct nh_usl *u)
{
    size_t column[PARAMS] = {0};
    struct nh_lsq_solution solution = {.rss = 0};
    evaluate(p, u, true);
    u->free_mask = 0;
    for (size_t j = 0; j < PARAMS; j++)
        if (*value(u, j) > 0 && *value(u, j) < highest[j])
            u->free_mask |= 1U << j;
    struct nh_lsq s = system_of(p, u->free_mask, 0, column);
    memset(u->inverse, 0, sizeof u->inverse);
    if (!nh_lsq_solve(&s, true, &solution))
        return false;
    for (size_t i = 0; i < s.cols; i++)
        for (size_t j = 0; j < s.cols; j++)
            u->inverse[column[i] * PARAMS + column[j]] = solution.inverse[i * s.cols + j];
    return true;
}

bool nh_usl_fit(const double *n, const double *x, const double *weight, size_t count,
                double *scratch, struct nh_usl *out)
{
    struct problem p = {n, x, weight, count, scratch, NULL, NULL};
    p.residual = p.jacobian + PARAMS * count;
    p.a = p.residual + count;
    *out = (struct nh_usl){.alpha = 0.01, .beta = 1e-4};
    for (size_t i = 0; i < count; i++)
        if (weight[i] > 0)
            out->gamma = fmax(out->gamma, x[i] / n[i]);
    if (!(out->gamma > 0))
        return false;
    descend(&p, out);
    return finish(&p, out);
}

double nh_usl_peak(const struct nh_usl *u)
{
    return u->beta > 0 ? sqrt((1 - u->alpha) / u->beta) : INFINITY;
}

void nh_usl_errors(const struct nh_usl *u, double dof, double se[3])
{
    for (size_t j = 0; j < PARAMS; j++)
        se[j] = u->free_mask >> j & 1 ? sqrt(u->inverse[j * PARAMS + j] * u->rss / dof) : NAN;
}
