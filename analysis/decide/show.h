/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_DECIDE_SHOW_H
#define NH_DECIDE_SHOW_H

#include <jansson.h>
#include <stdio.h>

#include "analysis/decide/across.h"
#include "analysis/decide/decide.h"
#include "analysis/report/table.h"

/* Decisions as text for the terminal (indented by two) and as JSON (new references). */

int nh_decision_text(FILE *out, const struct nh_scaling *s, const struct nh_advice *a,
                     const struct nh_decision *d, struct nh_error *err);
json_t *nh_decision_json(const struct nh_scaling *s, const struct nh_advice *a,
                         const struct nh_decision *d);

int nh_changes_text(FILE *out, const struct nh_scaling *s, const struct nh_advice *a,
                    const struct nh_changes *c, struct nh_error *err);
json_t *nh_changes_json(const struct nh_scaling *s, const struct nh_advice *a,
                        const struct nh_changes *c);

/** The rows of both texts, head first. */
void nh_changes_table(struct nh_table *t, const struct nh_scaling *s, const struct nh_advice *a,
                      const struct nh_changes *c);
void nh_across_table(struct nh_table *t, const struct nh_scaling *s, const struct nh_advice *a,
                     const struct nh_across *across);

/** `a`: any advice of the case, for how amounts are written. */
int nh_across_text(FILE *out, const struct nh_scaling *s, const struct nh_advice *a,
                   const struct nh_across *across, struct nh_error *err);
json_t *nh_across_json(const struct nh_scaling *s, const struct nh_across *across);

/** A real, or null where it is not finite. */
json_t *nh_show_number(double value);

#endif
