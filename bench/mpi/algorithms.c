/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/allreduce/rules.h"
#include "bench/engine/interleave.h"
#include "bench/mpi/kernels.h"
#include "bench/mpi/limits.h"
#include "bench/mpi/output.h"
#include "bench/mpi/proof.h"
#include "bench/mpi/reduction.h"
#include "bench/record/sizes.h"
#include "common/units.h"

enum { MOST = 16 };

/* ---- kernel: one algorithm at one size ---- */

struct entry {
    struct nh_mpi_reduction *reduction;
    const struct nh_mpi_algorithm *algorithm;
    struct nh_mpi_reduce_call call;
    void *in, *out;
    int node_ranks, library_algorithm;
    double speedup; /* over the library, median of rounds; NaN when not compared */
    struct nh_interval speedup_ci;
};

static int batch(void *state, size_t reps, struct nh_error *err)
{
    const struct entry *e = state;
    (void)err;
    for (size_t i = 0; i < reps; i++)
        e->algorithm->run(e->reduction, &e->call);
    return NH_OK;
}

/* Whole numbers so small that sums over 8,000 ranks are exact in a float, whatever the order;
 * neighbours differ, and so do ranks. */
static double input(const struct entry *e, size_t i)
{
    return (double)((i * 2654435761U + (size_t)e->reduction->all.rank * 40503U) % 4093) - 2046;
}

static void fill(const struct entry *e, void *buffer)
{
    for (size_t i = 0; i < e->call.count; i++)
        switch (e->call.type) {
        case NH_TYPE_FLOAT:
            ((float *)buffer)[i] = (float)input(e, i);
            break;
        case NH_TYPE_DOUBLE:
            ((double *)buffer)[i] = input(e, i);
            break;
        case NH_TYPE_INT32:
            ((int32_t *)buffer)[i] = (int32_t)input(e, i);
            break;
        case NH_TYPE_INT64:
            ((int64_t *)buffer)[i] = (int64_t)input(e, i);
            break;
        }
}

static int differs(const struct entry *e, const void *want, struct nh_error *err)
{
    const char *a = e->call.out, *b = want;
    size_t size = nh_arith(e->call.type, e->call.op).size;
    for (size_t i = 0; i < e->call.count; i++)
        if (memcmp(a + i * size, b + i * size, size) != 0)
            return nh_fail(err, NH_EFAIL,
                           "verification failed: element %zu of %zu by %s is not what "
                           "MPI_Allreduce says; one of the two is wrong, do not trust them",
                           i, e->call.count, e->algorithm->name);
    return NH_OK;
}

/* Every algorithm against MPI_Allreduce, bit for bit. In place, zeros are left: sums that are
 * done over and over in one buffer must not overflow. */
static int verify(void *state, struct nh_error *err)
{
    struct entry *e = state;
    size_t bytes = e->call.count * nh_arith(e->call.type, e->call.op).size;
    void *from = e->call.in == e->call.out ? e->out : e->in, *want = malloc(bytes + 1);
    int code = want ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory to verify; use smaller sizes");
    fill(e, from);
    /* A rank without memory still takes part, with its output as the place of the result. */
    MPI_Allreduce(from == e->out && !want ? MPI_IN_PLACE : from, want ? want : e->out,
                  (int)e->call.count, nh_mpi_arith_type(e->call.type), nh_mpi_arith_op(e->call.op),
                  e->reduction->comm);
    batch(e, 1, err);
    if (want)
        code = differs(e, want, err);
    memset(from, 0, bytes);
    free(want);
    return code;
}

static void put_comparison(const struct entry *e, json_t *derived)
{
    if (isnan(e->speedup))
        return;
    json_object_set_new(derived, "speedup_over_library", json_real(e->speedup));
    if (isnan(e->speedup_ci.lo))
        return;
    json_object_set_new(derived, "speedup_ci_low", json_real(e->speedup_ci.lo));
    json_object_set_new(derived, "speedup_ci_high", json_real(e->speedup_ci.hi));
}

