/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_RULES_H
#define NH_RULES_H

#include "common/error.h"
#include "common/record.h"

/**
 * Writes the rules that Open MPI's coll/tuned reads by coll_tuned_dynamic_rules_filename, for
 * all-reduce, from records of `nodehour-mpi algorithms`: runs of the library as it decides by
 * itself, and runs with coll_tuned_allreduce_algorithm forced (params.library_algorithm).
 *
 * A forced algorithm is taken for a size where it is the quickest and no interval of its
 * launches reaches those of the library's own decision; elsewhere the rule is 0, "decide
 * yourself". A rule holds from its size up to the next one.
 *
 * NH_EINPUT when there is nothing to compare, or when the records do not belong together
 * (other library, type, operation, number of hosts).
 */
int nh_rules_write(const struct nh_records *records, const char *path, struct nh_error *err);

#endif
