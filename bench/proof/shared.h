/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SHARED_H
#define NH_SHARED_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Memory that this process shares with other processes of its host, and whether it was written
 * between two looks: what shared memory has in place of a byte counter. Shared, writable
 * mappings of this process are taken from /proc/self/maps; those that another of the named
 * processes maps too (same device and inode) are looked at, page by page, where pages are
 * present. Devices are left alone. Contents that were overwritten with the same are not seen,
 * and a page that was written a thousand times counts once: it is evidence, no measure.
 */
struct nh_shared;

/* All are numbers, so that hosts can add them up. */
struct nh_shared_seen {
    int64_t segments, bytes; /* that at least two of the processes map, and their size */
    int64_t looked_bytes;    /* pages that were present and compared */
    int64_t written_segments, written_bytes; /* pages whose contents differ, or that are new */
    int64_t unseen; /* not 0: there was more than is looked at, or maps could not be read */
};
enum { NH_SHARED_NUMBERS = sizeof(struct nh_shared_seen) / sizeof(int64_t) };

/** `others` are process numbers; those that do not run the program of this one are left out.
 *  NULL when memory is short. */
struct nh_shared *nh_shared_open(const pid_t *others, int count);
void nh_shared_close(struct nh_shared *shared);

/** Leaves out the mapping that holds `address`: memory of our own that says nothing about
 *  messages. A few at most. */
void nh_shared_ignore(struct nh_shared *shared, const void *address);

/** A look takes some milliseconds at most. */
void nh_shared_before(struct nh_shared *shared);
/** `name` (of `len` bytes) gets the file of the segment that was written most, "" if none. */
void nh_shared_after(struct nh_shared *shared, struct nh_shared_seen *out, char *name, size_t len);

#endif
