/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NVME_RECORD_H
#define NH_NVME_RECORD_H

#include "bench/nvme/bench.h"
#include "bench/nvme/run.h"
#include "common/record.h"

/** The record of one test of one launch (docs/records.md, "Storage"), and what the table shows of
 *  it. The caller clears the record. */
int nh_nvme_record(const struct nh_nvme_bench *b, const struct nh_nvme_test *test, long launch,
                   const struct nh_fio_run *run, struct nh_cpu_load cpu, struct nh_record *r,
                   struct nh_nvme_outcome *outcome, struct nh_error *err);

#endif
