/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#include "common/units.h"
#include "launch/doctor/check.h"

static const double tolerated_ns = 1e8; /* logs of nodes can still be put in order */

static const char why[] =
    "journals and logs of nodes cannot be put in order, and certificates and signatures fail";

static const struct nh_fixes fixes = {
    .host = "install chrony and use Amazon's clock: server 169.254.169.123 prefer iburst in "
            "/etc/chrony.conf; systemctl enable --now chronyd",
    .container = "on the host: install chrony (server 169.254.169.123 prefer iburst)",
    .batch =
        "chrony on the image of the compute environment (server 169.254.169.123 prefer iburst)"};

/* "System time     : 0.000012 seconds fast of NTP time" */
static bool ask_chrony(const struct nh_site *site, double *offset_ns, bool *synced)
{
    char text[4096];
    if (!nh_site_run(site, (char *[]){"chronyc", "-n", "tracking", NULL}, text, sizeof text))
        return false;
    const char *line = strstr(text, "System time"), *colon = line ? strchr(line, ':') : NULL;
    if (!colon)
        return false;
    *offset_ns = strtod(colon + 1, NULL) * 1e9;
    *synced = !strstr(text, "Not synchronised");
    return true;
}

/* What the kernel knows (adjtimex(2)): offset in us or ns, and whether anybody keeps it. */
static bool ask_kernel(double *offset_ns, bool *synced)
{
    struct timex t = {.modes = 0};
    int state = adjtimex(&t);
    if (state < 0)
        return false;
    *synced = state != TIME_ERROR && !(t.status & STA_UNSYNC);
    *offset_ns = (double)t.offset * (t.status & STA_NANO ? 1 : 1000);
    return true;
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    double offset = NAN;
    bool synced = false, chrony = ask_chrony(site, &offset, &synced);
    char text[NH_UNIT_TEXT];
    if (!chrony && (*site->root || !ask_kernel(&offset, &synced)))
        return;
    struct nh_finding *f = nh_finding_add(found, "synchronised", NH_GRADE_WARN);
    nh_finding_where(f, "%s", chrony ? "chronyc -n tracking" : "adjtimex");
    nh_finding_value(f, "%s", synced ? "yes" : "no");
    if (synced)
        nh_finding_what(f, "the host's clock is kept in time; it is off by %s",
                        nh_format_ns(fabs(offset), text));
    else
        nh_finding_what(f, "nothing keeps the host's clock in time");
    if (!synced || fabs(offset) > tolerated_ns)
        nh_finding_bad(f, NH_GRADE_WARN, why, "%s", nh_site_fix(site, &fixes));
}

const struct nh_check nh_check_clock = {"clock", "synchronisation of the host's clock", look};
