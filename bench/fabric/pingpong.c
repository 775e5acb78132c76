/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "bench/fabric/kernels.h"
#include "bench/fabric/session.h"
#include "bench/record/pattern.h"

/*
 * One message there, one back. With several domains they take turns. By write the target
 * learns of the data from the completion that carries remote data; by read there is no
 * answer: the operation is one fetch, and the other side only makes progress.
 */
enum { SEED = 3 };

struct pingpong {
    struct nh_fabric_session *session;
    size_t size;
};

/* ---- there and back ---- */

static int batch(void *state, size_t reps, struct nh_error *err)
{
    const struct pingpong *p = state;
    struct nh_link *l = &p->session->link;
    int api = p->session->request.api, first = p->session->oob.rank == 0;
    int code = nh_link_expect(l, api, 0, 0, p->size, err);
    for (size_t i = 0; code == NH_OK && i < reps; i++) {
        int nic = (int)(i % (size_t)l->count), next = (int)((i + 1) % (size_t)l->count);
        if (first)
            code = nh_link_send(l, api, nic, 0, p->size, err);
        if (code == NH_OK)
            code = nh_link_wait_arrived(l, 1, err);
        /* Prepared before the partner is told to go on, so that nothing arrives unexpected. */
        if (code == NH_OK && i + 1 < reps)
            code = nh_link_expect(l, api, next, 0, p->size, err);
        if (code == NH_OK && !first)
            code = nh_link_send(l, api, nic, 0, p->size, err);
    }
    return code ? code : nh_link_wait_sent(l, err);
}

/* ---- read ---- */

static int batch_read(void *state, size_t reps, struct nh_error *err)
{
    const struct pingpong *p = state;
    struct nh_link *l = &p->session->link;
    int api = p->session->request.api, code = NH_OK;
    if (p->session->oob.rank == 1) {
        code = nh_link_expect_token(l, api, err);
        return code ? code : nh_link_wait_arrived(l, 1, err);
    }
    for (size_t i = 0; code == NH_OK && i < reps; i++) {
        code = nh_link_send(l, api, (int)(i % (size_t)l->count), 0, p->size, err);
        if (code == NH_OK)
            code = nh_link_wait_sent(l, err);
    }
    if (code == NH_OK)
        code = nh_link_send_token(l, api, err);
    return code ? code : nh_link_wait_sent(l, err);
}

/* ---- checks ---- */

static bool reads(const struct pingpong *p)
{
    return p->session->request.api == NH_API_READ;
}

static int verify(void *state, struct nh_error *err)
{
    struct pingpong *p = state;
    struct nh_fabric_session *s = p->session;
    int rank = s->oob.rank, code = NH_OK;
    for (int i = 0; i < s->link.count; i++) {
        nh_pattern_fill(nh_link_send_buffer(&s->link, i), p->size, SEED + (unsigned)rank);
        memset(nh_link_receive_buffer(&s->link, i, 0), 0, p->size);
    }
    code = s->group.barrier(&s->oob, err); /* cleared on both sides before anything is written */
    if (code == NH_OK)
        code = (reads(p) ? batch_read : batch)(p, (size_t)s->link.count, err);
    for (int i = 0; code == NH_OK && i < s->link.count && !(reads(p) && rank == 1); i++)
        code = nh_pattern_check(nh_link_receive_buffer(&s->link, i, 0), p->size,
                                SEED + 1u - (unsigned)rank, 1 - rank, err);
    return code;
}

static int describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                    struct nh_error *err)
{
    const struct pingpong *p = state;
    (void)detail;
    (void)err;
    nh_fabric_params(p->session, p->size, params);
    if (p->size > 0 && median_ns > 0)
        json_object_set_new(derived, "bandwidth_bytes_per_s",
                            json_real((double)p->size / (median_ns * 1e-9)));
    return NH_OK;
}

static double wire_bytes(const void *state)
{
    return (double)((const struct pingpong *)state)->size;
}

static struct nh_kernel_ops kernel_ops(const struct pingpong *p)
{
    return (struct nh_kernel_ops){.name = "pingpong",
                                  .metric = reads(p) ? "time_per_operation" : "one_way_latency",
                                  .timing = NH_TIMING_ROOT,
                                  .sync = "none",
                                  .batch = reads(p) ? batch_read : batch,
                                  .ops_per_rep = reads(p) ? 1 : 2,
                                  .verify = verify,
                                  .verify_ops = p->session->link.count * (reads(p) ? 1.0 : 2.0),
                                  .describe = describe,
                                  .wire_bytes = wire_bytes};
}

/* ---- verb ---- */

static int body(struct nh_fabric_session *s, struct nh_error *err)
{
    struct pingpong p = {.session = s};
    const struct nh_kernel_ops ops = kernel_ops(&p);
    int code = NH_OK;
    for (size_t i = 0; code == NH_OK && i < s->request.size_count; i++) {
        p.size = s->sizes[i];
        code = nh_fabric_measure(s, &ops, &p, p.size, err);
    }
    return code;
}

static const struct poptOption *options(void *state)
{
    return nh_fabric_table(state, false);
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    static const struct nh_fabric_verb verb = {
        .name = "pingpong", .sizes = "0,1-4M", .least = 0, .body = body};
    return nh_fabric_run(&verb, state, argc, argv, err);
}

const struct nh_verb nh_verb_fabric_pingpong = {
    .name = "pingpong",
    .summary = "One-way latency between two processes over libfabric, without MPI",
    .arguments = "[HOST:PORT] [OPTION...]",
    .examples = "  nodehour-fabric pingpong --listen 4711            # on one host\n"
                "  nodehour-fabric pingpong node1:4711 -p efa        # on the other\n"
                "  mpirun -n 2 nodehour-fabric pingpong --provider shm --api write\n",
    .options = options,
    .state_size = sizeof(struct nh_fabric_options),
    .run = run};
