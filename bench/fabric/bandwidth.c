/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "bench/fabric/kernels.h"
#include "bench/fabric/session.h"
#include "bench/record/pattern.h"

/*
 * A window of messages is in flight at once, dealt to the domains in turn; then an empty
 * message ends the repetition, as in nodehour-mpi. In the two-way case both sides send a
 * window. By read the windows are fetched, and the side that has nothing to do waits for the
 * empty message. The operation is one message.
 */
enum { SEED = 5 };

struct bandwidth {
    struct nh_fabric_session *session;
    size_t size;
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

/* Slots lie apart on their interface: no two messages in flight share memory. */
static int each_slot(const struct bandwidth *b,
                     int (*post)(struct nh_link *, int, int, size_t, size_t, struct nh_error *),
                     struct nh_error *err)
{
    struct nh_fabric_session *s = b->session;
    size_t nics = (size_t)s->link.count;
    int code = NH_OK;
    for (size_t i = 0; code == NH_OK && i < s->request.window; i++)
        code = post(&s->link, s->request.api, (int)(i % nics), i / nics, b->size, err);
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
        code = nh_link_wait_arrived(l, s->request.window, err);
    if (code == NH_OK && awaits_token(b))
        return nh_link_wait_arrived(l, 1, err);
    return code ? code : nh_link_send_token(l, s->request.api, err);
}

static int window(const struct bandwidth *b, struct nh_error *err)
{
    int code = NH_OK;
    if (receives(b))
        code = each_slot(b, nh_link_expect, err);
    if (code == NH_OK && awaits_token(b))
        code = nh_link_expect_token(&b->session->link, b->session->request.api, err);
    if (code == NH_OK && sends(b))
        code = each_slot(b, nh_link_send, err);
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

static int check_slots(const struct bandwidth *b, struct nh_error *err)
{
    struct nh_fabric_session *s = b->session;
    size_t nics = (size_t)s->link.count;
    unsigned partner = 1u - (unsigned)s->oob.rank;
    int code = NH_OK;
    for (size_t i = 0; code == NH_OK && i < s->request.window; i++)
        code =
            nh_pattern_check(nh_link_receive_buffer(&s->link, (int)(i % nics), i / nics, b->size),
                             b->size, SEED + partner, (int)partner, err);
    return code;
}

static int verify(void *state, struct nh_error *err)
{
    struct bandwidth *b = state;
    struct nh_fabric_session *s = b->session;
    for (int i = 0; i < s->link.count; i++) {
        nh_pattern_fill(nh_link_send_buffer(&s->link, i), b->size, SEED + (unsigned)s->oob.rank);
        memset(nh_link_receive_buffer(&s->link, i, 0, b->size), 0, s->request.window * b->size);
    }
    int code = s->group.barrier(&s->oob, err); /* cleared on both before anything is written */
    if (code == NH_OK)
        code = batch(b, 1, err);
    if (code == NH_OK && (receives(b) || (reads(b) && sends(b))))
        code = check_slots(b, err);
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
    if (median_ns > 0) {
        json_object_set_new(derived, "bandwidth_bytes_per_s",
                            json_real((double)b->size / (median_ns * 1e-9)));
        json_object_set_new(derived, "messages_per_s", json_real(1 / (median_ns * 1e-9)));
    }
    return NH_OK;
}

/* ---- verb ---- */

static int body(struct nh_fabric_session *s, struct nh_error *err)
{
    struct bandwidth b = {.session = s};
    const struct nh_kernel_ops ops = {.name = "bandwidth",
                                      .metric = "time_per_message",
                                      .timing = NH_TIMING_ROOT,
                                      .sync = "none",
                                      .batch = batch,
                                      .ops_per_rep =
                                          (double)s->request.window * (s->request.two_way ? 2 : 1),
                                      .verify = verify,
                                      .describe = describe};
    int code = NH_OK;
    for (size_t i = 0; code == NH_OK && i < s->request.size_count; i++) {
        b.size = s->sizes[i];
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
