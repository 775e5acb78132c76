/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/sysinfo.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>
#include <unistd.h>

/* First line of a small file without its newline; false when there is none. */
static bool first_line(const char *root, const char *path, char *buf, size_t len)
{
    char full[512];
    snprintf(full, sizeof full, "%s%s", root, path);
    FILE *in = fopen(full, "re");
    bool got = in && fgets(buf, (int)len, in);
    if (in)
        fclose(in);
    if (got)
        buf[strcspn(buf, "\n")] = '\0';
    return got;
}

/* Value of the first "key : value" line of a /proc file. */
static bool proc_value(const char *root, const char *path, const char *key, char *buf, size_t len)
{
    char full[512], line[512];
    bool found = false;
    snprintf(full, sizeof full, "%s%s", root, path);
    FILE *in = fopen(full, "re");
    while (in && !found && fgets(line, sizeof line, in)) {
        char *colon = strchr(line, ':');
        if (!colon || strncmp(line, key, strlen(key)) != 0)
            continue;
        char *value = colon + 1 + strspn(colon + 1, " \t");
        value[strcspn(value, "\n")] = '\0';
        snprintf(buf, len, "%s", value);
        found = true;
    }
    if (in)
        fclose(in);
    return found;
}

static void set_text(json_t *o, const char *key, bool known, const char *text)
{
    json_t *value = known ? json_string(text) : NULL;
    json_object_set_new(o, key, value ? value : json_null());
}

static void set_file(json_t *o, const char *key, const char *root, const char *path)
{
    char text[256];
    set_text(o, key, first_line(root, path, text, sizeof text), text);
}

json_t *nh_sysinfo_system(const char *root)
{
    char text[256];
    struct utsname u;
    json_t *o = json_object();
    /* ARM kernels have no "model name". */
    bool cpu = proc_value(root, "/proc/cpuinfo", "model name", text, sizeof text) ||
               proc_value(root, "/proc/cpuinfo", "CPU part", text, sizeof text);
    set_text(o, "cpu", cpu, text);
    bool known = uname(&u) == 0;
    set_text(o, "architecture", known, u.machine);
    set_text(o, "kernel", known, u.release);
    json_object_set_new(o, "cpus_online", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    set_text(o, "memory", proc_value(root, "/proc/meminfo", "MemTotal", text, sizeof text), text);
    set_file(o, "clocksource", root,
             "/sys/devices/system/clocksource/clocksource0/current_clocksource");
    set_file(o, "governor", root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    set_file(o, "smt", root, "/sys/devices/system/cpu/smt/control");
    set_file(o, "transparent_hugepages", root, "/sys/kernel/mm/transparent_hugepage/enabled");
    set_file(o, "vendor", root, "/sys/devices/virtual/dmi/id/sys_vendor");
    return o;
}

char *nh_sysinfo_instance_type(const char *root)
{
    char vendor[64], product[64];
    if (!first_line(root, "/sys/devices/virtual/dmi/id/sys_vendor", vendor, sizeof vendor) ||
        strncmp(vendor, "Amazon EC2", 10) != 0 ||
        !first_line(root, "/sys/devices/virtual/dmi/id/product_name", product, sizeof product))
        return NULL;
    return strdup(product);
}

static bool looks_secret(const char *name, size_t len)
{
    static const char *const words[] = {"KEY", "TOKEN", "SECRET", "PASS", "CRED", "AUTH", "COOKIE"};
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        for (size_t i = 0; i + strlen(words[w]) <= len; i++)
            if (strncasecmp(name + i, words[w], strlen(words[w])) == 0)
                return true;
    return false;
}

bool nh_sysinfo_secret(const char *name)
{
    return looks_secret(name, strlen(name));
}

/* Settings of MPI libraries, fabrics and threading, and nothing else: a whole environment
 * holds secrets. */
static bool is_allowed(const char *name, size_t len)
{
    static const char *const prefixes[] = {"OMPI_MCA_",
                                           "PMIX_MCA_",
                                           "PRTE_MCA_",
                                           "MPICH_",
                                           "MPIR_CVAR_",
                                           "I_MPI_",
                                           "FI_",
                                           "UCX_",
                                           "NCCL_",
                                           "OMP_",
                                           "KMP_",
                                           "GOMP_",
                                           "MKL_NUM_THREADS",
                                           "SLURM_JOB_NUM_NODES",
                                           "SLURM_NTASKS",
                                           "SLURM_CPUS_PER_TASK",
                                           "SLURM_JOB_PARTITION",
                                           "AWS_BATCH_JOB_NUM_NODES"};
    if (looks_secret(name, len))
        return false;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

/* Open MPI's daemons pass identities and addresses of this one job in the same name space. */
static bool is_noise(const char *name)
{
    static const char *const prefixes[] = {"OMPI_MCA_orte_", "OMPI_MCA_ess", "OMPI_MCA_pmix",
                                           "OMPI_MCA_initial_wdir", "OMPI_MCA_shmem_RUNTIME"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

json_t *nh_sysinfo_env(char **environment)
{
    json_t *o = json_object();
    for (; environment && *environment; environment++) {
        const char *equal = strchr(*environment, '=');
        size_t len = equal ? (size_t)(equal - *environment) : 0;
        char name[128];
        if (len == 0 || len >= sizeof name || !is_allowed(*environment, len) ||
            is_noise(*environment))
            continue;
        memcpy(name, *environment, len);
        name[len] = '\0';
        json_t *value = json_string(equal + 1);
        if (value)
            json_object_set_new(o, name, value);
    }
    return o;
}

void nh_sysinfo_boot(const char *root, char *buf, size_t len)
{
    char id[64] = "";
    first_line(root, "/proc/sys/kernel/random/boot_id", id, sizeof id);
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (const char *p = id; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    snprintf(buf, len, "%016llx", (unsigned long long)hash);
}

json_t *nh_sysinfo_command(void)
{
    json_t *words = json_array();
    char *word = NULL;
    size_t size = 0;
    FILE *in = fopen("/proc/self/cmdline", "re");
    while (in && getdelim(&word, &size, '\0', in) > 0) {
        json_t *text = json_string(word);
        json_array_append_new(words, text ? text : json_string("(not UTF-8)"));
    }
    if (in)
        fclose(in);
    free(word);
    return words;
}
