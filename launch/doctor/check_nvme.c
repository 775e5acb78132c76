/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "launch/doctor/check.h"

struct drives {
    const struct nh_site *site;
    int local, other;
};

/* Instance storage and EBS volumes are both NVMe drives; their model tells. */
static void look_at_drive(const char *name, void *context)
{
    struct drives *d = context;
    char path[400], model[80] = "";
    snprintf(path, sizeof path, "/sys/class/nvme/%s/model", name);
    if (!nh_site_line(d->site, path, model, sizeof model))
        return;
    if (strstr(model, "Instance Storage"))
        d->local++;
    else
        d->other++;
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    struct drives d = {.site = site};
    int wanted = site->known ? site->machine.nvme_drives : 0;
    nh_site_each(site, "/sys/class/nvme", look_at_drive, &d);
    struct nh_finding *f = nh_finding_add(found, "local", NH_GRADE_WARN);
    nh_finding_where(f, "/sys/class/nvme");
    nh_finding_value(f, "%d", d.local);
    if (wanted)
        nh_finding_what(f, "%d of %d local NVMe drives of a %s; other NVMe drives: %d", d.local,
                        wanted, site->machine.name, d.other);
    else
        nh_finding_what(f, "local NVMe drives: %d; other NVMe drives: %d", d.local, d.other);
    if (d.local < wanted)
        nh_finding_bad(f, NH_GRADE_WARN,
                       "a RAID 0 over fewer drives is slower than the type's figures",
                       "stop and start the instance; when it stays so, report the instance to AWS");
}

const struct nh_check nh_check_nvme = {"nvme", "local NVMe drives", look};
