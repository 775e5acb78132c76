/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/mpi/collectives.h"
#include "bench/record/pattern.h"

/* MPI's handles are constants of the program in some libraries only, hence no tables. */
static MPI_Datatype number_type(enum nh_coll_type type)
{
    const MPI_Datatype types[] = {MPI_FLOAT, MPI_DOUBLE, MPI_INT32_T, MPI_INT64_T};
    return types[type];
}

static MPI_Op number_op(enum nh_coll_op op)
{
    const MPI_Op ops[] = {MPI_SUM, MPI_MIN, MPI_MAX};
    return ops[op];
}

/* ---- buffers ---- */

struct need {
    size_t send, receive; /* elements */
};

static struct need need_as(const struct nh_mpi_coll *c, bool root, size_t count)
{
    struct nh_coll_view v = c->view;
    v.count = count;
    v.root = root ? v.rank : v.rank + 1; /* any other */
    struct need n = {nh_coll_gives(&v), nh_coll_gets(&v)};
    if (c->id == NH_BCAST)
        n.send = 0;
    if (c->in_place && v.model->others_get == NH_PART_SHARE)
        n.receive = count;
    if (c->in_place && !v.model->rooted)
        n.send = 0;
    return n;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Of this rank, which may be the root now and then. */
static struct need need_of(const struct nh_mpi_coll *c, size_t count)
{
    bool rooted = c->view.model->rooted;
    struct need root = need_as(c, true, count), other = need_as(c, false, count);
    if (!rooted || c->root == c->view.rank)
        return root;
    if (c->root != NH_MPI_ROTATE)
        return other;
    return (struct need){larger(root.send, other.send), larger(root.receive, other.receive)};
}

size_t nh_mpi_coll_memory(const struct nh_mpi_session *s, enum nh_coll_id id, size_t bytes,
                          int root)
{
    struct nh_mpi_coll c = {.id = id, .view = {&nh_coll_models[id], 0, s->size, 0, 0}};
    if (bytes > SIZE_MAX / 4 / (size_t)s->size)
        return SIZE_MAX;
    struct need as_root = need_as(&c, true, bytes), other = need_as(&c, false, bytes);
    size_t most = as_root.send + as_root.receive, least = other.send + other.receive;
    if (root == NH_MPI_ROTATE || !c.view.model->rooted)
        return larger(most, least);
    return least + (most > least ? (most - least) / (size_t)s->local_size : 0);
}

size_t nh_mpi_coll_element(enum nh_coll_id id, enum nh_coll_type type)
{
    return nh_coll_models[id].reduces ? nh_coll_type_size(type) : 1;
}

static int allocate(struct nh_mpi_coll *c, size_t largest, struct nh_error *err)
{
    struct need n = need_of(c, largest / c->element);
    size_t ranks = (size_t)c->view.ranks;
    c->send = nh_mpi_buffer(n.send * c->element, err);
    c->receive = nh_mpi_buffer(n.receive * c->element, err);
    c->shares = nh_mpi_buffer(ranks * sizeof *c->shares, err);
    c->large_shares = nh_mpi_buffer(ranks * sizeof(MPI_Count), err);
    return c->send && c->receive && c->shares && c->large_shares ? NH_OK : NH_EFAIL;
}

int nh_mpi_coll_open(struct nh_mpi_session *s, struct nh_mpi_coll *c, size_t largest,
                     struct nh_error *err)
{
    const struct nh_coll_model *m = &nh_coll_models[c->id];
    int root = c->root == NH_MPI_ROTATE ? 0 : c->root;
    c->view = (struct nh_coll_view){m, s->rank, s->size, m->rooted ? root : s->rank, 0};
    c->comm = s->comm;
    c->element = nh_mpi_coll_element(c->id, c->type);
    c->mpi_type = m->reduces ? number_type(c->type) : MPI_BYTE;
    c->mpi_op = number_op(c->op);
    c->turn = 0;
    int code = nh_mpi_agree(s, allocate(c, largest, err), err);
    if (code)
        nh_mpi_coll_close(c);
    return code;
}

void nh_mpi_coll_close(struct nh_mpi_coll *c)
{
    free(c->send);
    free(c->receive);
    free(c->shares);
    free(c->large_shares);
    c->send = c->receive = c->large_shares = NULL;
    c->shares = NULL;
}

void nh_mpi_coll_resize(struct nh_mpi_coll *c, size_t bytes)
{
    MPI_Count *large = c->large_shares;
    c->view.count = bytes / c->element;
    for (int i = 0; i < c->view.ranks; i++) {
        size_t share = nh_coll_share(c->view.count, c->view.ranks, i, NULL);
        c->shares[i] = (int)share;
        large[i] = (MPI_Count)share;
    }
}

/* ---- doing it ---- */

void nh_mpi_coll_next_root(struct nh_mpi_coll *c)
{
    if (c->root != NH_MPI_ROTATE || !c->view.model->rooted)
        return;
    c->view.root = c->turn;
    c->turn = c->turn + 1 < c->view.ranks ? c->turn + 1 : 0;
}

static void once(const struct nh_mpi_coll *c)
{
    MPI_Request request;
    if (!c->nonblocking) {
        nh_mpi_coll_call(c, NULL);
        return;
    }
    nh_mpi_coll_call(c, &request);
    /* Begun by nh_mpi_coll_call, which the checker does not see. */
    MPI_Wait(&request, MPI_STATUS_IGNORE); /* NOLINT(clang-analyzer-optin.mpi.MPI-Checker) */
}

static int batch(void *state, size_t reps, struct nh_error *err)
{
    struct nh_mpi_coll *c = state;
    (void)err;
    for (size_t i = 0; i < reps; i++) {
        nh_mpi_coll_next_root(c);
        once(c);
    }
    return NH_OK;
}

/* ---- checking it ---- */

static bool in_place_here(const struct nh_mpi_coll *c)
{
    return c->in_place && c->view.rank == c->view.root;
}

/* Where the blocks that this rank gives stand. In place they stand where they will be
 * afterwards, except that the root of a scatter keeps its own among those it sends. */
static unsigned char *given(const struct nh_mpi_coll *c)
{
    const struct nh_coll_view *v = &c->view;
    bool own_place = c->id == NH_ALLGATHER || c->id == NH_GATHER;
    if (c->id == NH_BCAST)
        return c->receive;
    if (!in_place_here(c) || c->id == NH_SCATTER)
        return c->send;
    size_t before = own_place ? (size_t)v->rank * v->count * c->element : 0;
    return (unsigned char *)c->receive + before;
}

static void fill(const struct nh_mpi_coll *c)
{
    const struct nh_coll_view *v = &c->view;
    size_t bytes = v->count * c->element;
    if (v->model->reduces) {
        nh_coll_numbers(given(c), nh_coll_gives(v), c->type, v->rank);
        return;
    }
    for (int b = 0; b < nh_coll_blocks_given(v); b++)
        nh_pattern_fill(given(c) + (size_t)b * bytes, bytes, nh_coll_mark_given(v, b));
}

static int check_numbers(const struct nh_mpi_coll *c, struct nh_error *err)
{
    const struct nh_coll_view *v = &c->view;
    size_t first = 0;
    if (v->model->others_get == NH_PART_SHARE)
        nh_coll_share(v->count, v->ranks, v->rank, &first);
    int code =
        nh_coll_check_numbers(c->receive, first, nh_coll_gets(v), c->type, c->op, v->ranks, err);
    return code ? nh_context(err, "rank %d", v->rank) : NH_OK;
}

static int check(const struct nh_mpi_coll *c, struct nh_error *err)
{
    const struct nh_coll_view *v = &c->view;
    const unsigned char *got = c->receive;
    size_t bytes = v->count * c->element;
    if (v->model->reduces)
        return check_numbers(c, err);
    if (c->id == NH_SCATTER && in_place_here(c))
        return NH_OK; /* its block does not move */
    for (int b = 0; b < nh_coll_blocks_got(v); b++) {
        size_t offset = (size_t)b * bytes;
        if (nh_pattern_check(got + offset, bytes, nh_coll_mark_got(v, b), nh_coll_source(v, b),
                             err))
            return nh_context(err, "rank %d, block at offset %zu", v->rank, offset);
    }
    return NH_OK;
}

static void clear(const struct nh_mpi_coll *c)
{
    struct need n = need_of(c, c->view.count);
    memset(c->send, 0, n.send * c->element);
    memset(c->receive, 0, n.receive * c->element);
}

/* In a rotation of few ranks each has its turn. */
static int roots_to_verify(const struct nh_mpi_coll *c)
{
    enum { MOST_ROOTS = 8 };
    if (c->root != NH_MPI_ROTATE || !c->view.model->rooted)
        return 1;
    return c->view.ranks < MOST_ROOTS ? c->view.ranks : MOST_ROOTS;
}

/* With the next root each time. Leaves zeros where numbers are reduced in place: sums done over
 * and over must not overflow. */
static int verify(void *state, struct nh_error *err)
{
    struct nh_mpi_coll *c = state;
    int code = NH_OK;
    for (int i = 0; i < roots_to_verify(c); i++) {
        nh_mpi_coll_next_root(c);
        clear(c);
        fill(c);
        once(c); /* on every rank, also after a failure on this one */
        if (code == NH_OK)
            code = check(c, err);
    }
    if (c->in_place && c->view.model->reduces)
        clear(c);
    return code;
}

/* ---- saying it ---- */

static double block_bytes(const struct nh_mpi_coll *c)
{
    return (double)c->view.count * (double)c->element;
}

static void put_root(const struct nh_mpi_coll *c, json_t *params)
{
    char text[24] = "rotating root";
    if (c->root != NH_MPI_ROTATE)
        snprintf(text, sizeof text, "root %d", c->root);
    json_object_set_new(params, "root", json_string(text));
}

void nh_mpi_coll_describe(const struct nh_mpi_coll *c, double median_ns, json_t *params,
                          json_t *derived)
{
    const struct nh_coll_model *m = c->view.model;
    double total = nh_coll_total_bytes(m, c->view.ranks, block_bytes(c));
    json_object_set_new(params, "size_bytes", json_integer((json_int_t)block_bytes(c)));
    json_object_set_new(params, "total_bytes", json_integer((json_int_t)total));
    if (m->reduces) {
        json_object_set_new(params, "type", json_string(nh_coll_type_names[c->type]));
        json_object_set_new(params, "op", json_string(nh_coll_op_names[c->op]));
    }
    if (m->in_place)
        json_object_set_new(params, "in_place", json_boolean(c->in_place));
    if (m->rooted)
        put_root(c, params);
    json_object_set_new(params, "nonblocking", json_boolean(c->nonblocking));
    if (!(median_ns > 0) || !(total > 0))
        return;
    double rate = total / (median_ns * 1e-9);
    json_object_set_new(derived, "algorithm_bytes_per_s", json_real(rate));
    json_object_set_new(derived, "bus_bytes_per_s",
                        json_real(rate * nh_coll_bus_factor(m, c->view.ranks)));
}

static int describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                    struct nh_error *err)
{
    (void)detail;
    (void)err;
    nh_mpi_coll_describe(state, median_ns, params, derived);
    return NH_OK;
}

static double wire_bytes(const void *state)
{
    const struct nh_mpi_coll *c = state;
    return nh_coll_wire_bytes(c->view.model, c->view.ranks, block_bytes(c));
}

struct nh_kernel_ops nh_mpi_coll_kernel(const struct nh_mpi_coll *c)
{
    const struct nh_coll_model *m = &nh_coll_models[c->id];
    return (struct nh_kernel_ops){.name = m->name,
                                  .metric = "time_per_operation",
                                  .timing = NH_TIMING_MAX_OVER_RANKS,
                                  .sync = "barrier",
                                  .batch = batch,
                                  .ops_per_rep = 1,
                                  .verify = c->id == NH_BARRIER ? NULL : verify,
                                  .verify_ops = roots_to_verify(c),
                                  .describe = describe,
                                  .reaches_all =
                                      m->others_get != NH_PART_NONE || c->id == NH_BARRIER,
                                  .wire_bytes = wire_bytes};
}
