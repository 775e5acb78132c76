/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/app/copybw.h"
#include "bench/mpi/kernels.h"
#include "bench/record/pattern.h"
#include "bench/record/sizes.h"
#include "bench/shm/cma.h"
#include "bench/shm/handover.h"
#include "bench/shm/segment.h"

/*
 * What the hardware and the kernel allow two ranks of one host, each way measured by
 * the same engine as MPI: a cache line handed over, a memcpy by one core, a message copied
 * into POSIX shared memory and out again, and one copied out of the partner's memory by
 * the kernel.
 */
enum { PATTERN_SEED = 7, PIECE = 1 << 20, TIMEOUT_S = 10 };

enum kind { HANDOVER, MEMCPY, SHM, CMA };
static const char *const kind_names[] = {"hand-over", "memcpy", "shm", "cma"};

/* Lies in the shared segment; the piece begins on a page of its own. */
struct shared {
    struct nh_line line;
    _Alignas(4096) char piece[PIECE];
};

struct limit {
    struct nh_mpi_session *session;
    enum kind kind;
    size_t bytes;
    struct nh_segment segment;
    struct shared *shared;
    struct nh_handover handover;
    char *from, *to;
    int64_t partner, partner_from; /* process, address of its `from` */
    struct nh_error cma;           /* why cross-memory attach is refused; code NH_OK if not */
};

/* ---- the four ways ---- */

static int batch_handover(void *state, size_t reps, struct nh_error *err)
{
    struct limit *l = state;
    return nh_handover_rounds(&l->handover, reps, err);
}

/* Called through a pointer that the compiler does not know, so that no copy is left out. */
static int batch_memcpy(void *state, size_t reps, struct nh_error *err)
{
    void *(*volatile copy)(void *, const void *, size_t) = memcpy;
    struct limit *l = state;
    (void)err;
    for (size_t i = 0; l->session->rank == 0 && i < reps; i++)
        copy(l->to, l->from, l->bytes);
    return NH_OK;
}

static int pass_piece(struct limit *l, size_t at, size_t n, struct nh_error *err)
{
    if (l->session->rank == 0) {
        memcpy(l->shared->piece, l->from + at, n);
        nh_handover_give(&l->handover);
        return nh_handover_take(&l->handover, err);
    }
    int code = nh_handover_take(&l->handover, err);
    memcpy(l->to + at, l->shared->piece, n);
    nh_handover_give(&l->handover);
    return code;
}

static int batch_shm(void *state, size_t reps, struct nh_error *err)
{
    struct limit *l = state;
    int code = NH_OK;
    for (size_t i = 0; i < reps; i++)
        for (size_t at = 0; code == NH_OK && at < l->bytes; at += PIECE)
            code = pass_piece(l, at, l->bytes - at < PIECE ? l->bytes - at : PIECE, err);
    return code;
}

static int batch_cma(void *state, size_t reps, struct nh_error *err)
{
    struct limit *l = state;
    int code = NH_OK;
    for (size_t i = 0; l->session->rank == 0 && code == NH_OK && i < reps; i++)
        code = nh_cma_read((pid_t)l->partner, (uint64_t)l->partner_from, l->to, l->bytes, err);
    return code;
}

static int (*const batches[])(void *, size_t, struct nh_error *) = {batch_handover, batch_memcpy,
                                                                    batch_shm, batch_cma};

/* ---- checks and the record ---- */

/* Who ends up with whose data: memcpy 0 with 0's, shm 1 with 0's, cma 0 with 1's. */
static int verify(void *state, struct nh_error *err)
{
    struct limit *l = state;
    int rank = l->session->rank, reader = l->kind == SHM ? 1 : 0, writer = l->kind == CMA ? 1 : 0;
    if (l->kind == HANDOVER)
        return NH_OK;
    nh_pattern_fill(l->from, l->bytes, PATTERN_SEED + (unsigned)rank);
    memset(l->to, 0, l->bytes);
    int code = l->session->group.barrier(l->session->group.context, err);
    if (code == NH_OK)
        code = batches[l->kind](l, 1, err);
    if (code == NH_OK && rank == reader)
        code = nh_pattern_check(l->to, l->bytes, PATTERN_SEED + (unsigned)writer, writer, err);
    return code;
}

