/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NVME_SCRATCH_H
#define NH_NVME_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/paths.h"

/* Our own files in a folder of the user: a fresh folder in it, which goes with all that we put
 * there; and a second one for what fio writes about itself. */
struct nh_scratch {
    char data[NH_PATH_MAX]; /* scratch files: DIRECTORY/nodehour-nvme-XXXXXX */
    char work[NH_PATH_MAX]; /* job files, results and logs */
    bool direct;            /* the file system takes direct I/O */
    uint64_t free_bytes;    /* before anything was written; for users without privileges */
    char type[32];          /* of the file system, by its number: "xfs"; "0x1234" */
    char device[32];        /* "nvme1n1", "md0"; "" when the files lie on no block device */
};

/** Makes the folders; `directory` NULL: only the one for work. Code NH_EINPUT where the
 *  directory is the reason. */
int nh_scratch_open(const char *directory, struct nh_scratch *s, struct nh_error *err);
/** Removes both folders with what is in them. */
void nh_scratch_close(const struct nh_scratch *s);

#endif
