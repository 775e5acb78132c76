/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_TABLES_H
#define NH_TABLES_H

#include "analysis/report/report.h"
#include "analysis/report/table.h"

/* The two tables of an application for other documents, head first; rounded for reading. */

/** Size, launches, time, scale-up, efficiency, Karp-Flatt; with intervals where there are any. */
void nh_scaling_table(struct nh_table *t, const struct nh_scaling *s);
/** Size, turn-around time, cost, share of licence, front, and what a size is recommended as; by
 * price model `m` of those asked for. */
void nh_cost_table(struct nh_table *t, const struct nh_app_answer *a, size_t m);
/** Curves of messages: kernel, label, size, time, interval, bandwidth. */
void nh_curves_table(struct nh_table *t, const struct nh_dataset *set);

#endif
