/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NVME_DRIVE_H
#define NH_NVME_DRIVE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "launch/doctor/site.h"

/* The NVMe drives of a host as sysfs, /proc and blkid(8) show them, and whether we would touch
 * one. Nothing here opens a drive or writes. */
enum nh_drive_kind { NH_DRIVE_INSTANCE, NH_DRIVE_EBS, NH_DRIVE_OTHER };

/* What forbids writing to a drive; a drive with none of these is free. */
enum nh_drive_use {
    NH_USE_MOUNTED = 1 << 0,
    NH_USE_SWAP = 1 << 1,
    NH_USE_PARTITIONED = 1 << 2,
    NH_USE_ARRAY = 1 << 3,     /* member of an md array that runs */
    NH_USE_LVM = 1 << 4,       /* a logical volume lies on it */
    NH_USE_HOLDER = 1 << 5,    /* something else in the kernel holds it */
    NH_USE_SIGNATURE = 1 << 6, /* file system, array or other data that blkid knows */
    NH_USE_READ_ONLY = 1 << 7,
    NH_USE_UNKNOWN = 1 << 8 /* blkid gave no answer: what is on it is not known */
};

struct nh_drive {
    char name[32];   /* "nvme1n1" */
    char model[48];  /* as the drive says, without blanks at the end */
    char serial[32]; /* likewise; what --erase names */
    char number[16]; /* "259:3" */
    uint64_t bytes;
    enum nh_drive_kind kind;
    int numa;         /* -1: not known */
    unsigned uses;    /* of enum nh_drive_use */
    char use[256];    /* "mounted at /; partitioned (2)"; "" when free */
    char holders[96]; /* "md0 dm-3" */
};

enum { NH_DRIVES_MOST = 64 };
struct nh_drives {
    struct nh_drive items[NH_DRIVES_MOST];
    size_t count;
    size_t left_out; /* beyond NH_DRIVES_MOST */
};

/** All NVMe namespaces of the host, in the order of their names. */
void nh_drives_find(const struct nh_site *site, struct nh_drives *drives);

/** "instance store", "EBS", "other". */
const char *nh_drive_kind_name(enum nh_drive_kind kind);

/**
 * Whether nodehour would write to the drive when its serial is named, or also without a name of
 * its own (`by_itself`: instance store only). `why` gets the reason when not, else "".
 */
bool nh_drive_may_touch(const struct nh_drive *d, bool *by_itself, char *why, size_t len);

/** How many instance-store drives are below a block device ("md0", "nvme1n1p1"); 0 when it is
 *  none, or anything else is below it as well. */
int nh_drives_below(const struct nh_site *site, const char *device);

/** The drives as JSON: format nodehour-nvme, version 1. New reference. */
json_t *nh_drives_json(const struct nh_drives *drives);

#endif
