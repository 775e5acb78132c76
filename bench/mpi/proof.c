/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/proof.h"

#include "bench/mpi/output.h"

int nh_mpi_proof_open(struct nh_mpi_session *s, const struct nh_settings *settings,
                      struct nh_error *err)
{
    const struct nh_proof_facts facts = {.root = settings->sysfs_root,
                                         .required = settings->require_transport,
                                         .remedy = "choose the transport by the MPI library's own "
                                                   "settings",
                                         .control_fd = -1};
    return nh_proof_open(&s->proof, &s->group, &facts, err);
}

void nh_mpi_proof_close(struct nh_mpi_session *s)
{
    nh_proof_close(s->proof);
    s->proof = NULL;
}

/* Messages of MPI do not fail: a rank that is lost ends the launch. */
void nh_mpi_proof_before(struct nh_mpi_session *s)
{
    struct nh_error err;
    nh_proof_before(s->proof, &err);
}

void nh_mpi_proof_after(struct nh_mpi_session *s, struct nh_traffic traffic)
{
    struct nh_error err;
    nh_proof_after(s->proof, traffic, &err);
}

void nh_mpi_proof_note(struct nh_mpi_session *s)
{
    const char *verdict, *reason;
    if (nh_proof_news(s->proof, &verdict, &reason))
        nh_mpi_note(s, "transport  %s: %s", verdict, reason);
}
