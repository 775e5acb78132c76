/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "bench/fabric/kernels.h"
#include "bench/fabric/session.h"
#include "bench/record/pattern.h"

/*
 * A window of messages is in flight at once; then an empty message ends the repetition, as in
 * nodehour-mpi. With several domains each message is cut into a piece for each of them, and
 * messages too short for that are dealt to the domains in turn. In the two-way case both sides
 * send a window. By read the windows are fetched, and the side that has nothing to do waits
 * for the empty message. The operation is one message.
 */
enum { SEED = 5 };
/* A piece is worth a packet of its own: those of EFA have 8.9 kB. Pieces begin on a cache line. */
enum { PIECE_LEAST = 8192, LINE = 64 };

struct bandwidth {
    struct nh_fabric_session *session;
    size_t size;
    size_t pieces, stride; /* of a message; the last piece may be shorter than the stride */
};

/* ---- a window ---- */

static bool reads(const struct bandwidth *b)
{
    return b->session->request.api == NH_API_READ;
}

static bool sends(const struct bandwidth *b)
{
    return b->session->request.two_way || b->session->oob.rank == 0;
}

static bool receives(const struct bandwidth *b)
{
    return !reads(b) && (b->session->request.two_way || b->session->oob.rank == 1);
}

static void cut(struct bandwidth *b, size_t size)
{
    size_t nics = (size_t)b->session->link.count, most = size / PIECE_LEAST;
    b->size = size;
    b->pieces = most < 1 ? 1 : most < nics ? most : nics;
    b->stride = (size + b->pieces - 1) / b->pieces;
    if (b->pieces > 1)
        b->stride = (b->stride + LINE - 1) / LINE * LINE;
}

/* Calls `act` with interface, place and length of every piece of a window. On their interface
 * the places lie apart: no two messages in flight share memory. */
static int each_piece(const struct bandwidth *b,
                      int (*act)(struct nh_link *, int, int, size_t, size_t, struct nh_error *),
                      struct nh_error *err)
{
    struct nh_fabric_session *s = b->session;
    size_t nics = (size_t)s->link.count;
    int code = NH_OK;
    for (size_t i = 0; i < s->request.window; i++)
        for (size_t k = 0; code == NH_OK && k < b->pieces; k++) {
            size_t left = b->size - k * b->stride, bytes = left < b->stride ? left : b->stride;
            code = act(&s->link, s->request.api, (int)((i + k) % nics), i * b->stride, bytes, err);
        }
    return code;
}

/* Rank 1 tells rank 0 that all has arrived; after reads it is rank 0 that has finished. */
static bool awaits_token(const struct bandwidth *b)
{
    return (b->session->oob.rank == 0) != reads(b);
}

static int finish_window(const struct bandwidth *b, struct nh_error *err)
{
    struct nh_fabric_session *s = b->session;
    struct nh_link *l = &s->link;
    int code = nh_link_wait_sent(l, err);
    if (code == NH_OK && receives(b))
        code = nh_link_wait_arrived(l, s->request.window * b->pieces, err);
    if (code == NH_OK && awaits_token(b))
        return nh_link_wait_arrived(l, 1, err);
    return code ? code : nh_link_send_token(l, s->request.api, err);
}

static int window(const struct bandwidth *b, struct nh_error *err)
{
    int code = NH_OK;
    if (receives(b))
        code = each_piece(b, nh_link_expect, err);
    if (code == NH_OK && awaits_token(b))
        code = nh_link_expect_token(&b->session->link, b->session->request.api, err);
    if (code == NH_OK && sends(b))
        code = each_piece(b, nh_link_send, err);
    return code ? code : finish_window(b, err);
}

static int batch(void *state, size_t reps, struct nh_error *err)
{
    int code = NH_OK;
    for (size_t i = 0; code == NH_OK && i < reps; i++)
        code = window(state, err);
    return code ? code : nh_link_wait_sent(&((struct bandwidth *)state)->session->link, err);
}

/* ---- checks ---- */

