/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NVME_BENCH_H
#define NH_NVME_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/nvme/choose.h"
#include "bench/nvme/cpu.h"
#include "bench/nvme/fio.h"
#include "bench/nvme/result.h"
#include "bench/nvme/scratch.h"
#include "common/stats.h"
#include "launch/doctor/site.h"

/* One line of the table: what fio is to do. */
struct nh_nvme_test {
    char name[48]; /* "sequential read" */
    const char *rw;
    size_t block;
    long threads, depth; /* threads of each device, where there are devices */
    /* Raw devices that are read; none: scratch files in the directory. */
    char target[40];            /* "directory", "drive AWS1...", "drives at once", "array md127" */
    const char *const *devices; /* paths */
    size_t device_count;
    uint64_t bytes; /* of a device that one thread reads */
};

/* What was asked for. */
struct nh_nvme_options {
    const char *directory, *engine, *tests, *output;
    const char
        *drives; /* instead of a directory: serial numbers; their array too when it is ours */
    long threads, depth, launches; /* threads 0: one for each hardware thread that we may use */
    double runtime_s, share;       /* share of the free space that is filled at most, 0..1 */
    size_t bytes;                  /* of the file of one thread; 0: 256 MiB or what fits */
    bool sweep, json, quiet;
};

/* One test of one launch. */
struct nh_nvme_outcome {
    bool done, steady;
    double bandwidth, ops_per_s;      /* bytes/s, operations/s */
    double p50_ns, p99_ns, p999_ns;   /* completion latency */
    double first_done_s, last_done_s; /* of the threads */
    double share_least;               /* of devices at once: slowest over fastest */
    double drift;                     /* change of the rate over the test, share of its median */
    struct nh_cpu_load cpu;
};

/* A measurement on its way; what a record says of it. */
struct nh_nvme_bench {
    const struct nh_nvme_options *options;
    const struct nh_site *site;
    struct nh_fio fio;
    struct nh_scratch scratch;
    struct nh_nvme_test *tests;
    size_t test_count;
    struct nh_nvme_outcome *outcomes; /* launches of the first test, of the second, ... */
    uint64_t bytes;                   /* of the file of one thread */
    long most_threads;                /* of any test: so many files there are */
    struct nh_raw *raw;               /* the devices, where there is no directory */
    int drives;                       /* instance-store drives below the directory; 0: others */
};

/* Drives that are read raw, and tests of each alone, all at once, and their array. */
struct nh_raw {
    struct nh_drives drives;
    struct nh_chosen chosen;
    char paths[NH_DRIVES_MOST + 1][48]; /* of the drives, then of the array */
    const char *devices[NH_DRIVES_MOST + 1];
    char array[32]; /* "" when there is none */
};

enum { NH_NVME_WINDOW_MS = 100 };

/** Measures and writes records and the table to `out`; notes and progress go to stderr.
 *  Codes: NH_EINPUT; NH_ESTOPPED by a signal and NH_EPARTIAL when fio fails, with what was
 *  measured kept; NH_EFAIL when nothing was. Own files are removed whatever happens. */
int nh_nvme_bench(const struct nh_nvme_options *options, const struct nh_site *site, FILE *out,
                  struct nh_error *err);

/** The tests asked for; `*tests` is malloc'ed. `threads` are those of the published tests. */
int nh_nvme_tests(const struct nh_nvme_options *options, long threads, struct nh_nvme_test **tests,
                  size_t *count, struct nh_error *err);

/** The same of raw drives, which are only read. NH_EINPUT also for what is no serial number. */
int nh_nvme_raw_tests(const struct nh_nvme_options *options, const struct nh_site *site,
                      long threads, struct nh_raw *raw, struct nh_nvme_test **tests, size_t *count,
                      struct nh_error *err);

/** Bytes of each of `threads` files, so that no more than the share of the free space is filled;
 *  a whole number of MiB. */
int nh_nvme_file_bytes(const struct nh_nvme_options *options, uint64_t free_bytes, long threads,
                       uint64_t *bytes, struct nh_error *err);

/** Prints the table of what was measured. */
int nh_nvme_show(const struct nh_nvme_bench *b, FILE *out, struct nh_error *err);

#endif
