/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_BOTTLENECK_H
#define NH_BOTTLENECK_H

#include "analysis/advice.h"
#include "analysis/model/model.h"
#include "analysis/pop.h"
#include "analysis/shares.h"

/*
 * What keeps an application from scaling, in plain words. Where records say what each rank did,
 * the loss is split exactly: ln E = ln LB + ln CE + ln CS (+ the same of the base), so that
 * communication and computation are told apart. Times alone cannot do that, and the verdict
 * says so.
 */
enum nh_loss {
    NH_LOSS_NONE,          /* efficiency of at least 95 % */
    NH_LOSS_BALANCE,       /* ranks wait for the one with the most to compute */
    NH_LOSS_COMMUNICATION, /* of the slowest rank's time, what is not computing */
    NH_LOSS_COMPUTATION,   /* the same work takes longer: instructions, IPC or clock */
    NH_LOSS_CONSTANT,      /* from times alone: a part that does not shrink */
    NH_LOSS_GROWING,       /* from times alone: a part that grows with the size */
    NH_LOSS_UNKNOWN        /* too few sizes */
};

enum { NH_BOTTLENECK_NOTES = 6, NH_BOTTLENECK_TEXT = 400 };

struct nh_bottleneck {
    enum nh_loss loss;                /* the largest part of it, at the largest size */
    char verdict[NH_BOTTLENECK_TEXT]; /* one or two sentences */
    char notes[NH_BOTTLENECK_NOTES][NH_BOTTLENECK_TEXT];
    size_t note_count;
    bool superlinear, significant; /* efficiency above 1.02 somewhere; beyond doubt */
    size_t superlinear_point;
    bool anti_scaling;    /* a larger size is slower than a smaller one */
    size_t turning_point; /* the size after which it gets slower */
    bool has_factors;
    struct nh_pop_factors base, last; /* valid with has_factors */
    /** Time at the largest size with a network twice as fast, over the time now: at best.
     *  NaN when nothing is known of communication. */
    double faster_network;
};

/** Compares the communication at the largest size with what micro-benchmarks predict for it
 *  (nh_network_explained), and adds what that means. NaN adds nothing. */
void nh_bottleneck_tie(struct nh_bottleneck *b, const struct nh_scaling *s, double explained_s);

/** What a network twice as fast would save at most of what a run costs at the largest size.
 *  Nothing is added where that is not known. */
void nh_bottleneck_price(struct nh_bottleneck *b, const struct nh_advice *a);

/** `shares` and `app` (index of the application in it) may have nothing to say; `models` may
 *  have refused. */
void nh_bottleneck_find(const struct nh_scaling *s, const struct nh_models *models,
                        const struct nh_shares *shares, size_t app, struct nh_bottleneck *out);

#endif
