/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CMA_H
#define NH_CMA_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"

/** Cross-memory attach: one copy, by the kernel, straight out of another process. What MPI
 *  libraries use for large messages on a host, where the kernel allows it. NH_EFAIL with
 *  the reason and the fix when it does not. */
int nh_cma_read(pid_t pid, uint64_t remote, void *to, size_t bytes, struct nh_error *err);

/** Lets any process of this user read this one where Yama asks for such a leave
 *  (ptrace_scope 1); no harm elsewhere. */
void nh_cma_allow(void);

#endif
