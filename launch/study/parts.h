/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STUDY_PARTS_H
#define NH_STUDY_PARTS_H

#include "launch/study/expr.h"
#include "launch/study/study.h"

/* The parts of reading a study, each for some keys; called in this order by study.c. */

/** machine, prices, license_per_hour. */
int nh_study_read_machine(struct nh_study *study, const struct nh_study_options *options,
                          struct nh_error *err);
/** launcher; counts the hosts. */
int nh_study_read_launcher(struct nh_study *study, const struct nh_study_options *options,
                           struct nh_error *err);
/** limits, launches, seed. */
int nh_study_read_limits(struct nh_study *study, const struct nh_study_options *options,
                         struct nh_error *err);
/** over: axes, zip. */
int nh_study_read_axes(struct nh_study *study, const struct nh_study_options *options,
                       struct nh_error *err);
/** measure. */
int nh_study_read_measures(struct nh_study *study, struct nh_error *err);

/* Names in conditions, in this order. */
enum nh_study_name {
    NH_NAME_NODES,
    NH_NAME_RANKS_PER_NODE,
    NH_NAME_THREADS,
    NH_NAME_CELLS,
    NH_NAME_CELLS_PER_RANK,
    NH_NAME_RANKS,
    NH_NAME_CORES,
    NH_NAME_AVAILABLE,
    NH_STUDY_NAMES
};

/** The names with the values of a combination (`index`: a value of each axis). */
void nh_study_names(const struct nh_study *study, const size_t index[NH_AXES],
                    struct nh_expr_name names[NH_STUDY_NAMES]);

/** What a measurement is called: in names of jobs. */
const char *nh_study_label(const struct nh_study *study, size_t measure);

extern const char *const nh_axis_names[NH_AXES];

/** The node below the root at "limits.max_cost"; the nearest one above it where it is not. */
const struct nh_node *nh_study_node(const struct nh_study *study, const char *key);

/** Puts "FILE:LINE: key: " before the text of an error; returns its code. Without the key in the
 *  file, an option is what is wrong, and `option` is put there instead. */
int nh_study_context(const struct nh_study *study, const char *key, const char *option,
                     struct nh_error *err);
/** Fails with such an error. */
int nh_study_fail(const struct nh_study *study, const char *key, struct nh_error *err,
                  const char *fmt, ...) NH_PRINTF(4, 5);

#endif
