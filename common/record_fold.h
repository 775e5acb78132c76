/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_RECORD_FOLD_H
#define NH_RECORD_FOLD_H

#include "common/record.h"

/* Which records are kept and which are folded (nh_records_fold): one for each thread. */
struct nh_folder;

struct nh_folder *nh_folder_new(void); /* NULL when memory is short */
void nh_folder_free(struct nh_folder *f);

/** Folds the record in a line when it can be; false: it is to be kept, or damaged. */
bool nh_folder_take(struct nh_folder *f, const char *line, size_t len);

/** The line given last was kept, as number `index` of its part. */
int nh_folder_kept(struct nh_folder *f, size_t index, struct nh_error *err);

/** The records of a part were appended to a set, from `first` on: appends what was folded
 *  meanwhile. The lines of the part may be freed then. */
int nh_folder_flush(struct nh_folder *f, size_t first, struct nh_folded_list *list,
                    struct nh_error *err);

#endif