static int describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                    struct nh_error *err)
{
    const struct limit *l = state;
    (void)err;
    json_object_set_new(params, "limit", json_string(kind_names[l->kind]));
    json_object_set_new(params, "size_bytes", json_integer((json_int_t)l->bytes));
    if (l->bytes > 0 && median_ns > 0)
        json_object_set_new(derived, "bandwidth_bytes_per_s",
                            json_real((double)l->bytes / (median_ns * 1e-9)));
    json_object_set_new(detail, "cma_allowed", json_boolean(l->cma.code == NH_OK));
    if (l->cma.code)
        json_object_set_new(detail, "cma_refused", json_string(l->cma.text));
    return NH_OK;
}

/* "memcpy 256K": as --sizes takes it, where that is shorter. */
static void write_label(char *label, size_t len, enum kind kind, size_t bytes)
{
    const size_t kib = 1024, mib = kib * kib;
    if (kind == HANDOVER)
        snprintf(label, len, "%s", kind_names[kind]);
    else if (bytes % kib)
        snprintf(label, len, "%s %zu", kind_names[kind], bytes);
    else
        snprintf(label, len, "%s %zu%s", kind_names[kind], bytes / (bytes % mib ? kib : mib),
                 bytes % mib ? "K" : "M");
}

static int measure(struct nh_mpi_session *s, struct limit *l, enum kind kind, size_t bytes,
                   struct nh_error *err)
{
    char label[48];
    const struct nh_case row = {"limit", label, "bandwidth_bytes_per_s", "GB/s", 1e9};
    const struct nh_kernel_ops ops = {.name = "limits",
                                      .metric = kind == HANDOVER ? "one_way_latency"
                                                                 : "time_per_operation",
                                      .timing = NH_TIMING_ROOT,
                                      .sync = "none",
                                      .batch = batches[kind],
                                      .ops_per_rep = kind == HANDOVER ? 2 : 1,
                                      .verify = verify,
                                      .describe = describe};
    write_label(label, sizeof label, kind, bytes);
    l->kind = kind;
    l->bytes = bytes;
    return nh_mpi_measure(s, &ops, l, &row, NULL, err);
}

/* ---- opening ---- */

static int share(struct nh_mpi_session *s, struct limit *l, struct nh_error *err)
{
    char name[NH_SEGMENT_NAME] = "";
    int code = NH_OK;
    if (s->rank == 0) {
        code = nh_segment_make(&l->segment, sizeof *l->shared, err);
        memcpy(name, l->segment.name, sizeof name);
    }
    if ((code = nh_mpi_agree(s, code, err)) ||
        (code = s->group.broadcast(s->group.context, name, sizeof name, err)))
        return code;
    if (s->rank == 1)
        code = nh_segment_join(&l->segment, name, sizeof *l->shared, err);
    code = nh_mpi_agree(s, code, err);
    nh_segment_unname(&l->segment);
    l->shared = l->segment.memory;
    l->handover = (struct nh_handover){.line = code ? NULL : &l->shared->line,
                                       .side = s->rank,
                                       .clock = &s->clock,
                                       .timeout_s = TIMEOUT_S};
    return code;
}

static int tell_address(struct nh_mpi_session *s, struct limit *l, struct nh_error *err)
{
    int64_t mine[2] = {getpid(), (int64_t)(intptr_t)l->from}, theirs[2];
    nh_cma_allow();
    int code = s->group.exchange(s->group.context, 1 - s->rank, mine, 1 - s->rank, theirs,
                                 sizeof mine, err);
    l->partner = theirs[0];
    l->partner_from = theirs[1];
    return code;
}

/* A refusal is a finding, not an error; both ranks must know of it. */
static int try_cma(struct nh_mpi_session *s, struct limit *l, struct nh_error *err)
{
    int code = tell_address(s, l, err);
    if (code)
        return code;
    struct nh_error refusal = {0};
    if (s->rank == 0)
        nh_cma_read((pid_t)l->partner, (uint64_t)l->partner_from, l->to, 1, &refusal);
    code = s->group.broadcast(s->group.context, &refusal, sizeof refusal, err);
    l->cma = refusal;
    return code;
}

static int open_limit(struct nh_mpi_session *s, struct limit *l, size_t largest,
                      struct nh_error *err)
{
    int code = nh_mpi_check_memory(s, 2 * largest, "--sizes: the largest size", err);
    if (code == NH_OK)
        code = share(s, l, err);
    if (code)
        return code;
    l->from = nh_mpi_buffer(largest, err);
    l->to = nh_mpi_buffer(largest, err);
    code = nh_mpi_agree(s, l->from && l->to ? NH_OK : NH_EFAIL, err);
    return code ? code : try_cma(s, l, err);
}

