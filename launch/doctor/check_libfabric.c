/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/paths.h"
#include "launch/doctor/check.h"

enum { TEXT = 1 << 16 };

struct names {
    char text[160];
    bool efa;
};

/* Providers come once for each endpoint that they offer. */
static void note(struct names *names, const char *name, size_t len)
{
    char word[64];
    if (len == 0 || len >= sizeof word)
        return;
    memcpy(word, name, len);
    word[len] = '\0';
    names->efa = names->efa || strcmp(word, "efa") == 0;
    for (const char *p = names->text; (p = strstr(p, word)); p += len)
        if ((p == names->text || p[-1] == ' ') && (!p[len] || p[len] == ','))
            return;
    size_t used = strlen(names->text);
    if (used + len + 3 < sizeof names->text)
        snprintf(names->text + used, sizeof names->text - used, "%s%s", used ? ", " : "", word);
}

/* fi_info prints "provider: NAME" at the head of each entry. */
static void read_fi_info(const char *text, struct names *names)
{
    static const char mark[] = "provider: ";
    for (const char *p = text; (p = strstr(p, mark));) {
        p += sizeof mark - 1;
        note(names, p, strcspn(p, " \r\n"));
    }
}

/* nodehour-fabric list: indented lines below "Usable here", until an empty one. */
static void read_own_list(const char *text, struct names *names)
{
    const char *p = strstr(text, "Usable here");
    p = p ? strchr(p, '\n') : NULL;
    p = p ? strchr(p + 1, '\n') : NULL; /* the heading */
    while (p && strncmp(p, "\n  ", 3) == 0) {
        p += 3;
        note(names, p, strcspn(p, " \n"));
        p = strchr(p, '\n');
    }
}

/* The program that knows, and what it printed; NULL when there is none. */
static const char *ask(const struct nh_site *site, char *text, struct names *names)
{
    char own[NH_PATH_MAX];
    if (nh_site_run(site, (char *[]){"fi_info", NULL}, text, TEXT) ||
        (nh_site_has(site, "/opt/amazon/efa/bin/fi_info") &&
         nh_site_run(site, (char *[]){"/opt/amazon/efa/bin/fi_info", NULL}, text, TEXT))) {
        read_fi_info(text, names);
        return "fi_info";
    }
    if (!nh_program_path("nodehour-fabric", own, sizeof own, NULL) &&
        nh_site_run(site, (char *[]){own, "list", NULL}, text, TEXT)) {
        read_own_list(text, names);
        return "nodehour-fabric list";
    }
    return NULL;
}

static void judge(const struct nh_site *site, struct nh_finding *f, const struct names *names,
                  const char *program)
{
    static const struct nh_fixes fixes = {
        .host = "use the libfabric of the EFA installer: LD_LIBRARY_PATH=/opt/amazon/efa/lib, "
                "PATH=/opt/amazon/efa/bin:$PATH; nodehour-fabric list says what efa lacks",
        .slurm = "module load libfabric-aws (ParallelCluster), or the libfabric of the EFA "
                 "installer in LD_LIBRARY_PATH; nodehour-fabric list says what efa lacks",
        .batch = "in the image: ./efa_installer.sh -y --skip-kmod --skip-limit-conf --no-verify, "
                 "ENV LD_LIBRARY_PATH=/opt/amazon/efa/lib; check devices and memlock too"};
    if (nh_site_has_efa(site) && !names->efa)
        nh_finding_bad(f, program ? NH_GRADE_FAIL : NH_GRADE_WARN,
                       "MPI and NCCL take what libfabric offers: without efa, that is TCP", "%s",
                       nh_site_fix(site, &fixes));
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    char *text = malloc(TEXT);
    struct names names = {.efa = false};
    const char *program = text ? ask(site, text, &names) : NULL;
    free(text);
    struct nh_finding *f = nh_finding_add(found, "providers", NH_GRADE_FAIL);
    nh_finding_where(f, "%s", program ? program : "fi_info, nodehour-fabric list");
    nh_finding_value(f, "%s", program ? names.text : "unknown");
    if (program)
        nh_finding_what(f, "libfabric offers %s", *names.text ? names.text : "nothing");
    else
        nh_finding_what(f, "neither fi_info nor nodehour-fabric says what libfabric offers: "
                           "missing, or no answer in 3 s");
    judge(site, f, &names, program);
}

const struct nh_check nh_check_libfabric = {"libfabric", "providers that libfabric offers", look};
