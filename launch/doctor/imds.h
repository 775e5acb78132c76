/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_IMDS_H
#define NH_IMDS_H

#include <stdbool.h>
#include <stddef.h>

#include "launch/doctor/site.h"

/*
 * EC2's instance metadata service, version 2: a token first, then values by path. Each
 * question has 200 ms. AWS_EC2_METADATA_SERVICE_ENDPOINT ("http://HOST[:PORT]", HOST an IPv4
 * address) names another server, and AWS_EC2_METADATA_DISABLED=true none: the variables of
 * AWS's own tools.
 */
struct nh_imds {
    unsigned address; /* IPv4, network order */
    unsigned short port;
    char token[160];
};

/** True when it makes sense to ask: on EC2 by its DMI tables, or where an endpoint is given.
 *  Elsewhere nobody is asked, since waiting for nobody takes time; nor for a recorded tree. */
bool nh_imds_expected(const struct nh_site *site);

/** Gets a token; false when nobody answers, or asking is disabled. */
bool nh_imds_open(struct nh_imds *imds);

/** The value at "/latest/meta-data/PATH" without its last newline; HTTP status, 0 when nobody
 *  answers. */
int nh_imds_get(const struct nh_imds *imds, const char *path, char *buf, size_t len);

#endif
