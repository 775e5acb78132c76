/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_DECIDE_H
#define NH_DECIDE_H

#include "analysis/decide/change.h"
#include "analysis/decide/decided.h"
#include "analysis/decide/next.h"
#include "analysis/decide/questions.h"

/* What else is asked of an advice: goals, and the sizes between those measured. */
struct nh_decision {
    struct nh_answer answers[NH_QUESTIONS];
    size_t answer_count;
    size_t unmet; /* answers that no configuration meets, measured or not */
    struct nh_candidates candidates;
    struct nh_optimum optimum;
    char optimum_text[512]; /* "" where every shape says the measured answer */
    struct nh_changes changes;
    struct nh_next next;
    struct nh_decided decided;
};

/** `models` (NULL: none) are of `s`. Nothing is left to free after an error. */
int nh_decide(const struct nh_scaling *s, const struct nh_advice *a, const struct nh_models *models,
              const struct nh_goal *goal, struct nh_decision *out, struct nh_error *err);
void nh_decision_clear(struct nh_decision *d);

#endif
