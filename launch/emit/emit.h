/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_EMIT_H
#define NH_EMIT_H

#include <jansson.h>

#include "common/catalog.h"

/*
 * Files that launch nodehour on a machine of the catalog: `nodehour machine NAME --emit KIND`.
 * A kind of file is an entry of nh_emit_kinds; the same machine gives the same bytes.
 */
struct nh_emit_file {
    char name[96]; /* relative: "sbatch/c5n-osu.sbatch" */
    char *text;
};

struct nh_emit_files { /* owns them; zeroed is empty */
    struct nh_emit_file *items;
    size_t count;
};

struct nh_emit_kind {
    const char *name; /* of --emit */
    const char *summary;
    int (*make)(const struct nh_machine *machine, struct nh_emit_files *files,
                struct nh_error *err);
};

extern const struct nh_emit_kind *const nh_emit_kinds[]; /* NULL-terminated */

/** Adds the files of a kind, or of all ("all"). NH_EINPUT for an unknown kind, and for a machine
 *  without EFA. */
int nh_emit(const struct nh_machine *machine, const char *kind, struct nh_emit_files *files,
            struct nh_error *err);
void nh_emit_clear(struct nh_emit_files *files);

#endif
