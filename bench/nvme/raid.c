/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/nvme/raid.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- arrays that are there ---- */

struct search {
    const struct nh_site *site;
    char name[32]; /* of the array with our mark */
};

/* "MD_NAME=host:nodehour": the name that mdadm wrote into the members' superblocks. */
static void look_at_block(const char *name, void *context)
{
    struct search *s = context;
    char device[64], text[2048],
        *words[] = {(char *)"mdadm", (char *)"--detail", (char *)"--export", device, NULL};
    snprintf(device, sizeof device, "/dev/%.31s", name);
    if (strncmp(name, "md", 2) != 0 || *s->name || strlen(name) >= sizeof s->name ||
        !nh_site_run(s->site, words, text, sizeof text))
        return;
    char *line = strstr(text, "MD_NAME=");
    if (!line)
        return;
    line[strcspn(line, "\n")] = '\0';
    const char *colon = strrchr(line, ':');
    if (strcmp(colon ? colon + 1 : line + strlen("MD_NAME="), NH_RAID_MARK) == 0)
        snprintf(s->name, sizeof s->name, "%s", name);
}

void nh_raid_find(const struct nh_site *site, char array[32])
{
    struct search s = {.site = site};
    nh_site_each(site, "/sys/block", look_at_block, &s);
    memcpy(array, s.name, sizeof s.name);
}

static void begin(const struct nh_site *site, struct nh_raid_plan *plan)
{
    *plan = (struct nh_raid_plan){.step_count = 0};
    nh_drives_find(site, &plan->drives);
    nh_raid_find(site, plan->array);
}

/* ---- steps ---- */

static struct nh_args *add_step(struct nh_raid_plan *plan)
{
    return &plan->steps[plan->step_count++];
}

static struct nh_args *add_undo(struct nh_raid_plan *plan)
{
    return &plan->undo[plan->undo_count++];
}

static void add_words(struct nh_args *args, const char *const *words)
{
    for (; *words; words++)
        nh_args_add(args, "%s", *words);
}

static void add_create(const struct nh_raid_request *q, struct nh_raid_plan *plan)
{
    static const char *const words[] = {
        "mdadm",     "--create",       "/dev/md/" NH_RAID_MARK, "--run",
        "--level=0", "--metadata=1.2", "--name=" NH_RAID_MARK,  NULL};
    struct nh_args *step = add_step(plan);
    add_words(step, words);
    nh_args_add(step, "--chunk=%zuK", q->chunk >> 10);
    nh_args_add(step, "--raid-devices=%zu", plan->members.count);
    for (size_t i = 0; i < plan->members.count; i++)
        nh_args_add(step, "/dev/%s", plan->members.items[i]->name);
}

static void add_zero(struct nh_args *args, const struct nh_drive *d)
{
    static const char *const words[] = {"mdadm", "--zero-superblock", NULL};
    add_words(args, words);
    nh_args_add(args, "/dev/%s", d->name);
}

static void add_stop(struct nh_args *args, const char *device)
{
    static const char *const words[] = {"mdadm", "--stop", NULL};
    add_words(args, words);
    nh_args_add(args, "%s", device);
}

/* Both file systems are told the stripe: one whole stripe is a full write of every drive. */
static void add_format(const struct nh_raid_request *q, struct nh_raid_plan *plan)
{
    enum { BLOCK = 4096 };
    struct nh_args *step = add_step(plan);
    size_t n = plan->members.count, stride = q->chunk / BLOCK;
    if (strcmp(q->fs, "xfs") == 0) {
        static const char *const words[] = {"mkfs.xfs", "-q", "-f", "-d", NULL};
        add_words(step, words);
        nh_args_add(step, "su=%zuk,sw=%zu", q->chunk >> 10, n);
    } else {
        static const char *const words[] = {"mkfs.ext4", "-q", "-F", "-b", "4096", "-E", NULL};
        add_words(step, words);
        nh_args_add(step, "stride=%zu,stripe_width=%zu", stride, stride * n);
    }
    nh_args_add(step, "/dev/md/" NH_RAID_MARK);
}

static void add_mount(const struct nh_raid_request *q, struct nh_raid_plan *plan)
{
    static const char *const words[] = {"mount", "-o", "noatime", "-t", NULL};
    struct nh_args *step = add_step(plan);
    add_words(step, words);
    nh_args_add(step, "%s", q->fs);
    nh_args_add(step, "/dev/md/" NH_RAID_MARK);
    nh_args_add(step, "%s", q->mount);
    /* By its device: what else is mounted in that folder stays. */
    struct nh_args *undo = add_undo(plan);
    nh_args_add(undo, "umount");
    nh_args_add(undo, "/dev/md/" NH_RAID_MARK);
}

/* ---- create ---- */

static int check_request(const struct nh_raid_request *q, struct nh_error *err)
{
    struct stat st;
    if (q->chunk < 4096 || q->chunk > 64 << 20 || (q->chunk & (q->chunk - 1)))
        return nh_fail(err, NH_EINPUT,
                       "--chunk: %zu bytes is not possible; a power of two from 4K to 64M",
                       q->chunk);
    if (q->mount && !q->fs)
        return nh_fail(err, NH_EINPUT, "--mount needs a file system: --fs xfs or ext4");
    if (q->mount && (*q->mount != '/' || stat(q->mount, &st) || !S_ISDIR(st.st_mode)))
        return nh_fail(err, NH_EINPUT, "--mount: %.200s is no folder; give the full path of one",
                       q->mount);
    return NH_OK;
}

