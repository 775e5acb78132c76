/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_DOCTOR_SHOW_H
#define NH_DOCTOR_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/** Prints a report for people: findings by subject; of several nodes what is not ok, with the
 *  nodes that have it, then the differences. `quiet` leaves out what is ok. */
void nh_doctor_show(const json_t *report, bool quiet, FILE *out);

#endif
