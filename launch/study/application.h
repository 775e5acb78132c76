/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STUDY_APPLICATION_H
#define NH_STUDY_APPLICATION_H

#include "launch/study/parts.h"

/* Applications of a study: entries of `measure` with `application` instead of `kernel`. */

/** needs: variables of the environment that the study asks for. */
int nh_study_read_needs(struct nh_study *study, struct nh_error *err);

/** NH_EINPUT when one of them is not set: which, and what it is for. A study can be planned
 *  without, but not run. */
int nh_study_check_needs(const struct nh_study *study, struct nh_error *err);

/** What is not set: "NAME: what it is for", from `index` 0; NULL after the last. */
const char *nh_study_missing(const struct nh_study *study, size_t index, char *buf, size_t len);

/** Checks measurement `index`, an application, and sets its kernel. */
int nh_study_read_application(struct nh_study *study, size_t index, struct nh_error *err);

/** Fills the job of a combination: its command, and what it is expected to take. */
int nh_study_add_application(const struct nh_study *study, size_t measure,
                             const size_t index[NH_AXES], struct nh_job *job, struct nh_error *err);

#endif
