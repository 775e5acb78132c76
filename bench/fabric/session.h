/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_FABRIC_SESSION_H
#define NH_FABRIC_SESSION_H

#include <popt.h>

#include "bench/fabric/link.h"
#include "bench/fabric/place.h"
#include "bench/fabric/start.h"
#include "bench/proof/proof.h"
#include "bench/record/output.h"
#include "bench/shm/distance.h"

/*
 * What the kernels of nodehour-fabric share: options, meeting the other side, the provider
 * both agree on, binding, and the way of a measurement into table and record. Rank 0 says
 * what is measured; the other side follows, so that it needs no options but --listen and,
 * where names differ, --domain.
 */
struct nh_fabric_options {
    struct nh_kernel_options common;
    /* As typed; NULL when absent. */
    char *sizes, *provider, *domain, *api, *listen, *rendezvous, *timeout, *window, *direction;
    struct poptOption table[12];
};

/** The option table of a verb; `windows` brings in --window and --direction. */
const struct poptOption *nh_fabric_table(struct nh_fabric_options *o, bool windows);

/* The request of rank 0, sent to the other side as it is. */
struct nh_fabric_request {
    char verb[16], provider[32]; /* provider "": the best that both have */
    int api;
    bool two_way, inter_node;
    size_t window, size_count, largest;
    struct nh_limits limits;
};

struct nh_fabric_session {
    struct nh_oob oob;
    struct nh_group group;
    struct nh_clock clock;
    struct nh_fabric_request request;
    size_t *sizes;
    struct nh_link link;
    char domains[256];         /* of the link, joined by commas, as on rank 0 */
    struct nh_place places[2]; /* rank 0 knows both */
    char library[256];         /* "libfabric 1.17.0, provider tcp;ofi_rxm 75.0, ..." */
    struct nh_proof *proof;
    struct nh_distance *distance;
    struct nh_output *out; /* rank 0 only */
    size_t done, total;
};

/** The work of a kernel for the interfaces that are open. */
typedef int nh_fabric_body(struct nh_fabric_session *session, struct nh_error *err);

/** Everything but `body`. `least` is the smallest size allowed, `sizes` the default. */
struct nh_fabric_verb {
    const char *name, *sizes;
    size_t least;
    bool windows;
    nh_fabric_body *body;
};
int nh_fabric_run(const struct nh_fabric_verb *verb, struct nh_fabric_options *options, int argc,
                  char **argv, struct nh_error *err);

/** Measures one size and writes line and record (rank 0). */
int nh_fabric_measure(struct nh_fabric_session *session, const struct nh_kernel_ops *ops,
                      void *state, size_t size, struct nh_error *err);

/** What all kernels put into `params`. */
void nh_fabric_params(const struct nh_fabric_session *session, size_t size, json_t *params);

#endif