static int choose(const struct nh_raid_request *q, struct nh_raid_plan *plan, struct nh_error *err)
{
    int rc = NH_OK;
    if (q->drives)
        rc = nh_nvme_choose("--drives", q->drives, &plan->drives, &plan->members, err);
    else if (q->erase)
        rc = nh_nvme_choose("--erase", q->erase, &plan->drives, &plan->members, err);
    else
        nh_choose_free(&plan->drives, &plan->members);
    if (!rc && plan->members.count < 2)
        rc = nh_fail(err, NH_EINPUT,
                     "%zu drive%s; an array needs two at least (nodehour nvme list says why others "
                     "are not free)",
                     plan->members.count, plan->members.count == 1 ? "" : "s");
    return rc;
}

/* What is erased must be all of it, and nothing else. */
static int check_erase(const struct nh_raid_request *q, struct nh_raid_plan *plan,
                       struct nh_error *err)
{
    struct nh_chosen named;
    if (!q->erase)
        return NH_OK;
    int rc = nh_nvme_choose("--erase", q->erase, &plan->drives, &named, err);
    if (!rc)
        rc = nh_chosen_same(&plan->members, &named, err);
    plan->erase = rc == NH_OK;
    return rc;
}

/* Ours is there: fine when it is of these drives, and what was asked for it has. */
static int accept(const struct nh_raid_request *q, struct nh_raid_plan *plan, struct nh_error *err)
{
    struct nh_chosen there;
    char mounted[256];
    nh_choose_members(&plan->drives, plan->array, &there);
    if (!q->drives && !q->erase)
        plan->members = there;
    else if (nh_chosen_same(&plan->members, &there, NULL))
        return nh_fail(err, NH_EINPUT,
                       "/dev/%s is an array of ours already, of other drives; take it apart first: "
                       "nodehour nvme raid destroy",
                       plan->array);
    snprintf(mounted, sizeof mounted, "mounted at %.200s", q->mount ? q->mount : "");
    if (q->mount && there.count && !strstr(there.items[0]->use, mounted))
        return nh_fail(err, NH_EINPUT,
                       "/dev/%s is there already, but not %s; mount it, or take it apart first: "
                       "nodehour nvme raid destroy",
                       plan->array, mounted);
    return NH_OK;
}

int nh_raid_plan_create(const struct nh_raid_request *q, const struct nh_site *site,
                        struct nh_raid_plan *plan, struct nh_error *err)
{
    begin(site, plan);
    int rc = check_request(q, err);
    if (!rc && *plan->array && !q->drives && !q->erase)
        return accept(q, plan, err);
    if (!rc)
        rc = choose(q, plan, err);
    if (!rc && *plan->array)
        return accept(q, plan, err);
    if (!rc)
        rc = nh_chosen_free(&plan->members, err);
    if (!rc)
        rc = check_erase(q, plan, err);
    if (rc)
        return rc;
    add_create(q, plan);
    if (q->fs)
        add_format(q, plan);
    if (q->mount)
        add_mount(q, plan);
    add_stop(add_undo(plan), "/dev/md/" NH_RAID_MARK);
    for (size_t i = 0; i < plan->members.count; i++)
        add_zero(add_undo(plan), plan->members.items[i]);
    return NH_OK;
}

/* ---- destroy ---- */

static void add_umount(struct nh_raid_plan *plan, const char *device)
{
    struct nh_args *step = add_step(plan);
    nh_args_add(step, "umount");
    nh_args_add(step, "--all-targets");
    nh_args_add(step, "%s", device);
}

int nh_raid_plan_destroy(const struct nh_raid_request *q, const struct nh_site *site,
                         struct nh_raid_plan *plan, struct nh_error *err)
{
    char device[40];
    begin(site, plan);
    if (!*plan->array)
        return NH_OK;
    nh_choose_members(&plan->drives, plan->array, &plan->members);
    if (!plan->members.count)
        return nh_fail(err, NH_EFAIL, "/dev/%s has none of the drives that are seen here",
                       plan->array);
    int rc = check_erase(q, plan, err);
    if (rc)
        return rc;
    snprintf(device, sizeof device, "/dev/%s", plan->array);
    if (plan->members.items[0]->uses & NH_USE_MOUNTED)
        add_umount(plan, device);
    add_stop(add_step(plan), device);
    for (size_t i = 0; i < plan->members.count; i++)
        add_zero(add_step(plan), plan->members.items[i]);
    return NH_OK;
}

void nh_raid_plan_clear(struct nh_raid_plan *plan)
{
    for (size_t i = 0; i < plan->step_count; i++)
        nh_args_clear(&plan->steps[i]);
    for (size_t i = 0; i < plan->undo_count; i++)
        nh_args_clear(&plan->undo[i]);
    plan->step_count = plan->undo_count = 0;
}

/* ---- to look at ---- */

int nh_raid_show(const struct nh_raid_plan *plan, FILE *out, struct nh_error *err)
{
    for (size_t i = 0; i < plan->members.count; i++) {
        const struct nh_drive *d = plan->members.items[i];
        fprintf(out, "drive  %-10s %-24s %8.1f GB  %s\n", d->name, d->serial,
                (double)d->bytes / 1e9, nh_drive_kind_name(d->kind));
    }
    for (size_t i = 0; i < plan->step_count; i++) {
        char *line = nh_args_quoted(plan->steps[i].items);
        if (!line)
            return nh_fail(err, NH_EFAIL, "out of memory");
        fprintf(out, "run    %s\n", line);
        free(line);
    }
    return NH_OK;
}
