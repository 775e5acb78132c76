/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_FABRIC_PROVIDER_H
#define NH_FABRIC_PROVIDER_H

#include <rdma/fabric.h>
#include <stdbool.h>

#include "common/error.h"

/* What is asked of libfabric; NULL and 0 take anything. */
struct nh_provider_want {
    const char *provider, *domain;
    uint64_t caps;
};

/* The interface of libfabric that this program is written for: 1.9 and later have it. */
#define NH_FABRIC_API FI_VERSION(1, 9)

/** NH_EFAIL with libfabric's own words for the negative code `rc`. */
int nh_fi_fail(struct nh_error *err, long rc, const char *what);

/** The first reliable-datagram endpoint that fits; fi_freeinfo it. NH_EINPUT names the
 *  providers, or the domains, that exist. */
int nh_provider_find(const struct nh_provider_want *want, struct fi_info **info,
                     struct nh_error *err);

/** The provider that is taken when none is named: the fastest kind that offers what is
 *  wanted; shared memory only between processes of one host. NULL with NH_EINPUT. */
const char *nh_provider_best(bool one_host, uint64_t caps, struct nh_error *err);

/** All endpoints of reliable datagrams; NULL when there is none. */
struct fi_info *nh_provider_all(void);
/** All providers that are built into the library, with devices or without. */
struct fi_info *nh_provider_built(void);

/** Is `provider` the kernel of "tcp;ofi_rxm"? */
bool nh_provider_is(const struct fi_info *info, const char *provider);

#endif
