/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/fabric/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/units.h"

/* First of several variables that is set and not empty. */
static const char *first_set(const char *const *names)
{
    for (; *names; names++) {
        const char *value = getenv(*names);
        if (value && *value)
            return value;
    }
    return NULL;
}

static int number_of(const char *const *names, int otherwise)
{
    const char *text = first_set(names);
    return text ? atoi(text) : otherwise;
}

void nh_launcher_read(struct nh_launcher *l)
{
    static const char *const rank[] = {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK",
                                       "SLURM_PROCID", NULL};
    static const char *const ranks[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS",
                                        "SLURM_NTASKS", NULL};
    static const char *const local[] = {"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", NULL};
    l->rank = number_of(rank, -1);
    l->ranks = number_of(ranks, 1);
    l->local_ranks = number_of(local, 0);
}

bool nh_first_host(const char *list, char *host, size_t len)
{
    size_t stem = strcspn(list, "[,"), digits = 0;
    if (list[stem] == '[')
        digits = strcspn(list + stem + 1, "-,]");
    if (stem + digits == 0 || stem + digits >= len)
        return false;
    memcpy(host, list, stem);
    memcpy(host + stem, list + stem + 1, digits);
    host[stem + digits] = '\0';
    return true;
}

/* ---- HOST:PORT ---- */

static int check_port(const char *what, const char *text, char *port, struct nh_error *err)
{
    long n;
    int code = nh_parse_long(what, text, 1, 65535, &n, err);
    if (code == NH_OK)
        snprintf(port, 8, "%ld", n);
    return code;
}

/* The last colon, so that IPv6 addresses work; brackets around them are dropped. */
static int split(const char *what, const char *text, struct nh_start *s, struct nh_error *err)
{
    const char *colon = strrchr(text, ':'), *host = text;
    size_t len = colon ? (size_t)(colon - text) : 0;
    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        host++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof s->host)
        return nh_fail(err, NH_EINPUT, "%s: '%.60s' is not HOST:PORT, as in 10.0.0.7:4711", what,
                       text);
    memcpy(s->host, host, len);
    s->host[len] = '\0';
    return check_port(what, colon + 1, s->port, err);
}

/* ---- launched ---- */

/* Both ranks must come to the same port without talking: from the identity of the job. */
static void port_of_job(const char *salt, char *port)
{
    static const char *const names[] = {"PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid",
                                        "SLURM_STEP_ID",  "SLURM_JOB_ID",
                                        "PMI_ID_JOB",     NULL};
    unsigned hash = 2166136261u; /* FNV-1a */
    for (const char *const *n = names; *n; n++)
        for (const char *p = getenv(*n); p && *p; p++)
            hash = (hash ^ (unsigned char)*p) * 16777619u;
    for (const char *p = salt; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    snprintf(port, 8, "%u", 20000 + hash % 12000); /* below the usual range of clients' ports */
}

static int launched(const struct nh_launcher *l, struct nh_start *s, struct nh_error *err)
{
    static const char *const lists[] = {"SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST", NULL};
    const char *list = first_set(lists);
    char salt[24] = "";
    if (l->local_ranks == 2) {
        strcpy(s->host, "127.0.0.1");
        snprintf(salt, sizeof salt, "%ld", (long)getppid()); /* of both: the local launcher */
    } else if (!list || !nh_first_host(list, s->host, sizeof s->host)) {
        return nh_fail(err, NH_EINPUT,
                       "this launcher does not say on which host rank 0 is; pass --rendezvous "
                       "HOST:PORT with the host of rank 0, as in mpirun -n 2 -H node1,node2 "
                       "nodehour-fabric pingpong --rendezvous node1:4711");
    }
    port_of_job(salt, s->port);
    return NH_OK;
}

int nh_start_decide(const char *listen, const char *address, const char *rendezvous,
                    struct nh_start *s, struct nh_error *err)
{
    struct nh_launcher l;
    nh_launcher_read(&l);
    *s = (struct nh_start){.listens = listen != NULL, .rank = listen ? 1 : 0};
    if (listen && address)
        return nh_fail(err, NH_EINPUT,
                       "--listen and HOST:PORT are for the two sides; give one of them here");
    if (listen)
        return check_port("--listen", listen, s->port, err);
    if (address)
        return split("HOST:PORT", address, s, err);
    if (l.rank < 0)
        return nh_fail(err, NH_EINPUT,
                       "needs two sides; run '--listen 4711' on one host and 'HOST:4711' with its "
                       "name on the other, or start both by mpirun -n 2 or srun -n 2");
    if (l.ranks != 2)
        return nh_fail(err, NH_EINPUT, "needs 2 ranks and has %d; start it with -n 2", l.ranks);
    s->launched = true;
    s->rank = l.rank;
    s->listens = l.rank == 0;
    return rendezvous ? split("--rendezvous", rendezvous, s, err) : launched(&l, s, err);
}

int nh_start_meet(const struct nh_start *s, double timeout_s, struct nh_oob *oob,
                  struct nh_error *err)
{
    return s->listens ? nh_oob_listen(oob, s->rank, s->port, timeout_s, err)
                      : nh_oob_connect(oob, s->rank, s->host, s->port, timeout_s, err);
}
