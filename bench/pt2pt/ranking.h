/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_RANKING_H
#define NH_RANKING_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Which of many like things is worse than the others, by median and MAD: neither a slow
 * minority nor one wild value moves the yardstick.
 *
 *     score = (value - median) / max(1.4826 MAD, 2 % of the median)
 *
 * counted so that positive is worse. Among things that differ by less than 2 % nothing
 * stands out: on a quiet machine the MAD alone would call a percent remarkable.
 */
struct nh_yardstick {
    double median, spread; /* of the values; NaN for none */
    bool more_is_worse;    /* times, not rates */
};

/** From n values, NaN left out; `scratch` holds 2 n doubles. */
struct nh_yardstick nh_yardstick_of(const double *values, size_t n, bool more_is_worse,
                                    double *scratch);

double nh_yardstick_score(const struct nh_yardstick *yardstick, double value);

/* The worst of what is offered, one at a time: memory for the list only. */
struct nh_suspect {
    long from, to; /* a link, or a rank or host in `from` */
    double value, score;
};
struct nh_worst {
    struct nh_suspect *items; /* worst first; owned by the caller */
    size_t count, room;
};

/** Puts `suspect` into the list when it is worse than one that is there, or there is room. Of
 *  equal scores the first offered stays in front. NaN scores are left out. */
void nh_worst_offer(struct nh_worst *worst, struct nh_suspect suspect);

#endif
