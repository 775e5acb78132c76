/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "common/cli.h"
#include "common/paths.h"
#include "launch/doctor/check.h"

/* A hash of what the file holds (FNV-1a): tells two builds apart, no more. */
static bool hash_file(const char *path, uint64_t *hash)
{
    unsigned char piece[65536];
    size_t n;
    FILE *in = fopen(path, "re");
    if (!in)
        return false;
    *hash = 14695981039346656037u;
    while ((n = fread(piece, 1, sizeof piece, in)) > 0)
        for (size_t i = 0; i < n; i++)
            *hash = (*hash ^ piece[i]) * 1099511628211u;
    bool good = !ferror(in);
    fclose(in);
    return good;
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    static const char *const programs[] = {"nodehour", "nodehour-mpi", "nodehour-fabric"};
    for (size_t i = 0; i < sizeof programs / sizeof *programs && !*site->root; i++) {
        char path[NH_PATH_MAX];
        uint64_t hash;
        if (nh_program_path(programs[i], path, sizeof path, NULL) || !hash_file(path, &hash))
            continue;
        struct nh_finding *f = nh_finding_add(found, programs[i], NH_GRADE_FAIL);
        nh_finding_where(f, "%s", path);
        nh_finding_value(f, NH_VERSION " %016" PRIx64, hash);
        nh_finding_what(f, "%s " NH_VERSION ", checksum %016" PRIx64, programs[i], hash);
    }
}

const struct nh_check nh_check_programs = {"programs", "nodehour's own programs", look};
