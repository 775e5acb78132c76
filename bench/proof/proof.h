/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PROOF_H
#define NH_PROOF_H

#include "bench/engine/engine.h"
#include "bench/engine/group.h"
#include "common/record.h"

/*
 * The transport verdict of every record, for every kernel without its doing and whatever passes
 * the messages: the first rank of each host reads the counters of its devices before and
 * after a measurement, every rank those of its own TCP connections; rank 0 holds the sums
 * against the modelled bytes. Ranks talk by struct nh_group only.
 */
struct nh_proof;

/* What a program says of its run. Text must outlive the proof. */
struct nh_proof_facts {
    const char *root;     /* of recorded counters; NULL or "": this machine's own */
    const char *required; /* by --require-transport; NULL: none */
    const char *remedy;   /* how the transport is chosen here, for the error's text */
    int control_fd;       /* a connection of control messages that carries no payload, or -1 */
};

/* What went between ranks in one measurement. */
struct nh_traffic {
    double operations; /* timed and verifying ones together */
    double bytes;      /* that they moved at least; NAN: not modelled */
};
struct nh_traffic nh_traffic_of(const struct nh_kernel_ops *ops, const void *state,
                                const struct nh_series *series);

/** Collective. `group` (with its leaders) must outlive the proof; nh_proof_close frees it. */
int nh_proof_open(struct nh_proof **proof, const struct nh_group *group,
                  const struct nh_proof_facts *facts, struct nh_error *err);
void nh_proof_close(struct nh_proof *proof);

/** Memory of our own that ranks share and that carries no message: its writes do not count. */
void nh_proof_ignore(struct nh_proof *proof, const void *address);

/** Collective, around nh_measure. Code of the group when a rank is lost. */
int nh_proof_before(struct nh_proof *proof, struct nh_error *err);
int nh_proof_after(struct nh_proof *proof, struct nh_traffic traffic, struct nh_error *err);

/** Rank 0: fills record->transport. */
void nh_proof_record(const struct nh_proof *proof, struct nh_record *record);

/** Rank 0, after the record was written: NH_ETRANSPORT when the required one was not met. */
int nh_proof_check(const struct nh_proof *proof, struct nh_error *err);

/** Rank 0, at the end: NH_ETRANSPORT when a transport was required and no measurement moved
 *  enough bytes to prove it. */
int nh_proof_end(const struct nh_proof *proof, struct nh_error *err);

/** Rank 0: the verdict and its reason when it is another one than at the last call. */
bool nh_proof_news(struct nh_proof *proof, const char **verdict, const char **reason);

#endif
