/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_LOG_OWN_H
#define NH_LOG_OWN_H

#include "analysis/import/log.h"
#include "common/record.h"

/* What our own records know beyond a figure: which transport carried the bytes, what the
 * cores allow, and the links of a matrix. Imported records know none of it. */

/** Verdict, a required transport that was missed, and whether operations followed each other
 *  without waiting. */
void nh_log_own_series(const struct nh_record *r, struct nh_log_series *s);

/** The least hand-over and the copy bandwidth that were measured beside it. */
void nh_log_own_limits(const struct nh_record *r, struct nh_log_row *row);

bool nh_log_is_matrix(const struct nh_record *r);
/** The links of a matrix are figures, not its rounds: puts the fastest link between hosts, or
 *  inside one where there is a single host, into `s` and `row`; beyond 64 ranks, of which no
 *  matrix is recorded, the median link. */
void nh_log_own_matrix(const struct nh_record *r, struct nh_log_series *s, struct nh_log_row *row);

#endif