static int describe(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                    struct nh_error *err)
{
    const struct entry *e = state;
    double bytes = (double)(e->call.count * nh_arith(e->call.type, e->call.op).size);
    (void)detail;
    (void)err;
    json_object_set_new(params, "size_bytes", json_integer((json_int_t)bytes));
    json_object_set_new(params, "type", json_string(nh_arith_types[e->call.type]));
    json_object_set_new(params, "op", json_string(nh_arith_ops[e->call.op]));
    json_object_set_new(params, "in_place", json_boolean(e->call.in == e->call.out));
    json_object_set_new(params, "algorithm", json_string(e->algorithm->name));
    if (e->node_ranks)
        json_object_set_new(params, "node_ranks", json_integer(e->node_ranks));
    if (e->library_algorithm)
        json_object_set_new(params, "library_algorithm", json_integer(e->library_algorithm));
    if (median_ns > 0)
        json_object_set_new(derived, "algorithm_bytes_per_s",
                            json_real(bytes / (median_ns * 1e-9)));
    put_comparison(e, derived);
    return NH_OK;
}

/* Each rank but one gives its data away, and each but one is given the result, at least. */
static double wire_bytes(const void *state)
{
    const struct entry *e = state;
    double bytes = (double)(e->call.count * nh_arith(e->call.type, e->call.op).size);
    return 2 * (e->reduction->all.size - 1) * bytes;
}

static const struct nh_kernel_ops kernel_ops = {.name = "allreduce_algorithm",
                                                .metric = "time_per_operation",
                                                .timing = NH_TIMING_MAX_OVER_RANKS,
                                                .sync = "barrier",
                                                .batch = batch,
                                                .ops_per_rep = 1,
                                                .verify = verify,
                                                .verify_ops = 2, /* once by MPI_Allreduce */
                                                .describe = describe,
                                                .reaches_all = true,
                                                .wire_bytes = wire_bytes};

/* ---- verb ---- */

struct verb_state {
    struct nh_kernel_options common;
    char *sizes_text, *type_text, *op_text, *algorithms_text, *node_text, *rules;
    int in_place, type, op;
    long node_ranks;
    bool wanted[MOST]; /* by index in nh_mpi_algorithms */
    struct nh_sizes sizes;
    struct poptOption table[9];
};

static const struct poptOption *options(void *state)
{
    struct verb_state *v = state;
    const struct poptOption table[] = {
        NH_SIZES_OPTION(&v->sizes_text, "bytes per rank, 8,1K,3M or a doubling range "
                                        "(default 8-8M)"),
        {"type", 't', POPT_ARG_STRING, &v->type_text, 0, "element type (default float)",
         "float|double|int32|int64"},
        {"op", 0, POPT_ARG_STRING, &v->op_text, 0, "operation (default sum)", "sum|min|max"},
        {"in-place", 'i', POPT_ARG_NONE, &v->in_place, 0, "the result replaces the input", NULL},
        {"algorithms", 'a', POPT_ARG_STRING, &v->algorithms_text, 0,
         "some of library, reduce+bcast, recursive-doubling, ring, rabenseifner, shm, "
         "levels-doubling, levels-rabenseifner (default all)",
         "LIST"},
        {"node-ranks", 0, POPT_ARG_STRING, &v->node_text, 0,
         "let N neighbouring ranks of a host be a node of their own", "N"},
        {"rules", 0, POPT_ARG_STRING, &v->rules, 0,
         "measure nothing: write Open MPI's rules file from the record files given", "FILE"},
        NH_COMMON_OPTIONS(&v->common),
        POPT_TABLEEND};
    memcpy(v->table, table, sizeof table);
    return v->table;
}

/* What the user has forced in Open MPI: it explains the library's time, and rules come of it. */
static int forced_algorithm(void)
{
    const char *use = getenv("OMPI_MCA_coll_tuned_use_dynamic_rules");
    const char *which = getenv("OMPI_MCA_coll_tuned_allreduce_algorithm");
    if (!use || !which || strchr("0fFnN", *use))
        return 0;
    return atoi(which);
}

struct contest {
    struct nh_mpi_session *session;
    struct entry entries[MOST];
    struct nh_contestant items[MOST];
    struct nh_series series[MOST];
    size_t count;
};

static void choose(struct contest *c, const struct verb_state *v, struct nh_mpi_reduction *r,
                   void *in, void *out)
{
    bool levels = r->nodes > 1, simulated = c->session->simulated;
    for (size_t i = 0; nh_mpi_algorithms[i].name; i++) {
        const struct nh_mpi_algorithm *a = &nh_mpi_algorithms[i];
        struct entry *e = &c->entries[c->count];
        if (!v->wanted[i] || (a->one_node && levels) || (a->many_nodes && !levels))
            continue;
        if (simulated && (a->one_node || a->many_nodes))
            continue; /* ranks of one thread cannot wait for each other in shared memory */
        *e = (struct entry){.reduction = r,
                            .algorithm = a,
                            .in = in,
                            .out = out,
                            .node_ranks = (int)v->node_ranks,
                            .library_algorithm = i == 0 ? forced_algorithm() : 0};
        e->call = (struct nh_mpi_reduce_call){v->type, v->op, v->in_place ? out : in, out, 0};
        c->items[c->count++] = (struct nh_contestant){&kernel_ops, e};
    }
}