static void close_limit(struct limit *l)
{
    nh_segment_close(&l->segment);
    free(l->from);
    free(l->to);
}

/* ---- verb ---- */

struct verb_state {
    struct nh_kernel_options common;
    char *sizes_text;
    struct nh_sizes sizes;
    struct poptOption table[3];
};

static const struct poptOption *options(void *state)
{
    struct verb_state *v = state;
    const struct poptOption table[] = {
        NH_SIZES_OPTION(&v->sizes_text, "bytes copied (default: 4K, 256K, 1M, and beyond "
                                        "the last-level cache)"),
        NH_COMMON_OPTIONS(&v->common), POPT_TABLEEND};
    memcpy(v->table, table, sizeof table);
    return v->table;
}

static int measure_kind(struct nh_mpi_session *s, struct limit *l, enum kind kind,
                        const struct nh_sizes *sizes, struct nh_error *err)
{
    int code = NH_OK;
    for (size_t i = 0; code == NH_OK && i < sizes->count; i++)
        code = measure(s, l, kind, sizes->items[i], err);
    return code;
}

static int measure_all(struct nh_mpi_session *s, struct limit *l, const struct nh_sizes *sizes,
                       struct nh_error *err)
{
    s->total = 1 + (l->cma.code ? 2 : 3) * sizes->count;
    int code = measure(s, l, HANDOVER, 0, err);
    if (code == NH_OK)
        code = measure_kind(s, l, MEMCPY, sizes, err);
    if (code == NH_OK)
        code = measure_kind(s, l, SHM, sizes, err);
    if (code == NH_OK && l->cma.code)
        nh_mpi_note(s, "%s", l->cma.text);
    else if (code == NH_OK)
        code = measure_kind(s, l, CMA, sizes, err);
    return code;
}

static int check_ranks(struct nh_mpi_session *s, struct nh_error *err)
{
    int code = nh_mpi_need_pair(s, err);
    if (code == NH_OK && s->nodes > 1)
        code = nh_fail(err, NH_EINPUT,
                       "the limits are those between two ranks of one host; start both on one "
                       "(mpirun -n 2 --host localhost:2)");
    if (code == NH_OK && s->crowded)
        code = nh_fail(err, NH_EINPUT,
                       "the limits need a core for each of the two ranks, and this host gives them "
                       "one; start it where two are free");
    return code;
}

static int body(struct nh_mpi_session *s, void *state, struct nh_error *err)
{
    struct verb_state *v = state;
    struct limit l = {.session = s};
    int code = check_ranks(s, err);
    if (code == NH_OK)
        code = open_limit(s, &l, nh_sizes_largest(&v->sizes), err);
    if (code == NH_OK)
        code = measure_all(s, &l, &v->sizes, err);
    close_limit(&l);
    return code;
}

/* Twice the last-level cache in both buffers together, 64 MiB a buffer at most. */
static void default_sizes(char *text, size_t len)
{
    size_t beyond = nh_last_level_cache();
    const size_t least = (size_t)16 << 20, most = (size_t)64 << 20;
    beyond = beyond < least ? least : beyond > most ? most : beyond;
    snprintf(text, len, "4K,256K,1M,%zu", beyond);
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    struct verb_state *v = state;
    char all[64];
    default_sizes(all, sizeof all);
    int code = nh_mpi_no_arguments(argc, argv, err);
    if (code == NH_OK)
        code = nh_sizes_parse(v->sizes_text ? v->sizes_text : all, 1, "byte", 1, &v->sizes, err);
    if (code == NH_OK)
        code = nh_mpi_run(&v->common, "limits", body, v, err);
    free(v->sizes.items);
    return code;
}

const struct nh_verb nh_verb_limits = {
    .name = "limits",
    .summary = "What two cores of a host allow: hand-over of a cache line, copies, without MPI",
    .arguments = "[OPTION...]",
    .examples = "  mpirun -n 2 nodehour-mpi limits\n"
                "  mpirun -n 2 nodehour-mpi limits --sizes 64K,16M -o limits.jsonl\n",
    .options = options,
    .state_size = sizeof(struct verb_state),
    .run = run};
