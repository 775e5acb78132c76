/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/doctor/procself.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/paths.h"

/* "Max locked memory         8388608              8388608              bytes" */
double nh_site_limit(const struct nh_site *site, const char *name)
{
    char path[NH_PATH_MAX], line[256];
    double limit = NAN;
    FILE *in = nh_path(path, sizeof path, NULL, "%s/proc/self/limits", site->root)
                   ? NULL
                   : fopen(path, "re");
    while (in && isnan(limit) && fgets(line, sizeof line, in)) {
        size_t n = strlen(name);
        if (strncmp(line, name, n) != 0)
            continue;
        const char *text = line + n + strspn(line + n, " ");
        if (strncmp(text, "unlimited", strlen("unlimited")) == 0)
            limit = INFINITY;
        else if (isdigit((unsigned char)*text))
            limit = strtod(text, NULL);
    }
    if (in)
        fclose(in);
    return limit;
}

bool nh_site_capable(const struct nh_site *site, int capability)
{
    char text[64];
    if (!nh_site_key(site, "/proc/self/status", "CapEff", text, sizeof text))
        return false;
    return strtoull(text, NULL, 16) >> capability & 1;
}