static void compare(struct contest *c)
{
    bool library = c->count && c->entries[0].algorithm == &nh_mpi_algorithms[0];
    for (size_t k = 0; k < c->count; k++) {
        struct entry *e = &c->entries[k];
        e->speedup = NAN;
        if (library && k)
            nh_paired_ratio(&c->series[0], &c->series[k], c->session->limits.level, &e->speedup,
                            &e->speedup_ci);
    }
}

static void print_best(const struct contest *c, size_t size)
{
    size_t best = 0;
    for (size_t k = 1; k < c->count; k++)
        if (c->series[k].stats.median < c->series[best].stats.median)
            best = k;
    const struct entry *e = &c->entries[best];
    char times[96] = "";
    if (!isnan(e->speedup))
        snprintf(times, sizeof times, ", %.2f times as fast as the library", e->speedup);
    if (!isnan(e->speedup) && !isnan(e->speedup_ci.lo))
        snprintf(times + strlen(times), sizeof times - strlen(times), " (%.2f to %.2f)",
                 e->speedup_ci.lo, e->speedup_ci.hi);
    nh_mpi_note(c->session, "best at %zu B: %s%s", size, e->algorithm->name, times);
}

static int write_rows(struct contest *c, size_t size, struct nh_error *err)
{
    char column[48];
    int code = NH_OK;
    snprintf(column, sizeof column, "%zu B", size);
    for (size_t k = 0; code == NH_OK && k < c->count; k++) {
        const struct nh_case row = {column, c->entries[k].algorithm->label, "algorithm_bytes_per_s",
                                    "GB/s", 1e9};
        code =
            nh_mpi_output_write(c->session, &kernel_ops, &c->entries[k], &row, &c->series[k], err);
    }
    if (code == NH_OK)
        print_best(c, size);
    return code;
}

/* What all contestants did together is what the counters of the transport have seen. */
static void prove(struct contest *c)
{
    struct nh_traffic all = {0, 0};
    for (size_t k = 0; k < c->count; k++) {
        struct nh_traffic t = nh_traffic_of(&kernel_ops, &c->entries[k], &c->series[k]);
        all.operations += t.operations;
        all.bytes += t.bytes;
    }
    nh_mpi_proof_after(c->session, all);
}

/* As nh_mpi_measure, with a contest in place of one kernel. */
static int contest(struct contest *c, size_t size, struct nh_error *err)
{
    struct nh_mpi_session *s = c->session;
    char label[24];
    snprintf(label, sizeof label, "%zu", size);
    const struct nh_case row = {.column = "size_B", .label = label};
    nh_mpi_output_head(s);
    nh_mpi_limits_before(s, &row);
    nh_mpi_proof_before(s);
    int code =
        nh_measure_in_turns(c->items, c->count, &s->group, &s->clock, &s->limits, c->series, err);
    if (code)
        return code;
    prove(c);
    nh_mpi_limits_after(s);
    if (s->rank == 0) {
        compare(c);
        code = write_rows(c, size, err);
    }
    if (code == NH_OK && s->rank == 0)
        code = nh_proof_check(s->proof, err);
    return nh_mpi_agree(s, code, err);
}

static int measure_size(struct contest *c, size_t size, struct nh_error *err)
{
    for (size_t k = 0; k < c->count; k++) {
        struct nh_mpi_reduce_call *call = &c->entries[k].call;
        call->count = size / nh_arith(call->type, call->op).size;
    }
    int code = contest(c, size, err);
    for (size_t k = 0; k < c->count; k++)
        nh_series_clear(&c->series[k]);
    return code ? nh_context(err, "size %zu", size) : NH_OK;
}

static int measure_all(struct nh_mpi_session *s, const struct verb_state *v,
                       struct nh_mpi_reduction *r, void *in, void *out, struct nh_error *err)
{
    struct contest c = {.session = s};
    int code = NH_OK;
    choose(&c, v, r, in, out);
    if (c.count == 0)
        return nh_fail(err, NH_EINPUT,
                       "--algorithms: none of these works here: shm needs all ranks in one node, "
                       "the levels need several; give others, or --node-ranks");
    s->total = v->sizes.count * c.count;
    for (size_t i = 0; code == NH_OK && i < v->sizes.count; i++)
        code = measure_size(&c, v->sizes.items[i], err);
    return code;
}

