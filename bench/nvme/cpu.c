/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/nvme/cpu.h"

#include <math.h>
#include <stdio.h>

/* proc(5): "cpu0 user nice system idle iowait irq softirq steal ..."; waiting for a drive is
 * idle time. Guests are in user already. */
static void read_line(const char *line, struct nh_cpu_look *look)
{
    unsigned long long v[8] = {0};
    unsigned cpu;
    if (sscanf(line, "cpu%u %llu %llu %llu %llu %llu %llu %llu %llu", &cpu, &v[0], &v[1], &v[2],
               &v[3], &v[4], &v[5], &v[6], &v[7]) < 5 ||
        look->count == NH_CPUS_MOST)
        return;
    size_t i = look->count++;
    look->busy[i] = v[0] + v[1] + v[2] + v[5] + v[6] + v[7];
    look->all[i] = look->busy[i] + v[3] + v[4];
}

void nh_cpu_look(struct nh_cpu_look *look)
{
    char line[512];
    FILE *in = fopen("/proc/stat", "re");
    look->count = 0;
    while (in && fgets(line, sizeof line, in))
        read_line(line, look);
    if (in)
        fclose(in);
}

struct nh_cpu_load nh_cpu_load(const struct nh_cpu_look *from, const struct nh_cpu_look *to)
{
    struct nh_cpu_load load = {NAN, NAN};
    double sum = 0;
    if (!to->count || from->count != to->count)
        return load;
    for (size_t i = 0; i < to->count; i++) {
        double all = (double)(to->all[i] - from->all[i]);
        double share = all > 0 ? (double)(to->busy[i] - from->busy[i]) / all : 0;
        sum += share;
        load.busiest = fmax(isnan(load.busiest) ? 0 : load.busiest, share);
    }
    load.mean = sum / (double)to->count;
    return load;
}
