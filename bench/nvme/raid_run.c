/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bench/nvme/raid.h"
#include "common/journal.h"
#include "launch/mpirun.h"
#include "launch/process.h"

/* Executes plans of raid.h. */

static const double step_s = 600; /* making a file system on terabytes takes seconds */

/* The last look before anything is written: the file is the block device that sysfs described,
 * no link, and the kernel gives it to us alone (it does not when anything holds it). */
static int check_device(const struct nh_drive *d, struct nh_error *err)
{
    char path[64], number[32] = "";
    struct stat st;
    snprintf(path, sizeof path, "/dev/%s", d->name);
    int fd = open(path, O_RDONLY | O_EXCL | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return nh_fail_errno(err, "%s is not touched: it cannot be had alone", path);
    if (fstat(fd, &st) == 0 && S_ISBLK(st.st_mode))
        snprintf(number, sizeof number, "%u:%u", major(st.st_rdev), minor(st.st_rdev));
    close(fd);
    if (strcmp(number, d->number) != 0)
        return nh_fail(err, NH_EFAIL, "%s is not touched: it is not the drive %s", path, d->serial);
    return NH_OK;
}

/* What the command said, on one line. */
static void words_of(const char *log, char *buf, size_t len)
{
    char *text = NULL;
    size_t n;
    *buf = '\0';
    if (nh_file_read(log, &text, &n, NULL))
        return;
    while (n && strchr("\n ", text[n - 1]))
        text[--n] = '\0';
    for (char *p = text; *p; p++)
        if (*p == '\n')
            *p = ' ';
    snprintf(buf, len, "%s", text);
    free(text);
}

/* Without udev the link of an array outlives it; then its device has no array. */
static bool name_is_taken(void)
{
    char target[256], path[512], state[32] = "";
    ssize_t n = readlink("/dev/md/" NH_RAID_MARK, target, sizeof target - 1);
    if (n <= 0)
        return access("/dev/md/" NH_RAID_MARK, F_OK) == 0; /* a device of this very name */
    target[n] = '\0';
    const char *slash = strrchr(target, '/');
    snprintf(path, sizeof path, "/sys/block/%s/md/array_state", slash ? slash + 1 : target);
    FILE *in = fopen(path, "re");
    bool taken = in && fgets(state, sizeof state, in) && strcmp(state, "clear\n") != 0;
    if (in)
        fclose(in);
    return taken;
}

static int run_step(char *const *words, const struct nh_guard *guard, struct nh_error *err)
{
    char program[NH_PATH_MAX], log[] = "/tmp/nodehour-raid-XXXXXX", said[256], how[128];
    struct nh_outcome outcome;
    pid_t pid;
    if (!nh_on_path(words[0], program, sizeof program) &&
        (nh_path(program, sizeof program, NULL, "/usr/sbin/%s", words[0]) || access(program, X_OK)))
        return nh_fail(err, NH_EINPUT, "no %s on PATH or in /usr/sbin; install it", words[0]);
    int out = mkostemp(log, O_CLOEXEC);
    if (out < 0)
        return nh_fail_errno(err, "/tmp");
    struct nh_args args = {0};
    nh_args_add(&args, "%s", program);
    nh_args_extend(&args, words + 1);
    int rc = nh_process_spawn(args.items, NULL, (const int[]){out, out}, &pid, err);
    if (!rc) {
        nh_process_watch(guard, pid, step_s, NULL, NULL, &outcome);
        words_of(log, said, sizeof said);
        nh_outcome_text(&outcome, how, sizeof how);
        if (outcome.end == NH_END_STOPPED)
            rc = nh_fail(err, NH_ESTOPPED, "%s: %s", words[0], how);
        else if (outcome.end != NH_END_EXIT || outcome.value)
            rc = nh_fail(err, NH_EFAIL, "%s: %s: %s", words[0], how, said);
    }
    nh_args_clear(&args);
    close(out);
    unlink(log);
    return rc;
}

/* Undoing goes on whatever fails and whoever asks to stop: what was never done fails to be
 * undone. */
static void undo(const struct nh_raid_plan *plan, const struct nh_guard *guard)
{
    struct nh_guard deaf = *guard;
    sigemptyset(&deaf.wanted);
    sigaddset(&deaf.wanted, SIGCHLD);
    for (size_t i = 0; i < plan->undo_count; i++)
        run_step(plan->undo[i].items, &deaf, NULL);
}

static int execute(const struct nh_raid_plan *plan, const struct nh_guard *guard,
                   struct nh_error *err)
{
    int rc = NH_OK;
    size_t done = 0;
    while (!rc && done < plan->step_count)
        if (!(rc = run_step(plan->steps[done].items, guard, err)))
            done++;
    if (!rc)
        return NH_OK;
    if (!plan->undo_count)
        return nh_context(err, "%zu of %zu steps were done", done, plan->step_count);
    undo(plan, guard);
    return nh_context(err, "what was done is undone");
}

/* Members of a running array are held by it, and only a new array needs them free. */
int nh_raid_execute(const struct nh_raid_plan *plan, struct nh_error *err)
{
    struct nh_guard guard;
    int rc = NH_OK;
    if (!plan->erase)
        return nh_fail(err, NH_EINPUT, "--erase does not name the drives; nothing was done");
    if (geteuid() != 0)
        return nh_fail(err, NH_EINPUT, "this needs root; start it by sudo. Nothing was done");
    if (!*plan->array && name_is_taken())
        return nh_fail(err, NH_EINPUT,
                       "/dev/md/" NH_RAID_MARK
                       " is there, but is no array of ours; nothing was done");
    for (size_t i = 0; !rc && !*plan->array && i < plan->members.count; i++)
        rc = check_device(plan->members.items[i], err);
    if (rc)
        return rc;
    nh_guard_enter(&guard);
    rc = execute(plan, &guard, err);
    nh_guard_leave(&guard);
    return rc;
}
