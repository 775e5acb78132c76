/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/fabric/efa.h"
#include "bench/fabric/kernels.h"
#include "bench/fabric/provider.h"

static bool offers(const struct fi_info *list, const char *provider)
{
    for (; list; list = list->next)
        if (nh_provider_is(list, provider))
            return true;
    return false;
}

static bool same_line(const struct fi_info *a, const struct fi_info *b)
{
    return strcmp(a->fabric_attr->prov_name, b->fabric_attr->prov_name) == 0 &&
           strcmp(a->domain_attr->name, b->domain_attr->name) == 0;
}

/* The same domain comes once for each address and set of capabilities. */
static bool said_before(const struct fi_info *list, const struct fi_info *i)
{
    for (; list != i; list = list->next)
        if (same_line(list, i))
            return true;
    return false;
}

static void print_usable(const struct fi_info *list)
{
    printf("\nUsable here (reliable datagrams):\n  %-20s %-8s %-24s %-20s %s\n", "provider",
           "version", "domain", "protocol", "api");
    for (const struct fi_info *i = list; i; i = i->next) {
        uint32_t v = i->fabric_attr->prov_version;
        char version[24];
        if (said_before(list, i))
            continue;
        snprintf(version, sizeof version, "%u.%u", FI_MAJOR(v), FI_MINOR(v));
        printf("  %-20s %-8s %-24s %-20s%s%s%s\n", i->fabric_attr->prov_name, version,
               i->domain_attr->name, fi_tostr(&i->ep_attr->protocol, FI_TYPE_PROTOCOL),
               i->caps & FI_TAGGED ? " tagged" : "", i->caps & FI_MSG ? " msg" : "",
               i->caps & FI_RMA ? " write read" : "");
    }
}

static void print_without_device(const struct fi_info *built, const struct fi_info *usable)
{
    printf("\nBuilt into this libfabric, but with nothing to work on here:");
    for (const struct fi_info *i = built; i; i = i->next) {
        const char *name = i->fabric_attr->prov_name;
        if (!offers(usable, name) && strncmp(name, "ofi_", 4) != 0)
            printf(" %s", name);
    }
    printf("\n");
}

static void explain_efa(const struct fi_info *built, const struct fi_info *usable)
{
    struct nh_efa_finding findings[NH_EFA_FINDINGS];
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    getrlimit(RLIMIT_MEMLOCK, &limit);
    size_t memlock = limit.rlim_cur == RLIM_INFINITY ? SIZE_MAX : (size_t)limit.rlim_cur;
    size_t n = nh_efa_diagnose("", offers(built, "efa"), memlock, findings);
    printf("\nefa is %s:\n", offers(usable, "efa") ? "usable" : "not usable");
    for (size_t i = 0; i < n; i++)
        printf("  %-8s %s\n", findings[i].good ? "ok" : "PROBLEM", findings[i].text);
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    uint32_t v = fi_version();
    (void)state;
    if (argc > 0)
        return nh_fail(err, NH_EINPUT, "unexpected word '%.60s'; list takes none", argv[0]);
    struct fi_info *usable = nh_provider_all(), *built = nh_provider_built();
    printf("libfabric %u.%u\n", FI_MAJOR(v), FI_MINOR(v));
    print_usable(usable);
    print_without_device(built, usable);
    explain_efa(built, usable);
    fi_freeinfo(usable);
    fi_freeinfo(built);
    return NH_OK;
}

const struct nh_verb nh_verb_fabric_list = {
    .name = "list",
    .summary = "Providers and domains of libfabric, and why efa is missing",
    .arguments = "",
    .examples = "  nodehour-fabric list\n",
    .run = run};
