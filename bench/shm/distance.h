/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_DISTANCE_H
#define NH_DISTANCE_H

#include "bench/engine/clock.h"
#include "bench/engine/group.h"
#include "bench/record/table.h"
#include "common/record.h"

/*
 * The distance to the limit, for every kernel without its doing and whatever passes the
 * messages: between two ranks of one host floor.h looks at the two cores before and after
 * each measurement; between hosts the catalog knows the line rate of the machine. Where
 * neither applies the record's `limits` is null. A look takes a few milliseconds; the one
 * after a line of the table is also the one before the next line.
 */
struct nh_distance;

/** `two_cores`: these are two ranks that may each have a core of one host. Both must outlive
 *  it. NULL when memory is short; nh_distance_close takes NULL. */
struct nh_distance *nh_distance_open(const struct nh_group *group, const struct nh_clock *clock,
                                     bool two_cores);
void nh_distance_close(struct nh_distance *distance);

/** Collective, around nh_measure. What cannot be looked at becomes a reason in the record. */
void nh_distance_before(struct nh_distance *distance, const struct nh_case *row);
void nh_distance_after(struct nh_distance *distance);

/** Rank 0: fills record->limits; `derived`, `params`, `nodes` and `stats` are there. */
void nh_distance_record(const struct nh_distance *distance, struct nh_record *record);

/** Rank 0: a line for the reader when the hand-over between the cores has changed. */
bool nh_distance_news(struct nh_distance *distance, char *text, size_t len);

#endif
