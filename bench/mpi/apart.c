/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/apart.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Text that is the same on ranks of one machine. */
struct sign {
    char text[80];
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
                   a, b, how);
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

static int check_signs(struct nh_mpi_session *s, const struct nh_mpi_place *place,
                       struct nh_error *err)
{
    struct sign mine = {.rank = s->rank}, *all = NULL;
    bool boot = place->boot[0] != '\0';
    snprintf(mine.text, sizeof mine.text, "same %s %.60s", boot ? "boot id" : "host name",
             boot ? place->boot : place->host);
    if (s->rank == 0)
        all = calloc((size_t)s->size, sizeof *all);
    int code = s->rank == 0 && !all ? nh_fail(err, NH_EFAIL, "out of memory") : NH_OK;
    if ((code = nh_mpi_agree(s, code, err))) {
        free(all);
        return code;
    }
    MPI_Gather(&mine, sizeof mine, MPI_BYTE, all, sizeof mine, MPI_BYTE, 0, s->comm);
    if (s->rank == 0 && all)
        code = compare(all, s->size, err);
    free(all);
    return nh_mpi_agree(s, code, err);
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

static int check_files(struct nh_mpi_session *s, struct nh_error *err)
{
    long long token = (long long)time(NULL) * 100000 + getpid() % 100000;
    char prefix[64], path[128];
    MPI_Bcast(&token, 1, MPI_LONG_LONG, 0, s->comm);
    snprintf(prefix, sizeof prefix, "nodehour-probe-%lld-", token);
    snprintf(path, sizeof path, "/dev/shm/%s%d", prefix, s->rank);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    MPI_Barrier(s->comm);
    int other = other_file(prefix, s->rank);
    MPI_Barrier(s->comm);
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    int code = other < 0 ? NH_OK : shared(s->rank, other, "they see the same /dev/shm", err);
    return nh_mpi_agree(s, code, err);
}

int nh_mpi_check_apart(struct nh_mpi_session *s, const struct nh_mpi_place *place,
                       struct nh_error *err)
{
    int code = check_signs(s, place, err);
    return code ? code : check_files(s, err);
}
