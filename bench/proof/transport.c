/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/proof/transport.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Control messages of the engine and of the MPI runtime, in the ranks' own traffic. */
static const double own_noise = 4096; /* bytes a rank */
/* Interfaces carry other programs' bytes too: ssh, NFS, the launcher's output. */
static const double host_noise = 65536;       /* bytes a host */
static const double host_noise_per_s = 32768; /* and a second */
static const double carried = 0.95, touched = 0.05;

static double tcp_bytes(const struct nh_paths *p)
{
    return isnan(p->sockets) ? p->net + p->lo : p->sockets;
}

static double tcp_noise(const struct nh_paths *p)
{
    if (!isnan(p->sockets))
        return own_noise * (double)p->ranks;
    return (double)p->leaders * (host_noise + host_noise_per_s * p->elapsed_s);
}

static void say(struct nh_transport_verdict *v, const char *name, const char *reason)
{
    v->name = name;
    snprintf(v->reason, sizeof v->reason, "%s", reason);
}

/* Counters hold headers and control messages too: more than 100 % is usual below a kilobyte. */
static void say_shares(struct nh_transport_verdict *v, const char *name, const char *rest)
{
    char shares[96];
    if (v->tcp_share < touched)
        snprintf(shares, sizeof shares, "EFA carried %.3g %%", 100 * v->efa_share);
    else if (v->efa_share < touched)
        snprintf(shares, sizeof shares, "TCP carried %.3g %%", 100 * v->tcp_share);
    else
        snprintf(shares, sizeof shares, "EFA carried %.3g %% and TCP %.3g %%", 100 * v->efa_share,
                 100 * v->tcp_share);
    v->name = name;
    snprintf(v->reason, sizeof v->reason, "%s of the modelled bytes%s", shares, rest);
    if (strcmp(name, "unknown") != 0)
        v->basis = "counted";
}

static void judge_shared(const struct nh_paths *p, struct nh_transport_verdict *v)
{
    if (p->shm == NH_SHM_STILL) {
        say(v, "unknown",
            "no counted path carried the bytes, and no memory that the ranks share was written");
        return;
    }
    say(v, "shm",
        p->shm == NH_SHM_WRITTEN
            ? "the ranks share a host, no counted path carried 5 % of the bytes between them, and "
              "memory that they share was written"
            : "the ranks share a host and no counted path carried 5 % of the bytes between them");
    v->basis = p->shm == NH_SHM_WRITTEN ? "seen" : "inferred";
}

/* No counted path carried 5 %. */
static void judge_silence(const struct nh_paths *p, struct nh_transport_verdict *v)
{
    if (p->hosts == 1)
        judge_shared(p, v);
    else if (v->efa_share < touched && p->net >= carried * p->modelled)
        say(v, "unknown",
            "interfaces carried the bytes, but neither EFA nor TCP connections of the ranks");
    else
        say(v, "unknown", "the ranks are on several hosts and no counted path carried the bytes");
}

/* One path carried some, but less than 95 %. */
static void judge_part(const struct nh_paths *p, struct nh_transport_verdict *v)
{
    if (v->shares_hosts || p->hosts == 1)
        say_shares(v, "mixed", "; the rest stayed in shared memory");
    else
        say_shares(v, "unknown", "; no counter shows the rest");
}

static void judge(const struct nh_paths *p, struct nh_transport_verdict *v)
{
    double efa = p->efa, tcp = tcp_bytes(p), least = touched * p->modelled;
    bool efa_counts = efa > v->efa_noise, tcp_counts = tcp > v->tcp_noise;
    bool efa_seen = efa_counts && efa > least, tcp_seen = tcp_counts && tcp > least;
    if ((efa > least && !efa_counts) || (tcp > least && !tcp_counts)) {
        say(v, "unknown", "too few bytes to tell them from other traffic; measure for longer");
        v->decidable = false;
    } else if (efa_seen && tcp_seen) {
        say_shares(v, "mixed", "");
    } else if (efa_seen && v->efa_share >= carried) {
        say_shares(v, "efa", "");
    } else if (tcp_seen && v->tcp_share >= carried) {
        say_shares(v, "tcp", "");
    } else if (efa_seen || tcp_seen) {
        judge_part(p, v);
    } else {
        judge_silence(p, v);
    }
}

void nh_transport_verdict(const struct nh_paths *p, struct nh_transport_verdict *v)
{
    *v = (struct nh_transport_verdict){.efa_share = NAN, .tcp_share = NAN};
    v->efa_noise = own_noise * (double)p->ranks;
    v->tcp_noise = tcp_noise(p);
    v->shares_hosts = p->ranks > p->leaders;
    if (isnan(p->modelled)) {
        say(v, "unknown", "this kernel does not model its bytes");
        return;
    }
    if (!(p->modelled > 0)) {
        say(v, "unknown", "no payload went between ranks");
        return;
    }
    v->decidable = true;
    v->efa_share = p->efa / p->modelled;
    v->tcp_share = tcp_bytes(p) / p->modelled;
    if (p->unreadable > 0)
        say(v, "unknown", "a network device does not say how many bytes it carried");
    else
        judge(p, v);
}

bool nh_transport_meets(const struct nh_transport_verdict *v, const char *required)
{
    if (!v->decidable || strcmp(v->name, required) == 0)
        return true;
    if (strcmp(v->name, "mixed") != 0 || !v->shares_hosts || strcmp(required, "shm") == 0)
        return false;
    bool efa = v->efa_share >= touched, tcp = v->tcp_share >= touched;
    return strcmp(required, "efa") == 0 ? efa && !tcp : tcp && !efa;
}