/* Every interface has a pattern of its own, so that a piece of another one shows. */
static unsigned seed(int nic, int rank)
{
    return SEED + 2 * (unsigned)nic + (unsigned)rank;
}

static int check_piece(struct nh_link *l, int api, int nic, size_t at, size_t bytes,
                       struct nh_error *err)
{
    int partner = 1 - l->oob->rank;
    (void)api;
    return nh_pattern_check(nh_link_receive_buffer(l, nic, at), bytes, seed(nic, partner), partner,
                            err);
}

static int verify(void *state, struct nh_error *err)
{
    struct bandwidth *b = state;
    struct nh_fabric_session *s = b->session;
    for (int i = 0; i < s->link.count; i++) {
        nh_pattern_fill(nh_link_send_buffer(&s->link, i), b->stride, seed(i, s->oob.rank));
        memset(nh_link_receive_buffer(&s->link, i, 0), 0, s->request.window * b->stride);
    }
    int code = s->group.barrier(&s->oob, err); /* cleared on both before anything is written */
    if (code == NH_OK)
        code = batch(b, 1, err);
    if (code == NH_OK && (receives(b) || (reads(b) && sends(b))))
        code = each_piece(b, check_piece, err);
    return code;
}

static int describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                    struct nh_error *err)
{
    const struct bandwidth *b = state;
    const struct nh_fabric_request *r = &b->session->request;
    (void)detail;
    (void)err;
    nh_fabric_params(b->session, b->size, params);
    json_object_set_new(params, "window", json_integer((json_int_t)r->window));
    json_object_set_new(params, "direction", json_string(r->two_way ? "two" : "one"));
    if (b->session->link.count > 1)
        json_object_set_new(params, "pieces", json_integer((json_int_t)b->pieces));
    if (median_ns > 0) {
        json_object_set_new(derived, "bandwidth_bytes_per_s",
                            json_real((double)b->size / (median_ns * 1e-9)));
        json_object_set_new(derived, "messages_per_s", json_real(1 / (median_ns * 1e-9)));
    }
    return NH_OK;
}

static double wire_bytes(const void *state)
{
    return (double)((const struct bandwidth *)state)->size;
}

/* ---- verb ---- */

static int body(struct nh_fabric_session *s, struct nh_error *err)
{
    struct bandwidth b = {.session = s};
    double messages = (double)s->request.window * (s->request.two_way ? 2 : 1);
    const struct nh_kernel_ops ops = {.name = "bandwidth",
                                      .metric = "time_per_message",
                                      .timing = NH_TIMING_ROOT,
                                      .sync = "none",
                                      .batch = batch,
                                      .ops_per_rep = messages,
                                      .verify = verify,
                                      .verify_ops = messages,
                                      .describe = describe,
                                      .wire_bytes = wire_bytes};
    int code = NH_OK;
    for (size_t i = 0; code == NH_OK && i < s->request.size_count; i++) {
        cut(&b, s->sizes[i]);
        code = nh_fabric_measure(s, &ops, &b, b.size, err);
    }
    return code;
}

static const struct poptOption *options(void *state)
{
    return nh_fabric_table(state, true);
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    static const struct nh_fabric_verb verb = {
        .name = "bandwidth", .sizes = "1-4M", .least = 1, .windows = true, .body = body};
    return nh_fabric_run(&verb, state, argc, argv, err);
}

const struct nh_verb nh_verb_fabric_bandwidth = {
    .name = "bandwidth",
    .summary = "Bandwidth over libfabric, a window of messages in flight on one or several NICs",
    .arguments = "[HOST:PORT] [OPTION...]",
    .examples = "  mpirun -n 2 nodehour-fabric bandwidth --provider tcp --sizes 64K-4M\n"
                "  nodehour-fabric bandwidth node1:4711 -p efa -d rdmap16s27-rdm,rdmap32s27-rdm\n",
    .options = options,
    .state_size = sizeof(struct nh_fabric_options),
    .run = run};
