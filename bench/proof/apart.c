/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/proof/apart.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Text that is the same on ranks of one machine. */
struct sign {
    char text[60];
    int rank;
};

static int by_text(const void *a, const void *b)
{
    const struct sign *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : (x->rank > y->rank) - (x->rank < y->rank);
}

static int shared(int a, int b, const char *how, struct nh_error *err)
{
    return nh_fail(err, NH_EINPUT,
                   "--inter-node: ranks %d and %d are on one machine (%s); start one rank a node, "
                   "with mpirun --map-by node or -ppn 1, or leave the option out",
                   a < b ? a : b, a < b ? b : a, how);
}

/* Rank 0. */
static int compare(struct sign *signs, int n, struct nh_error *err)
{
    qsort(signs, (size_t)n, sizeof *signs, by_text);
    for (int i = 1; i < n; i++)
        if (strcmp(signs[i - 1].text, signs[i].text) == 0)
            return shared(signs[i - 1].rank, signs[i].rank, signs[i].text, err);
    return NH_OK;
}

/* Rank 0: its own sign and those of all others. */
static int hear_signs(const struct nh_group *g, const struct sign *mine, struct nh_error *err)
{
    struct sign *all = calloc((size_t)g->size, sizeof *all);
    int code = g->agree(g->context, all ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory"), err);
    if (code || !all) {
        free(all);
        return code;
    }
    all[0] = *mine;
    for (int i = 1; code == NH_OK && i < g->size; i++)
        code = g->receive(g->context, i, &all[i], sizeof all[i], err);
    if (code == NH_OK)
        code = compare(all, g->size, err);
    free(all);
    return code;
}

static int tell_sign(const struct nh_group *g, const struct sign *mine, struct nh_error *err)
{
    int code = g->agree(g->context, NH_OK, err);
    return code ? code : g->send(g->context, 0, mine, sizeof *mine, err);
}

static int check_signs(const struct nh_group *g, const char *host, const char *boot,
                       struct nh_error *err)
{
    struct sign mine = {.rank = g->rank};
    snprintf(mine.text, sizeof mine.text, "same %s %.40s", *boot ? "boot id" : "host name",
             *boot ? boot : host);
    int code = g->rank == 0 ? hear_signs(g, &mine, err) : tell_sign(g, &mine, err);
    return g->agree(g->context, code, err);
}

/* The lowest other rank whose file is seen, else -1. */
static int other_file(const char *prefix, int me)
{
    DIR *folder = opendir("/dev/shm");
    const struct dirent *entry;
    int other = -1;
    while (folder && (entry = readdir(folder)))
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0) {
            int rank = (int)strtol(entry->d_name + strlen(prefix), NULL, 10);
            if (rank != me && (other < 0 || rank < other))
                other = rank;
        }
    if (folder)
        closedir(folder);
    return other;
}

static int check_files(const struct nh_group *g, struct nh_error *err)
{
    int64_t token = (int64_t)time(NULL) * 100000 + getpid() % 100000;
    char prefix[64], path[128];
    int code = g->broadcast(g->context, &token, sizeof token, err);
    if (code)
        return code;
    snprintf(prefix, sizeof prefix, "nodehour-probe-%lld-", (long long)token);
    snprintf(path, sizeof path, "/dev/shm/%s%d", prefix, g->rank);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    int other = -1;
    if ((code = g->barrier(g->context, err)) == NH_OK) {
        other = other_file(prefix, g->rank);
        code = g->barrier(g->context, err);
    }
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    if (code == NH_OK && other >= 0)
        code = shared(g->rank, other, "they see the same /dev/shm", err);
    return g->agree(g->context, code, err);
}

int nh_check_apart(const struct nh_group *g, const char *host, const char *boot,
                   struct nh_error *err)
{
    int code = check_signs(g, host, boot, err);
    return code ? code : check_files(g, err);
}
