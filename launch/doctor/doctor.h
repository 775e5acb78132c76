/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_DOCTOR_H
#define NH_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "launch/doctor/check.h"
#include "launch/hosts.h"

/* What is asked for; zeroed: everything, on this host. */
struct nh_doctor {
    struct nh_site_request site;
    const char *only;             /* subjects, comma-separated; NULL: all */
    const struct nh_hosts *hosts; /* nodes to look at; NULL or empty: this host alone */
    bool srun;                    /* reach them by srun (inside an allocation) instead of ssh */
    double timeout_s;             /* of each node; 0: 15 */
};

/**
 * Looks at this host, or at all nodes in parallel, and says what it found as a report (see
 * docs/doctor.md for its fields). New reference in `*report`. A bad node is no error: it is in
 * the report; NH_EINPUT is wrong input (a subject, a machine, a launcher), NH_EFAIL a lack of
 * memory or processes.
 */
int nh_doctor_run(const struct nh_doctor *doctor, json_t **report, struct nh_error *err);

/** The verdict over all nodes: NH_OK, or NH_EPREFLIGHT with the first failure and its remedy
 *  in `err`. Warnings are no failure. */
int nh_doctor_verdict(const json_t *report, struct nh_error *err);

/** The checks in the order of the table, NULL-terminated. */
extern const struct nh_check *const nh_checks[];

/* ---- for nodes.c ---- */

/** Report of one node: {"host", "hostname", "time", ..., "findings"}. New reference. */
int nh_doctor_here(const struct nh_doctor *doctor, json_t **node, struct nh_error *err);
/** A report around nodes; takes the reference, adds levels and counts. */
json_t *nh_doctor_report(json_t *nodes);

#endif
