/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/fabric/provider.h"

#include <rdma/fi_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "common/units.h"

/* By what they run on, the fastest first. */
static const char *const preferred[] = {"efa",   "cxi", "psm3", "psm2",    "opx",
                                        "verbs", "shm", "tcp",  "sockets", NULL};

int nh_fi_fail(struct nh_error *err, long rc, const char *what)
{
    return nh_fail(err, NH_EFAIL, "%s: %s (libfabric %ld)", what, fi_strerror((int)-rc), -rc);
}

/* NULL when memory is short or nothing fits. */
static struct fi_info *look_up(const struct nh_provider_want *want, uint64_t flags)
{
    struct fi_info *found = NULL, *hints = fi_allocinfo();
    if (!hints)
        return NULL;
    hints->ep_attr->type = flags & FI_PROV_ATTR_ONLY ? FI_EP_UNSPEC : FI_EP_RDM;
    hints->caps = want->caps;
    hints->mode = FI_CONTEXT | FI_CONTEXT2;
    hints->domain_attr->mr_mode =
        FI_MR_LOCAL | FI_MR_ENDPOINT | FI_MR_ALLOCATED | FI_MR_VIRT_ADDR | FI_MR_PROV_KEY;
    hints->domain_attr->threading = FI_THREAD_DOMAIN;
    if (want->provider)
        hints->fabric_attr->prov_name = strdup(want->provider); /* freed by fi_freeinfo */
    if (fi_getinfo(NH_FABRIC_API, NULL, NULL, flags, flags ? NULL : hints, &found))
        found = NULL;
    fi_freeinfo(hints);
    return found;
}

struct fi_info *nh_provider_all(void)
{
    const struct nh_provider_want any = {0};
    return look_up(&any, 0);
}

struct fi_info *nh_provider_built(void)
{
    const struct nh_provider_want any = {0};
    return look_up(&any, FI_PROV_ATTR_ONLY);
}

bool nh_provider_is(const struct fi_info *info, const char *provider)
{
    const char *name = info->fabric_attr->prov_name;
    size_t len = strlen(provider);
    return strncmp(name, provider, len) == 0 && (name[len] == '\0' || name[len] == ';');
}

/* ---- saying what exists ---- */

static void add_name(char *text, size_t size, const char *name, size_t len)
{
    size_t used = strlen(text);
    char padded[600], word[80];
    snprintf(padded, sizeof padded, ", %s,", text);
    snprintf(word, sizeof word, ", %.*s,", (int)len, name);
    if (!strstr(padded, word))
        snprintf(text + used, size - used, "%s%.*s", used ? ", " : "", (int)len, name);
}

static void provider_names(const struct fi_info *list, char *text, size_t size)
{
    text[0] = '\0';
    for (const struct fi_info *i = list; i; i = i->next)
        add_name(text, size, i->fabric_attr->prov_name, strcspn(i->fabric_attr->prov_name, ";"));
}

static void domain_names(const struct fi_info *list, char *text, size_t size)
{
    text[0] = '\0';
    for (const struct fi_info *i = list; i; i = i->next)
        add_name(text, size, i->domain_attr->name, strlen(i->domain_attr->name));
}

static bool is_built(const char *provider)
{
    struct fi_info *built = nh_provider_built();
    bool found = false;
    for (const struct fi_info *i = built; i; i = i->next)
        found = found || nh_provider_is(i, provider);
    fi_freeinfo(built);
    return found;
}

/* The shm provider vanishes when /dev/shm is small; only its log says so. */
static int no_room(struct nh_error *err)
{
    char text[NH_UNIT_TEXT] = "no";
    struct statvfs fs;
    if (statvfs("/dev/shm", &fs) == 0)
        nh_format_bytes((size_t)fs.f_bavail * fs.f_frsize, text);
    return nh_fail(err, NH_EINPUT,
                   "--provider: shm finds too little room in /dev/shm (%s free); enlarge it: mount "
                   "-o remount,size=1G /dev/shm, docker run --shm-size, or sharedMemorySize of a "
                   "Batch job definition",
                   text);
}

static int no_provider(const char *provider, struct nh_error *err)
{
    char names[400];
    if (strcmp(provider, "shm") == 0 && is_built(provider))
        return no_room(err);
    struct fi_info *all = nh_provider_all();
    provider_names(all, names, sizeof names);
    fi_freeinfo(all);
    return nh_fail(err, NH_EINPUT,
                   "--provider: '%.40s' %s; choose one of %s ('nodehour-fabric list' says more)",
                   provider,
                   is_built(provider) ? "finds no device of its kind here"
                                      : "is not a provider of this libfabric",
                   names);
}

static int no_domain(const struct nh_provider_want *want, const struct fi_info *list,
                     struct nh_error *err)
{
    char names[400];
    domain_names(list, names, sizeof names);
    return nh_fail(err, NH_EINPUT, "--domain: provider %s has no '%.60s'; it has %s",
                   want->provider, want->domain, names);
}

/* By hand: layered providers do not look at the domain in the hints. */
static struct fi_info *of_domain(struct fi_info *list, const char *domain)
{
    while (list && domain && strcmp(list->domain_attr->name, domain) != 0)
        list = list->next;
    return list;
}

int nh_provider_find(const struct nh_provider_want *want, struct fi_info **info,
                     struct nh_error *err)
{
    const struct nh_provider_want less = {.provider = want->provider};
    struct fi_info *list = look_up(want, 0), *fits = of_domain(list, want->domain);
    *info = fits ? fi_dupinfo(fits) : NULL;
    int code = NH_OK;
    if (fits && !*info) {
        code = nh_fail(err, NH_EFAIL, "out of memory");
    } else if (!fits && list) {
        code = no_domain(want, list, err);
    } else if (!fits) {
        struct fi_info *any = look_up(&less, 0);
        code = any ? nh_fail(err, NH_EINPUT,
                             "--api: provider %s does not offer it; choose another one",
                             want->provider)
                   : no_provider(want->provider, err);
        fi_freeinfo(any);
    }
    fi_freeinfo(list);
    return code;
}

const char *nh_provider_best(bool one_host, uint64_t caps, struct nh_error *err)
{
    for (const char *const *name = preferred; *name; name++) {
        struct nh_provider_want want = {.provider = *name, .caps = caps};
        if (!one_host && strcmp(*name, "shm") == 0)
            continue;
        struct fi_info *found = look_up(&want, 0);
        if (!found)
            continue;
        fi_freeinfo(found);
        return *name;
    }
    nh_fail(err, NH_EINPUT,
            "libfabric offers no reliable datagrams here; see 'nodehour-fabric "
            "list'");
    return NULL;
}