static int body(struct nh_mpi_session *s, void *state, struct nh_error *err)
{
    const struct verb_state *v = state;
    struct nh_mpi_reduction r;
    size_t largest = nh_sizes_largest(&v->sizes);
    int code = nh_mpi_check_memory(s, 4 * largest, "--sizes: the largest size", err);
    if (code == NH_OK)
        code = nh_mpi_reduction_open(&r, s->comm, (int)v->node_ranks, largest, err);
    if (code)
        return code;
    void *in = nh_mpi_buffer(largest, err), *out = nh_mpi_buffer(largest, err);
    code = nh_mpi_agree(s, in && out ? NH_OK : NH_EFAIL, err);
    if (code == NH_OK)
        code = measure_all(s, v, &r, in, out, err);
    free(in);
    free(out);
    nh_mpi_reduction_close(&r);
    return code;
}

static int want(struct verb_state *v, const char *name, struct nh_error *err)
{
    for (size_t i = 0; nh_mpi_algorithms[i].name; i++)
        if (strcmp(nh_mpi_algorithms[i].name, name) == 0) {
            v->wanted[i] = true;
            return NH_OK;
        }
    return nh_fail(err, NH_EINPUT, "--algorithms: '%.60s' is unknown; see --help", name);
}

static int parse_algorithms(struct verb_state *v, struct nh_error *err)
{
    int code = NH_OK;
    char *rest = v->algorithms_text, *name;
    for (size_t i = 0; !rest && nh_mpi_algorithms[i].name; i++)
        v->wanted[i] = true;
    while (code == NH_OK && rest && (name = strsep(&rest, ",")))
        code = want(v, name, err);
    return code;
}

static int parse(struct verb_state *v, struct nh_error *err)
{
    int code = NH_OK;
    if (v->type_text)
        code = nh_choice("--type", v->type_text, nh_arith_types, &v->type, err);
    if (code == NH_OK && v->op_text)
        code = nh_choice("--op", v->op_text, nh_arith_ops, &v->op, err);
    if (code == NH_OK && v->node_text)
        code = nh_parse_long("--node-ranks", v->node_text, 1, 1000000, &v->node_ranks, err);
    if (code == NH_OK)
        code = parse_algorithms(v, err);
    if (code == NH_OK) {
        size_t size = nh_arith(v->type, v->op).size;
        code = nh_sizes_parse(v->sizes_text ? v->sizes_text : "8-8M", size, nh_arith_types[v->type],
                              0, &v->sizes, err);
    }
    return code;
}

static int write_rules(const char *path, int argc, char **argv, struct nh_error *err)
{
    struct nh_records set = {0};
    int code = NH_OK;
    if (argc == 0)
        return nh_fail(err, NH_EINPUT,
                       "--rules writes what record files say and got none; give "
                       "those of `nodehour-mpi algorithms -o FILE`");
    for (int i = 0; code == NH_OK && i < argc; i++)
        code = nh_records_read(argv[i], false, &set, err);
    if (code == NH_OK)
        code = nh_rules_write(&set, path, err);
    nh_records_clear(&set);
    return code;
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    struct verb_state *v = state;
    if (v->rules)
        return write_rules(v->rules, argc, argv, err);
    int code = nh_mpi_no_arguments(argc, argv, err);
    if (code == NH_OK)
        code = parse(v, err);
    if (code == NH_OK)
        code = nh_mpi_run(&v->common, "algorithms", body, v, err);
    free(v->sizes.items);
    return code;
}

const struct nh_verb nh_verb_algorithms = {
    .name = "algorithms",
    .summary = "MPI_Allreduce against our own algorithms, in turns; rules file for Open MPI",
    .arguments = "[OPTION...] | --rules FILE RECORDS...",
    .examples = "  mpirun -n 2 nodehour-mpi algorithms\n"
                "  mpirun -n 8 nodehour-mpi algorithms -a library -o own.jsonl\n"
                "  mpirun -n 8 --mca coll_tuned_use_dynamic_rules 1 --mca "
                "coll_tuned_allreduce_algorithm 4 \\\n"
                "    nodehour-mpi algorithms -a library -o ring.jsonl\n"
                "  nodehour-mpi algorithms --rules rules.conf own.jsonl ring.jsonl\n",
    .options = options,
    .state_size = sizeof(struct verb_state),
    .run = run};
