/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NVME_FIO_H
#define NH_NVME_FIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/paths.h"

/* The fio that is called: where it is, and what it can do. */
struct nh_fio {
    char path[NH_PATH_MAX];
    char version[24]; /* "3.33" */
    char engine[16];  /* "libaio", "io_uring" or "psync" */
};

/** Finds fio on PATH, at least 3.0, and an engine: `wanted`, or the first of libaio, io_uring
 *  and psync that it offers. NH_EINPUT with what is needed. */
int nh_fio_find(const char *wanted, struct nh_fio *fio, struct nh_error *err);

/** "fio-3.33" to numbers; false for anything else. */
bool nh_fio_version(const char *text, int *major, int *minor);

/* One test: what fio does, and where. */
struct nh_fio_job {
    const char *engine;
    const char *rw;        /* "read", "randwrite", ... */
    size_t block;          /* bytes of one operation */
    long threads, depth;   /* threads for each target */
    bool direct;           /* past the page cache */
    double runtime_s;      /* 0: once over each file */
    const char *directory; /* scratch files in this folder, one for each thread; or NULL: */
    const char *const *devices;
    size_t device_count;
    uint64_t bytes;         /* of one thread's file, or of one thread's part of a device */
    const char *log_prefix; /* of the log of rates; NULL: none */
    long window_ms;         /* of that log */
};

/** The job file as text, malloc'ed. NH_EINPUT when a path has a character that fio's job files
 *  give a meaning of its own. */
int nh_fio_job_text(const struct nh_fio_job *job, char **text, struct nh_error *err);

#endif
