/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NOTICE_H
#define NH_NOTICE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Word from EC2 that this machine will be taken away, read from the instance metadata
 * service (version 2: a token first) by a thread of its own while we measure. Where there is
 * no such service the thread ends after its first tries. Only this machine is watched; that
 * another one goes is seen when its ranks do.
 *
 * $AWS_EC2_METADATA_SERVICE_ENDPOINT is used instead of http://169.254.169.254, and nothing is
 * asked when $AWS_EC2_METADATA_DISABLED is true: the variables of AWS's own tools.
 */
enum nh_notice_kind {
    NH_NOTICE_NONE,
    NH_NOTICE_REBALANCE, /* elevated risk: the launch may end, no other is begun */
    NH_NOTICE_SPOT       /* about two minutes are left */
};

struct nh_notice;

/** Starts watching, every `interval_s`. NULL when there is no memory or thread for it. */
struct nh_notice *nh_notice_start(double interval_s);

/** The worst one so far, and in `text` what it says, for people. NULL is no notice. */
enum nh_notice_kind nh_notice_get(struct nh_notice *notice, char *text, size_t len);

/** Ends the thread, within the time-out of one request, and frees. */
void nh_notice_stop(struct nh_notice *notice);

/* ---- for tests ---- */

/** One look at the service: a token, then both pages. False when it does not answer. */
bool nh_notice_ask(enum nh_notice_kind *kind, char *text, size_t len);

#endif
