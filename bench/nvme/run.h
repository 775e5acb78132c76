/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NVME_RUN_H
#define NH_NVME_RUN_H

#include "bench/nvme/fio.h"
#include "bench/nvme/result.h"
#include "launch/process.h"

/* What came of one fio: its result, and the rates of its windows. */
struct nh_fio_run {
    struct nh_fio_result result;
    double *rates; /* bytes/s; owned */
    size_t rate_count;
};

/**
 * Writes the job file into the folder `work`, runs fio on it and reads what it wrote. The signals
 * of `guard` end it: code NH_ESTOPPED. NH_EFAIL with fio's own words when it fails. `tick` is
 * called about five times a second.
 */
int nh_fio_run(const struct nh_fio *fio, const struct nh_fio_job *job, const char *work,
               const struct nh_guard *guard, bool (*tick)(void *), void *context,
               struct nh_fio_run *run, struct nh_error *err);
void nh_fio_run_clear(struct nh_fio_run *run);

#endif
